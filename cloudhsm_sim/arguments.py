"""Kinds of arguments that several commands take; argparse says which option is at fault."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import NamedTuple

_HOUR = 3600


class NewUser(NamedTuple):
    """A user to create, as ``TYPE:NAME:PASSWORD`` gives it."""

    type: str
    name: str
    password: str


def name(text: str) -> str:
    """Return a name or id as given.

    Raises:
        ArgumentTypeError: it is empty, or has control characters or blanks around it, which no table could show.
    """
    if not text or not text.isprintable() or text != text.strip():
        raise ArgumentTypeError("a name is one line of printable characters with no blanks around it")
    return text


def file_path(text: str) -> str:
    """Return the path of a file or folder as given.

    Raises:
        ArgumentTypeError: it is empty, which many a call of the system takes for the working folder.
    """
    if not text:
        raise ArgumentTypeError("no file or folder is named by an empty text")
    return text


def positive(text: str) -> int:
    """Return a whole number from 1.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < len("1000000") and int(text)):
        raise ArgumentTypeError("expected a whole number from 1")
    return int(text)


def seconds(text: str) -> float:
    """Return a number of seconds above 0 and up to an hour, with a decimal point or without.

    Raises:
        ArgumentTypeError: it is none.
    """
    whole, _, part = text.partition(".")
    is_number = text.isascii() and whole.isdigit() and (part.isdigit() or whole == text)
    if not is_number or not 0 < float(text) <= _HOUR:
        raise ArgumentTypeError(f"expected a number of seconds above 0, at most {_HOUR}")
    return float(text)


def command(text: str) -> str:
    """Return the firmware's command that a name stands for, its own or that of a command of either tool.

    Raises:
        ArgumentTypeError: no HSM is asked for such a command; the message lists those that there are.
    """
    from shared.hsm.faults import COMMANDS, TOOL_COMMANDS, command_named

    found = command_named(text)
    if found is None:
        known = ", ".join(sorted(COMMANDS | TOOL_COMMANDS.keys(), key=str.lower))
        raise ArgumentTypeError(f"no HSM knows the command {text!r}: choose from {known}")
    return found


def code(text: str) -> int:
    """Return the number of a code that an HSM may answer, given by number (base 0) or symbol, in either case.

    Raises:
        ArgumentTypeError: there is none, or it is success, or one that only a host makes; the message lists the rest.
    """
    from shared.errors import CODES

    symbols = {known.symbol: known.number for known in CODES.values() if known.number and not known.is_host}
    try:
        number = int(text, 0)
    except ValueError:
        number = symbols.get(text.upper(), 0)
    if number not in symbols.values():
        known = ", ".join(f"0x{value:02x} {symbol}" for symbol, value in symbols.items())
        raise ArgumentTypeError(f"no HSM answers {text!r}: choose from {known}")
    return number


def new_user(text: str) -> NewUser:
    """Return the parts of ``TYPE:NAME:PASSWORD``; the password may have colons.

    Raises:
        ArgumentTypeError: there are fewer than two colons. The text is not shown: it may be a password.
    """
    user_type, first, rest = text.partition(":")
    user_name, second, password = rest.partition(":")
    if not first or not second:
        raise ArgumentTypeError("expected TYPE:NAME:PASSWORD")
    return NewUser(user_type, user_name, password)
