"""What stands between the commands of a translation: what it prints, stops for a person, ends the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.bash import lines, rows
from migration.script import ALL_ARGUMENTS, FILE, Ending, HandWork, Printed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from migration.script import Rows, Test
    from migration.words import Word

Loop = tuple[str, str] | None
Placed = HandWork | Ending | Printed
_INDENT = "    "


def between(
    item: Placed, inside: Loop, sure: Collection[str], files: Mapping[str, Rows], said: list[Printed]
) -> tuple[Test | None, list[str]]:
    """Return under which condition an item stands, and its lines, ``inside`` a loop; another loop is around them.

    ``files`` are those that loops go over. Variables that are not among the ``sure`` ones may not be set. ``said`` is
    what the script prints as it ends there.
    """
    if isinstance(item, Printed):
        shown = printed(item, sure)
        if item.loop and item.loop != inside:
            body = under(item.when, ["", *shown])[1:]
            return None, ["", *head(item.loop, files, body), *indented(body), "done"]
        return item.when, ["", *shown]
    text = lines.one_line(item.text)
    remark = f"# line {item.line}: {text}"
    if isinstance(item, HandWork):
        return None, ["", lines.hand(item.line, text, needed=item.needed) if item.stops else remark]
    told = words.bash(words.text(f"line {item.line}: {text}"))
    own = [line for one in said for line in printed(one, sure)]
    # Of some tests of the script bash asks for more, so that the reason is told, too.
    ends = end(item.test.text, [*own, f"printf '%s: %s\\n' \"${{0##*/}}\" {told} >&2"], item.status)
    if item.loop and item.loop != inside:
        ends = [*head(item.loop, files, ends), *indented(ends), "done"]
    return None, ["", remark, *ends]


def said_at_ends(placed: list[Placed]) -> dict[Ending, list[Printed]]:
    """Take what is printed just before the script ends out of what is placed; return it by the endings."""
    found: dict[Ending, list[Printed]] = {}
    for item in placed:
        if isinstance(item, Ending):
            found[item] = [
                other
                for other in placed
                if isinstance(other, Printed)
                and (other.when, other.before, other.loop) == (item.test, item.before, item.loop)
            ]
    taken = [printed for several in found.values() for printed in several]
    placed[:] = [item for item in placed if item not in taken]
    return found


def names(item: Printed) -> list[str]:
    """Return the variables in what is printed, and in the condition under which it is."""
    tested = item.when.names if item.when is not None else ()
    return [*tested, *(name for text in item.texts for name in words.names(text))]


def printed(item: Printed, sure: Collection[str]) -> list[str]:
    """Return what prints something; variables that are not among the ``sure`` ones are empty where they are not set."""
    whole, rest = (item.texts, ()) if item.ended else (item.texts[:-1], item.texts[-1:])
    to = " >&2" if item.errors else ""
    found = []
    for texts, form in ((whole, "'%s\\n'"), (rest, "%s")):
        if texts:
            found.append(f"printf {form} {' '.join(words.bash(_spared(text, sure)) for text in texts)}{to}")
    return found


def _spared(text: Word, sure: Collection[str]) -> Word:
    """Return a word in which variables that may not be set are empty then."""
    return tuple(
        part if part.kind != words.VARIABLE or part.text in sure else words.code(f"${{{part.text}-}}")[0]
        for part in text
    )


def under(when: Test | None, inside: list[str], there: list[str] | None = None) -> list[str]:
    """Return lines under a condition, with what asks ``there`` for the variables that only they need."""
    if when is None or not any(line and not line.startswith("#") for line in inside):
        return inside
    return ["", f"if [[ {when.text} ]]; then", *indented((there or []) + inside[1:]), "fi"]


def indented(block: list[str]) -> list[str]:
    """Return lines as the body of something."""
    return [f"{_INDENT}{line}" if line else "" for line in block]


def head(loop: tuple[str, str], files: Mapping[str, Rows], body: Sequence[str]) -> list[str]:
    """Return how a loop begins over a list, over all arguments, or over the lines of one of the ``files``."""
    if loop[1].startswith(FILE):
        return rows.head(loop, files, body)
    over = loop[1] if loop[1].startswith(ALL_ARGUMENTS) else f"{loop[1]}[@]"
    return [f'for {loop[0]} in "${{{over}}}"; do']


def end(test: str, said: list[str], status: int | str) -> list[str]:
    """Return what ends the script if a test is true, behind what it prints."""
    return [f"if [[ {test} ]]; then", *indented([*said, f"exit {status}"]), "fi"]
