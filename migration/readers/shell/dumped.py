"""Files that getAttribute writes: they hold the value as CloudHSM CLI shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.readers.shell.pipes import Filters
    from migration.script import Step

_LABEL = "3"
_NAME = "OBJ_ATTR_LABEL"


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
        """Return what reads a file with a label, of which filters took the label before: ``cat``, or they, if empty.

        None if they took something else, or if the file may hold another attribute.
        """
        if behind is None or self._attributes.get(name) != {_LABEL}:
            return None
        if not behind.stages or behind.rest is not None or behind.through:
            return None
        test = shell_pipes.trial(behind.stages).test
        named = {found for word in test.patterns for found in re.findall(r"[\w.@-]+", word)}
        labels = ["", "zq1vx", "zq 2vx", *named, *(f"x{found}x" for found in named)]
        try:
            before = [test.of(f"{_NAME}\n{label}\n") for label in labels]
            now = [test.of(f"{label}\n") for label in labels]
        except UnknownError:
            return None
        if before == now:
            return ""
        return "cat" if before == [(f"{label}\n", 0) for label in labels] else None
