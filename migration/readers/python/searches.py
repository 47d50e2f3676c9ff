"""Tests of a Python program whether a search has found keys, which bash can ask, too."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migration.readers.python import samples, usage
from migration.readers.python.asking import opposite
from migration.readers.python.tools import Tools
from migration.readers.python.values import Sampled
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
        searches = self.doubts.searches(value, given)
        return searches[0] if len(searches) == 1 and self._is_plain_search(searches[0]) else -1

    def _is_plain_search(self, search: int) -> bool:
        """Return whether bash knows behind a search what that has found: it is done once, and where this is done."""
        step = self.builder.steps[search]
        if self.turns or step.loop or step.mistake or step.unclear:
            return False
        return not step.condition or f"{self.condition}, ".startswith(f"{step.condition}, ")

    def found_asked(self, test: ast.expr, value: Value, given: Sequence[Value]) -> tuple[int, Test | None]:
        """Return the search of which a test asks whether, or how many, keys it has found, and how bash asks that.

        -1 and nothing for another test. The number of keys is still to be taken.
        """
        search = self.search_of(value, given)
        if search >= 0:
            return search, self.count_test(search, nothing=self.doubts.is_true_of_nothing(value, search))
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            search, asked = self.found_asked(test.operand, self.value(test.operand), given)
            return search, asked and opposite(asked)
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return -1, None
        number, sign = test.comparators[0], usage.SIGNS.get(type(test.ops[0]))
        search = self._counted(test.left)
        if search < 0 or sign is None or not isinstance(number, ast.Constant) or type(number.value) is not int:
            return -1, None
        name = self.names.count_of(search)
        return search, Test(f'"${name}" {sign} {number.value}', (name,))

    def _counted(self, node: ast.expr) -> int:
        """Return the search of which an expression is the number of keys that it has found, -1 for another one."""
        alone = ast.unparse(node.func) == "len" and len(node.args) == 1 if isinstance(node, ast.Call) else False
        inner = node.args[0] if isinstance(node, ast.Call) and alone else node
        if not isinstance(inner, ast.Name | ast.Attribute):
            return -1
        value = self.value(node)
        if not isinstance(value, Sampled):
            return -1
        searches = [
            number
            for number, step in enumerate(self.builder.steps)
            if step.name == "findKey"
            and value.search in (-1, number)
            and value.values == tuple(map(len, samples.found(number)))
        ]
        return searches[0] if len(searches) == 1 and self._is_plain_search(searches[0]) else -1

    def count_test(self, search: int, *, nothing: bool) -> Test:
        """Return how bash asks whether a search has found keys, or ``nothing``; their number is still to be taken."""
        name = self.names.count_of(search)
        return Test(f'"${name}" {"-eq" if nothing else "-gt"} 0', (name,))

    def take_count(self, search: int) -> None:
        """Let the number of keys that a search has found be taken, for a test that asks for it."""
        self.builder.capture(search, self.names.count_of(search), kinds.COUNT)
