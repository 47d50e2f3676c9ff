"""The wrapping mechanisms against published vectors and against openssl."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_support import DATA, refused
from wrap_support import CIPHERS, openssl, pkcs8, public_pem

from shared import errors
from shared.crypto import wrapping as w
from shared.crypto.wrapping import Parameters

# RFC 3394, section 4: size of the key, data, wrapped data.
RFC3394 = (
    (16, 16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
    (24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
    (32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
    (24, 24, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"),
    (32, 24, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"),
    (32, 32, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"),
)
RFC3394_DATA = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
# RFC 5649, section 6.
RFC5649_KEY = bytes.fromhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
RFC5649 = (
    (
        "c37b7e6492584340bed12207808941155068f738",
        "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
    ),
    ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
)
# "The Galois/Counter Mode of Operation", which NIST SP 800-38D refers to: cases 4, 10 and 16.
GCM_DATA = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
GCM_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
GCM_IV = bytes.fromhex("cafebabefacedbaddecaf888")
GCM_KEY = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
GCM = (
    (
        16,
        (
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
        ),
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    (
        24,
        (
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
            "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
        ),
        "2519498e80f1478f37ba55bd6d27618c",
    ),
    (
        32,
        (
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        ),
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
)


@pytest.mark.parametrize(("key_size", "data_size", "expected"), RFC3394)
def test_rfc_3394(key_size: int, data_size: int, expected: str) -> None:
    key, data = bytes(range(key_size)), RFC3394_DATA[:data_size]
    wrapped = w.wrap_with_aes(key, data, Parameters(w.NIST_AES_NO_PAD)).data
    assert wrapped.hex() == expected
    assert w.unwrap_with_aes(key, wrapped, Parameters(w.NIST_AES_NO_PAD)) == data


@pytest.mark.parametrize(("data", "expected"), RFC5649)
def test_rfc_5649(data: str, expected: str) -> None:
    parameters = Parameters(w.NIST_AES_PAD)
    assert w.wrap_with_aes(RFC5649_KEY, bytes.fromhex(data), parameters).data.hex() == expected
    assert w.unwrap_with_aes(RFC5649_KEY, bytes.fromhex(expected), parameters).hex() == data


@pytest.mark.parametrize(("key_size", "sealed", "tag"), GCM)
@pytest.mark.parametrize("tag_size", [8, 12, 16])
def test_gcm(key_size: int, sealed: str, tag: str, tag_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: GCM_IV[:size])
    key, expected = GCM_KEY[:key_size], bytes.fromhex(sealed) + bytes.fromhex(tag)[:tag_size]
    apart = Parameters(w.AES_GCM, aad=GCM_AAD, tag_size=tag_size)
    assert w.wrap_with_aes(key, GCM_DATA, apart) == (expected, GCM_IV)
    assert w.unwrap_with_aes(key, expected, apart._replace(iv=GCM_IV)) == GCM_DATA
    joined = apart._replace(mechanism=w.CLOUDHSM_AES_GCM)
    assert w.wrap_with_aes(key, GCM_DATA, joined).data == GCM_IV + expected
    assert w.unwrap_with_aes(key, GCM_IV + expected, joined) == GCM_DATA


def test_gcm_opens_with_nothing_else() -> None:
    key = bytes(32)
    parameters = Parameters(w.CLOUDHSM_AES_GCM, aad=b"aad")
    wrapped = w.wrap_with_aes(key, b"secret", parameters).data
    others = (parameters._replace(aad=b""), parameters._replace(tag_size=12), parameters._replace(mechanism=w.AES_GCM))
    for other in others:
        with refused(errors.ERR_BAD_PKCS_DATA):
            w.unwrap_with_aes(key, wrapped, other)


@pytest.mark.parametrize("size", CIPHERS)
@pytest.mark.parametrize("blocks", [2, 3, 16, 64])
def test_any_iv_as_openssl_has_it(size: int, blocks: int) -> None:
    key, iv, data = bytes(range(size)), bytes.fromhex("0123456789abcdef"), bytes(range(256)) * 2
    data = data[: 8 * blocks]
    wrapped = w.rfc3394_wrap(key, data, iv)
    assert wrapped == openssl("enc", f"-{CIPHERS[size]}", "-K", key.hex(), "-iv", iv.hex(), given=data)
    assert w.rfc3394_unwrap(key, wrapped, iv) == data


def test_one_block_has_the_form_of_more() -> None:
    """No vector knows it; the integrity check and both directions must be there all the same."""
    wrapped = w.rfc3394_wrap(bytes(16), b"8 bytes.")
    assert len(wrapped) == 16
    assert w.rfc3394_unwrap(bytes(16), wrapped) == b"8 bytes."
    with refused(errors.ERR_BAD_PKCS_DATA):
        w.rfc3394_unwrap(bytes([1] * 16), wrapped)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(CIPHERS)), st.sampled_from(w.BY_AES))
def test_whatever_is_wrapped_opens(data: bytes, size: int, mechanism: int) -> None:
    key, parameters = bytes(range(size)), Parameters(mechanism)
    if mechanism == w.NIST_AES_NO_PAD and (len(data) % 8 or len(data) < 16):
        with refused(errors.POLICY_MISMATCH):
            w.wrap_with_aes(key, data, parameters)
        return
    wrapped = w.wrap_with_aes(key, data, parameters)
    assert w.unwrap_with_aes(key, wrapped.data, parameters._replace(iv=wrapped.iv)) == data


@settings(deadline=None)
@given(st.binary(max_size=100), st.sampled_from(w.BY_AES))
def test_what_was_not_wrapped_does_not_open(data: bytes, mechanism: int) -> None:
    with refused(errors.ERR_BAD_PKCS_DATA):
        w.unwrap_with_aes(bytes(32), data, Parameters(mechanism, bytes(12)))


def test_padding_is_checked() -> None:
    for padded in (b"", b"1234567\0", b"1234567\x09", b"123456\x01\x02"):
        with refused(errors.ERR_BAD_PKCS_DATA):
            w.unpad(padded)
    assert [len(w.pad(bytes(size))) for size in range(9)] == [8] * 8 + [16]


def test_size_cuts_zeros_only() -> None:
    key, data = bytes(16), b"20 bytes of material" + bytes(4)
    wrapped = w.rfc3394_wrap(key, data)
    parameters = Parameters(w.NIST_AES_NO_PAD, size=20)
    assert w.unwrap_with_aes(key, wrapped, parameters) == data[:20]
    for size in (0, 16, 19, 25):
        with refused(errors.ERR_BAD_PKCS_DATA):
            w.unwrap_with_aes(key, wrapped, parameters._replace(size=size))


# RSA


RSA_PEM = (DATA / "rsa2048-1.pem").read_bytes()
RSA_PRIVATE = pkcs8(RSA_PEM)
RSA_PUBLIC = openssl("pkey", "-pubin", "-outform", "DER", given=public_pem(RSA_PEM))
PKCS1 = ("-pkeyopt", "rsa_padding_mode:pkcs1")


def oaep(name: str) -> tuple[str, ...]:
    """Return openssl's options for OAEP with one hash for both purposes."""
    names = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{name}", f"rsa_mgf1_md:{name}")
    return tuple(word for option in names for word in ("-pkeyopt", option))


def rsa_cases() -> list[tuple[Parameters, tuple[str, ...]]]:
    """Return each RSA mechanism and hash with openssl's options for it."""
    cases = [(Parameters(w.RSA_OAEP, hash_number=number), oaep(name)) for number, name in w.HASHES.items()]
    return [*cases, (Parameters(w.RSA_PKCS), PKCS1)]


@pytest.mark.parametrize(("parameters", "options"), rsa_cases())
def test_rsa_as_openssl_has_it(parameters: Parameters, options: tuple[str, ...], tmp_path: Path) -> None:
    secret = b"a secret of 32 bytes, or so it is"
    public = tmp_path / "public.pem"
    public.write_bytes(public_pem(RSA_PEM))
    wrapped = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *options, given=secret)
    assert w.unwrap_with_rsa(RSA_PRIVATE, wrapped, parameters) == secret
    wrapped = w.wrap_with_rsa(RSA_PUBLIC, secret, parameters).data
    assert openssl("pkeyutl", "-decrypt", "-inkey", DATA / "rsa2048-1.pem", *options, given=wrapped) == secret


@pytest.mark.parametrize(("number", "name"), w.HASHES.items())
def test_rsa_aes_is_a_temporary_key_and_a_wrapped_one(number: int, name: str) -> None:
    secret = bytes(range(101))
    wrapped = w.wrap_with_rsa(RSA_PUBLIC, secret, Parameters(w.RSA_AES, hash_number=number)).data
    head, body = wrapped[:256], wrapped[256:]
    temporary = openssl("pkeyutl", "-decrypt", "-inkey", DATA / "rsa2048-1.pem", *oaep(name), given=head)
    assert len(temporary) == 32
    assert w.unwrap_with_aes(temporary, body, Parameters(w.NIST_AES_PAD)) == secret
    assert w.unwrap_with_rsa(RSA_PRIVATE, wrapped, Parameters(w.RSA_AES, hash_number=number)) == secret


@pytest.mark.parametrize(
    ("parameters", "longest"),
    [
        (Parameters(w.RSA_PKCS), 245),
        *(
            (Parameters(w.RSA_OAEP, hash_number=n), 254 - 2 * s)
            for n, s in ((2, 20), (3, 32), (4, 48), (5, 64), (6, 28))
        ),
    ],
)
def test_longest_that_rsa_takes(parameters: Parameters, longest: int) -> None:
    wrapped = w.wrap_with_rsa(RSA_PUBLIC, bytes(longest), parameters).data
    assert w.unwrap_with_rsa(RSA_PRIVATE, wrapped, parameters) == bytes(longest)
    with refused(errors.POLICY_MISMATCH):
        w.wrap_with_rsa(RSA_PUBLIC, bytes(longest + 1), parameters)


@settings(deadline=None)
@given(st.binary(min_size=250, max_size=260), st.sampled_from(w.BY_RSA))
def test_what_was_not_wrapped_by_rsa_does_not_open(data: bytes, mechanism: int) -> None:
    with refused(errors.ERR_BAD_PKCS_DATA):
        w.unwrap_with_rsa(RSA_PRIVATE, data, Parameters(mechanism))


@settings(deadline=None)
@given(st.integers(0, 2047))
def test_a_changed_bit_is_never_random_material(bit: int) -> None:
    """The library would answer a wrong PKCS#1 padding with random bytes."""
    wrapped = int.from_bytes(w.wrap_with_rsa(RSA_PUBLIC, bytes(32), Parameters(w.RSA_PKCS)).data, "big")
    with refused(errors.ERR_BAD_PKCS_DATA):
        w.unwrap_with_rsa(RSA_PRIVATE, (wrapped ^ 1 << bit).to_bytes(256, "big"), Parameters(w.RSA_PKCS))
