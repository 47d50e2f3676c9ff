"""Keys that come in from outside, as the HSM sees them: described alike whatever way they came, or refused."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from model_support import DATA, outcome_of, refused
from wrap_support import CURVES, kinds, openssl, pkcs8, public_pem

from shared import errors, mechanisms
from shared.crypto.encodings import describe_private, describe_public, describe_rsa_public
from shared.crypto.generation import ec_pair

ADMITTED = ("ok", errors.ERR_BAD_PKCS_DATA.symbol, errors.POLICY_MISMATCH.symbol)
PRIVATE = [name for name, kind in kinds().items() if kind.key_class == mechanisms.CLASS_PRIVATE]


@cache
def public_half(private: bytes) -> bytes:
    return public_of(private)


def public_of(private: bytes) -> bytes:
    return openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", given=private)


@pytest.mark.parametrize("name", PRIVATE)
def test_both_halves_of_a_pair_show_the_same(name: str) -> None:
    kind = kinds()[name]
    private = describe_private(kind.material)
    public = describe_public(public_of(kind.material))
    assert private.key_type == public.key_type == kind.key_type
    assert private.pair.private == kind.material
    assert public.pair == private.pair._replace(private=b"")


@pytest.mark.parametrize("number", CURVES)
def test_what_is_generated_comes_in_again(number: int) -> None:
    pair = ec_pair(number)
    assert describe_private(pair.private) == (mechanisms.KEY_EC, pair)
    assert describe_public(pair.public) == (mechanisms.KEY_EC, pair._replace(private=b""))


def test_rsa_by_its_numbers() -> None:
    key = load_pem_private_key((DATA / "rsa4096.pem").read_bytes(), None)
    numbers = key.public_key().public_numbers()  # type: ignore[union-attr]
    by_numbers = describe_rsa_public(numbers.n, numbers.e)  # type: ignore[union-attr,arg-type]
    assert by_numbers == describe_public(public_of(pkcs8((DATA / "rsa4096.pem").read_bytes())))
    assert by_numbers.pair.public_len == 2 * 512


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (0, 65537),
        (1, 65537),
        (2**2047 - 1, 65537),
        (2**4096 + 1, 65537),
        (2**2048 - 1, 0),
        (2**2048 - 1, 1),
        (2**2048 - 1, 3),
        (2**2048 - 1, 65535),
        (2**2048 - 1, 65538),
    ],
)
def test_rsa_numbers_that_fips_refuses(modulus: int, exponent: int) -> None:
    with refused(errors.POLICY_MISMATCH):
        describe_rsa_public(modulus, exponent)


def test_an_exponent_above_the_modulus_is_no_key() -> None:
    with refused(errors.ERR_BAD_PKCS_DATA):
        describe_rsa_public(2**2048 - 1, 2**2048 + 1)


@pytest.mark.parametrize(
    "words",
    [
        ("-algorithm", "ED25519"),
        ("-algorithm", "X25519"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime192v1"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp112r1"),
        ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2040"),
        ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_pubexp:17"),
    ],
)
def test_keys_that_fips_refuses(words: tuple[str, ...]) -> None:
    pem = openssl("genpkey", *words)
    with refused(errors.POLICY_MISMATCH):
        describe_private(openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", given=pem))
    with refused(errors.POLICY_MISMATCH):
        describe_public(openssl("pkey", "-pubout", "-outform", "DER", given=pem))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_dsa_of_a_small_size() -> None:
    pem = dsa.generate_private_key(1024).private_bytes(  # noqa: S505 - what is refused
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    with refused(errors.POLICY_MISMATCH):
        describe_private(pem)


def test_halves_are_not_taken_for_each_other() -> None:
    pem = (DATA / "rsa2048-1.pem").read_bytes()
    private, public = pkcs8(pem), openssl("pkey", "-pubin", "-outform", "DER", given=public_pem(pem))
    with refused(errors.ERR_BAD_PKCS_DATA):
        describe_private(public)
    with refused(errors.ERR_BAD_PKCS_DATA):
        describe_public(private)


def test_compressed_points_come_in_as_full_ones() -> None:
    key = ec.derive_private_key(5, ec.SECP256R1())
    full = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    whole = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shorter = full.replace(b"\x03\x42\0" + whole, b"\x03\x22\0" + point)
    shorter = shorter[:1] + bytes([len(shorter) - 2]) + shorter[2:]
    assert describe_public(shorter) == describe_public(full)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(PRIVATE), st.data())
def test_no_bytes_bring_the_hsm_down(name: str, data: st.DataObject) -> None:
    private = kinds()[name].material
    good = private if data.draw(st.booleans()) else public_half(private)
    position = data.draw(st.integers(0, len(good)))
    changed = good[:position] + data.draw(st.binary(max_size=4)) + good[position + data.draw(st.integers(0, 4)) :]
    for describe in (describe_private, describe_public):
        assert outcome_of(lambda describe=describe: describe(changed)) in ADMITTED  # type: ignore[misc]
