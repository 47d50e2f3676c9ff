"""What fails in a Python program where a search finds nothing: checked in the translation, or left to a person."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from migration import outputs, script, words
from migration.readers.python import samples
from migration.readers.python.values import FAILED, Sampled
from migration.reading import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value

# The name of a step that stands for what may end the program.
GUARD = "if"
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")


class Doubt(NamedTuple):
    """A step that stands where the program may fail: in which worlds, and the handles that the failing one looks at."""

    step: script.Step
    worlds: frozenset[int]
    handles: frozenset[int]
    note: str


class Doubts:
    """Collects what may fail, and settles it once it is known what the translation takes out of the outputs."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._found: list[Doubt] = []

    def add(
        self, line: int, text: str, failing: frozenset[int], given: Sequence[Value], *, note: str = "", told: str = ""
    ) -> None:
        """Take what fails in some worlds; ``note`` is said instead of stopping there, ``told`` why it stops."""
        handles = frozenset(
            int(number)
            for item in given
            if isinstance(item, Sampled)
            for world, held in enumerate(item.values)
            if world not in failing
            for number in _NUMBER.findall(_shown(held))
        )
        if any((known.worlds, known.handles) == (failing, handles) for known in self._found):
            return
        reason = told or f"fails where the output is another: {' '.join(text.split())}"
        session = script.Session(script.HOST, self._builder.runs)
        step = script.Step(line, GUARD, (words.text(reason),), session, unclear=f"{reason}, which is not checked")
        self._builder.steps.append(step)
        self._found.append(Doubt(step, failing, handles, note))

    def settle(self) -> list[script.Step]:
        """Let a search fail that finds nothing, where the program does; return the steps that need not stand there."""
        settled = []
        steps = self._builder.steps
        for doubt in self._found:
            place = next((number for number, step in enumerate(steps) if step is doubt.step), 0)
            about = [number for number in range(place) if _is_about(doubt, number, steps[number])]
            if len(about) == 1:
                step = steps[about[0]]
                if not any(capture.what in (kinds.FIRST, kinds.LAST) for capture in step.captures):
                    steps[about[0]] = replace(step, checks=tuple(dict.fromkeys((*step.checks, outputs.FOUND))))
            elif doubt.note:
                self._builder.by_hand(doubt.step.line, doubt.note, stops=False)
            else:
                continue
            settled.append(doubt.step)
        return settled


def _is_about(doubt: Doubt, number: int, step: script.Step) -> bool:
    """Return whether a doubt is for a search that finds nothing, which is this step."""
    if step.name != "findKey":
        return False
    found = samples.found(number)
    empty = frozenset(world for world, handles in enumerate(found) if not handles)
    return doubt.worlds == empty and any(handle in doubt.handles for handles in found for handle in handles)


def failing(value: Value, given: Sequence[Value]) -> frozenset[int]:
    """Return the worlds in which what gives a value failed, and not already what it was given."""
    return _failed([value]) - _failed(given)


def _failed(values: Sequence[Value]) -> frozenset[int]:
    return frozenset(
        world
        for value in values
        if isinstance(value, Sampled)
        for world, held in enumerate(value.values)
        if held is FAILED
    )


def _shown(held: Any) -> str:
    return held.string if isinstance(held, re.Match) else repr(held)
