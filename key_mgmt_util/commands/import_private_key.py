"""importPrivateKey: import an RSA, DSA or EC private key from a PEM file."""

from __future__ import annotations

import errno
import os

from key_mgmt_util import creation, importing, key_files, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.crypto import fake_pem
from shared.crypto.pem import from_pem, is_private_label
from shared.hsm.intake import Wanted
from shared.lean import Record, suppress
from shared.mechanisms import CLASS_PRIVATE, KEY_DSA, KEY_EC, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

CANNOT_OPEN = "failed to open file  {} : {}\n"
CANNOT_READ = "failed to read private key from file\n\n"
WRONG_TYPE = "Error: Invalid Key Type {}\n"
ALREADY_IMPORTED = "\nThis key is already imported with handle {}\n\n"
# A curve that is known by name only.
CANNOT_READ_EC = "\n \tfailed to read ecdsa private key from file\n"
LENGTH = "BER encoded key length is {}\n"
LINE = "\n\tPrivate Key Imported.  Key Handle: {} \n"

# OpenSSL's numbers of the types that the tool refuses.
_OTHER_TYPES = {"DH": 28, "X25519": 1034, "X448": 1035, "Ed25519": 1087, "Ed448": 1088}

SYNTAX = Syntax(
    options=(*importing.OPTIONS, Option("-f", readers.text), Option("-w", readers.int32, repeats=True)),
    required=(
        ("-w", "\n\tError: wrapping Key handle (-w) is missing.\n"),
        ("-f", "\n\tError: File name (-f) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Imports an RSA, DSA or EC private key from a file into the HSMs of the cluster.",
        "\nSyntax: importPrivateKey -h -l <label> -f <private key file name> -w <wrapper key handle>\n"
        "\t\t\t[-sess] [-id <key ID>] [-m_value <0..8>]\n"
        f"\t\t\t{MIN_SRV_USAGE}\n"
        "\t\t\t[-u <user-ids>] [-wk <wrapping key file>][-attest]\n\n",
        (
            "-l  label of the new key",
            "-f  file with the private key in PEM, not encrypted",
            "-w  handle of the AES key by which it enters the HSM (4 for KEK)",
            "-sess  make a session key",
            "-attest  check that the HSM's answer is attested",
            "-id  id of the new key",
            "-u  ids of the users who share the key, with commas between",
            "-wk  file with the wrapping key, to wrap here instead of in the HSM",
            "-m_value  number of users who must approve the use of the key",
            "-min_srv  number of HSMs on which the key must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
    session_sharing=False,
)


class _Read(Record):
    """A private key as PKCS#8, or why there is none."""

    refusal: str = ""
    key_type: int = 0
    info: bytes = b""


def run(shell: Shell, words: list[str]) -> int:
    """Import the key."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    host_key = key_files.host_key(shell, values)
    if host_key is None:
        return 0
    key = _read(values["-f"])
    if key.refusal:
        shell.console.write(key.refusal)
        return 0
    shell.console.write(LENGTH.format(len(key.info)))
    wanted = Wanted(CLASS_PRIVATE, key.key_type, creation.template_of(values))
    returned = importing.RETURNED if shell.profile == "1.x" else ": "
    return importing.bring_in(shell, values, host_key, key.info, wanted, line=LINE, returned=returned)


def _read(path: str) -> _Read:
    try:
        content = key_files.read_file(path)
    except IsADirectoryError:
        return _Read(CANNOT_READ)
    except OSError as error:
        return _Read(CANNOT_OPEN.format(path, os.strerror(error.errno or errno.EIO)))
    except ValueError:  # a NUL in the path
        return _Read(CANNOT_OPEN.format(path, os.strerror(errno.ENOENT)))
    with suppress(fake_pem.NoRsaKeyError):
        handle = fake_pem.rsa_handle(content)
        if handle is not None:
            return _Read(ALREADY_IMPORTED.format(handle))
    return _decode(from_pem(content, is_private_label))


def _decode(der: bytes) -> _Read:
    """Return the key in its PKCS#8 form; whether its numbers fit each other is the HSM's to say."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_der_private_key,
    )

    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm:
        return _Read(CANNOT_READ_EC)
    except (ValueError, TypeError):
        return _Read(CANNOT_READ)
    types = ((rsa.RSAPrivateKey, KEY_RSA), (dsa.DSAPrivateKey, KEY_DSA), (ec.EllipticCurvePrivateKey, KEY_EC))
    for cls, key_type in types:
        if isinstance(key, cls):
            return _Read("", key_type, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return _Read(WRONG_TYPE.format(_OTHER_TYPES.get(type(key).__name__.removesuffix("PrivateKey"), 0)))
