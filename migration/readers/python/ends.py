"""How a block of a Python program ends."""

from __future__ import annotations

from typing import NamedTuple

RETURN, BREAK, CONTINUE, EXIT, FAIL = "return", "break", "continue", "exit", "fail"


class Flow(NamedTuple):
    """How a block ends: by what for certain, and by what perhaps.

    ``otherwise`` is the test of a failure at which it does not end there, and what stands behind it is done.
    """

    ends: str = ""
    may: frozenset[str] = frozenset()
    otherwise: str = ""
