"""Legacy lines for people: passwords do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.script import CMU

if TYPE_CHECKING:
    from migration.script import Step
    from migration.words import Word

MASK = "***"
_PLACES = {"loginHSM": 3, "createUser": 3, "changePswd": 3}
_SHOWN = ("-hpswd",)
_OPTIONS = ("--password", "--change-password")


def masked(step: Step) -> str:
    """Return the legacy line of a step with a mask for a password that stands in it."""
    found = []
    for position, word in enumerate(step.words):
        before = words.literal(step.words[position - 1]) if position else None
        secret = (
            position == _PLACES.get(step.name)
            if step.tool == CMU
            else (step.name == "loginHSM" and before in ("-p", "-hpswd"))
        )
        found.append(hidden(word) if secret else words.shown(word))
    return " ".join(found)


def hidden(word: Word) -> str:
    """Return the mask for a password that is written out; a variable's name is no secret."""
    plain = words.literal(word)
    return words.shown(word) if plain is None or plain in _SHOWN else MASK


def masked_argv(argv: tuple[Word, ...]) -> str:
    """Return a CLI command for people, with masks for passwords."""
    found = []
    for position, word in enumerate(argv):
        secret = position and words.literal(argv[position - 1]) in _OPTIONS
        found.append(hidden(word) if secret else words.shown(word))
    return " ".join(found)
