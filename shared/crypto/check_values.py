"""Key check values (KCV), three bytes, as the HSM derives them (reference 5.9)."""

from __future__ import annotations

import hashlib

from shared.mechanisms import KEY_AES, KEY_DES3

_BYTES = 3


def secret_kcv(key_type: int, key: bytes) -> bytes:
    """Return the start of a zero block under an AES or 3DES key; other secrets have the value 000000 (choice)."""
    if key_type not in (KEY_AES, KEY_DES3):
        return bytes(_BYTES)
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    if key_type == KEY_AES:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES

        cipher = Cipher(AES(key), modes.ECB())  # noqa: S305 - the check value is defined so
        block = bytes(16)
    else:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        cipher = Cipher(TripleDES(key), modes.ECB())  # noqa: S305 - the check value is defined so
        block = bytes(8)
    return cipher.encryptor().update(block)[:_BYTES]


def public_kcv(subject_public_key_info: bytes) -> bytes:
    """Return the start of SHA-1 over the DER of the public key; its private key has the same value."""
    return hashlib.sha1(subject_public_key_info, usedforsecurity=False).digest()[:_BYTES]
