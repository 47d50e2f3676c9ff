"""What a script prints or writes between what the tools print: its own lines must be the same in order on both sides.

What the legacy tools print is known from them; what CloudHSM CLI prints is JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from migration.rehearsal.texts import (
    EMPTY,
    JSON,
    LESS,
    MISSING,
    NO_TOOL,
    TEXT,
    compared,
    in_numbers,
    is_text,
    same_line,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.rehearsal.texts import Telling

# A tool whose input ends leaves its prompt on the line on which the script goes on.
_PROMPT = re.compile(rb"\A(?:Command:  |aws-cloudhsm> ?)+(?=.)")
_BY_HAND = b": to be done by hand: "
_CLOSED = {b"{": b"}", b"[": b"]"}
# A part of what a tool prints is known for one from this length on.
_PART = 12


class Printed:
    """What the legacy tools have printed in a run, all of it."""

    def __init__(self, content: bytes) -> None:
        self._lines = {line.strip() for line in content.splitlines()}
        self._all = b" ".join(content.split())

    def has(self, line: bytes) -> bool:
        """Return whether a line is one of a tool's, or a part of one, or several that were joined."""
        words = b" ".join(line.split())
        return line.strip() in self._lines or (len(words) >= _PART and words in self._all)


def printed(own: bytes, other: bytes, telling: Telling, tools: Printed) -> tuple[str, str]:
    """Return what is in both texts, in the same words if the script's own lines are the same.

    What the tools print among them is text on one side and JSON on the other. If lines are missing on the other side
    and nothing else differs, the second is ``MISSING``.
    """
    if (numbers := in_numbers(own, other, telling)) is not None:
        return numbers
    if not (is_text(own) and is_text(other)):
        return compared(own, other, telling)
    theirs = [line for line in other.split(b"\n") if _BY_HAND not in line]
    rest = [line for line in _without_json(theirs) if line.strip()]
    lines = [line if tools.has(line) else _PROMPT.sub(b"", line) for line in own.split(b"\n")]
    by_tools = any(line.strip() and tools.has(line) for line in lines)
    is_json = len(rest) < sum(bool(line.strip()) for line in theirs)
    found = _first_difference(lines, rest, telling, tools)
    if found is not None and (by_tools or is_json or found[1] == MISSING):
        return found
    if by_tools:
        # What becomes of nothing is no change of form: the answer may go somewhere else.
        return TEXT, JSON if is_json else LESS if other.strip() else EMPTY
    return (NO_TOOL, JSON) if is_json else compared(own, b"\n".join(theirs), telling)


def _first_difference(
    own: Sequence[bytes], rest: Sequence[bytes], telling: Telling, tools: Printed
) -> tuple[str, str] | None:
    """Return the first of the script's lines that differ, before those that are only missing."""
    missing = None
    place = 0
    for number, line in enumerate(own, 1):
        if place < len(rest) and same_line(line, rest[place], telling.names):
            place += 1
        elif line.strip() and not tools.has(line):
            if place < len(rest) and not _comes_later(rest[place], own[number:], telling):
                ours, theirs = told(line, rest[place], telling)
                return f"line {number}: {ours}", theirs
            missing = missing or (f"line {number}: {telling.shown(line)}", MISSING)
    if place < len(rest):
        return MISSING, telling.shown(rest[place])
    return missing


def _comes_later(line: bytes, own: Sequence[bytes], telling: Telling) -> bool:
    return any(same_line(wanted, line, telling.names) for wanted in own)


def _without_json(lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines that belong to no JSON document, which begins and ends with a line."""
    place = 0
    while place < len(lines):
        end = _end_of_json(lines, place)
        if end == place:
            yield lines[place]
        place = max(end, place + 1)


def _end_of_json(lines: list[bytes], start: int) -> int:
    """Return the line behind a JSON document that begins with a line, that line itself if none does."""
    if lines[start][:1] not in _CLOSED:
        return start
    end = start
    if (close := _CLOSED.get(lines[start])) is not None:
        try:
            end = lines.index(close, start)
        except ValueError:
            return start
    return end + 1 if _is_json(b"\n".join(lines[start : end + 1])) else start


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
