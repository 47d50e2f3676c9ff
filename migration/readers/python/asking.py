"""Conditions of a Python program that bash can ask, too: of arguments, options, the environment."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migration import words
from migration.script import Test

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.words import Word

# What may turn who is logged in, or whether the tool runs: a branch does that only to a tool of its own.
LOGINS = frozenset(("loginHSM", "logoutHSM", "quit", "exit"))
# These and what a token or a server stands for: no branch does that.
TURNING = LOGINS | frozenset(("", "getToken", "approveToken", "delToken", "deleteToken", "server"))


def asked(test: ast.expr, known: Callable[[ast.expr], Word | None]) -> Test | None:
    """Return a condition as bash asks it, None if it asks for more; ``known`` gives the variable that an operand is."""
    if isinstance(test, ast.BoolOp):
        found = [item for value in test.values if (item := asked(value, known)) is not None]
        sign = " && " if isinstance(test.op, ast.And) else " || "
        text = sign.join(f"( {item.text} )" for item in found)
        return Test(text, _names(found)) if len(found) == len(test.values) else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = asked(test.operand, known)
        return None if inner is None else opposite(inner)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, known)
    word = known(test)
    return None if word is None else Test(f"-n {words.bash(word)}", tuple(words.names(word)))


def both(one: Test, other: Test) -> Test:
    """Return the test that holds where two do."""
    return Test(f"( {one.text} ) && ( {other.text} )", _names([one, other]), other.place)


def opposite(test: Test) -> Test:
    """Return the test that holds where another does not."""
    return test._replace(text=f"! ( {test.text} )")


def _compared(test: ast.Compare, known: Callable[[ast.expr], Word | None]) -> Test | None:
    word, sign, other = known(test.left), test.ops[0], test.comparators[0]
    several = isinstance(sign, ast.In | ast.NotIn) and isinstance(other, ast.Tuple | ast.List | ast.Set)
    if word is None or not (several or isinstance(sign, ast.Eq | ast.NotEq)):
        return None
    items = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
    texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if len(texts) != len(items) or not texts:
        return None
    equal = " || ".join(f"{words.bash(word)} == {words.bash(words.text(text))}" for text in texts)
    found = Test(equal, tuple(words.names(word)))
    return opposite(found) if isinstance(sign, ast.NotEq | ast.NotIn) else found


def _names(tests: list[Test]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for test in tests for name in test.names))
