"""How KMU reads option values: what it takes, what it refuses in silence, what it says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from key_mgmt_util import readers
from key_mgmt_util.options import ShowHelp

MISSING = "\n\tWARNING: Failed to read from the file "


def silent(text: str) -> None:
    raise AssertionError(text)


@pytest.mark.parametrize("value", ["x", "-1", "+1", " 1", "1 ", "0x1f", "1.0", "\u0661", "1\t"])
def test_numbers_are_decimal_digits_only(value: str) -> None:
    assert readers.int32(value, silent) is None
    assert readers.int64(value, silent) is None


@pytest.mark.parametrize(
    ("value", "small", "large"),
    [
        ("", 0, 0),
        ("007", 7, 7),
        ("4294967327", 31, 4294967327),
        (str(2**63 - 1), 2**32 - 1, 2**63 - 1),
        (str(2**63), 2**32 - 1, 2**63 - 1),
        ("9" * 5000, 2**32 - 1, 2**63 - 1),
        ("0" * 5000 + "5", 5, 5),
    ],
)
def test_numbers_wrap_or_saturate(value: str, small: int, large: int) -> None:
    assert readers.int32(value, silent) == small
    assert readers.int64(value, silent) == large


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("", 0),
        ("junk", 0),
        ("12junk", 12),
        (" \t-3", -3),
        ("+4", 4),
        ("--4", 0),
        ("2147483648", -(2**31)),
        ("9" * 5000, -1),
    ],
)
def test_atoi_is_that_of_c(value: str, number: int) -> None:
    assert readers.atoi(value) == number
    assert readers.seconds(value, silent) == number


@pytest.mark.parametrize(("value", "number"), [("8", 8), ("junk", 0), ("256", 0), ("264", 8), ("-250", 6)])
def test_m_value_keeps_eight_bits(value: str, number: int) -> None:
    assert readers.m_value(value, silent) == number


def test_too_large_counts_decide_for_help_without_a_line() -> None:
    for reader, value in ((readers.m_value, "9"), (readers.m_value, "-1"), (readers.min_srv, "29")):
        with pytest.raises(ShowHelp) as help_wanted:
            reader(value, silent)
        assert str(help_wanted.value) == ""
    assert readers.min_srv("28", silent) == 28


@pytest.mark.parametrize(
    ("value", "users"),
    [
        ("", ()),
        (",,", ()),
        ("3,4", (3, 4)),
        ("3,,x,-1", (3, 0, 65535)),
        ("65537", (1,)),
        ("1,2,3,4,5,6,7,8,9", (1, 2, 3, 4, 5, 6, 7, 8)),
    ],
)
def test_user_lists(value: str, users: tuple[int, ...]) -> None:
    assert readers.users(value, silent) == users


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0xdb", 0xDB),
        ("0XDB", 0xDB),
        ("219", 219),
        ("0333", 219),
        ("08", 0),
        ("0x", 0),
        ("", 0),
        ("junk", 0),
        ("12g", 12),
    ],
)
def test_base_zero(value: str, number: int) -> None:
    assert readers.base0(value, silent) == number


@pytest.mark.parametrize("value", ["", "0x", "xyz", "a b", "12 34", "\u0661\u0661", "0x0x11"])
def test_hex_refuses_what_is_no_digit(value: str) -> None:
    assert readers.hex_bytes(value, silent) is None


@pytest.mark.parametrize(
    ("value", "content"), [("00aF", b"\0\xaf"), ("0xabc", b"\x0a\xbc"), ("a" * 127, b"\x0a" + b"\xaa" * 63)]
)
def test_hex_bytes(value: str, content: bytes) -> None:
    assert readers.hex_bytes(value, silent) == content


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("65537655376", "\n\tError: input length 11 is more than 10 digits and input is 65537655376\n"),
        ("x" * 11, f"\n\tError: input length 11 is more than 10 digits and input is {'x' * 11}\n"),
        ("65-37", "\n\tError: char - is not a digit \n"),
        ("2147483648", "\n\tError: exponent value 2147483648 is more than 2147483647\n"),
    ],
)
def test_exponent_says_what_is_wrong(value: str, message: str) -> None:
    said: list[str] = []
    assert readers.exponent(value, said.append) is None
    assert said == [message]


@pytest.mark.parametrize(("value", "number"), [("65537", 65537), ("2147483647", 2147483647), ("0", 0), ("", 0)])
def test_exponent_takes_what_the_hsm_may_refuse(value: str, number: int) -> None:
    assert readers.exponent(value, silent) == number


@pytest.mark.parametrize("name", ["nowhere", "a\0b", "."])
def test_file_that_cannot_be_read_is_warned_of(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    assert readers.file_now(name, said.append) is None
    assert said == [f'{MISSING}"{name}".\n']


def test_empty_file_is_told_before_the_warning(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    said: list[str] = []
    assert readers.file_now(str(path), said.append) is None
    assert said == [f"\n\t {path} is an empty file.\n", f'{MISSING}"{path}".\n']


def test_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"\0\r\n\xff")
    assert readers.file_now(str(path), silent) == b"\0\r\n\xff"


@given(st.text())
def test_no_value_is_an_exception(value: str) -> None:
    said: list[str] = []
    for reader, limit in ((readers.int32, 2**32), (readers.int64, 2**63), (readers.exponent, 2**31)):
        number = reader(value, said.append)
        assert number is None or 0 <= number < limit
    assert -(2**31) <= readers.seconds(value, said.append) < 2**31
    assert 0 <= readers.base0(value, said.append) < 2**32
    assert all(0 <= user < 65536 for user in readers.users(value, said.append))
    assert readers.hex_bytes(value, said.append) != b""
