"""What a replay came to, and the account of it for a person."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.transcript.align import Pair
from shared.transcript.diff import render_diff
from shared.transcript.golden import Golden, Line, Section

_LONGEST = 400  # lines of one section's account; a tool that runs wild prints millions


class Mode(enum.Enum):
    """How a tool is fed: asked and answered on a terminal, all at once through a pipe or on a terminal."""

    PTY = "pty"
    PIPE = "pipe"
    TYPEAHEAD = "typeahead"


@dataclass(frozen=True)
class Outcome:
    """One section after its run: the lines expected and seen, as lines of the file, and their alignment.

    `notes` say what no line can, such as a tool that had to be stopped; a section with notes failed.
    """

    section: Section
    expected: Sequence[Line]
    actual: Sequence[str]
    pairs: Sequence[Pair]
    bindings: Mapping[str, str]
    notes: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """True if the section went as the file says."""
        return not self.notes and all(pair.same for pair in self.pairs)


@dataclass(frozen=True)
class Result:
    """A transcript after its run; `problem` says why it did not run at all."""

    golden: Golden
    mode: Mode
    outcomes: Sequence[Outcome] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True if every section went as the file says."""
        return not self.problem and all(outcome.ok for outcome in self.outcomes)

    def account(self) -> Iterator[str]:
        """Yield the lines that tell a person what went wrong; none if nothing did."""
        if self.problem:
            yield f"{self.golden.name} ({self.mode.value}): {self.problem}"
        for number, outcome in enumerate(self.outcomes, 1):
            if not outcome.ok:
                where = f"section {number} of {len(self.outcomes)}"
                yield f"{self.golden.name} ({self.mode.value}): {where}: $ {outcome.section.command}"
                lines = list(render_diff(outcome.expected, outcome.actual, outcome.pairs, outcome.bindings))
                yield from lines[:_LONGEST]
                if len(lines) > _LONGEST:
                    yield f"! {len(lines) - _LONGEST} more lines"
                yield from (f"! {note}" for note in outcome.notes)
