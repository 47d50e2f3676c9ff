"""Names that have the time in them, which both sides read from a clock, each a moment earlier or later."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

_Thing = TypeVar("_Thing")
# Clocks of both sides, which run at the same time, are not as far apart.
APART = 600
_DAY = 86_400
# Seconds since 1970, perhaps with their fractions; a time of day behind a date, or with its three numbers kept apart.
_MOMENT = re.compile(
    r"(?<!\d)(?:(?P<seconds>1\d{9})(?:\.?\d{3,9})?"
    r"|(?:20\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_.T ]?)(?P<behind>[0-2]\d[-_:.]?[0-5]\d(?:[-_:.]?[0-5]\d)?)(?:\.?\d{3,9})?"
    r"|(?P<clock>[0-2]\d([-_:.])[0-5]\d\4[0-5]\d))(?!\d)"
)


def same_but_for_the_time(own: str, other: str) -> bool:
    """Return whether two names are the same but for moments that are close to each other."""
    ours, theirs = _MOMENT.finditer(own), _MOMENT.finditer(other)
    pairs = list(zip(ours, theirs, strict=False))
    return bool(pairs) and form(own) == form(other) and all(_close(*pair) for pair in pairs)


def form(name: str) -> str:
    """Return a name without the moments in it."""
    return _MOMENT.sub("\0", name)


def near(own: int, other: int) -> bool:
    """Return whether two times of day, in seconds, are close to each other, perhaps across midnight."""
    return (own - other + APART) % _DAY <= 2 * APART


def matched(own: Mapping[_Thing, str], other: Mapping[_Thing, str]) -> list[tuple[_Thing, _Thing]]:
    """Return which of some things on both sides stand for each other: of each form there must be one on either."""
    waiting = [_by_form(side) for side in (own, other)]
    found = []
    for name, ours in waiting[0].items():
        theirs = waiting[1].get(name, [])
        if len(ours) == len(theirs) == 1 and same_but_for_the_time(own[ours[0]], other[theirs[0]]):
            found.append((ours[0], theirs[0]))
    return found


def _by_form(names: Mapping[_Thing, str]) -> Mapping[str, list[_Thing]]:
    found: defaultdict[str, list[_Thing]] = defaultdict(list)
    for thing, name in names.items():
        found[form(name)].append(thing)
    return found


def _close(own: re.Match[str], other: re.Match[str]) -> bool:
    if own["seconds"] or other["seconds"]:
        return abs(int(own["seconds"] or 0) - int(other["seconds"] or 0)) < APART
    return near(_second_of_day(own), _second_of_day(other))


def _second_of_day(found: re.Match[str]) -> int:
    digits = re.sub(r"\D", "", found["behind"] or found["clock"]).ljust(6, "0")
    return int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
