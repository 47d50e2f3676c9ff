"""Calls that put out the answers of several commands, and which of them a reading is sure to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.reading import meaning
from migration.reading.samples import HARMLESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.reading.kinds import Reading
    from migration.script import Call, Step


def judged(call: Call, steps: Sequence[Step]) -> list[int]:
    """Return the steps of a call of which each may be refused by itself."""
    return [step for step in call.steps if steps[step].name not in (*HARMLESS, "loginHSM")]


def keeps_several(call: Call, reading: Reading, steps: Sequence[Step]) -> bool:
    """Return whether a call keeps the answers of several commands, of which not the first one is asked for."""
    if call.beside:
        return reading.step != call.answer
    typed = not steps[call.steps[-1]].session.words
    return typed and call.answer < 0 and len(judged(call, steps)) > 1


def is_unmistakable(call: Call, reading: Reading, steps: Sequence[Step]) -> bool:
    """Return whether no other answer of a call holds what is asked for."""
    run = meaning.ran([steps[step] for step in call.steps])
    return meaning.sources(run, reading.kind) == 1
