"""Passwords that are not on the command line, where every user of the machine could read them."""

from __future__ import annotations

import os
import sys

from cloudhsm_sim.errors import RefusedError

# No password is as short.
TYPED = "-"


def typed(given: str, whose: str) -> str:
    """Return a password as it was given or, for ``-``, the next line of standard input, asked for on a terminal.

    Raises:
        RefusedError: there is no such line.
    """
    if given != TYPED:
        return given
    try:
        if sys.stdin is not None and sys.stdin.isatty():
            from getpass import getpass

            return getpass(f"Password of {whose}: ")
        line = b"" if sys.stdin is None else sys.stdin.buffer.readline()
    except EOFError:
        line = b""
    if not line:
        raise RefusedError(f"there is no password for {whose} on standard input")
    return os.fsdecode(line.removesuffix(b"\n").removesuffix(b"\r"))
