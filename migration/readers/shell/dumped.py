"""Files that getAttribute writes: they hold the value as CloudHSM CLI shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.readers.shell.pipes import Filters
    from migration.script import Step

_LABEL = "3"
_LAST_LINE = {"tail -1", "tail -n 1", "tail -n1"}


class Dumped:
    """The files, each with the number of its attribute."""

    def __init__(self) -> None:
        self._attributes: dict[str, str] = {}

    def note(self, steps: Sequence[Step]) -> Iterator[str]:
        """Yield the files that steps write."""
        for step in steps:
            texts = list(map(words.shown, step.words))
            if step.name == "getAttribute" and "-out" in texts[:-1] and "-a" in texts[:-1]:
                file = texts[texts.index("-out") + 1]
                self._attributes[file] = texts[texts.index("-a") + 1]
                yield file

    def is_last_line(self, name: str, behind: Filters | None) -> bool:
        """Return whether filters take the last line of a file with a label, which is the whole file now."""
        stages = [" ".join(map(words.shown, stage)) for stage in behind.stages] if behind is not None else []
        return self._attributes.get(name) == _LABEL and bool(stages) and set(stages) <= _LAST_LINE
