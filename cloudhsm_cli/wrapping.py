"""The eight mechanisms of key wrap and key unwrap: their options, and what these ask of the model (reference 8)."""

from __future__ import annotations

import os

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.data import given_hex
from cloudhsm_cli.texts import CommandError
from shared.crypto import wrapping as w

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values

MECHANISMS = {
    "aes-gcm": w.AES_GCM,
    "aes-no-pad": w.NIST_AES_NO_PAD,
    "aes-pkcs5-pad": w.AES_KEY_WRAP,
    "aes-zero-pad": w.NIST_AES_PAD,
    "cloudhsm-aes-gcm": w.CLOUDHSM_AES_GCM,
    "rsa-aes": w.RSA_AES,
    "rsa-oaep": w.RSA_OAEP,
    "rsa-pkcs": w.RSA_PKCS,
}
HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
MGF_PREFIX = "mgf1-"
MGFS = tuple(f"{MGF_PREFIX}{name}" for name in HASHES)
HASH_OPTION = Option("--hash-function", "HASH_FUNCTION", "Hash function", required=True, choices=HASHES)
MGF_OPTION = Option("--mgf", "MGF", "Mask generation function", required=True, choices=MGFS)

# The guide's pages of these spell the fields with hyphens, those of the others with underscores (reference 15).
_HYPHENS = ("rsa-aes", "rsa-oaep")
SPELLING = "CLOUDHSM_SIM_WRAP_FIELDS"
_SPELLINGS = {"hyphens": True, "underscores": False}
_HASH_NUMBERS = {name.lower(): number for number, name in w.HASHES.items()}
_TAG_BITS = range(8 * w.MIN_TAG_BYTES, 8 * w.GCM_TAG_BYTES + 1, 8)
_WITH_TAG = (w.AES_GCM, w.CLOUDHSM_AES_GCM)
_WITH_HASH = (w.RSA_AES, w.RSA_OAEP)


def own_options(mechanism: str, *, unwrapping: bool) -> tuple[Option, ...]:
    """Return the options that only some mechanisms have."""
    number = MECHANISMS[mechanism]
    if number in _WITH_HASH:
        return (HASH_OPTION, MGF_OPTION)
    if number not in _WITH_TAG:
        return ()
    options = (
        Option(
            "--tag-length-bits", "TAG_LENGTH_BITS", "AES GCM tag length in bits", required=True, numbers=range(1 << 32)
        ),
        Option("--aad", "AAD", "AES GCM Additional Authenticated Data (AAD) value, in hex"),
    )
    if unwrapping and number == w.AES_GCM:
        return (*options, Option("--iv", "IV", "Initial value used to wrap the key, in hex", required=True))
    return options


def parameters(mechanism: str, values: Values) -> w.Parameters:
    """Return what the options say.

    Raises:
        CommandError: they do not go together, or cannot be.
    """
    number = MECHANISMS[mechanism]
    if number in _WITH_HASH:
        name = values.text("--hash-function")
        if values.text("--mgf") != MGF_PREFIX + name:
            raise CommandError(key_texts.NOT_ONE_HASH)
        return w.Parameters(number, hash_number=_HASH_NUMBERS[name])
    if number not in _WITH_TAG:
        return w.Parameters(number)
    bits = int(values.text("--tag-length-bits"))
    if bits not in _TAG_BITS:
        raise CommandError(key_texts.BAD_TAG)
    iv = given_hex(values, "--iv")
    if values.has("--iv") and len(iv) != w.GCM_IV_BYTES:
        raise CommandError(key_texts.BAD_IV)
    return w.Parameters(number, iv=iv, aad=given_hex(values, "--aad"), tag_size=bits // 8)


def spelled(mechanism: str, field: str) -> str:
    """Return a field's name as the page of a mechanism spells it, unless the environment asks for one spelling."""
    hyphens = _SPELLINGS.get(os.environ.get(SPELLING, ""), mechanism in _HYPHENS)
    return field if hyphens else field.replace("-", "_")
