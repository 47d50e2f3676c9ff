"""Key check values (KCV), three bytes, as the HSM derives them (reference 5.9)."""

from __future__ import annotations

from shared.mechanisms import KEY_AES, KEY_DES3

_BYTES = 3
# GCM's field: the first bit of a block is x^0, and x^128 = x^7 + x^2 + x + 1.
_LENGTH_EXPONENT = 56
_REDUCTION = 0xE1 << 120
_BLOCK_MASK = (1 << 128) - 1


def secret_kcv(key_type: int, key: bytes) -> bytes:
    """Return the start of a zero block under an AES or 3DES key; other secrets have the value 000000 (choice)."""
    if key_type == KEY_AES:
        return _zero_block_under_aes(key)[:_BYTES]
    if key_type != KEY_DES3:
        return bytes(_BYTES)
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    cipher = Cipher(TripleDES(key), modes.ECB())  # noqa: S305 - the check value is defined so
    return cipher.encryptor().update(bytes(8))[:_BYTES]


def _zero_block_under_aes(key: bytes) -> bytes:
    """Return a zero block encrypted under an AES key, which GCM calls its hash key H (NIST SP 800-38D, 6.4 and 7.1).

    The tag of no text and 16 zero bytes beside it is ``L * H + E``, that of nothing at all is ``E``. ``L``, the length
    of those bytes in bits, is a single one in the block: x^56. So the sum of both tags is divided by x as often.
    Importing cryptography's plain block cipher takes longer than all else that making a key takes (decision 6).
    """
    from shared.crypto.primitives import AESGCM

    cipher, nonce = AESGCM(key), bytes(12)
    with_length, without = cipher.encrypt(nonce, b"", bytes(16)), cipher.encrypt(nonce, b"", None)
    block = int.from_bytes(with_length, "big") ^ int.from_bytes(without, "big")
    for _ in range(_LENGTH_EXPONENT):
        has_constant = block >> 127
        if has_constant:  # adding the polynomial takes it away, and brings x^128, which becomes the last bit
            block ^= _REDUCTION
        block = (block << 1 & _BLOCK_MASK) | has_constant
    return block.to_bytes(16, "big")


def public_kcv(subject_public_key_info: bytes) -> bytes:
    """Return the start of SHA-1 over the DER of the public key; its private key has the same value."""
    import hashlib

    return hashlib.sha1(subject_public_key_info, usedforsecurity=False).digest()[:_BYTES]
