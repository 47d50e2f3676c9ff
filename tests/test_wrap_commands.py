"""What import, export and wrapping refuse, and in which words: options, rights, attributes, sizes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import ALICE_ID, BOB, BOB_ID, DATA
from wrap_support import (
    BAD_DATA,
    DENIED,
    NOT_FOUND,
    NOT_LOGGED_IN,
    OK,
    POLICY,
    TOO_LONG,
    Kmu,
    kinds,
    public_pem,
    start,
)

from key_mgmt_util import table
from shared import attributes
from shared.hsm.keys import Template
from shared.store.records import Key

COMMANDS = (
    "aesUnwrapPkcs8Buffer",
    "aesWrapUnwrap",
    "createPublicKey",
    "exSymKey",
    "exportPrivateKey",
    "exportPubKey",
    "imSymKey",
    "importPrivateKey",
    "importPubKey",
    "unWrapKey",
    "unWrapKeyWithSize",
    "wrapKey",
)
RSA = DATA / "rsa2048-1.pem"


@pytest.fixture
def kmu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kmu]:
    monkeypatch.chdir(tmp_path)
    shell = start(tmp_path / "world")
    Path("k32").write_bytes(bytes(range(32)))
    Path("rsa.pub").write_bytes(public_pem(RSA.read_bytes()))
    yield shell
    shell.close()


@pytest.fixture
def aes(kmu: Kmu) -> int:
    return kmu.make("genSymKey -t 31 -s 32 -l wrapping")


def without(kmu: Kmu, handle: int, *attribute: int, value: bool = False) -> int:
    """Switch attributes of a key off, or on, as an officer would."""
    key = kmu.key(handle)
    flags = key.flags
    for each in attribute:
        flags = attributes.with_flag(flags, each, value)
    kmu.world.store.change(key, flags=flags)
    return handle


def bobs(kmu: Kmu) -> int:
    """Return the handle of a key of another user."""
    return kmu.world.as_user("CU", "bob", BOB).generate_secret(31, 32, Template(b"bob's")).handle


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_known_and_has_help(kmu: Kmu, name: str) -> None:
    text = kmu(name, "-h")
    assert text.startswith("\n\nDescription\n===========\n")
    assert f"\nSyntax: {name} -h -" in text
    assert "\n\nWhere: -h  displays this information\n       -" in text
    listed = name not in ("unWrapKeyWithSize", "aesUnwrapPkcs8Buffer")
    assert (name in table.UNLISTED) != listed
    assert (f"   {name} " in kmu("help")) == listed


@pytest.mark.parametrize("name", COMMANDS)
def test_unknown_and_repeated_options_are_help_without_a_line(kmu: Kmu, name: str) -> None:
    text = kmu(name, "-h")
    assert kmu(name, "-nosuch") == text
    assert kmu(name, "-nosuch", "value") == text


@pytest.mark.parametrize(
    ("words", "repeats"),
    [
        ("imSymKey -t 31 -l x -f k32 -w 4 -w 4", True),
        ("imSymKey -t 31 -l x -f k32 -w 4 -sess -sess", True),
        ("imSymKey -t 31 -l x -f k32 -w 4 -attest -attest", False),
        ("imSymKey -t 31 -l x -f k32 -w 4 -l y", False),
        ("importPrivateKey -l x -f {rsa} -w 4 -w 4", True),
        ("importPrivateKey -l x -f {rsa} -w 4 -attest -attest", False),
        ("importPrivateKey -l x -f {rsa} -f {rsa} -w 4", False),
        ("imSymKey -t 31 -l x -f k32 -w 4 -nex", False),
        ("importPrivateKey -l x -f {rsa} -w 4 -nex", False),
        ("importPubKey -l x -f rsa.pub -sess -sess", True),
        ("importPubKey -l x -f rsa.pub -attest", False),
    ],
)
def test_what_may_be_repeated(kmu: Kmu, words: str, repeats: bool) -> None:
    text = kmu(words.format(rsa=RSA))
    assert ("andle: 6 " in text) == repeats
    assert ("Description" in text) != repeats


def test_m_is_read_twice_and_not_used(kmu: Kmu, aes: int) -> None:
    assert "0x00" in kmu("exSymKey", "-k", aes, "-w", aes, "-out", "o", "-m", 4, "-m", 99)
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes)
    assert "0x00" in kmu("exportPrivateKey", "-k", private, "-w", aes, "-out", "o", "-m", 4, "-m", 99)


# The KEK


def test_kek_imports_and_wraps(kmu: Kmu) -> None:
    handle = kmu.make("imSymKey -t 31 -l x -f k32 -w 4")
    assert kmu.material(handle, 4) == bytes(range(32))
    assert kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", 4) == 7
    assert DENIED in kmu("exSymKey -k 4 -w 4 -out o")
    assert DENIED in kmu("wrapKey -k 4 -w 4 -m 4 -out o")


# Rights


@pytest.mark.parametrize(
    ("words", "api"),
    [
        ("exSymKey -k 6 -w 4 -out o", "Cfm3ExportWrapKey"),
        ("exportPrivateKey -k 6 -w 4 -out o", "Cfm3ExportWrapKey"),
        ("imSymKey -t 31 -l x -f k32 -w 4", "Cfm3ImportWrapKey"),
        ("imSymKey -t 31 -l x -f k32 -w 4 -wk k32", "Cfm3CreateUnwrapTemplate2"),
        ("wrapKey -k 6 -w 4 -m 4 -out o", "Cfm2WrapKey"),
        ("unWrapKey -f k32 -w 4 -m 4", "Cfm3UnWrapKey"),
        ("unWrapKey -f k32 -w 4 -m 4 -noheader -l x -kc 4 -kt 31", "Cfm3CreateUnwrapTemplate2"),
        ("importPubKey -l x -f rsa.pub", "Cfm3CreatePublicKey"),
        ("exportPubKey -k 6 -out o", "Cfm3ExportPubKey"),
        (f"createPublicKey -m {'f' * 512} -e 65537 -l x", "Cfm3CreateRSAPublicKey"),
    ],
)
def test_nobody_is_logged_in(kmu: Kmu, words: str, api: str) -> None:
    kmu("logoutHSM")
    assert kmu(words) == f"\n\t{api} returned: {NOT_LOGGED_IN}\n"
    assert not Path("o").exists()
    assert not kmu.world.handles()


def test_another_users_key_neither_wraps_nor_is_wrapped(kmu: Kmu, aes: int) -> None:
    theirs = bobs(kmu)
    for words in (("-k", theirs, "-w", aes), ("-k", aes, "-w", theirs)):
        assert kmu("exSymKey", *words, "-out", "o") == f"\n\tCfm3ExportWrapKey returned: {DENIED}\n"
        assert kmu("wrapKey", *words, "-m", 4, "-out", "o") == f"\n\tCfm2WrapKey returned: {DENIED}\n"
    words = ("imSymKey", "-t", 31, "-l", "x", "-f", "k32", "-w", theirs)
    assert kmu(*words) == f"\n\tCfm3ImportWrapKey returned: {DENIED}\n"
    assert not Path("o").exists()


def test_a_shared_key_wraps_but_is_not_wrapped(kmu: Kmu, aes: int) -> None:
    bob = kmu.world.as_user("CU", "bob", BOB)
    shared = bob.generate_secret(31, 32, Template(b"shared", users=(ALICE_ID,))).handle
    assert f"\n\tCfm2WrapKey returned: {OK}\n" in kmu("wrapKey", "-k", aes, "-w", shared, "-m", 4, "-out", "o")
    assert kmu("wrapKey", "-k", shared, "-w", aes, "-m", 4, "-out", "o") == f"\n\tCfm2WrapKey returned: {DENIED}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("exSymKey -k {} -w {} -out o", "\n\tCfm3ExportWrapKey returned: {}\n"),
        ("exportPrivateKey -k {} -w {} -out o", "\n\tCfm3ExportWrapKey returned: {}\n"),
        ("wrapKey -k {} -w {} -m 4 -out o", "\n\tCfm2WrapKey returned: {}\n"),
    ],
)
def test_unknown_handles(kmu: Kmu, aes: int, words: str, expected: str) -> None:
    for key, by in ((99, aes), (98, 99)):
        assert kmu(words.format(key, by)) == expected.format(NOT_FOUND)
    assert not Path("o").exists()


def test_unknown_wrapping_key_on_the_way_in(kmu: Kmu) -> None:
    assert kmu("imSymKey -t 31 -l x -f k32 -w 99") == f"\n\tCfm3ImportWrapKey returned: {NOT_FOUND}\n"
    text = kmu("imSymKey -t 31 -l x -f k32 -w 99 -wk k32")
    assert text == (f"\n\tCfm3CreateUnwrapTemplate2 returned: {OK}\n\n\tCfm3ImportUnWrapKey returned: {NOT_FOUND}\n")
    assert kmu("unWrapKey -f k32 -w 99 -m 4") == f"\n\tCfm3UnWrapKey returned: {NOT_FOUND}\n"


# Classes


def test_keys_of_the_wrong_class(kmu: Kmu, aes: int) -> None:
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes)
    public = kmu.make("importPubKey -l x -f rsa.pub")
    for handle in (private, public):
        assert kmu("exSymKey", "-k", handle, "-w", aes, "-out", "o") == f"\n\t{handle} is not a symmetric key\n"
    for handle in (aes, public):
        assert kmu("exportPrivateKey", "-k", handle, "-w", aes, "-out", "o") == f"\n\t{handle} is not a private key\n"
    assert TOO_LONG in kmu("exportPubKey", "-k", private, "-out", "o")
    assert kmu("wrapKey", "-k", public, "-w", aes, "-m", 4, "-out", "o") == f"\n\tCfm2WrapKey returned: {POLICY}\n"
    assert not Path("o").exists()


@pytest.mark.parametrize("mechanism", [4, 5, 6, 10, 11])
def test_aes_mechanisms_want_an_aes_key(kmu: Kmu, aes: int, mechanism: int) -> None:
    public = kmu.make("importPubKey -l x -f rsa.pub")
    other = without(kmu, kmu.make("genSymKey -t 16 -s 32 -l x"), attributes.WRAP, attributes.UNWRAP, value=True)
    for by in (public, other):
        assert POLICY in kmu("wrapKey", "-k", aes, "-w", by, "-m", mechanism, "-out", "o")
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", mechanism, "-out", "o")
    assert POLICY in kmu("unWrapKey", "-f", "o", "-w", other, "-m", mechanism)


@pytest.mark.parametrize("mechanism", [7, 8, 12])
def test_rsa_mechanisms_want_the_right_half_of_a_pair(kmu: Kmu, aes: int, mechanism: int) -> None:
    public = kmu.make("importPubKey -l x -f rsa.pub")
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes)
    for by in (aes, private):
        assert POLICY in kmu("wrapKey", "-k", aes, "-w", by, "-m", mechanism, "-out", "o")
    kmu("wrapKey", "-k", aes, "-w", public, "-m", mechanism, "-out", "o")
    for by in (aes, public):
        assert POLICY in kmu("unWrapKey", "-f", "o", "-w", by, "-m", mechanism)
    assert "0x00" in kmu("unWrapKey", "-f", "o", "-w", private, "-m", mechanism)


# Attributes


def test_what_the_wrapping_key_needs(kmu: Kmu, aes: int) -> None:
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes)
    for attribute, words in (
        (attributes.WRAP, ("exportPrivateKey", "-k", private, "-out", "o")),
        (attributes.DECRYPT, ("exportPrivateKey", "-k", private, "-out", "o")),
        (attributes.WRAP, ("exSymKey", "-k", aes, "-out", "o")),
        (attributes.WRAP, ("wrapKey", "-k", aes, "-m", 4, "-out", "o")),
        (attributes.ENCRYPT, ("importPrivateKey", "-l", "x", "-f", RSA)),
        (attributes.UNWRAP, ("importPrivateKey", "-l", "x", "-f", RSA)),
        (attributes.UNWRAP, ("imSymKey", "-t", 31, "-l", "x", "-f", "k32")),
        (attributes.ENCRYPT, ("aesWrapUnwrap", "-f", "k32", "-m", 1, "-out", "a")),
    ):
        by = without(kmu, kmu.make("genSymKey -t 31 -s 32 -l by"), attribute)
        before = kmu.world.handles()
        text = kmu(*words, "-w", by)
        assert POLICY in text or POLICY.replace(" \n\n\t", " : ") in text, words
        assert "andle: " not in text
        assert kmu.world.handles() == before
        assert not Path("o").exists()


def test_what_the_key_needs(kmu: Kmu, aes: int) -> None:
    fixed = kmu.make("genSymKey -t 31 -s 32 -l fixed -nex")
    trusting = without(kmu, kmu.make("genSymKey -t 31 -s 32 -l t"), attributes.WRAP_WITH_TRUSTED, value=True)
    for handle in (fixed, trusting):
        assert kmu("exSymKey", "-k", handle, "-w", aes, "-out", "o") == f"\n\tCfm3ExportWrapKey returned: {POLICY}\n"
        assert kmu("wrapKey", "-k", handle, "-w", aes, "-m", 4, "-out", "o") == f"\n\tCfm2WrapKey returned: {POLICY}\n"
    without(kmu, aes, attributes.TRUSTED, value=True)
    kmu("wrapKey", "-k", trusting, "-w", aes, "-m", 4, "-out", "o")
    again = kmu.make("unWrapKey", "-f", "o", "-w", aes, "-m", 4)
    assert attributes.flag(kmu.key(again).flags, attributes.WRAP_WITH_TRUSTED)
    assert not attributes.flag(kmu.key(again).flags, attributes.TRUSTED)


def test_the_header_brings_label_id_and_attributes(kmu: Kmu, aes: int) -> None:
    long = "label" * 60
    handle = kmu.make("genSymKey", "-t", 16, "-s", 20, "-l", long, "-id", "id\x01")
    without(kmu, handle, attributes.SIGN, attributes.VERIFY, value=True)
    text = kmu("wrapKey", "-k", handle, "-w", aes, "-m", 6, "-out", "o")
    assert '"o length 405\n' in text, "a header of 38 + 303 + 32 bytes, and the 32 bytes of the wrapped key"
    again = kmu.key(kmu.make("unWrapKey", "-f", "o", "-w", aes, "-m", 6))
    assert (again.label, again.key_id) == (long.encode(), b"id\x01")
    assert attributes.flag(again.flags, attributes.SIGN)
    assert attributes.flag(again.flags, attributes.VERIFY)
    assert not attributes.flag(again.flags, attributes.LOCAL)


def test_unwrapped_keys_take_what_the_options_say(kmu: Kmu, aes: int) -> None:
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", 4, "-out", "o")
    new = kmu.key(kmu.make("unWrapKey", "-f", "o", "-w", aes, "-m", 4, "-sess", "-nex", "-u", BOB_ID, "-m_value", 2))
    assert new.session is not None
    assert not attributes.flag(new.flags, attributes.TOKEN)
    assert not attributes.flag(new.flags, attributes.EXTRACTABLE)
    assert new.m_value == 2
    assert "0x00" in kmu("unWrapKey", "-f", "o", "-w", aes, "-m", 4, "-attest")
    assert "\n\tAttestation Check : [PASS]\n" in kmu("unWrapKey", "-f", "o", "-w", aes, "-m", 4, "-attest")


# Misuse of options that belong to something else


@pytest.mark.parametrize(
    "words",
    [
        "wrapKey -k 6 -w 6 -out o -m 3",
        "wrapKey -k 6 -w 6 -out o -m 9",
        "wrapKey -k 6 -w 6 -out o -m 13",
        "wrapKey -k 6 -w 6 -out o -m 8 -t 1",
        "wrapKey -k 6 -w 6 -out o -m 8 -t 7",
        "wrapKey -k 6 -w 6 -out o -m 4 -aad k32",
        "wrapKey -k 6 -w 6 -out o -m 12 -aad k32",
        "wrapKey -k 6 -w 6 -out o -m 4 -i a6a6a6a6a6a6a6a6",
        "wrapKey -k 6 -w 6 -out o -m 4 -noheader -i a6a6a6a6a6a6a6",
        "wrapKey -k 6 -w 6 -out o -m 4 -noheader -i a6a6a6a6a6a6a6a7",
        "wrapKey -k 6 -w 6 -out o -m 6 -noheader -i a6a6a6a6a6a6a6a6",
        "wrapKey -k 6 -w 6 -out o -m 10 -iv_file iv",
        "wrapKey -k 6 -w 6 -out o -m 11 -noheader -iv_file iv",
        "wrapKey -k 6 -w 6 -out o -m 10 -tag_size 16",
        "wrapKey -k 6 -w 6 -out o -m 10 -noheader -tag_size 7",
        "wrapKey -k 6 -w 6 -out o -m 10 -noheader -tag_size 17",
        "wrapKey -k 6 -w 6 -out o -m 4 -noheader -tag_size 16",
        "unWrapKey -f k32 -w 6 -m 3",
        "unWrapKey -f k32 -w 6 -m 4 -l x",
        "unWrapKey -f k32 -w 6 -m 4 -id x",
        "unWrapKey -f k32 -w 6 -m 4 -kc 4",
        "unWrapKey -f k32 -w 6 -m 4 -kt 31",
        "unWrapKey -f k32 -w 6 -m 4 -aad k32",
        "unWrapKey -f k32 -w 6 -m 10 -noheader -l x -kc 4 -kt 31",
        "unWrapKey -f k32 -w 6 -m 11 -noheader -l x -kc 4 -kt 31 -iv_file k32",
        "unWrapKey -f k32 -w 6 -m 4 -m_value 9",
        "unWrapKey -f k32 -w 6 -m 4 -min_srv 29",
        "unWrapKeyWithSize -f k32 -w 6 -l x -t 31 -s 16 -mech 6",
    ],
)
def test_misuse_is_help_without_a_line(kmu: Kmu, aes: int, words: str) -> None:
    assert aes == 6
    assert kmu(words) == kmu(words.split(maxsplit=1)[0], "-h")
    assert sorted(path.name for path in Path().iterdir()) == ["k32", "rsa.pub", "world"]


def test_iv_may_be_given_for_the_two_that_have_it(kmu: Kmu, aes: int) -> None:
    for mechanism in (4, 5):
        iv = ("-noheader", "-i", "A6a6A6a6A6a6A6a6")
        kmu("wrapKey", "-k", aes, "-w", aes, "-out", "o", "-m", mechanism, *iv)
        words = ("unWrapKey", "-f", "o", "-w", aes, "-m", mechanism, *iv, "-l", "x", "-kc", 4, "-kt", 31, "-id", "i")
        assert kmu.key(kmu.make(*words)).key_id == b"i"


@pytest.mark.parametrize("name", ["wrapKey -k 6 -w 6 -out o", "unWrapKey -f k32 -w 6"])
@pytest.mark.parametrize("option", ["-aad", "-iv_file"])
def test_a_file_that_cannot_be_read_is_never_as_if_none_were_asked(kmu: Kmu, aes: int, name: str, option: str) -> None:
    assert aes == 6
    text = kmu(f"{name} -m 10 {option} missing")
    warning = (
        '\n\tWARNING: Failed to read from the file "missing".\n' if (name[:2], option) != ("wr", "-iv_file") else ""
    )
    assert text == warning + kmu(name.split(maxsplit=1)[0], "-h")
    assert not Path("o").exists()


# 1.x


@pytest.mark.parametrize(
    "words",
    [
        "wrapKey -k 6 -w 6 -out o -aad k32",
        "wrapKey -k 6 -w 6 -out o -tag_size 8 -noheader",
        "wrapKey -k 6 -w 6 -out o -iv_file iv -noheader",
        "wrapKey -k 6 -w 6 -out o -m 5",
        "wrapKey -k 6 -w 6 -out o -m 6",
        "wrapKey -k 6 -w 6 -out o -m 10",
        "unWrapKey -f k32 -w 6 -nex",
        "unWrapKey -f k32 -w 6 -u 4",
        "unWrapKey -f k32 -w 6 -m_value 1",
        "unWrapKey -f k32 -w 6 -iv_file k32",
    ],
)
def test_what_1x_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("k32").write_bytes(bytes(32))
    kmu = start(tmp_path / "world", profile="1.x")
    kmu("genSymKey -t 31 -s 32 -l x")
    assert kmu(words) == kmu(words.split(maxsplit=1)[0], "-h")
    assert kmu(words.split(maxsplit=1)[0], "-h").startswith("\n\nDescription")
    kmu.close()


# Sizes and types


@pytest.mark.parametrize(
    ("key_type", "sizes"),
    [
        (31, (16, 24, 32)),
        (21, (24,)),
        (16, (1, 8, 16, 23, 24, 32, 33, 256, 3584, 3585, 4096)),
        (18, ()),
        (19, ()),
        (99, ()),
    ],
)
def test_sizes_of_imported_keys(kmu: Kmu, key_type: int, sizes: tuple[int, ...]) -> None:
    for size in (1, 8, 16, 23, 24, 32, 33, 256, 3584, 3585, 4096):
        Path("k").write_bytes(bytes(size))
        text = kmu("imSymKey", "-t", key_type, "-l", "x", "-f", "k", "-w", 4)
        if size in sizes:
            assert "Symmetric Key Imported.  Key Handle: " in text
        else:
            assert f"\n\tCfm3ImportUnWrapKey returned: {POLICY}\n" in text


@pytest.mark.parametrize("size", [4097, 4104, 4105, 100_000])
def test_more_than_4096_bytes_is_refused(kmu: Kmu, aes: int, size: int) -> None:
    Path("k").write_bytes(bytes(size))
    assert kmu("imSymKey -t 16 -l x -f k -w 4") == f"\n\tCfm3ImportWrapKey returned: {TOO_LONG}\n"
    text = kmu("imSymKey", "-t", 16, "-l", "x", "-f", "k", "-w", aes, "-wk", "k32")
    assert "andle: " not in text
    assert kmu("unWrapKey", "-f", "k", "-w", aes, "-m", 4).startswith(f"\n\tCfm3UnWrapKey returned: {TOO_LONG}\n")
    assert f"\n\tCfm3WrapHostKey returned: {TOO_LONG}\n" in kmu("aesWrapUnwrap", "-f", "k", "-w", aes, "-m", 1)
    assert kmu.world.handles() == [aes]


def test_4096_bytes_go_everywhere(kmu: Kmu, aes: int) -> None:
    data = bytes(range(256)) * 16
    Path("k").write_bytes(data)
    handle = kmu.make("imSymKey", "-t", 16, "-l", "x", "-f", "k", "-w", aes)
    assert kmu.material(handle, aes) == data
    kmu("aesWrapUnwrap", "-f", "k", "-w", aes, "-m", 1)
    kmu("aesWrapUnwrap", "-f", "wrapped_key", "-w", aes, "-m", 0)
    assert Path("unwrapped_key").read_bytes() == data


@pytest.mark.parametrize(("name", "code"), [("wrap-rsa1024", POLICY), ("wrap-rsa2048-e3", POLICY)])
def test_rsa_keys_that_fips_refuses(kmu: Kmu, name: str, code: str) -> None:
    text = kmu("importPrivateKey", "-l", "x", "-f", DATA / f"{name}.pem", "-w", 4)
    assert f"\n\tCfm3ImportUnWrapKey: {code}\n" in text
    Path("p").write_bytes(public_pem((DATA / f"{name}.pem").read_bytes()))
    assert kmu("importPubKey -l x -f p").startswith(f"\n\tCfm3CreatePublicKey returned: {code}\n")
    assert not kmu.world.handles()


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [("ff", 65537), ("0x" + "f" * 512, 65537), ("f" * 512, 3), ("f" * 512, 65536), ("f" * 511, 1)],
)
def test_numbers_that_make_no_allowed_key(kmu: Kmu, modulus: str, exponent: int) -> None:
    text = kmu("createPublicKey", "-m", modulus, "-e", exponent, "-l", "x")
    assert text.startswith(f"\n\tCfm3CreateRSAPublicKey returned: {POLICY}\n")
    assert not kmu.world.handles()


def test_type_and_class_of_a_bare_key_must_be_right(kmu: Kmu, aes: int) -> None:
    kind = kinds()["ec2"]
    handle = kmu.import_material(kind, aes)
    kmu("wrapKey", "-k", handle, "-w", aes, "-m", 4, "-out", "o", "-noheader")
    words = ("unWrapKey", "-f", "o", "-w", aes, "-m", 4, "-noheader", "-l", "x")
    for key_class, key_type, code in (
        (3, 0, BAD_DATA),
        (3, 1, BAD_DATA),
        (4, 31, POLICY),
        (2, 3, POLICY),
        (9, 3, POLICY),
    ):
        assert code in kmu(*words, "-kc", key_class, "-kt", key_type)
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", 4, "-out", "o", "-noheader")
    assert BAD_DATA in kmu(*words, "-kc", 3, "-kt", 3)


def test_another_wrapping_key_does_not_open(kmu: Kmu, aes: int) -> None:
    other = kmu.make("genSymKey -t 31 -s 32 -l other")
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", 4, "-out", "o")
    assert kmu("unWrapKey", "-f", "o", "-w", other, "-m", 4).startswith(f"\n\tCfm3UnWrapKey returned: {BAD_DATA}\n")
    assert "AES_unwrap_key failed\n" in kmu("exSymKey", "-k", aes, "-w", aes, "-out", "o2", "-wk", "k32")
    assert BAD_DATA in kmu("imSymKey", "-t", 31, "-l", "x", "-f", "k32", "-w", aes, "-wk", "k32")
    assert not Path("o2").exists()
    assert len(kmu.world.handles()) == 2


# unWrapKeyWithSize and the commands over the host's data


def test_unwrap_with_size(kmu: Kmu, aes: int) -> None:
    handle = kmu.make("genSymKey -t 16 -s 20 -l x")
    material = kmu.material(handle, aes)
    cases = {4: 6, 10: 4}
    for mechanism, made_by in cases.items():
        kmu("wrapKey", "-k", handle, "-w", aes, "-m", made_by, "-out", "o", "-noheader")
        size = () if mechanism == 10 else ("-s", 20)
        words = ("unWrapKeyWithSize", "-f", "o", "-w", aes, "-l", "y", "-t", 16, "-mech", mechanism, *size)
        new = kmu.make(*words)
        assert kmu.key(new).label == b"y"
        assert not attributes.flag(kmu.key(new).flags, attributes.EXTRACTABLE)
        assert kmu.material(kmu.make(*words, "-extractable"), aes) == material
        Path("t").write_bytes(b"any IV.." + Path("o").read_bytes())
        assert kmu.material(kmu.make(*words[:2], "t", *words[3:], "-template", "-extractable"), aes) == material


def test_host_data_round_trip_with_an_iv(kmu: Kmu, aes: int) -> None:
    for size in (1, 7, 8, 24, 32, 100):
        Path("d").write_bytes(bytes(range(size)))
        kmu("aesWrapUnwrap", "-f", "d", "-w", aes, "-m", 1, "-i", "0102030405060708", "-out", "e")
        assert "Invalid IV length 7" in kmu("aesWrapUnwrap", "-f", "e", "-w", aes, "-m", 0, "-i", "0002030405060708")
        iv = ("-i", "102030405060708")
        assert f"\n\tCfm3UnWrapHostKey returned: {OK}\n" in kmu("aesWrapUnwrap", "-f", "e", "-w", aes, "-m", 0, *iv)
        assert Path("unwrapped_key").read_bytes() == bytes(range(size))
        text = kmu("aesUnwrapPkcs8Buffer", "-f", "e", "-w", aes, *iv, "-out", "f")
        assert f"\n\taesUnwrapPkcs8Buffer returned: {OK}\n" in text
        assert Path("f").read_bytes() == bytes(range(size))


def test_a_refusal_leaves_an_empty_file_of_host_data(kmu: Kmu, aes: int) -> None:
    Path("o").write_bytes(b"before")
    text = kmu("aesWrapUnwrap", "-f", "k32", "-m", 0, "-out", "o", "-i", "a6a6a6a6a6a6a6a6", "-w", aes)
    assert text == f"\n\tCfm3UnWrapHostKey returned: {BAD_DATA}\n"
    assert Path("o").read_bytes() == b""


def test_secrets_stay_out_of_rows(kmu: Kmu, aes: int) -> None:
    handle = kmu.make("imSymKey", "-t", 31, "-l", "x", "-f", "k32", "-w", aes)
    row = kmu.world.store.one(Key, hsm=kmu.world.rows[0].id, handle=handle)
    assert not any(bytes(range(32)) in value for value in row if isinstance(value, bytes))
