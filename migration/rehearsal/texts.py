"""What both sides wrote as text: the same but for what keys are called, handles or references.

A report has no password in it, so of a text it shows numbers that are too short for one, names of keys, and sums.
"""

from __future__ import annotations

import re
import time
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from migration.rehearsal.moments import APART, near
from migration.rehearsal.privacy import Privacy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migration.rehearsal.pairing import Names

_EMPTY_LINE = "an empty line"
EMPTY, TEXT, JSON, LESS = "an empty file", "text", "JSON", "text without what the tools printed"
# Where a file or an output has nothing of what the tools print, and where lines are not there.
NO_TOOL = "nothing of a tool"
_NUMBER = re.compile(rb"0x[0-9a-fA-F]+|[0-9]+")
_HANDLE = re.compile(rb"[0-9]{1,18}")
_REFERENCE = re.compile(rb"0x[0-9a-f]{16}")
# What may stand beside a number that is one by itself, and no part of a word.
_BESIDE = b" \t\r,;:=()[]'\""
# One digit less than the shortest password.
_LONGEST = 6
MISSING, NOTHING = "not written", "nothing"
# There lines are not written, or all of them.
GAPS = (MISSING, EMPTY, NOTHING)
_CLOCK = re.compile(rb"\b([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d+)?\b")
_SECONDS = re.compile(rb"1[0-9]{9}")


class Telling(NamedTuple):
    """How what both sides wrote is told: what their keys are called, and which words may be shown."""

    names: Names
    privacy: Privacy = Privacy()

    def shown(self, line: bytes) -> str:
        """Return a line as it may be shown, or its size and sum."""
        return self.privacy.line(line) or summed(line)


def compared(own: bytes, other: bytes, telling: Telling) -> tuple[str, str]:
    """Return what is in both files, in the same words if it is the same."""
    if (numbers := in_numbers(own, other, telling)) is not None:
        return numbers
    if not own or not other or not (is_text(own) and is_text(other)):
        return summed(own), summed(other)
    return _by_lines(own.split(b"\n"), other.split(b"\n"), telling)


def in_numbers(own: bytes, other: bytes, telling: Telling) -> tuple[str, str] | None:
    """Return the same if one of both files holds numbers and nothing else, None if neither does."""
    ours, theirs = _numbers(own), _numbers(other)
    if ours is not None and theirs is not None:
        return _in_order(ours, theirs, telling.names)
    return None if ours is theirs else (_whole(own, ours), _whole(other, theirs))


def _whole(content: bytes, numbers: Sequence[bytes] | None) -> str:
    return summed(content) if numbers is None else _counted(numbers)


def _counted(numbers: Sequence[bytes]) -> str:
    return f"{len(numbers)} number{'s' if len(numbers) > 1 else ''}"


def value(own: bytes, other: bytes, telling: Telling) -> tuple[str, str]:
    """Return the same of files of a command that writes a value under its name; the value alone is written now."""
    if other.strip() and _are_among((line for line in other.split(b"\n") if line.strip()), own, telling.names):
        return TEXT, TEXT
    return compared(own, other, telling)


def summed(content: bytes) -> str:
    """Return size and sum of what is in a file."""
    if not content:
        return EMPTY
    return f"{len(content)} bytes, SHA-256 {sha256(content).hexdigest()[:16]}"


def is_text(content: bytes) -> bool:
    """Return whether bytes are text in UTF-8."""
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _numbers(content: bytes) -> list[bytes] | None:
    """Return the numbers in a file that holds nothing else; None if it does."""
    found = content.replace(b",", b" ").split()
    return found if found and all(map(_NUMBER.fullmatch, found)) else None


def _in_order(own: list[bytes], other: list[bytes], names: Names) -> tuple[str, str]:
    if len(own) != len(other):
        return _counted(own), _counted(other)
    for place, pair in enumerate(zip(own, other, strict=True), 1):
        if not _same(*pair, names):
            ours, theirs = _shown(*pair, names)
            where = f"number {place} of {len(own)}: " if len(own) > 1 else ""
            return where + ours, where + theirs
    return "numbers", "numbers"


def _by_lines(own: list[bytes], other: list[bytes], telling: Telling) -> tuple[str, str]:
    for place, (line, theirs) in enumerate(zip(own, other, strict=False), 1):
        if not same_line(line, theirs, telling.names):
            found = told(line, theirs, telling)
            return f"line {place}: {found[0]}", f"line {place}: {found[1]}"
    if len(own) != len(other):
        return _lines(own), _lines(other)
    return TEXT, TEXT


def _lines(found: Sequence[bytes]) -> str:
    number = len(found) - 1
    return f"{number or 'no'} line end{'s' if number > 1 else ''}"


def same_line(own: bytes, other: bytes, names: Names) -> bool:
    """Return whether two lines are the same but for what keys are called and the time at which they were written."""
    clocks = _CLOCK.findall(own), _CLOCK.findall(other)
    if clocks[0] and len(clocks[0]) == len(clocks[1]):
        moments = [[int(clock[0]) * 3600 + int(clock[1]) * 60 + int(clock[2]) for clock in side] for side in clocks]
        if all(near(*pair) for pair in zip(*moments, strict=True)):
            own, other = _CLOCK.sub(b"", own), _CLOCK.sub(b"", other)
    numbers = _NUMBER.findall(own), _NUMBER.findall(other)
    return _NUMBER.split(own) == _NUMBER.split(other) and all(
        _same(*pair, names) for pair in zip(*numbers, strict=True)
    )


def _same(own: bytes, other: bytes, names: Names) -> bool:
    """Return whether two numbers are those of keys that stand for each other, or equal if they are not both of keys.

    A number that is none of a key, but looks like one, is told as a difference: better that than a wrong key.
    """
    keys = _keys(own, other, names)
    if None not in keys:
        return keys[0] == keys[1]
    if own == other:
        return True
    if _SECONDS.fullmatch(own) and _SECONDS.fullmatch(other) and abs(int(own) - time.time()) < APART:
        return abs(int(own) - int(other)) < APART
    return False


def _keys(own: bytes, other: bytes, names: Names) -> tuple[str | None, str | None]:
    """Return the keys of a handle and of a reference, or of a handle that stayed a number, each if it is one."""
    if not (_HANDLE.fullmatch(own) and (_REFERENCE.fullmatch(other) or _HANDLE.fullmatch(other))):
        return None, None
    return names.own.get(int(own)), names.other.get(int(other, 16 if other.startswith(b"0x") else 10))


def told(own: bytes, other: bytes, telling: Telling) -> tuple[str, str]:
    """Return how two lines differ: by a number that stands by itself, by their words if they may be shown, by sums."""
    ours, theirs = list(_NUMBER.finditer(own)), list(_NUMBER.finditer(other))
    if _NUMBER.split(own) == _NUMBER.split(other):
        for pair in zip(ours, theirs, strict=True):
            if not _same(pair[0][0], pair[1][0], telling.names):
                if _stands_alone(own, pair[0]):
                    return _shown(pair[0][0], pair[1][0], telling.names)
                break
    shown = [_EMPTY_LINE if not line.strip() else telling.shown(line) for line in (own, other)]
    return (shown[0], shown[1]) if shown[0] != shown[1] else (summed(own), summed(other))


def _stands_alone(line: bytes, number: re.Match[bytes]) -> bool:
    beside = line[max(0, number.start() - 1) : number.start()], line[number.end() : number.end() + 1]
    return all(sign in _BESIDE for sign in beside)


def _shown(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    ours, theirs = _keys(own, other, names)
    if ours and theirs and ours != theirs:
        return f"key {ours}", f"key {theirs}"
    if _REFERENCE.fullmatch(other):
        return _key(own, ours), f"key {theirs}" if theirs else "a reference that no key has"
    return _short(own), _short(other)


def _key(number: bytes, name: str | None) -> str:
    return f"key {name}" if name else _short(number)


def _short(number: bytes) -> str:
    return number.decode() if len(number) <= _LONGEST else summed(number)


def _are_among(lines: Iterable[bytes], own: bytes, names: Names) -> bool:
    """Return whether lines are some of a file's, in their order."""
    there = iter(own.split(b"\n"))
    return all(any(same_line(line, wanted, names) for line in there) for wanted in lines)
