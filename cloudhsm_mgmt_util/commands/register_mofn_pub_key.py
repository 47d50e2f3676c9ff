"""registerMofnPubKey: what registerQuorumPubKey was to client 3.2; the tool reads the private key and signs itself."""

from __future__ import annotations

import os

from cloudhsm_mgmt_util.asking import confirmed, user_name, user_type
from cloudhsm_mgmt_util.rounds import change
from cloudhsm_mgmt_util.token_text import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "registerMofnPubKey <user-type> <key match string> <user-name> <private key file>"
ARGUMENTS = (4, 4)

# The prompt is that of OpenSSL, which asks for encrypted keys only; the refusal is ours.
PASS_PHRASE = "Enter PEM pass phrase:"  # noqa: S105 - a prompt
UNUSABLE = "failed to read private key from {path}\n"


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then sign the match string with the private key and register its public half."""
    kind, match_string, name, path = arguments
    if not confirmed(shell):
        return
    pem = read_file(shell, path)
    if pem is None:
        return
    key = _private_key(shell, pem, path)
    if key is None:
        return
    message = os.fsencode(match_string)
    signature, public = _proof(key, message)
    change(
        shell,
        "registerMofnPubKey",
        lambda server: server.hsm.register_quorum_key(user_type(kind), user_name(name), message, signature, public),
        "registerMofnPubKey failed on server {server}",
    )


def _private_key(shell: Shell, pem: bytes, path: str) -> RSAPrivateKey | None:
    """Return the key of a PEM file, whose pass phrase is asked for once; None, once it has been said why not."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    phrase = None
    if b"ENCRYPTED" in pem:
        typed = shell.ask_hidden(PASS_PHRASE)
        if typed is None:
            return None
        phrase = os.fsencode(typed)
    try:
        key = load_pem_private_key(pem, phrase)
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
    ):  # TypeError: an empty pass phrase, or one that is not asked for
        key = None
    if isinstance(key, RSAPrivateKey):
        return key
    shell.console.write(UNUSABLE.format(path=path))
    return None


def _proof(key: RSAPrivateKey, message: bytes) -> tuple[bytes, bytes]:
    """Return the signature of a message, and the public half of the key in PEM."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.sign(message, PKCS1v15(), SHA256()), public
