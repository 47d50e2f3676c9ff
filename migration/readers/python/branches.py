"""Branches of a Python program: what is done where all goes well, and what depends on more."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from migration import script, words
from migration.readers import patterns
from migration.readers.python import usage
from migration.readers.python.doubts import GUARD
from migration.readers.python.regex import stands_in
from migration.readers.python.tools import SENDS, SPAWNS, Tools
from migration.readers.python.values import (
    Bound,
    Const,
    Definition,
    Function,
    Path,
    Text,
    Tool,
    is_sampled,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value
    from migration.words import Word


RETURN, BREAK, CONTINUE, EXIT, FAIL = "return", "break", "continue", "exit", "fail"
# What is raised where a tool fails, or says nothing in time.
_FAILURES = re.compile(
    r"TIMEOUT|EOF|pexpect|Exception|CalledProcessError|TimeoutExpired|SubprocessError|OSError|IOError"
)
# What Python raises where an output is another than it should be.
_ANY = re.compile(r"Exception|(?:Index|Key|Lookup|Attribute|Type|Value)Error|TIMEOUT|EOF")


class Flow(NamedTuple):
    """How a block ends: by what for certain, and by what perhaps."""

    ends: str = ""
    may: frozenset[str] = frozenset()


class Branches(Tools):
    """Follows branches."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # Functions of the program that reach a tool, and those that were followed.
        self.typing: set[str] = set()
        self.followed: set[str] = set()
        # The nodes of what is not done.
        self.passed: set[int] = set()
        # Generators that are run now.
        self.yields: list[Any] = []
        # What each function that is followed has returned.
        self.returns: list[list[Value]] = []
        # Tests of bash for numbers of arguments that end the program, with its status then.
        self.refusals: dict[str, int] = {}
        # The function that the program calls as its last act, and whether its value is the status.
        self.main = ("", False)
        # The variables that some condition asks for.
        self.asked: set[str] = set()
        # How many tests and handlers were followed along the way on which all goes well.
        self.judgements = 0
        # Steps that stand for a test whether some files are there, with these.
        self.wanted: list[tuple[script.Step, list[Word]]] = []
        self._needed: list[Word] = []

    @abstractmethod
    def block(self, body: Sequence[ast.stmt]) -> Flow:
        """Follow statements in order up to one that leaves them."""

    def pass_over(self, node: ast.stmt, remark: str) -> None:
        """Take a statement for one that is not done."""
        self.mark(node, script.IRRELEVANT, remark)
        self.passed |= {id(inner) for inner in ast.walk(node)}

    def mark(self, node: ast.stmt, kind: str, remark: str) -> None:
        """Say of all lines of a statement what they are."""
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            self.builder.mark(number, kind, remark)

    def scopes(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Return what all variables hold here."""
        return dict(self.globals), dict(self.locals[-1]) if self.locals else {}

    def restore(self, kept: tuple[dict[str, Value], dict[str, Value]]) -> None:
        """Let all variables hold what they held."""
        for scope, before in zip((self.globals, *self.locals[-1:]), kept, strict=False):
            scope.clear()
            scope.update(before)

    def join(self, other: tuple[dict[str, Value], dict[str, Value]], reason: str) -> None:
        """Keep of two ways what is the same on both; what differs is known to a run alone."""
        for scope, there in ((self.globals, other[0]), (self.locals[-1] if self.locals else {}, other[1])):
            for name in {*scope, *there}:
                here, beyond = scope.get(name), there.get(name)
                if here is beyond or (
                    isinstance(here, Const)
                    and isinstance(beyond, Const)
                    and here.value == beyond.value
                    and type(here.value) is type(beyond.value)
                ):
                    continue
                if isinstance(here, Function | Tool) and beyond is None:
                    continue
                late = [value for value in (here, beyond) if value is not None and self.comes_late(value)]
                variable = self.names.within if late else self.names.unknown
                scope[name] = variable(name, f"one value or another, {reason}")

    def forget(self, names: set[str], reason: str) -> dict[str, Value]:
        """Take variables for unknown that were set where it is not followed."""
        scope = self.locals[-1] if self.locals else self.globals
        unknown: dict[str, Value] = {name: self.names.within(name, reason) for name in sorted(names)}
        scope |= unknown
        return unknown

    def branch(self, node: ast.If) -> Flow:
        """Follow an if: the side that is taken where all goes well, or both under their conditions."""
        value = self.value(node.test)
        known = truth(value)
        if known is not None:
            taken, left = (node.body, node.orelse) if known else (node.orelse, node.body)
            if is_sampled(value):
                self.judgements += 1
                shown = ast.unparse(node.test)
                self._leave_out(left, f"not ({shown})" if known else shown)
            else:
                for rest in left:
                    self.pass_over(rest, "is not reached")
            return self.block(taken)
        return self._either(node, value)

    def _either(self, node: ast.If, value: Value) -> Flow:
        shown = " ".join(ast.unparse(node.test).split())
        before = self.scopes()
        first = self.conditional(f"only if {shown}", node.body)
        after_first = self.scopes()
        self.restore(before)
        second = self.conditional(f"only if not ({shown})", node.orelse)
        if second.ends and not first.ends:
            self.restore(after_first)
        elif not first.ends:
            self.join(after_first, f"as {shown}")
        may = first.may | second.may
        if self._refused(node, first, second):
            return Flow("", (second if first.ends else first).may)
        if first.ends and second.ends:
            return self._both_end(node, value, (first.ends, second.ends), may)
        left = {RETURN, BREAK, CONTINUE, EXIT} & may
        if left:
            reason = f"only if not ({shown})" if first.ends and not second.may else f"only if {shown}"
            inside = second.ends or first.ends
            self.condition = self.condition or (
                reason if inside else f"only if nothing ends it before, in line {node.lineno}"
            )
        elif FAIL in may:
            self.guard(node.lineno, node.test, value, holds=bool(second.ends))
        return Flow("", may - {FAIL})

    def _both_end(self, node: ast.If, value: Value, ends: tuple[str, str], may: frozenset[str]) -> Flow:
        """Return how an if ends whose sides both end: what follows is that of the side that leaves least."""
        if ends[0] == ends[1]:
            return Flow(ends[0], may)
        if FAIL in ends:
            self.guard(node.lineno, node.test, value, holds=ends[1] == FAIL)
            return Flow(ends[ends[0] == FAIL], may - {FAIL})
        kept = next(kind for kind in (CONTINUE, BREAK, RETURN, EXIT) if kind in ends)
        shown = " ".join(ast.unparse(node.test).split())
        self.condition = self.condition or (f"only if {shown}" if ends[0] == kept else f"only if not ({shown})")
        return Flow(kept, may)

    def guard(self, line: int, test: ast.expr, value: Value, *, holds: bool) -> None:
        """Let the translation stop where a program ends if something is so; ``holds`` if it ends if not."""
        if truth(value) is not None or self._refuses(test, holds=holds, status=1):
            return
        self._needed = []
        usual = self._is_usual(test, holds=holds)
        shown = " ".join(ast.unparse(test).split())
        reason = f"ends the program if {f'not ({shown})' if holds else shown}, which is not checked"
        if usual and not self._needed:
            if usage.is_about_machine(shown):
                self.builder.by_hand(line, reason, stops=False)
            return
        if self.condition:
            reason += f" ({self.condition})"
        if _asks_for_failure(test) and any(map(self.comes_late, self._read_in(test))):
            self.builder.by_hand(line, reason, stops=False)
            return
        # A step of its own, as it must stand before what it guards, wherever that is written.
        head = words.text(f"{'assert' if holds else 'if'} {shown}")
        session = script.Session(script.HOST, self.builder.runs)
        step = script.Step(self.line or line, GUARD, (head,), session, unclear=reason)
        self.builder.steps.append(step)
        self.builder.mark(line, script.CHECK, "ends the program")
        if usual:
            self.wanted.append((step, self._needed))

    def _refuses(self, test: ast.expr, *, holds: bool, status: int) -> bool:
        """Let the translation refuse a number of arguments that ends the program before its first command."""
        found = None
        if not self.condition and not self.builder.steps:
            found = usage.refused(self._spelled(test), holds=holds)
        if found is not None:
            self.refusals[found] = status
        return found is not None

    def _refused(self, node: ast.If, first: Flow, second: Flow) -> bool:
        """Let the translation refuse arguments where one side of an if ends the program at once."""
        ends, other, body = (first, second, node.body) if first.ends else (second, first, node.orelse)
        if not ends.ends or other.ends or ends.may != {ends.ends} or ends.ends in other.may:
            return False
        holds = bool(second.ends)
        if ends.ends == RETURN:
            return self._ends_main(node.test, holds=holds)
        status = 0 if ends.ends == EXIT else usage.status(body)
        return ends.ends in (EXIT, FAIL) and self._refuses(node.test, holds=holds, status=status)

    def _ends_main(self, test: ast.expr, *, holds: bool) -> bool:
        """Let the translation refuse arguments where that which is the program returns at once."""
        name, exits = self.main
        if len(self.active) != 1 or self.active[-1].node.name != name or not self.returns[-1]:
            return False
        given = self.returns[-1][-1]
        value = given.value if isinstance(given, Const) else ""
        if exits and not (value is None or isinstance(value, int)):
            return False
        status = int(value or 0) & 0xFF if exits else 0
        if not self._refuses(test, holds=holds, status=status):
            return False
        self.returns[-1].pop()
        return True

    def _spelled(self, test: ast.expr) -> ast.expr:
        """Return a test with ``sys.argv`` in place of the variables that hold it."""
        named = [node.id for node in ast.walk(test) if isinstance(node, ast.Name)]
        held = {name: value.dotted for name in named if isinstance(value := self.lookup(name), Path)}
        shown = {name: dotted for name, dotted in held.items() if dotted.startswith("sys.argv")}
        return usage.Renamed(shown).visit(ast.parse(ast.unparse(test), mode="eval").body) if shown else test

    def _read_in(self, test: ast.expr) -> list[Value]:
        """Return what the variables in an expression hold."""
        found = [self.lookup(item.id) for item in ast.walk(test) if isinstance(item, ast.Name)]
        return [value for value in found if value is not None]

    def _is_usual(self, test: ast.expr, *, holds: bool) -> bool:
        """Return whether a test is about how a program is called and where it runs: the new script does that itself."""
        if isinstance(test, ast.BoolOp):
            return all(self._is_usual(item, holds=holds) for item in test.values)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._is_usual(test.operand, holds=not holds)
        if (
            isinstance(test, ast.Compare)
            and isinstance(test.ops[0], ast.Is)
            and ast.unparse(test.comparators[0]) == "None"
        ):
            return self._is_usual(test.left, holds=not holds)
        shown = ast.unparse(test)
        if usage.is_about_itself(shown):
            return True
        if (path := usage.path_of(test)) is not None:
            # What is missing stops the command that reads it, if there is one.
            self._needed.append(self.names.word(self.value(path)))
            return holds
        # An argument or a variable of the environment that is empty is refused.
        found = self.value(test) if isinstance(test, ast.Name | ast.Attribute | ast.Subscript) else None
        named = words.names(found.word) if isinstance(found, Text) else []
        return holds and len(named) == 1 and named[0] not in self.names.derived

    def conditional(self, reason: str, body: Sequence[ast.stmt]) -> Flow:
        """Follow a block under a condition."""
        before = self.condition
        self.condition = before or reason
        unsettle = self.since()
        flow = self.block(body)
        self.condition = before
        unsettle(back=flow.ends in (FAIL, EXIT) and flow.may == {flow.ends})
        return flow

    def _leave_out(self, body: Sequence[ast.stmt], reason: str) -> None:
        """Pass over what is done only where something failed."""
        for node in body:
            self.pass_over(node, "only at a failure")
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
                    self.followed.add(inner.func.id)
        if body and (self.does_something(body) or stored(body) & self.asked):
            self.mark(body[0], script.CONTEXT, "only at a failure")
            what = " ".join(f"what is done if {reason} is left out: the translation stops at a failure".split())
            self.builder.by_hand(body[0].lineno, what, stops=False)

    def not_done(self, nodes: Sequence[ast.expr], reason: str) -> None:
        """Say of expressions that they are done only where something failed, if they do something to a tool."""
        self.passed |= {id(inner) for node in nodes for inner in ast.walk(node)}
        if self.does_something(nodes):
            what = f"what is done if {reason} is left out: the translation stops at a failure"
            self.builder.by_hand(nodes[0].lineno, " ".join(what.split()), stops=False)

    def does_something(self, body: Sequence[ast.AST]) -> bool:
        """Return whether a block starts a tool or types at one, by way of what a variable holds, too."""
        called = {name_of(node) for item in body for node in ast.walk(item) if isinstance(node, ast.Call)}
        held = [self.lookup(name) for name in sorted(called)]
        return reaches(body, self.typing) or any(isinstance(value, Bound) or self.types(value) for value in held)

    def types(self, value: Value | None) -> bool:
        """Return whether a value is a function that does something to a tool."""
        return isinstance(value, Function) and reaches([value.node], self.typing)

    def attempt(self, node: ast.Try) -> Flow:
        """Follow a try: its block, and of its handlers those that are about more than a failure."""
        raised, self.raised = self.raised, False
        handled = any(handler.type is None or _ANY.search(ast.unparse(handler.type)) for handler in node.handlers)
        self.handled += handled
        flow = self.block(node.body)
        self.handled -= handled
        if flow.ends == FAIL and node.handlers:
            self.left(node.lineno, "an error is raised and handled here, which is not followed")
            flow = Flow("", flow.may)
        elif not flow.ends:
            more = self.block(node.orelse)
            flow = Flow(more.ends, flow.may | more.may)
        after = self.scopes()
        for handler in node.handlers:
            kind = ast.unparse(handler.type) if handler.type else "anything"
            if not self.raised and (handler.type is None or _FAILURES.search(kind)):
                self.judgements += 1
                self._leave_out(handler.body, f"{kind} is raised")
                continue
            ended = self.conditional(f"only if {kind} is raised", handler.body)
            other = self.scopes()
            self.restore(after)
            if not ended.ends:
                self.join(other, f"as {kind} is raised or not")
                after = self.scopes()
            elif RETURN in ended.may and not flow.ends:
                self.condition = self.condition or f"only if {kind} is not raised"
        self.raised = self.raised or raised
        last = self.block(node.finalbody)
        return Flow(last.ends or (flow.ends if flow.ends != FAIL else FAIL), flow.may | last.may)


def _asks_for_failure(test: ast.expr) -> bool:
    """Return whether a test looks whether a tool failed, at which the translation stops anyway."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return False
    text = test.left.value if isinstance(test.left, ast.Constant) and isinstance(test.left.value, str) else ""
    return bool(patterns.FAILURE.search(text) or patterns.TOLD.search(text)) and not stands_in(text, None)


def name_of(node: ast.Call) -> str:
    """Return the last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def reaches(body: Sequence[ast.AST], functions: set[str]) -> bool:
    """Return whether a block starts a tool or types at one, itself or by functions that do."""
    return any(
        isinstance(node, ast.Call) and (name_of(node) in (*SENDS, *SPAWNS) or name_of(node) in functions)
        for item in body
        for node in ast.walk(item)
    )


def stored(body: Sequence[ast.AST]) -> set[str]:
    """Return the variables that are set in a block."""
    return {
        node.id
        for item in body
        for node in ast.walk(item)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def is_generator(node: Definition) -> bool:
    """Return whether a function gives values one after another."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(inner, Definition | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(inner)
    return False
