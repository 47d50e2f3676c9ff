"""Fake PEM: what is written, what openssl reads in it, and which files are taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from model_support import DATA, known_rsa_keys
from sign_support import Bench, openssl, result

from shared import errors
from shared.cluster.directory import set_state
from shared.crypto import fake_pem
from shared.mechanisms import CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = {2048: known_rsa_keys()[0].key, 3072: next(k.key for k in known_rsa_keys() if k.bits == 3072)}
WRITTEN = "\n\nPrivate Key Handle is written to k in fake PEM format\n" + result("getCaviumPrivKey", errors.RET_OK)
FAILED = "\n\tError in writing private key file\n"
NO_ATTRIBUTE = "\n\tFailed to get key attribute\n" + FAILED
WRONG_KEY = "\n\tInput key handle should be RSA/ECDSA private key handle\n" + FAILED


def rsa_pem(bits: int, handle: int) -> bytes:
    numbers = KEYS[bits].public_key().public_numbers()
    return fake_pem.rsa(numbers.n.to_bytes(bits // 8, "big"), numbers.e.to_bytes(3, "big"), handle)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch)
    yield bench
    bench.close()


@pytest.mark.parametrize("bits", KEYS)
@pytest.mark.parametrize("handle", [0, 6, 262169, 2**32 - 1])
def test_rsa(bits: int, handle: int) -> None:
    pem = rsa_pem(bits, handle)
    assert pem.startswith(b"-----BEGIN RSA PRIVATE KEY-----\n")
    assert max(map(len, pem.splitlines())) == 64
    assert fake_pem.rsa_handle(pem) == handle
    text = openssl("rsa", "-noout", "-text", data=pem).decode()
    fields = {name: value for name, value in _fields(text) if value}
    magic = bytes.fromhex("eafcfcee")
    secret = bytes.fromhex(fields["privateExponent"]).lstrip(b"\0")
    assert secret == magic * 2 + handle.to_bytes(8, "little") + magic * (bits // 32 - 4)
    assert openssl("rsa", "-pubout", data=pem) == KEYS[bits].public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    parsed = openssl("asn1parse", data=pem).decode()
    assert parsed.count("INTEGER           :00\n") == 6  # the version, p, q, dmp1, dmq1, iqmp


def _fields(text: str) -> Iterator[tuple[str, str]]:
    name, value = "", ""
    for line in text.splitlines():
        if line.startswith(" "):
            value += line.strip().replace(":", "")
        else:
            yield name, value
            name, value = line.rstrip(":"), ""
    yield name, value


CURVE_CLASSES = {415: ec.SECP256R1, 713: ec.SECP224R1, 714: ec.SECP256K1, 715: ec.SECP384R1, 716: ec.SECP521R1}


@pytest.mark.parametrize("nid", CURVE_CLASSES)
def test_ec(nid: int) -> None:
    key = ec.generate_private_key(CURVE_CLASSES[nid]()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    pem = fake_pem.ec(point, nid, 262169)
    assert pem.startswith(b"-----BEGIN EC PRIVATE KEY-----\n")
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert openssl("ec", "-pubout", data=pem) == public
    magic = "EAFCFCEE"
    size = next(-(-size // 8) * 8 for _, number, size in CURVES.values() if number == nid)
    secret = magic + "1900040000000000" + magic * (size // 4 - 3)
    assert f"[HEX DUMP]:{secret}\n" in openssl("asn1parse", data=pem).decode()
    with pytest.raises(fake_pem.NoRsaKeyError):
        fake_pem.rsa_handle(pem)


@pytest.mark.parametrize("curve", ["P-256", "P-384", "secp256k1"])
def test_openssl_ec_shows_the_scalar(bench: Bench, curve: str) -> None:
    number = {"P-256": 2, "P-384": 14, "secp256k1": 16}[curve]
    alice = bench.kmu("alice")
    alice.do(f"genECCKeyPair -i {number} -l ec")
    assert alice.do("getCaviumPrivKey -k 7 -out k") == WRITTEN
    text = openssl("ec", "-in", "k", "-noout", "-text").decode()
    assert "priv:\n    ea:fc:fc:ee:07:00:00:00:00:00:00:00:ea:fc:fc:\n" in text


def test_an_imported_key_s_magic_word() -> None:
    pem = rsa_pem(2048, 7)
    _, body = pem.split(b"-----\n", 1)
    from binascii import a2b_base64, b2a_base64

    der = a2b_base64(body.split(b"-----END")[0]).replace(fake_pem.MAGIC_HSM, fake_pem.MAGIC_IMPORTED)
    imported = b"-----BEGIN RSA PRIVATE KEY-----\n" + b2a_base64(der) + b"-----END RSA PRIVATE KEY-----\n"
    assert fake_pem.rsa_handle(imported) == 7
    other = imported.replace(b2a_base64(der), b2a_base64(der.replace(b"\xed\xfe\xfe\xca", b"\xed\xfe\xfe\xcb")))
    assert fake_pem.rsa_handle(other) is None


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_real_keys(form: PrivateFormat, ends: bytes) -> None:
    pem = b"some remark\n" + KEYS[2048].private_bytes(Encoding.PEM, form, NoEncryption())
    assert fake_pem.rsa_handle(pem.replace(b"\n", ends)) is None


def test_openssl_s_pkcs8_form_of_a_fake_pem_is_one_too() -> None:
    pem = openssl("rsa", data=rsa_pem(2048, 262169))
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert fake_pem.rsa_handle(pem) == 262169


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"text",
        b"-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\n*\n-----END RSA PRIVATE KEY-----\n",
        (DATA / "wrap-dsa2048.pem").read_bytes(),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        b"-----BEGIN RSA PRIVATE KEY-----\nBAA=\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\nMAYCAQECAQE=\n-----END RSA PRIVATE KEY-----\n",
        KEYS[2048].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        rsa_pem(2048, 6)[:-40],
        rsa_pem(2048, 6).replace(b"RSA", b"EC"),
    ],
)
def test_no_rsa_private_key(pem: bytes) -> None:
    with pytest.raises(fake_pem.NoRsaKeyError):
        fake_pem.rsa_handle(pem)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_in_the_file(data: st.DataObject) -> None:
    pem = rsa_pem(2048, 6)
    start = data.draw(st.integers(0, len(pem)))
    end = data.draw(st.integers(start, min(len(pem), start + 40)))
    changed = (
        pem[:start] + data.draw(st.binary(max_size=20) | st.text("AQgIw/=", max_size=9).map(str.encode)) + pem[end:]
    )
    try:
        handle = fake_pem.rsa_handle(changed)
    except fake_pem.NoRsaKeyError:
        return
    assert handle is None or 0 <= handle < 2**32


def test_there_and_back(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genRSAKeyPair -m 2048 -e 65537 -l rsa")
    for command in ("getCaviumPrivKey", "getPrivKeyfile"):
        for handle in ("7", "0x7", "07", "7x"):
            assert alice.do(f"{command} -k {handle} -out k") == WRITTEN
            assert alice.do("IsValidKeyHandlefile -f k") == "\n\n \tInput file has key handle: 7 \n\n"
    alice.do("deleteKey -k 7")
    invalid = "\n\n \tInput file has invalid key handle: 7 \n"
    assert alice.do("IsValidKeyHandlefile -f k") == invalid
    assert (bench.folder / "k").stat().st_mode & 0o777 == 0o644


def test_what_has_no_fake_pem(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genRSAKeyPair -m 2048 -e 65537 -l rsa")
    alice.do("genSymKey -t 31 -s 32 -l aes")
    for handle, text in ((6, WRONG_KEY), (8, WRONG_KEY), (99, NO_ATTRIBUTE), ("junk", NO_ATTRIBUTE)):
        bench.write("k", b"old")
        assert alice.do(f"getCaviumPrivKey -k {handle} -out k") == text
        # The file was made before anything was asked.
        assert bench.read("k") == b""
    assert bench.kmu("bob").do("getCaviumPrivKey -k 7 -out k") == NO_ATTRIBUTE
    assert bench.kmu().do("getCaviumPrivKey -k 7 -out k") == NO_ATTRIBUTE
    text = alice.do("getCaviumPrivKey -k 7 -out no/such/folder")
    assert text == "\n\tFailed to open file for writing\n" + FAILED
    missing = "\n\tError: Key File (-out) is missing.\n\n\nDescription\n"
    assert alice.do("getCaviumPrivKey -k 7").startswith(missing)


def test_a_user_who_shares_the_key_gets_its_handle(bench: Bench) -> None:
    bench.kmu("alice").do("genRSAKeyPair -m 2048 -e 65537 -l rsa -u 4")
    bob = bench.kmu("bob")
    assert bob.do("getCaviumPrivKey -k 7 -out k") == WRITTEN
    assert bob.do("IsValidKeyHandlefile -f k") == "\n\n \tInput file has key handle: 7 \n\n"
    assert bench.kmu("carol").do("IsValidKeyHandlefile -f k") == "\n\n \tInput file has invalid key handle: 7 \n"


def test_is_valid_key_handlefile(bench: Bench) -> None:
    # For a real key nobody need be logged in.
    shell = bench.kmu()
    bench.write("real", KEYS[2048].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert shell.do("IsValidKeyHandlefile -f real") == "\n\n \tInput key file has real private key \n\n"
    bench.write("fake", rsa_pem(2048, 262169))
    assert shell.do("IsValidKeyHandlefile -f fake") == "\n\n \tInput file has invalid key handle: 262169 \n"
    bench.write("high", rsa_pem(2048, 2**32 - 1))
    assert shell.do("IsValidKeyHandlefile -f high") == "\n\n \tInput file has invalid key handle: -1 \n"
    assert shell.do("IsValidKeyHandlefile -f none") == "\n\n \t error in opening file none \n\n"
    assert shell.do("IsValidKeyHandlefile", "-f", ".") == "\n\n \t error in opening file . \n\n"
    bench.write("text", b"text")
    assert shell.do("IsValidKeyHandlefile -f text") == "\n\n: \terror in Reading private key file text \n\n"
    assert shell.do("IsValidKeyHandlefile").startswith("\n\tError: Key File (-f) is missing.\n\n\nDescription\n")


def test_the_handle_of_a_public_or_secret_key_is_invalid(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genRSAKeyPair -m 2048 -e 65537 -l rsa")
    for handle, word in ((6, "invalid key handle: 6 \n"), (7, "key handle: 7 \n\n")):
        bench.write("k", rsa_pem(2048, handle))
        assert alice.do("IsValidKeyHandlefile -f k") == f"\n\n \tInput file has {word}"
    set_state(bench.realm, bench.rows()[0].id, "stopped")
    assert alice.do("IsValidKeyHandlefile -f k") == "\n\n \tInput file has invalid key handle: 7 \n"
