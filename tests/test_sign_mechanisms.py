"""Signature mechanisms over bare keys: published vectors, and every way in which a signature is not one."""

import json
from hashlib import sha256, sha512
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from model_support import DATA, known_rsa_keys, refused

from shared import errors
from shared.crypto import approvals, signing
from shared.crypto.wrapping import hash_algorithm
from shared.errors import Code, HsmError

VECTORS: dict[str, Any] = json.loads((DATA / "signature-vectors.json").read_text())
NAMES = {mechanism.name: mechanism for mechanism in signing.MECHANISMS.values()}
RSA_MECHANISMS = [n for n, mechanism in signing.MECHANISMS.items() if mechanism.key_type == 0]
EC_MECHANISMS = [n for n, mechanism in signing.MECHANISMS.items() if mechanism.key_type == 3]
KEY = known_rsa_keys()[0].key
OTHER_KEY = known_rsa_keys()[1].key
PRIVATE = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def info(key: Any) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


PUBLIC = info(KEY.public_key())


def test_the_numbers_are_those_of_the_reference() -> None:
    assert {number: mechanism.name for number, mechanism in signing.MECHANISMS.items()} == {
        0: "SHA1_RSA_PKCS",
        1: "SHA256_RSA_PKCS",
        2: "SHA384_RSA_PKCS",
        3: "SHA512_RSA_PKCS",
        4: "SHA224_RSA_PKCS",
        5: "SHA1_RSA_PKCS_PSS",
        6: "SHA256_RSA_PKCS_PSS",
        7: "SHA384_RSA_PKCS_PSS",
        8: "SHA512_RSA_PKCS_PSS",
        9: "SHA224_RSA_PKCS_PSS",
        15: "ECDSA_SHA1",
        16: "ECDSA_SHA224",
        17: "ECDSA_SHA256",
        18: "ECDSA_SHA384",
        19: "ECDSA_SHA512",
    }


@pytest.mark.parametrize("vector", VECTORS["ecdsa"], ids=lambda v: f"{v['curve']}-{v['hash']}-{v['good']}")
def test_ecdsa_vector(vector: dict[str, Any]) -> None:
    curve = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}[vector["curve"]]()
    key = ec.EllipticCurvePublicNumbers(int(vector["x"], 16), int(vector["y"], 16), curve).public_key()
    signature = encode_dss_signature(int(vector["r"], 16), int(vector["s"], 16))
    mechanism = NAMES[f"ECDSA_{vector['hash']}"]
    assert signing.verify_ec(info(key), mechanism, bytes.fromhex(vector["message"]), signature) is vector["good"]


@pytest.mark.parametrize(
    "vector", VECTORS["rsa"], ids=lambda v: f"{v['scheme']}-{v['hash']}-{v['good']}-{len(v['salt']) // 2}"
)
def test_rsa_vector(vector: dict[str, Any]) -> None:
    key = rsa.RSAPublicNumbers(int(vector["e"], 16), int(vector["n"], 16)).public_key()
    pss = vector["scheme"] == "pss"
    mechanism = NAMES[f"{vector['hash']}_RSA_PKCS{'_PSS' if pss else ''}"]
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    # NIST's salts have 10 bytes; the mechanisms here take those that are as long as the hash.
    good = vector["good"] and (not pss or len(vector["salt"]) == 2 * hash_algorithm(mechanism.hash_name).digest_size)
    assert verdict(info(key), mechanism, message, signature) is good


def verdict(public: bytes, mechanism: signing.Mechanism, message: bytes, signature: bytes) -> bool | Code:
    """Return whether a signature is good, whichever way the other is told."""
    try:
        return signing.verify_rsa(public, mechanism, message, signature)
    except HsmError as refusal:
        return False if refusal.code is errors.ERR_BAD_PKCS_DATA else refusal.code


@pytest.mark.parametrize("number", RSA_MECHANISMS)
def test_rsa_there_and_back(number: int) -> None:
    mechanism = signing.MECHANISMS[number]
    signature = signing.sign_rsa(PRIVATE, mechanism, b"data")
    assert len(signature) == KEY.key_size // 8
    assert signing.verify_rsa(PUBLIC, mechanism, b"data", signature)
    algorithm = hash_algorithm(mechanism.hash_name)
    if mechanism.pss:
        scheme: Any = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    else:
        scheme = padding.PKCS1v15()
    KEY.public_key().verify(signature, b"data", scheme, algorithm)


@pytest.mark.parametrize("number", RSA_MECHANISMS)
def test_an_rsa_signature_of_something_else(number: int) -> None:
    mechanism = signing.MECHANISMS[number]
    signature = signing.sign_rsa(PRIVATE, mechanism, b"data")
    assert not signing.verify_rsa(PUBLIC, mechanism, b"date", signature)


@pytest.mark.parametrize("number", [n for n in RSA_MECHANISMS if not signing.MECHANISMS[n].pss])
def test_an_rsa_signature_by_another_hash_opens_but_differs(number: int) -> None:
    mechanism = signing.MECHANISMS[number]
    other = signing.MECHANISMS[(number + 1) % 5]
    assert not signing.verify_rsa(PUBLIC, mechanism, b"data", signing.sign_rsa(PRIVATE, other, b"data"))


def test_an_rsa_signature_of_another_key_does_not_open() -> None:
    mechanism = NAMES["SHA256_RSA_PKCS"]
    signature = OTHER_KEY.sign(b"data", padding.PKCS1v15(), hash_algorithm("SHA256"))
    with refused(errors.ERR_BAD_PKCS_DATA):
        signing.verify_rsa(PUBLIC, mechanism, b"data", signature)


@pytest.mark.parametrize("size", [0, 1, 255, 257, 512])
@pytest.mark.parametrize("fill", [b"\0", b"\x01", b"\xff"])
def test_an_rsa_signature_of_a_wrong_length_or_value_is_refused(size: int, fill: bytes) -> None:
    with refused(errors.ERR_BAD_PKCS_DATA):
        signing.verify_rsa(PUBLIC, NAMES["SHA256_RSA_PKCS"], b"data", fill * size)
    assert not signing.verify_rsa(PUBLIC, NAMES["SHA256_RSA_PKCS_PSS"], b"data", fill * size)


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP256K1])
@pytest.mark.parametrize("number", EC_MECHANISMS)
def test_ec_there_and_back(curve: type[ec.EllipticCurve], number: int) -> None:
    key = ec.generate_private_key(curve())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    mechanism = signing.MECHANISMS[number]
    signature = signing.sign_ec(private, mechanism, b"data")
    key.public_key().verify(signature, b"data", ec.ECDSA(hash_algorithm(mechanism.hash_name)))
    public = info(key.public_key())
    assert signing.verify_ec(public, mechanism, b"data", signature)
    assert not signing.verify_ec(public, mechanism, b"date", signature)
    assert not signing.verify_ec(public, mechanism, b"data", signature + b"\0")
    assert not signing.verify_ec(public, mechanism, b"data", b"")


def test_a_hash_that_is_longer_than_the_curve_is_cut() -> None:
    """As FIPS 186 has it: SHA-512 on P-256, checked against a signature over the cut digest."""
    key = ec.generate_private_key(ec.SECP256R1())
    digest = hash_algorithm("SHA512")
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signature = signing.sign_ec(private, NAMES["ECDSA_SHA512"], b"data")
    key.public_key().verify(signature, sha512(b"data").digest(), ec.ECDSA(Prehashed(digest)))


@pytest.mark.parametrize("pem", [b"", b"text", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_no_public_key_of_an_approver(pem: bytes) -> None:
    with refused(errors.INVALID_DATA):
        approvals.read_public_key(pem)


def test_approvers_have_rsa_2048_keys_only() -> None:
    large = next(known.key for known in known_rsa_keys() if known.bits == 3072).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for key in (large, curve):
        with refused(errors.INVALID_DATA):
            approvals.read_public_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def test_an_approval_is_a_signature_over_the_message_or_its_digest() -> None:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public = approvals.read_public_key(pem)
    signature = KEY.sign(b"token", padding.PKCS1v15(), hash_algorithm("SHA256"))
    assert approvals.is_signed(public, b"token", signature)
    assert approvals.is_signed(public, sha256(b"token").digest(), signature, is_digest=True)
    assert not approvals.is_signed(public, b"other", signature)
    assert not approvals.is_signed(public, b"no digest", signature, is_digest=True)
    assert not approvals.is_signed(public, b"token", signature[:-1])
    assert not approvals.is_signed(public, b"token", signature + b"\0")
    assert not approvals.is_signed(public, b"token", KEY.sign(b"token", padding.PKCS1v15(), hash_algorithm("SHA1")))
