"""Tests of a Python program whether a search has found keys, which bash can ask, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.readers.python.tools import Tools
from migration.reading import kinds
from migration.script import Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value


class Searches(Tools):
    """Finds out which search a test is about."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # How many loops of bash are around what is followed.
        self.turns = 0
        # Their variables, which are another thing in each turn.
        self.turned: set[str] = set()

    def search_of(self, value: Value, given: Sequence[Value]) -> int:
        """Return the search of which a test tells whether it has found keys, -1 if it tells more or is no such test."""
        searches = [] if self.turns else self.doubts.searches(value, given)
        step = self.builder.steps[searches[0]] if len(searches) == 1 else None
        if step is None or step.loop or step.mistake or step.unclear:
            return -1
        within = not step.condition or f"{self.condition}, ".startswith(f"{step.condition}, ")
        return searches[0] if within else -1

    def count_test(self, search: int, *, nothing: bool) -> Test:
        """Return how bash asks whether a search has found keys, or ``nothing``; their number is still to be taken."""
        name = self.names.count_of(search)
        return Test(f'"${name}" {"-eq" if nothing else "-gt"} 0', (name,))

    def take_count(self, search: int) -> None:
        """Let the number of keys that a search has found be taken, for a test that asks for it."""
        self.builder.capture(search, self.names.count_of(search), kinds.COUNT)
