"""What both sides wrote as text: the same but for keys, which have handles on one side and references on the other.

A report has no password in it, so of a text it shows numbers that are too short for one, names of keys, and sums.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from migration.rehearsal.pairing import Names

EMPTY, TEXT, JSON, LESS = "an empty file", "text", "JSON", "text without what the tools printed"
_NUMBER = re.compile(rb"0x[0-9a-fA-F]+|[0-9]+")
_HANDLE = re.compile(rb"[0-9]{1,18}")
_REFERENCE = re.compile(rb"0x[0-9a-f]{16}")
# What may stand beside a number that is one by itself, and no part of a word.
_BESIDE = b" \t\r,;:=()[]'\""
# One digit less than the shortest password.
_LONGEST = 6
_BY_A_TOOL = re.compile(
    rb"Command: |Cfm\w+ returned|HSM Return|aws-cloudhsm>|Node id|[Hh]andle|on server|failed: |Number of keys"
)
_BY_HAND = b": to be done by hand: "
_CLOSED = {b"{": b"}", b"[": b"]"}


def compared(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    """Return what is in both files, in the same words if it is the same."""
    ours, theirs = _numbers(own), _numbers(other)
    if ours is not None and theirs is not None:
        return _in_order(ours, theirs, names)
    if not own or not other or ours != theirs:
        return _whole(own, ours), _whole(other, theirs)
    if not (_is_text(own) and _is_text(other)):
        return summed(own), summed(other)
    return _by_lines(own.split(b"\n"), other.split(b"\n"), names)


def printed(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    """Return the same of files to which a script sends what the tools print, which is JSON now.

    What the script itself writes between has to be the same; numbers by themselves were taken out of what was printed,
    and are compared as they stand.
    """
    rest = list(_without_json(other.split(b"\n")))
    is_tools = _BY_A_TOOL.search(own) is not None and _numbers(own) is None
    if is_tools and _are_among((line for line in rest if line.strip() and _BY_HAND not in line), own, names):
        return TEXT, JSON if len(rest) < other.count(b"\n") + 1 else LESS
    return compared(own, other, names)


def _whole(content: bytes, numbers: Sequence[bytes] | None) -> str:
    return summed(content) if numbers is None else _counted(numbers)


def _counted(numbers: Sequence[bytes]) -> str:
    return f"{len(numbers)} number{'s' if len(numbers) > 1 else ''}"


def value(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    """Return the same of files of a command that writes a value under its name; the value alone is written now."""
    if other.strip() and _are_among((line for line in other.split(b"\n") if line.strip()), own, names):
        return TEXT, TEXT
    return compared(own, other, names)


def summed(content: bytes) -> str:
    """Return size and sum of what is in a file."""
    if not content:
        return EMPTY
    return f"{len(content)} bytes, SHA-256 {sha256(content).hexdigest()[:16]}"


def _is_text(content: bytes) -> bool:
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


def _by_lines(own: list[bytes], other: list[bytes], names: Names) -> tuple[str, str]:
    for place, (line, theirs) in enumerate(zip(own, other, strict=False), 1):
        if not _same_line(line, theirs, names):
            told = _told(line, theirs, names)
            return f"line {place}: {told[0]}", f"line {place}: {told[1]}"
    if len(own) != len(other):
        return _lines(own), _lines(other)
    return TEXT, TEXT


def _lines(found: Sequence[bytes]) -> str:
    number = len(found) - 1
    return f"{number or 'no'} line end{'s' if number > 1 else ''}"


def _same_line(own: bytes, other: bytes, names: Names) -> bool:
    if own == other:
        return True
    numbers = _NUMBER.findall(own), _NUMBER.findall(other)
    return _NUMBER.split(own) == _NUMBER.split(other) and all(
        _same(*pair, names) for pair in zip(*numbers, strict=True)
    )


def _same(own: bytes, other: bytes, names: Names) -> bool:
    """Return whether two numbers are equal as they stand, or handle and reference of keys that stand for each other."""
    if own == other:
        return True
    ours, theirs = _keys(own, other, names)
    return ours == theirs is not None


def _keys(own: bytes, other: bytes, names: Names) -> tuple[str | None, str | None]:
    """Return the keys of a handle and of a reference, each if it is one."""
    if not (_HANDLE.fullmatch(own) and _REFERENCE.fullmatch(other)):
        return None, None
    return names.own.get(int(own)), names.other.get(int(other, 16))


def _told(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    """Return how two lines differ: by a number that stands by itself, or otherwise by their sums."""
    ours, theirs = list(_NUMBER.finditer(own)), list(_NUMBER.finditer(other))
    if _NUMBER.split(own) == _NUMBER.split(other):
        for pair in zip(ours, theirs, strict=True):
            if not _same(pair[0][0], pair[1][0], names):
                if _stands_alone(own, pair[0]):
                    return _shown(pair[0][0], pair[1][0], names)
                break
    return summed(own), summed(other)


def _stands_alone(line: bytes, number: re.Match[bytes]) -> bool:
    beside = line[max(0, number.start() - 1) : number.start()], line[number.end() : number.end() + 1]
    return all(sign in _BESIDE for sign in beside)


def _shown(own: bytes, other: bytes, names: Names) -> tuple[str, str]:
    ours, theirs = _keys(own, other, names)
    if _REFERENCE.fullmatch(other):
        return _key(own, ours), f"key {theirs}" if theirs else "a reference that no key has"
    return _short(own), _short(other)


def _key(number: bytes, name: str | None) -> str:
    return f"key {name}" if name else _short(number)


def _short(number: bytes) -> str:
    return number.decode() if len(number) <= _LONGEST else summed(number)


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


def _are_among(lines: Iterable[bytes], own: bytes, names: Names) -> bool:
    """Return whether lines are some of a file's, in their order."""
    there = iter(own.split(b"\n"))
    return all(any(_same_line(line, wanted, names) for line in there) for wanted in lines)
