"""How KMU reads the value of an option (reference 1.3). A reader that refuses a value returns None."""

from __future__ import annotations

import os

from key_mgmt_util.options import ShowHelp
from shared.mechanisms import MAX_CLUSTER_HSMS, MAX_M_VALUE, RSA_MAX_EXPONENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_USERS = 8
# Far more than any command takes; an endless file is one that cannot be read.
_MAX_FILE = 1 << 24
_INT64_MAX = 2**63 - 1
_EXPONENT_DIGITS = 10
# More digits than any number that is told apart, fewer than Python refuses to convert.
_ENOUGH_DIGITS = 25


def text(value: str, _: Callable[[str], None]) -> str:
    """Take the value as it is."""
    return value


def raw(value: str, _: Callable[[str], None]) -> bytes:
    """Take the value as the bytes that were typed, as labels and ids are kept."""
    return os.fsencode(value)


def int32(value: str, _: Callable[[str], None]) -> int | None:
    """Read decimal digits into 32 bits; the empty string is 0, more than 63 bits is 0xffffffff."""
    if not _is_digits(value):
        return None
    number = _number(value)
    return 0xFFFFFFFF if number > _INT64_MAX else number % 2**32


def int64(value: str, _: Callable[[str], None]) -> int | None:
    """Read decimal digits into 64 bits; more saturates."""
    return min(_number(value), _INT64_MAX) if _is_digits(value) else None


def _is_digits(value: str) -> bool:
    return all(character in "0123456789" for character in value)


def _number(digits: str) -> int:
    return int(digits.lstrip("0")[:_ENOUGH_DIGITS] or "0")


def atoi(value: str) -> int:
    """Read a number as C's atoi does: leading blanks, a sign, digits, cut to 32 bits; anything else is 0."""
    stripped = value.lstrip(" \t\n\v\f\r")
    sign = -1 if stripped[:1] == "-" else 1
    digits = ""
    for character in stripped[1:] if stripped[:1] in ("-", "+") else stripped:
        if character not in "0123456789":
            break
        digits += character
    number = max(-_INT64_MAX - 1, min(sign * _number(digits), _INT64_MAX))
    return (number + 2**31) % 2**32 - 2**31


def seconds(value: str, _: Callable[[str], None]) -> int:
    """Read -timeout."""
    return atoi(value)


def exponent(value: str, say: Callable[[str], None]) -> int | None:
    """Read a public exponent of at most 10 digits and 31 bits; say what is wrong with any other."""
    if len(value) > _EXPONENT_DIGITS:
        say(f"\n\tError: input length {len(value)} is more than {_EXPONENT_DIGITS} digits and input is {value}\n")
        return None
    for character in value:
        if not _is_digits(character):
            say(f"\n\tError: char {character} is not a digit \n")
            return None
    if _number(value) > RSA_MAX_EXPONENT:
        say(f"\n\tError: exponent value {value} is more than {RSA_MAX_EXPONENT}\n")
        return None
    return _number(value)


def m_value(value: str, _: Callable[[str], None]) -> int:
    """Read -m_value into 8 bits; above 8 is help without a line."""
    number = atoi(value) % 256
    if number > MAX_M_VALUE:
        raise ShowHelp
    return number


def min_srv(value: str, _: Callable[[str], None]) -> int:
    """Read -min_srv into 8 bits; more than the largest cluster is help without a line."""
    number = atoi(value) % 256
    if number > MAX_CLUSTER_HSMS:
        raise ShowHelp
    return number


def users(value: str, _: Callable[[str], None]) -> tuple[int, ...]:
    """Read a comma list of user ids, 16 bits each; empty pieces are skipped, after 8 entries it ends silently."""
    pieces = [piece for piece in value.split(",") if piece]
    return tuple(atoi(piece) % 65536 for piece in pieces[:_MAX_USERS])


def base0(value: str, _: Callable[[str], None]) -> int:
    """Read a number as C's strtoul with base 0 does: decimal, 0x hex, 0 octal; junk is 0."""
    lowered = value.lower()
    base, digits = 10, lowered
    if lowered.startswith("0x"):
        base, digits = 16, lowered[2:]
    elif lowered.startswith("0"):
        base = 8
    number = 0
    for character in digits:
        digit = "0123456789abcdef".find(character)
        if not 0 <= digit < base:
            break
        number = number * base + digit
    return number % 2**32


def hex_bytes(value: str, _: Callable[[str], None]) -> bytes | None:
    """Read hex digits, 0x allowed, into bytes, an odd number of them as if with a 0 in front.

    Anything else is not given.
    """
    digits = value[2:] if value[:2] in ("0x", "0X") else value
    if not digits or not set(digits) <= set("0123456789abcdefABCDEF"):
        return None
    return bytes.fromhex("0" * (len(digits) % 2) + digits)


def file_now(value: str, say: Callable[[str], None]) -> bytes | None:
    """Read the whole file at once; say so if it cannot be read or is empty, which counts as not given."""
    try:
        with open(value, "rb") as file:
            content = file.read(_MAX_FILE + 1)
    except (OSError, ValueError):  # the latter for a NUL in the path
        content = b""
    else:
        if len(content) > _MAX_FILE:
            content = b""
        elif not content:
            say(f"\n\t {value} is an empty file.\n")
    if not content:
        say(f'\n\tWARNING: Failed to read from the file "{value}".\n')
        return None
    return content
