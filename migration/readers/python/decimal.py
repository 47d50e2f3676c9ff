"""Handles that a program writes into other texts: there they were decimal, and stay so.

The variable of the translation holds a key reference, 0x000000000000000a, whose number is the handle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.map.scene import LIST
from migration.reading import kinds
from migration.script import KMU

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from migration.script import Step
    from migration.words import Word

# Behind these stands a text or a file, whatever it is that the program puts there.
_TEXTS = ("-l", "-id", "-out", "-f", "-msg")


def handles_in(steps: Sequence[Step]) -> set[str]:
    """Return the variables that hold a key reference of one key each."""
    captured = {item.variable for step in steps for item in step.captures if item.what != kinds.COUNT}
    found = {name for name in captured if not name.endswith(LIST)}
    return found | {step.loop[0] for step in steps if step.loop is not None}


def in_texts(step: Step, handles: Collection[str]) -> Step:
    """Return a step in which a handle that is a part of a word, or is a text itself, is a decimal number."""
    found = []
    for position, word in enumerate(step.words):
        before = words.literal(step.words[position - 1]) if position else None
        alone = len(word) == 1 and not (step.tool == KMU and before in _TEXTS)
        found.append(word if alone else _decimal(word, handles))
    return replace(step, words=tuple(found))


def _decimal(word: Word, handles: Collection[str]) -> Word:
    def spelled(part: words.Part) -> Word:
        if part.kind != words.VARIABLE or part.text not in handles:
            return (part,)
        return words.code(f"$(({words.bash_name(part.text)}))")

    return words.join(map(spelled, word))
