"""Alignment of expected lines with actual ones, so that only real differences remain."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from shared.transcript.patterns import KINDS, PLACEHOLDER, Bindings, Pattern, names

_LARGEST_TABLE = 400_000  # cells; beyond it the rest counts as different as a whole, which still is true
# A lost line costs most, so that as many lines as possible agree. A line that replaces a lost one is free, or
# a `...` before it would swallow it.
_GONE = 10
_NEW = 1
_CONTEXT = 12  # characters before a placeholder by which its value is found in a line that differs


@dataclass(frozen=True)
class Pair:
    """One row of an alignment: indexes of an expected line, of an actual line, or of both if they agree.

    Rows of a `...` line agree too: one row for each line it swallows, or one with no actual line.
    """

    expected: int | None
    actual: int | None
    same: bool


def _costs(patterns: Sequence[Pattern], actual: Sequence[str], bindings: Bindings) -> list[list[int]]:
    """Return, for every pair of tails, what their differences cost."""
    rows, columns = len(patterns), len(actual)
    costs = [[0] * (columns + 1) for _ in range(rows + 1)]
    costs[rows] = list(range(columns * _NEW, -1, -_NEW))
    for row in range(rows - 1, -1, -1):
        pattern, here, below = patterns[row], costs[row], costs[row + 1]
        regex = None if pattern.any_lines or pattern.literal else pattern.compiled(bindings)
        here[columns] = below[columns] + (0 if pattern.any_lines else _GONE)
        for column in range(columns - 1, -1, -1):
            if pattern.any_lines:
                here[column] = min(below[column], here[column + 1])
            elif regex.fullmatch(actual[column]) if regex else pattern.raw == actual[column]:
                here[column] = below[column + 1]
            else:
                here[column] = min(_GONE + below[column], _NEW + here[column + 1], _GONE + below[column + 1])
    return costs


def _walk(
    patterns: Sequence[Pattern], actual: Sequence[str], costs: list[list[int]], bindings: Bindings
) -> Iterator[Pair]:
    row = column = 0
    swallowed = False
    while row < len(patterns) or column < len(actual):
        more = column < len(actual)
        if row == len(patterns):
            yield Pair(None, column, same=False)
            column += 1
        elif patterns[row].any_lines:
            if more and costs[row][column + 1] < costs[row + 1][column]:
                yield Pair(row, column, same=True)
                column, swallowed = column + 1, True
            else:
                if not swallowed:
                    yield Pair(row, None, same=True)
                row, swallowed = row + 1, False
        else:
            bound = patterns[row].match(actual[column], bindings) if more else None
            if bound is not None and costs[row][column] == costs[row + 1][column + 1]:
                bindings.update(bound)
                yield Pair(row, column, same=True)
                row, column = row + 1, column + 1
            elif more and costs[row][column] == _NEW + costs[row][column + 1]:
                yield Pair(None, column, same=False)
                column += 1
            else:
                yield Pair(row, None, same=False)
                if more and costs[row][column] != _GONE + costs[row + 1][column]:
                    yield Pair(None, column, same=False)
                    column += 1
                row += 1


def align(expected: Sequence[str], actual: Sequence[str], bindings: Bindings) -> list[Pair]:
    """Return the alignment of `expected` lines of a file with `actual` ones; it adds to `bindings`.

    A value that another line has bound is no match: it shows as a difference.
    """
    patterns = [Pattern(raw) for raw in expected]
    start = 0
    for pattern, line in zip(patterns, actual, strict=False):
        bound = None if pattern.any_lines else pattern.match(line, bindings)
        if bound is None:
            break
        bindings.update(bound)
        start += 1
    alike = _alike_at_the_end(patterns[start:], actual[start:])
    patterns, rest = patterns[start : len(patterns) - alike], actual[start : len(actual) - alike]
    pairs = [Pair(index, index, same=True) for index in range(start)]
    if len(patterns) * len(rest) > _LARGEST_TABLE:
        tail = [Pair(index, None, same=False) for index in range(len(patterns))]
        tail += [Pair(None, index, same=False) for index in range(len(rest))]
    else:
        tail = list(_walk(patterns, rest, _costs(patterns, rest, bindings), bindings))
    tail += [Pair(len(patterns) + index, len(rest) + index, same=True) for index in range(alike)]
    for pair in tail:
        row = None if pair.expected is None else pair.expected + start
        column = None if pair.actual is None else pair.actual + start
        pairs.append(Pair(row, column, pair.same))
    return pairs


def _alike_at_the_end(patterns: Sequence[Pattern], actual: Sequence[str]) -> int:
    """Return how many of the last lines agree word for word, which need no table: no other pairs would cost less."""
    backwards = zip(reversed(patterns), reversed(actual), strict=False)
    alike = (pattern.literal and pattern.raw == line for pattern, line in backwards)
    return sum(takewhile(bool, alike))


def hunks(pairs: Sequence[Pair]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield each run of differing rows as the indexes of its expected and of its actual lines."""
    gone: list[int] = []
    new: list[int] = []
    for pair in pairs:
        if not pair.same and pair.expected is not None:
            gone.append(pair.expected)
        elif not pair.same and pair.actual is not None:
            new.append(pair.actual)
        elif gone or new:
            yield gone, new
            gone, new = [], []
    if gone or new:
        yield gone, new


def _find(raw: str, key: str, lines: Sequence[str], bindings: Mapping[str, str]) -> str | None:
    kind = KINDS[key.partition(":")[0]]
    place = next(found for found in PLACEHOLDER.finditer(raw) if found.group()[1:-1] == key)
    words = raw[max(0, place.start() - _CONTEXT) : place.start()].split()
    behind = re.escape(words[-1]) + r"\s*" if words else ""
    for regex in (behind + f"({kind})", rf"(?<!\w)({kind})(?!\w)"):
        for line in lines:
            found = re.search(regex, line)
            if found and found.group(1) not in bindings.values():
                return found.group(1)
    return None


def salvage(expected: Sequence[str], actual: Sequence[str], pairs: Sequence[Pair], bindings: Bindings) -> None:
    """Bind what the differing lines would have bound, so that one changed line does not spoil the rest."""
    for gone, new in hunks(pairs):
        for raw in (expected[index] for index in gone):
            for key in names(raw):
                value = None if key in bindings else _find(raw, key, [actual[at] for at in new], bindings)
                if value is not None:
                    bindings[key] = value
