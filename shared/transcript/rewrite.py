"""A transcript brought up to date: the actual text, with the placeholders of the old one."""

import dataclasses
import difflib
import re
from collections.abc import Mapping, Sequence

from shared.transcript.align import Pair, hunks
from shared.transcript.golden import Golden, Line, Section
from shared.transcript.outcome import Outcome, Result
from shared.transcript.patterns import names, substitute

_TELLING = 4  # characters; a shorter value also occurs by chance, so it is written back only where it stood
_ALIKE = 0.6  # similarity from which a new line counts as the successor of an old one


def _put_back(line: str, keys: Sequence[str], bindings: Mapping[str, str]) -> str:
    for key in sorted(keys, key=lambda key: -len(bindings.get(key, ""))):
        if bindings.get(key):
            whole = rf"(?<![0-9A-Za-z]){re.escape(bindings[key])}(?![0-9A-Za-z])"
            line = re.sub(whole, f"[{key}]", line)
    return line


def _successor(line: str, gone: Sequence[str], bindings: Mapping[str, str]) -> str:
    keys = [key for key, value in bindings.items() if len(value) >= _TELLING]
    for raw in gone:
        old = substitute(raw, bindings)
        if old != raw and difflib.SequenceMatcher(None, old, line, autojunk=False).ratio() >= _ALIKE:
            keys += [key for key in names(raw) if key not in keys]
    return _put_back(line, keys, bindings)


def rewritten(
    expected: Sequence[Line], actual: Sequence[str], pairs: Sequence[Pair], bindings: Mapping[str, str]
) -> list[str]:
    """Return the lines of the file for the `actual` text; lines that still agree stand as they are."""
    fresh = {
        at: _successor(actual[at], [expected[index].raw for index in gone], bindings)
        for gone, new in hunks(pairs)
        for at in new
    }
    lines: list[str] = []
    last = None
    for pair in pairs:
        if pair.same and pair.expected is not None:
            # A `...` line has a row for each line it swallows.
            if pair.expected != last:
                lines.append(expected[pair.expected].raw)
            last = pair.expected
        elif pair.actual is not None:
            lines.append(fresh[pair.actual])
    return lines


def _section(outcome: Outcome) -> Section:
    section = outcome.section
    lines = rewritten(outcome.expected, outcome.actual, outcome.pairs, outcome.bindings)
    if section.status is None:
        return dataclasses.replace(section, lines=tuple(lines))
    status = int(lines[-1].removeprefix("? "))
    return dataclasses.replace(section, lines=tuple(lines[:-1]), status=status)


def updated(result: Result) -> Golden:
    """Return the transcript as it ran on a terminal, header and remarks untouched.

    Raises ValueError if it did not run to its end, since half a session is nothing to expect.
    """
    notes = [note for outcome in result.outcomes for note in outcome.notes]
    if result.problem or notes:
        raise ValueError(result.problem or notes[0])
    sections = tuple(outcome.section if outcome.ok else _section(outcome) for outcome in result.outcomes)
    return dataclasses.replace(result.golden, sections=sections)
