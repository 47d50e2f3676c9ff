"""Bash's own matches of a variable, ``=~`` and ``==`` with a pattern, as tests of a text."""

from __future__ import annotations

import fnmatch
import re
from typing import NamedTuple

from migration.reading import regexes
from migration.reading.meaning import Test


class Match(NamedTuple):
    """A match as a test of its status, and of what all of it and each of its groups take, by their numbers."""

    status: Test
    values: tuple[Test, ...] = ()


def regex_test(source: str) -> Match | None:
    """Return what ``=~`` does with a regular expression as it stands in the script; None if a variable is in it."""
    text = _plain(source, special=r".*+?()[]{}|^$\\")
    if text is None:
        return None
    try:
        regex = regexes.compiled(text, "extended")
    except regexes.UnknownError:
        return None

    def status(output: str) -> tuple[str, int]:
        return "", 0 if regex.search(output.rstrip("\n")) else 1

    def value(group: int) -> Test:
        def of(output: str) -> tuple[str, int]:
            found = regex.search(output.rstrip("\n"))
            return (found[group] or "" if found else ""), 0

        return Test(of, (text,))

    return Match(Test(status, (text,)), tuple(map(value, range(regex.groups + 1))))


def glob_test(source: str) -> Match | None:
    """Return what ``==`` does with a pattern as it stands in the script; None if a variable is in it."""
    text = _plain(source, special="*?[]")
    if text is None:
        return None
    regex = re.compile(fnmatch.translate(text))
    return Match(Test(lambda output: ("", 0 if regex.match(output.rstrip("\n")) else 1), (text,)))


def _plain(source: str, special: str) -> str | None:
    """Return a pattern in which quoted parts stand for themselves; None if something is expanded in it."""
    pieces: list[str] = []
    for found in re.finditer(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)|(.)", source, re.DOTALL):
        quoted = found[1] if found[1] is not None else found[2]
        if quoted is not None:
            if found[2] is not None and re.search(r"(?<!\\)[$`]", quoted):
                return None
            quoted = re.sub(r"\\([$`\"\\])", r"\1", quoted) if found[2] is not None else quoted
            pieces.append("".join(_escaped(sign, special) for sign in quoted))
        elif found[3] is not None:
            pieces.append(_escaped(found[3], special))
        elif found[4] in "$`" and not (found[4] == "$" and found.end() == len(source)):
            return None
        else:
            pieces.append(found[4])
    return "".join(pieces)


def _escaped(sign: str, special: str) -> str:
    if sign not in special:
        return sign
    return f"[{sign}]" if special.startswith("*") else f"\\{sign}"
