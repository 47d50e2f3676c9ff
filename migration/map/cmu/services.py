"""The services that a quorum protects: numbers in SDK 3, names in SDK 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Unresolved

if TYPE_CHECKING:
    from migration.words import Word

SERVICES = {"3": "user", "4": "quorum"}


def service(number: Word) -> Word:
    """Return the name of a service number."""
    plain = words.literal(number)
    if plain not in SERVICES:
        raise Unresolved(f"service {words.shown(number)} is neither 3 (user) nor 4 (quorum)")
    return words.text(SERVICES[plain])
