"""Signatures of people: what a quorum token, a registration or a second factor is signed with (RSA-2048, SHA-256)."""

from __future__ import annotations

from shared.errors import INVALID_DATA, HsmError

KEY_BITS = 2048


def read_public_key(pem: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of an RSA-2048 public key in PEM; INVALID_DATA for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise HsmError(INVALID_DATA) from error
    if not isinstance(key, RSAPublicKey) or key.key_size != KEY_BITS:
        raise HsmError(INVALID_DATA)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed(public_key_info: bytes, message: bytes, signature: bytes, *, is_digest: bool = False) -> bool:
    """Return whether a PKCS#1 v1.5 signature with SHA-256 is good; ``is_digest``: the message is the digest itself."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public_key_info)
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, message, PKCS1v15(), Prehashed(SHA256()) if is_digest else SHA256())
    except (InvalidSignature, ValueError):  # the latter for a digest of another length
        return False
    return True
