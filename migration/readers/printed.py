"""What a script prints itself, as its translation prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.script import Printed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migration.dialogue import Builder
    from migration.script import Test
    from migration.words import Word

GIVEN = "prints what the tools gave{}: the translation prints JSON in its place"
NOT_KNOWN = "prints{} what the translation does not know, and does not print"


def printed(
    line: int, text: Word, before: int, loop: tuple[str, str] | None, when: Test | None, *, errors: bool
) -> Printed:
    """Return what prints a text, with the line ends that are in it."""
    ended = bool(text) and text[-1].kind == words.TEXT and text[-1].text.endswith("\n")
    return Printed(line, tuple(words.lines(text, "\n")), before, loop, when, ended=ended, errors=errors)


def merged(items: Iterable[Printed]) -> Iterable[Printed]:
    """Yield what is printed, lines that follow each other as one."""
    last: Printed | None = None
    for item in items:
        alike = last is not None and item._replace(texts=(), line=0) == last._replace(texts=(), line=0)
        if last is not None and alike and item.ended:
            last = last._replace(texts=(*last.texts, *item.texts))
            continue
        if last is not None:
            yield last
        last = item
    if last is not None:
        yield last


def tell_lost(builder: Builder, lost: Iterable[tuple[int, bool]]) -> None:
    """Say which lines print what is not carried over, each with whether a tool has given it."""
    found = list(dict.fromkeys(lost))
    for given, told in ((True, GIVEN), (False, NOT_KNOWN)):
        lines = [line for line, shown in found if shown is given]
        if lines:
            more = f" here and in line {', '.join(map(str, lines[1:]))}" if lines[1:] else ""
            builder.by_hand(lines[0], told.format(more), stops=False)
