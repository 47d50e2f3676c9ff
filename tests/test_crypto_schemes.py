"""Signature schemes of Client SDK 5: published vectors, openssl as a second opinion, and what does not fit."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from model_support import known_rsa_keys, refused

from shared import errors
from shared.crypto.generation import Pair, describe_rsa, ec_pair
from shared.crypto.modern_keys import ed25519_pair, ml_dsa_pair
from shared.crypto.schemes import DIGEST, EXTERNAL_MU, HASH_STRENGTHS, Scheme, sign, verify
from shared.mechanisms import ML_DSA

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"abc123"
INFO = {"SHA1": "3021300906052b0e03021a05000414", "SHA256": "3031300d060960864801650304020105000420"}


def rsa_pair() -> Pair:
    return describe_rsa(next(known.key for known in known_rsa_keys() if known.bits == 2048))


def digest(name: str, data: bytes = DATA) -> bytes:
    return hashlib.new(name.lower(), data).digest()


def is_good(folder: Path, public: bytes, signature: bytes, *words: str) -> bool:
    """Return what openssl says of a signature over the data."""
    for name, content in (("pub", public), ("sig", signature), ("data", DATA)):
        (folder / name).write_bytes(content)
    subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "pub", "-out", "pub.pem"], cwd=folder, check=True
    )
    command = ["openssl", "dgst", *words, "-verify", "pub.pem", "-signature", "sig", "data"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", HASH_STRENGTHS)
def test_openssl_verifies_rsa_pkcs(tmp_path: Path, name: str) -> None:
    pair = rsa_pair()
    signature = sign(pair.private, Scheme("rsa-pkcs", name), DATA)
    assert is_good(tmp_path, pair.public, signature, f"-{name.lower()}")
    assert verify(pair.public, Scheme("rsa-pkcs", name), DATA, signature)


@pytest.mark.parametrize("mgf", ["SHA1", "SHA384"])
@pytest.mark.parametrize("salt", [0, 20, 64])
def test_openssl_verifies_rsa_pss_with_any_salt_and_mask(tmp_path: Path, salt: int, mgf: str) -> None:
    pair = rsa_pair()
    scheme = Scheme("rsa-pkcs-pss", "SHA256", mgf, salt)
    signature = sign(pair.private, scheme, DATA)
    options = ("rsa_padding_mode:pss", f"rsa_pss_saltlen:{salt}", f"rsa_mgf1_md:{mgf.lower()}")
    words = [word for option in options for word in ("-sigopt", option)]
    assert is_good(tmp_path, pair.public, signature, "-sha256", *words)
    assert verify(pair.public, scheme, DATA, signature)
    assert not verify(pair.public, scheme._replace(salt=salt + 1), DATA, signature)


@pytest.mark.parametrize("curve", [2, 13, 14, 15, 16])
def test_an_ecdsa_signature_is_r_and_s_of_full_length(tmp_path: Path, curve: int) -> None:
    pair = ec_pair(curve)
    size = len(pair.modulus) // 2
    signature = sign(pair.private, Scheme("ecdsa", "SHA512"), DATA)
    assert len(signature) == 2 * size
    r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
    assert is_good(tmp_path, pair.public, encode_dss_signature(r, s), "-sha512")
    assert verify(pair.public, Scheme("ecdsa", "SHA512"), DATA, signature)
    assert not verify(pair.public, Scheme("ecdsa", "SHA512"), DATA, encode_dss_signature(r, s))


@pytest.mark.parametrize("mechanism", ["rsa-pkcs", "rsa-pkcs-pss", "ecdsa", "ed25519ph"])
def test_what_was_hashed_before_makes_the_same_signature(mechanism: str) -> None:
    pair = ed25519_pair() if mechanism == "ed25519ph" else ec_pair(2) if mechanism == "ecdsa" else rsa_pair()
    name = "SHA512" if mechanism == "ed25519ph" else "SHA256"
    scheme = Scheme(mechanism, name, name, 32)
    hashed = digest(name)
    given = bytes.fromhex(INFO[name]) + hashed if mechanism == "rsa-pkcs" else hashed
    early = scheme._replace(data_type=DIGEST)
    assert verify(pair.public, scheme, DATA, sign(pair.private, early, given))
    assert verify(pair.public, early, given, sign(pair.private, scheme, DATA))
    for wrong in (hashed[:-1], hashed + b"\0", b"", DATA, bytes.fromhex(INFO["SHA1"]) + digest("SHA1")):
        with refused(errors.POLICY_MISMATCH):
            sign(pair.private, early, wrong)
        with refused(errors.POLICY_MISMATCH):
            verify(pair.public, early, wrong, bytes(64))


def test_the_vector_of_rfc_8032_for_ed25519ph() -> None:
    seed = bytes.fromhex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    expected = (
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    )
    assert sign(encoded, Scheme("ed25519ph", "SHA512"), b"abc").hex() == expected


def test_ed25519_and_ed25519ph_are_different() -> None:
    pair = ed25519_pair()
    pure, hashed = Scheme("ed25519"), Scheme("ed25519ph", "SHA512")
    signature = sign(pair.private, pure, DATA)
    assert verify(pair.public, pure, DATA, signature)
    assert not verify(pair.public, hashed, DATA, signature)
    for bad in (signature[:-1], b"", bytes(64)):
        assert not verify(pair.public, pure, DATA, bad)
        assert not verify(pair.public, hashed, DATA, bad)


@pytest.mark.parametrize("parameter_set", ML_DSA)
def test_ml_dsa_over_data_and_over_its_representative(parameter_set: int) -> None:
    pair = ml_dsa_pair(parameter_set)
    assert (len(pair.modulus), pair.private_len) == ML_DSA[parameter_set]
    tr = hashlib.shake_256(pair.modulus).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + DATA).digest(64)
    pure, external = Scheme("ml-dsa"), Scheme("ml-dsa", data_type=EXTERNAL_MU)
    assert verify(pair.public, external, mu, sign(pair.private, pure, DATA))
    assert verify(pair.public, pure, DATA, sign(pair.private, external, mu))
    assert not verify(pair.public, pure, DATA + b"x", sign(pair.private, pure, DATA))
    with refused(errors.POLICY_MISMATCH):
        sign(pair.private, external, mu[:-1])


def test_a_salt_that_is_too_long() -> None:
    pair = rsa_pair()
    with refused(errors.POLICY_MISMATCH):
        sign(pair.private, Scheme("rsa-pkcs-pss", "SHA256", "SHA256", 223), DATA)
