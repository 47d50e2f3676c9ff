"""Files that commands write: those of getAttribute hold the value as CloudHSM CLI shows it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import words as shell_words
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.tree import Node
    from migration.script import Step

_GLOB = re.compile(r"[*?]|\[.*\]")
# The names that stood above values which CloudHSM CLI shows as they were.
_NAMES = {"3": "OBJ_ATTR_LABEL", "371": "OBJ_ATTR_KCV"}
# What is given or written to a tool, with a file for its text.
_FILE = r"""["']?([^\s"';|\\]+)"""
_WRITES = re.compile(
    rf"\bfindAllKeys(?:[ \t]+[^\s\"']+){{2}}[ \t]+{_FILE}|\bgetAttribute\b[^\n;|]*?[ \t]-out[ \t]+{_FILE}"
)


def named(text: str) -> Iterator[str]:
    """Yield the files that commands anywhere in a script write, as words are shown, whoever is given these."""
    for line in text.split("\n"):
        found = () if line.lstrip().startswith("#") else _WRITES.finditer(line)
        yield from (words.shown(shell_words.expanded(place[1] or place[2])) for place in found)


def is_among(command: Node, files: Collection[str]) -> bool:
    """Return whether a command is given a pattern of names of files that is one of any of these, as words are shown."""
    given = (child for child in command.named_children if child.type in ("word", "concatenation"))
    patterns = filter(_GLOB.search, (words.shown(shell_words.word(child)) for child in given))
    return any(fnmatchcase(file, pattern) for pattern in patterns for file in files)


class Dumped:
    """The files, each with the number of its attribute."""

    def __init__(self) -> None:
        self._attributes: dict[str, set[str]] = {}

    def note(self, steps: Sequence[Step]) -> Iterator[str]:
        """Yield the files that steps write."""
        for step in steps:
            texts = list(map(words.shown, step.words))
            if step.name == "getAttribute" and "-out" in texts[:-1] and "-a" in texts[:-1]:
                file = texts[texts.index("-out") + 1]
                self._attributes.setdefault(file, set()).add(texts[texts.index("-a") + 1])
                yield file

    def read(self, name: str, behind: Filters | None) -> str | None:
        """Return what reads a file with a label or a check value that filters took: ``cat``, or they, if empty.

        None if they took something else, or if the file may hold another attribute.
        """
        above = {_NAMES.get(attribute, "") for attribute in self._attributes.get(name, ())}
        if behind is None or len(above) != 1 or "" in above:
            return None
        if not behind.stages or behind.rest is not None or behind.through:
            return None
        test = shell_pipes.trial(behind.stages).test
        named = {found for word in test.patterns for found in re.findall(r"[\w.@-]+", word)}
        labels = ["", "zq1vx", "zq 2vx", "0x1a2b3c", *named, *(f"x{found}x" for found in named)]
        try:
            before = [test.of(f"{min(above)}\n{label}\n") for label in labels]
            now = [test.of(f"{label}\n") for label in labels]
        except UnknownError:
            return None
        if before == now:
            return ""
        return "cat" if before == [(f"{label}\n", 0) for label in labels] else None
