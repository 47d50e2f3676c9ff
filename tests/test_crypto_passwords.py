"""Passwords: what is stored of them, and what opens."""

import hashlib
import subprocess
import sys

import pytest
from model_support import ROOT

from shared.crypto.passwords import Password

# RFC 7914, section 12, the first 32 bytes of the second and the third vector's relatives with p = 1.
RFC_7914 = (
    ("", 16, 1, b"", "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
    (
        "pleaseletmein",
        16384,
        8,
        b"SodiumChloride",
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
    ),
)


@pytest.mark.parametrize(("text", "cost", "block", "salt", "digest"), RFC_7914)
def test_a_verifier_is_checked_with_its_own_parameters(
    text: str, cost: int, block: int, salt: bytes, digest: str
) -> None:
    spoilt = f"{int(digest[0], 16) ^ 1:x}{digest[1:]}"
    assert not Password(text).matches(f"scrypt${cost}${block}${salt.hex()}${spoilt}")
    assert not Password(text + "x").matches(f"scrypt${cost}${block}${salt.hex()}${digest}")
    assert Password(text).matches(f"scrypt${cost}${block}${salt.hex()}${digest}")


@pytest.mark.parametrize("text", ["password1", "ünïcödé", "with blank", "$cry$pt$", "\udcff\udc80bytes"])
def test_a_verifier_is_the_salted_scrypt_of_the_bytes(text: str) -> None:
    name, cost, block, salt, digest = Password(text).verifier().split("$")
    secret = text.encode("utf-8", "surrogateescape")
    expected = hashlib.scrypt(secret, salt=bytes.fromhex(salt), n=int(cost), r=int(block), p=1, dklen=len(digest) // 2)
    assert (name, digest) == ("scrypt", expected.hex())
    assert len(bytes.fromhex(salt)) == 16
    assert len(expected) == 32
    assert not Password(text.upper()).matches(Password(text).verifier()) or text.upper() == text
    assert Password(text).matches(Password(text).verifier())


def test_what_a_tool_stores_takes_a_millisecond_to_guess() -> None:
    """In a process of its own, as the tests' process takes less."""
    words = [sys.executable, "-c", "from shared.crypto.passwords import Password; print(Password('x').verifier())"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert shown.startswith("scrypt$512$8$")


def test_equal_passwords_of_different_commands_have_different_verifiers() -> None:
    assert Password("password1").verifier() != Password("password1").verifier()


def test_one_command_stores_the_same_verifier_on_every_hsm() -> None:
    password = Password("password1")
    assert password.verifier() == password.verifier()


def test_the_length_is_counted_in_bytes() -> None:
    assert [len(Password(text)) for text in ("", "abc", "é", "€", "\udcff")] == [0, 3, 2, 3, 1]


def test_a_password_never_shows_itself() -> None:
    password = Password("password1")
    assert "password1" not in f"{password} {password!r} {password.verifier()}"
