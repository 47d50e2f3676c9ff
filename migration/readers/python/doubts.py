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
    from collections.abc import Iterable, Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value

# The name of a step that stands for what may end the program.
GUARD = "if"
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")


class Doubt(NamedTuple):
    """A step that stands where the program may fail: in which worlds, and the handles that the failing one looks at.

    ``known`` are searches that have found something wherever it is done; ``search`` is the only one that it can be
    about, -1 if that is not known.
    """

    step: script.Step
    worlds: frozenset[int]
    handles: frozenset[int]
    note: str
    known: frozenset[int]
    search: int


class Tested(NamedTuple):
    """A test whether a search has found anything: the step before which it stands, the search, whether it ends all."""

    place: int
    search: int
    ends: bool


class Doubts:
    """Collects what may fail, and settles it once it is known what the translation takes out of the outputs."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._found: list[Doubt] = []
        self._tested: list[Tested] = []
        # Searches that have found something where what is followed now is done.
        self.known: frozenset[int] = frozenset()

    def searches(self, value: Value, given: Sequence[Value]) -> list[int]:
        """Return the searches of which a test tells whether they have found anything; several if it may be any."""
        if not isinstance(value, Sampled) or FAILED in value.values:
            return []
        true = frozenset(world for world, item in enumerate(value.values) if item)
        false = frozenset(range(len(value.values))) - true
        if value.search >= 0:
            return [value.search] if _empty(value.search) in (true, false) else []
        return self.found_nothing((true, false), (value, *given))

    @staticmethod
    def is_true_of_nothing(value: Value, search: int) -> bool:
        """Return whether a test of a search is true where that finds nothing."""
        return search >= 0 and isinstance(value, Sampled) and all(value.values[world] for world in _empty(search))

    def found_nothing(self, ways: Sequence[frozenset[int]], given: Sequence[Value]) -> list[int]:
        """Return the searches that find nothing in just the worlds of a way; several if it may be any of them."""
        searched = [
            number
            for number, step in enumerate(self._builder.steps)
            if step.name == "findKey" and _empty(number) in ways
        ]
        held = [_shown(item) for one in given if isinstance(one, Sampled) for item in one.values]
        handles = {int(number) for text in held for number in _NUMBER.findall(text)}
        about = [number for number in searched if any(handles.intersection(found) for found in samples.found(number))]
        return about or searched

    def tested(self, searches: Sequence[int], *, ends: bool) -> None:
        """Take it that the program asks here whether searches have found anything; ``ends``: and ends if not."""
        place = len(self._builder.steps)
        self._tested += [Tested(place, search, ends and len(searches) == 1) for search in searches]

    def add(
        self,
        line: int,
        text: str,
        failing: frozenset[int],
        given: Sequence[Value],
        *,
        note: str = "",
        told: str = "",
        condition: str = "",
        search: int = -1,
    ) -> None:
        """Take what fails in some worlds; ``note`` is said instead of stopping there, ``told`` why it stops.

        ``condition`` is that under which it is done, ``search`` the only search that it can be about.
        """
        handles = frozenset(
            int(number)
            for item in given
            if isinstance(item, Sampled)
            for world, held in enumerate(item.values)
            if world not in failing
            for number in _NUMBER.findall(_shown(held))
        )
        if any(
            known[1:3] == (failing, handles) and known.search == search and known.step.condition in ("", condition)
            for known in self._found
        ):
            return
        reason = told or f"fails where the output is another: {' '.join(text.split())}"
        session = script.Session(script.HOST, self._builder.runs)
        unclear = f"{reason}, which is not checked"
        step = script.Step(line, GUARD, (words.text(reason),), session, condition=condition, unclear=unclear)
        self._builder.steps.append(step)
        self._found.append(Doubt(step, failing, handles, note, self.known, search))

    def settle(self, lacking: Iterable[int]) -> list[script.Step]:
        """Let a search fail that finds nothing, where the program does; return the steps that need not stand there.

        ``lacking`` are searches of which the program has nothing then where it takes something, and goes on.
        """
        settled = []
        needed: set[int] = set()
        steps = self._builder.steps
        for doubt in self._found:
            place = place_of(doubt.step, steps)
            about = [number for number in range(place) if _is_about(doubt, number, steps[number])]
            if len(about) == 1 and (about[0] in doubt.known or self._is_past(about[0], place)):
                pass
            elif len(about) == 1 and steps[about[0]].condition == doubt.step.condition:
                needed.add(about[0])
                step = steps[about[0]]
                if not any(capture.what in (kinds.FIRST, kinds.LAST) for capture in step.captures):
                    steps[about[0]] = replace(step, checks=tuple(dict.fromkeys((*step.checks, outputs.FOUND))))
            elif doubt.note:
                self._builder.by_hand(doubt.step.line, doubt.note, stops=False)
            else:
                continue
            settled.append(steps[place])
        for search in {test.search for test in self._tested}.union(lacking) - needed:
            self._may_find_nothing(search)
        return settled

    def _is_past(self, search: int, place: int) -> bool:
        """Return whether the program has ended before a step if a search has found nothing."""
        return any(test.ends and test.search == search and test.place <= place for test in self._tested)

    def _may_find_nothing(self, search: int) -> None:
        """Let the translation come to the test that is about a search where that finds nothing."""
        steps = self._builder.steps
        counts = {item.variable for item in steps[search].captures if item.what == kinds.COUNT}
        perhaps = {item.variable for item in steps[search].captures if item.what in (kinds.FIRST, kinds.LAST)}
        for number, step in enumerate(steps):
            asked = bool(step.condition) and (step.when is None or bool(counts.intersection(step.when.names)))
            if not asked and not self._is_past(search, number):
                perhaps -= {name for word in (*step.words, *step.answers) for name in words.names(word)}
        steps[search] = replace(steps[search], perhaps=steps[search].perhaps | perhaps)


def place_of(step: script.Step, steps: Sequence[script.Step]) -> int:
    """Return where a step is now, which may have another condition than when it was made; -1 if it is gone."""
    return next((number for number, item in enumerate(steps) if item.words is step.words), -1)


def _is_about(doubt: Doubt, number: int, step: script.Step) -> bool:
    """Return whether a doubt is for a search that finds nothing, which is this step."""
    if step.name != "findKey":
        return False
    found = samples.found(number)
    if doubt.search >= 0:
        return doubt.worlds == _empty(number) and number == doubt.search
    return doubt.worlds == _empty(number) and any(handle in doubt.handles for handles in found for handle in handles)


def _empty(number: int) -> frozenset[int]:
    return frozenset(world for world, handles in enumerate(samples.found(number)) if not handles)


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
