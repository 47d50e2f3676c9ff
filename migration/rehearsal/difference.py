"""A difference between both sides after a rehearsal, and what explains it."""

from __future__ import annotations

from typing import NamedTuple

# What differs.
STEP, RUN, USER, QUORUM, KEY, FILE, CLUSTER = "command", "run", "user", "quorum value", "key", "file", "cluster"
OUTPUT = "output"
NOTHING = "-"
# How far a run was rehearsed: nothing explains that the rest was not, whatever it is that stopped the run.
REHEARSED = "rehearsed"
# Nor that a translation needs the tools that it is to replace.
LEGACY_TOOL = "legacy tool"
# Nor that what a script did is not what was read in it.
CARRIED = "commands"


class Difference(NamedTuple):
    """One difference: of what kind, in what, which property of it, on which HSMs (none: all), both values.

    ``line`` is the line of the script that it comes from, 0 if that is not known; ``why`` is what the translation says
    of it, ``item`` its number in the list of differences, 0 for none.
    """

    kind: str
    subject: str
    field: str
    legacy: str
    translated: str
    hsms: tuple[str, ...] = ()
    line: int = 0
    why: str = ""
    item: int = 0


class Cause(NamedTuple):
    """What explains a difference: the number in the list of differences, 0 for the migration map, and a sentence."""

    item: int
    text: str


class Found(NamedTuple):
    """A difference and its cause, None if there is no explanation."""

    difference: Difference
    cause: Cause | None
