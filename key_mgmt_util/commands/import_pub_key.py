"""importPubKey: import an RSA, DSA or EC public key from a PEM file."""

from __future__ import annotations

import sys

from key_mgmt_util import creation, readers, results
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors
from shared.crypto.pem import PUBLIC_LABEL, from_pem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from key_mgmt_util.shell import Shell

API = "Cfm3CreatePublicKey"
CANNOT_READ = "\n\t Failed to read Public Key from file {}\n"
WRONG_TYPE = "Error: Invalid Key Type {}\n"
# A curve that is known by name only.
NO_EC_KEY = "\n\t failed to get EC_KEY from input file\n"
# What OpenSSL says of a file without the PEM block that it looks for, less the number of a thread.
OPENSSL_ERROR = "error:0906D06C:PEM routines:PEM_read_bio:no start line:pem_lib.c:707:Expecting: PUBLIC KEY\n"

# OpenSSL's numbers of the types that the tool refuses.
_OTHER_TYPES = {"DH": 28, "X25519": 1034, "X448": 1035, "Ed25519": 1087, "Ed448": 1088}
_VALUELESS = ("-sess",)


def _named_file(value: str, say: Callable[[str], None]) -> tuple[str, bytes] | None:
    content = readers.file_now(value, say)
    return None if content is None else (value, content)


SYNTAX = Syntax(
    options=(
        Option("-l", readers.raw),
        Option("-f", _named_file),
        Option("-sess", repeats=True),
        Option("-id", readers.raw),
        *creation.SERVERS,
    ),
    required=(
        ("-f", "\n\tError: File name (-f) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Imports an RSA, DSA or EC public key from a file into the HSMs of the cluster.",
        f"\nSyntax: importPubKey -h -l <label> -f <filename>\n\t\t\t[-sess] [-id <key ID>]\n\t\t\t{MIN_SRV_USAGE}\n\n",
        (
            "-l  label of the new key",
            "-f  file with the public key in PEM",
            "-sess  make a session key",
            "-id  id of the new key",
            "-min_srv  number of HSMs on which the key must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Import the key."""
    values = parse(shell, SYNTAX, _up_to_help(words))
    if values is None:
        return 0
    path, content = values["-f"]
    info = from_pem(content, lambda label: label == PUBLIC_LABEL)
    refusal = _refusal(info, path)
    if refusal:
        shell.console.write(refusal + results.result(API, errors.RET_INVALID_INPUT, shell.profile))
        if not info:
            shell.console.flush()
            sys.stderr.write(OPENSSL_ERROR)
        return errors.RET_INVALID_INPUT.number
    outcome = shell.client.import_public(info, creation.template_of(values))
    handle = outcome.value[0].handle if outcome.value else 0
    return creation.report(shell, API, outcome, values, f"\nPublic Key Handle: {handle} \n")


def _up_to_help(words: list[str]) -> list[str]:
    """Leave out what stands behind -h, where this command stops reading."""
    position = 0
    while position < len(words):
        if words[position] == "-h":
            return words[: position + 1]
        position += 1 if words[position] in _VALUELESS else 2
    return words


def _refusal(info: bytes, path: str) -> str:
    """Return why the tool does not send a key to the HSM, empty if it does."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(info)
    except UnsupportedAlgorithm:
        return NO_EC_KEY
    except ValueError:
        return CANNOT_READ.format(path)
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey):
        return ""
    return WRONG_TYPE.format(_OTHER_TYPES.get(type(key).__name__.removesuffix("PublicKey"), 0))
