"""The six mechanisms of crypto sign and crypto verify: their options, and the scheme that these describe."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.data import base64, data_options, given
from cloudhsm_cli.keys import approved, filter_option, key_command, keys_of, reference, selected
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.wrapping import HASH_OPTION, MGF_OPTION, MGF_PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.crypto.schemes import Scheme

RAW, DIGEST, EXTERNAL_MU = "raw", "digest", "external-mu"
# SDK 5 cannot send more at once (guide, known issues).
MAX_RAW = 1 << 16


def _data_type(*choices: str) -> Option:
    return Option("--data-type", "DATA_TYPE", f"The type of data passed in (default: {RAW})", choices=choices)


_SALT_OPTION = Option("--salt-length", "SALT_LENGTH", "Salt length", required=True, numbers=range(1 << 32))
_OPTIONS = {
    "ecdsa": (_data_type(RAW, DIGEST), HASH_OPTION),
    "ed25519": (),
    "ed25519ph": (
        _data_type(RAW, DIGEST),
        Option("--hash-function", "HASH_FUNCTION", "Hash function", required=True, choices=("sha512",)),
    ),
    "ml-dsa": (
        _data_type(RAW, EXTERNAL_MU),
        Option("--hash-function", "HASH_FUNCTION", "Hash function", choices=("shake256",)),
    ),
    "rsa-pkcs": (_data_type(RAW, DIGEST), HASH_OPTION),
    "rsa-pkcs-pss": (_data_type(RAW, DIGEST), HASH_OPTION, MGF_OPTION, _SALT_OPTION),
}


def sign_syntax(mechanism: str) -> Syntax:
    """Return the options of crypto sign with a mechanism."""
    return Syntax(
        filter_option("--key-filter", "to sign with"), *data_options("data", "the data"), APPROVAL, *_OPTIONS[mechanism]
    )


def verify_syntax(mechanism: str) -> Syntax:
    """Return the options of crypto verify with a mechanism."""
    return Syntax(
        filter_option("--key-filter", "to verify with"),
        *data_options("data", "the data"),
        *data_options("signature", "the signature"),
        *_OPTIONS[mechanism],
    )


def sign(mechanism: str) -> Callable[[Shell, Values], Data]:
    """Return what crypto sign does with a mechanism."""

    @key_command
    def run(shell: Shell, values: Values) -> Data:
        data, scheme = _data(values), _scheme(mechanism, values)
        connection = shell.authenticated(values)
        keys = keys_of(connection)
        view = selected(keys, values, "--key-filter", to_use=True)
        weak = connection.config.option("enable_ecdsa_with_weak_hash_function")
        with approved(keys, values.get("--approval")):
            signature = keys.sign_by(view, scheme, data, weak_hashes=weak)
        return {"key-reference": reference(view), "signature": base64(signature)}

    return run


def verify(mechanism: str) -> Callable[[Shell, Values], Data]:
    """Return what crypto verify does with a mechanism."""

    @key_command
    def run(shell: Shell, values: Values) -> Data:
        data, signature, scheme = _data(values), given(values, "signature"), _scheme(mechanism, values)
        keys = keys_of(shell.authenticated(values))
        view = selected(keys, values, "--key-filter", to_use=True)
        if not keys.verify_by(view, scheme, data, signature):
            raise CommandError(key_texts.NOT_VERIFIED)
        return {"message": "Signature verified successfully"}

    return run


def _data(values: Values) -> bytes:
    data = given(values, "data")
    if len(data) > MAX_RAW:
        raise CommandError(key_texts.TOO_LONG)
    return data


def _scheme(mechanism: str, values: Values) -> Scheme:
    from shared.crypto.schemes import Scheme

    return Scheme(
        mechanism,
        (values.get("--hash-function") or "").upper(),
        (values.get("--mgf") or "").removeprefix(MGF_PREFIX).upper(),
        values.number("--salt-length") or 0,
        values.get("--data-type") or RAW,
    )
