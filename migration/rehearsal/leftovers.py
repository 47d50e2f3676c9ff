"""Checks of a shell script for the tools of SDK 3, which find the stand-ins of a rehearsal, and nothing outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.rehearsal.programs import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migration.script import Script
    from migration.words import Word

_LOOKS = re.compile(
    r"""(?:\b(?:command\s+-[vV]|which|type|hash)|(?:\[\[?|\btest)\s+(?:!\s+)?-[efsx])\s+["']?([^\s"';&|\]]+)"""
)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def looked_for(script: Script, lookup: Callable[[str], Word | None]) -> Iterator[tuple[int, str]]:
    """Yield (line, tool) of every check whether a legacy tool is there, as far as the text shows it."""
    for number, line in enumerate(script.text.split("\n"), 1) if script.language == "shell" else ():
        for word in _LOOKS.findall("" if line.lstrip().startswith("#") else line):
            name = _VARIABLE.sub(lambda found: _held(found[1], script, lookup), word).rpartition("/")[2]
            if name in GONE:
                yield number, name


def _held(name: str, script: Script, lookup: Callable[[str], Word | None]) -> str:
    value = lookup(name)
    if value is not None:
        return words.literal(value) or ""
    found = re.search(rf"^\s*(?:\w+\s+)?{name}=[\"']?([^\s\"';]+)", script.text, re.MULTILINE)
    return found[1].rstrip("}") if found else ""
