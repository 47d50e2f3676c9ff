"""Which passwords a script may have given: HSMs keep salted sums only, so that two are told apart by trying."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from migration import words
from migration.masking import given_passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migration.script import Script
    from migration.words import Word

LENGTHS = range(7, 33)
# More strings than that are no script's; each is derived once for every user whose password is in question.
_MOST = 2_000
_NAMES = re.compile(r"[A-Za-z_]\w*")
# What stands in lists, tables and assignments of several kinds.
_PARTS = re.compile(r"[^\s'\"=()\[\]{};,]+")
_STRINGS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|(\S+)")


def candidates(script: Script, arguments: Sequence[str], lookup: Callable[[str], Word | None]) -> list[str]:
    """Return what may be a password, the likely first: words of commands, arguments, variables, any string."""
    found = dict.fromkeys((*given(script, lookup), *arguments, *_variables(script.text), *_strings(script.text)))
    return [text for text in found if len(text) in LENGTHS][:_MOST]


def given(script: Script, lookup: Callable[[str], Word | None]) -> Iterator[str]:
    """Yield what stands where commands have passwords."""
    for step in script.steps:
        for word in given_passwords(step):
            yield words.literal(words.settled(word, lookup)) or ""


def _variables(text: str) -> Iterator[str]:
    for name in dict.fromkeys(_NAMES.findall(text)):
        yield os.environ.get(name, "")


def _strings(text: str) -> Iterator[str]:
    for line in text.splitlines():
        try:
            pieces = shlex.split(line)
        except ValueError:
            pieces = []
        pieces += [piece for found in _STRINGS.findall(line) for piece in found]
        for piece in pieces:
            yield piece
            yield piece.partition("=")[2]
            yield from _PARTS.findall(piece)
