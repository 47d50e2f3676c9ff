"""Values in hex that the original reads as numbers: an IV, a modulus (reference 1.3)."""

from __future__ import annotations

from key_mgmt_util.options import ShowHelp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

IV_BYTES = 8
_DIGITS = "0123456789abcdefABCDEF"


def hex_number(value: str, _: Callable[[str], None]) -> bytes | None:
    """Read hex digits up to the first other character; zero bytes in front are lost, so 0x... has no bytes.

    Without a digit it is not given.
    """
    digits = value[: len(value) - len(value.lstrip(_DIGITS))]
    if not digits:
        return None
    return bytes.fromhex("0" * (len(digits) % 2) + digits).lstrip(b"\0")


def iv(value: str, say: Callable[[str], None]) -> bytes | None:
    """Read an IV of 8 bytes; one of another length is help with a line."""
    number = hex_number(value, say)
    if number is not None and len(number) != IV_BYTES:
        raise ShowHelp(f"\nError: Invalid IV length {len(number)}\n")
    return number
