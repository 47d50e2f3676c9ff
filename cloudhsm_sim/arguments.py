"""Kinds of arguments that several commands take; argparse says which option is at fault."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import NamedTuple


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


def positive(text: str) -> int:
    """Return a whole number from 1.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < len("1000000") and int(text)):
        raise ArgumentTypeError("expected a whole number from 1")
    return int(text)


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
