"""Key check values, by known answers and by openssl's."""

import os
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from model_support import KnownKey, known_rsa_keys

from shared.crypto.check_values import public_kcv, secret_kcv
from shared.crypto.generation import describe_ec, describe_rsa
from shared.mechanisms import KEY_AES, KEY_DES3, KEY_GENERIC

# Zero blocks under the zero keys of NIST's AESAVS, the keys of FIPS 197 (appendix C), and two of 3DES: the first is
# three times the same key and so gives DES's well-known value, the second is the key of NIST SP 800-67.
KNOWN = (
    (KEY_AES, "00" * 16, "66e94b"),
    (KEY_AES, "00" * 24, "aae069"),
    (KEY_AES, "00" * 32, "dc95c0"),
    (KEY_AES, "000102030405060708090a0b0c0d0e0f", "c6a13b"),
    (KEY_AES, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "f29000"),
    (KEY_DES3, "0123456789abcdef0123456789abcdef0123456789abcdef", "d5d44f"),
    (KEY_DES3, "0123456789abcdef23456789abcdef01456789abcdef0123", "4eba73"),
)
CIPHERS = {
    (KEY_AES, 16): "-aes-128-ecb",
    (KEY_AES, 24): "-aes-192-ecb",
    (KEY_AES, 32): "-aes-256-ecb",
    (KEY_DES3, 24): "-des-ede3",
}


def openssl(*words: str, data: bytes) -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout


def zero_block(key_type: int, key: bytes) -> bytes:
    size = 16 if key_type == KEY_AES else 8
    cipher = CIPHERS[key_type, len(key)]
    return openssl("enc", cipher, "-K", key.hex(), "-nopad", data=bytes(size))[:3]


@pytest.mark.parametrize(("key_type", "key", "kcv"), KNOWN)
def test_a_secret_key_has_the_known_check_value(key_type: int, key: str, kcv: str) -> None:
    assert secret_kcv(key_type, bytes.fromhex(key)).hex() == kcv
    assert zero_block(key_type, bytes.fromhex(key)).hex() == kcv


@pytest.mark.parametrize(("key_type", "size"), CIPHERS)
def test_openssl_finds_the_same_check_value_for_any_key(key_type: int, size: int) -> None:
    key = os.urandom(size)
    assert secret_kcv(key_type, key) == zero_block(key_type, key)


@pytest.mark.parametrize("key", [b"x", bytes(16), b"y" * 3584])
def test_other_secrets_have_the_value_zero(key: bytes) -> None:
    assert secret_kcv(KEY_GENERIC, key) == bytes(3)


def of_public_half(private: bytes) -> str:
    """Return the start of SHA-1 over the public key that openssl makes of a private one."""
    public = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=private)
    return openssl("dgst", "-sha1", "-r", data=public).decode()[:6]


@pytest.mark.parametrize("known", known_rsa_keys(), ids=lambda known: known.file.stem)
def test_an_rsa_pair_has_the_start_of_sha1_over_its_public_key(known: KnownKey) -> None:
    pair = describe_rsa(known.key)
    assert public_kcv(pair.public).hex() == of_public_half(pair.private)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
def test_an_ec_pair_has_the_start_of_sha1_over_its_public_key(curve: ec.EllipticCurve) -> None:
    pair = describe_ec(ec.generate_private_key(curve), 2)
    assert public_kcv(pair.public).hex() == of_public_half(pair.private)
