"""Generated keys: openssl reads them, and the attributes say what is in them."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from model_support import ALICE, KEY, KnownKey, known_rsa_keys, make_world, use_known_rsa_keys

from shared.crypto import generation, primitives
from shared.crypto.generation import Pair, describe_ec, describe_rsa, ec_pair, rsa_pair
from shared.mechanisms import APPROVED_CURVES, CURVES, KEY_AES, KEY_DES3, KEY_GENERIC

# By curve id: openssl's name, the length of the point and of PKCS#8 as openssl writes it.
EC = {
    2: ("prime256v1", 65, 138),
    13: ("secp224r1", 57, 122),
    14: ("secp384r1", 97, 185),
    15: ("secp521r1", 133, 241),
    16: ("secp256k1", 65, 135),
}


def openssl(*words: str, data: bytes) -> str:
    child = subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)
    assert child.returncode == 0, child.stderr.decode()
    return child.stdout.decode()


def agree_with_openssl(pair: Pair) -> str:
    """Check that openssl takes the private key, and finds the public key in it; return its description."""
    text = openssl("pkey", "-inform", "DER", "-check", "-noout", "-text", data=pair.private)
    assert text.startswith("Key is valid\n")
    public = ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"]
    assert subprocess.run(public, input=pair.private, capture_output=True, check=True).stdout == pair.public
    return text


@pytest.mark.parametrize("exponent", [65537, 65539, 65541, 195193])
def test_openssl_takes_an_rsa_key_of_any_exponent(exponent: int) -> None:
    pair = rsa_pair(2048, exponent)
    text = agree_with_openssl(pair)
    assert "Private-Key: (2048 bit, 2 primes)" in text
    assert f"publicExponent: {exponent} (0x{exponent:x})" in text
    assert pair.public_exponent == exponent.to_bytes(3, "big")
    key = load_der_private_key(pair.private, None)
    assert isinstance(key, RSAPrivateKey)
    assert pair.modulus == key.private_numbers().public_numbers.n.to_bytes(256, "big")


@pytest.mark.parametrize("known", known_rsa_keys(), ids=lambda known: known.file.stem)
def test_the_attributes_of_an_rsa_key_are_those_of_the_key(known: KnownKey) -> None:
    pair = describe_rsa(known.key)
    numbers = known.key.public_key().public_numbers()
    assert load_der_public_key(pair.public) == known.key.public_key()
    assert int.from_bytes(pair.modulus, "big") == numbers.n
    assert len(pair.modulus) == known.bits // 8
    assert pair.modulus_bits == known.bits
    assert int.from_bytes(pair.public_exponent, "big") == known.exponent
    assert pair.public_exponent[0] != 0
    assert pair.public_len == known.bits // 4
    agree_with_openssl(pair)


def test_an_rsa_2048_public_key_has_the_length_that_the_guide_shows() -> None:
    pair = describe_rsa(known_rsa_keys()[0].key)
    assert (pair.public_len, pair.public_exponent) == (0x200, b"\x01\x00\x01")


@pytest.mark.parametrize("curve", sorted(EC))
def test_openssl_takes_an_ec_key_of_every_approved_curve(curve: int) -> None:
    name, point, length = EC[curve]
    pair = ec_pair(curve)
    assert f"ASN1 OID: {name}\n" in agree_with_openssl(pair)
    assert (pair.modulus[0], len(pair.modulus), pair.public_len) == (4, point, point)
    assert pair.public.endswith(pair.modulus)
    assert (pair.modulus_bits, pair.public_exponent) == (CURVES[curve][1], b"")
    assert len(pair.private) == length
    assert point == 1 + 2 * CURVES[curve][2]


def test_every_approved_curve_is_tested() -> None:
    assert set(EC) == set(APPROVED_CURVES)


def test_an_ec_key_is_described_as_it_is() -> None:
    key = ec.derive_private_key(1, ec.SECP256R1())
    pair = describe_ec(key, 2)
    # With the scalar 1 the point is the curve's generator (SEC 2, 2.4.2).
    generator = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    assert pair.modulus.hex().startswith("04" + generator)
    assert load_der_private_key(pair.private, None).private_numbers() == key.private_numbers()  # type: ignore[union-attr]


def test_the_store_holds_no_key_and_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_known_rsa_keys(monkeypatch)
    secrets = [b"SECRET-AES-128-K", b"SECRET-3DES-KEY-OF-24-BY", b"SECRET-GENERIC" * 20]
    queue = list(secrets)
    monkeypatch.setattr(primitives, "random_key", lambda size: queue.pop(0) if size else b"")
    world = make_world(tmp_path)
    hsm = world.as_user("CU", "alice", ALICE)
    hsm.generate_secret(KEY_AES, 16, KEY)
    hsm.generate_secret(KEY_DES3, 24, KEY._replace(token=False))
    hsm.generate_secret(KEY_GENERIC, 280, KEY)
    hsm.generate_rsa(2048, 65539, KEY)
    scalar = 0x5345435245542D4543
    monkeypatch.setattr(
        generation, "ec_pair", lambda curve: describe_ec(ec.derive_private_key(scalar, ec.SECP256R1()), curve)
    )
    hsm.generate_ec(2, KEY)
    numbers = next(known for known in known_rsa_keys() if known.exponent == 65539).key.private_numbers()
    secrets += [number.to_bytes(128, "big") for number in (numbers.p, numbers.q, numbers.dmp1, numbers.iqmp)]
    secrets += [numbers.d.to_bytes(256, "big"), scalar.to_bytes(32, "big"), b"alicepw1", b"adminpw1", b"bobpw123"]
    assert queue == []

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    content = b"".join(file.read_bytes() for file in files)
    assert numbers.public_numbers.n.to_bytes(256, "big") in content
    for secret in secrets:
        assert secret not in content
        assert secret.hex().encode() not in content.lower()
    world.realm.close()
