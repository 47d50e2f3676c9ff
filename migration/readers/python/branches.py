"""Branches and loops of a Python program: what is done where all goes well, and what depends on more."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from migration import script, words
from migration.readers.python.tools import SENDS, SPAWNS, Tools
from migration.readers.python.values import (
    FAILED,
    Const,
    Function,
    NotKnown,
    Opaque,
    Sampled,
    Seq,
    Text,
    Tool,
    across,
    concrete,
    is_sampled,
    lifted,
    projected,
    truth,
)
from migration.readers.python.words import UNROLLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value


RETURN, BREAK, CONTINUE, EXIT, FAIL = "return", "break", "continue", "exit", "fail"
# What is raised where a tool fails, or says nothing in time.
_FAILURES = re.compile(
    r"TIMEOUT|EOF|pexpect|Exception|CalledProcessError|TimeoutExpired|SubprocessError|OSError|IOError"
)


class Flow(NamedTuple):
    """How a block ends: by what for certain, and by what perhaps."""

    ends: str = ""
    may: frozenset[str] = frozenset()


class Branches(Tools):
    """Follows branches and loops."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # Functions of the program that reach a tool, and those that were followed.
        self.typing: set[str] = set()
        self.followed: set[str] = set()
        # The nodes of what is not done.
        self.passed: set[int] = set()
        # What each function that is followed has returned.
        self.returns: list[list[Value]] = []

    def block(self, body: Sequence[ast.stmt]) -> Flow:
        """Follow statements in order up to one that leaves them."""
        raise NotImplementedError

    def pass_over(self, node: ast.stmt, remark: str) -> None:
        """Take a statement for one that is not done."""
        self.mark(node, script.IRRELEVANT, remark)
        self.passed |= {id(inner) for inner in ast.walk(node)}

    def mark(self, node: ast.stmt, kind: str, remark: str) -> None:
        """Say of all lines of a statement what they are."""
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            self.builder.mark(number, kind, remark)

    def _scopes(self) -> tuple[dict[str, Value], dict[str, Value]]:
        return dict(self.globals), dict(self.locals[-1]) if self.locals else {}

    def _restore(self, kept: tuple[dict[str, Value], dict[str, Value]]) -> None:
        self.globals = dict(kept[0])
        if self.locals:
            self.locals[-1] = dict(kept[1])

    def _join(self, other: tuple[dict[str, Value], dict[str, Value]], reason: str) -> None:
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
                shown = ast.unparse(node.test)
                self._leave_out(left, f"not ({shown})" if known else shown)
            else:
                for rest in left:
                    self.pass_over(rest, "is not reached")
            return self.block(taken)
        return self._either(node, value)

    def _either(self, node: ast.If, value: Value) -> Flow:
        shown = " ".join(ast.unparse(node.test).split())
        before = self._scopes()
        first = self.conditional(f"only if {shown}", node.body)
        after_first = self._scopes()
        self._restore(before)
        second = self.conditional(f"only if not ({shown})", node.orelse)
        if second.ends and not first.ends:
            self._restore(after_first)
        elif not first.ends:
            self._join(after_first, f"as {shown}")
        may = first.may | second.may
        if first.ends and second.ends:
            return Flow(first.ends if first.ends == second.ends else RETURN, may)
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

    def guard(self, line: int, test: ast.expr, value: Value, *, holds: bool) -> None:
        """Say that a program ends if something is so; how it is called is checked by the new script itself."""
        if truth(value) is not None and is_sampled(value):
            return
        shown = " ".join(ast.unparse(test).split())
        if truth(value) is None and not re.search(
            r"sys\.argv|\bargs\b|os\.path|environ|__version__|platform|geteuid", shown
        ):
            condition = f"not ({shown})" if holds else shown
            self.builder.by_hand(line, f"ends the program if {condition}, which is not checked", stops=False)

    def conditional(self, reason: str, body: Sequence[ast.stmt]) -> Flow:
        """Follow a block under a condition."""
        before = self.condition
        self.condition = before or reason
        count = len(self.builder.steps)
        flow = self.block(body)
        self.condition = before
        if len(self.builder.steps) > count:
            for tool in self.runs:
                tool.buffer = None
        return flow

    def _leave_out(self, body: Sequence[ast.stmt], reason: str) -> None:
        """Pass over what is done only where something failed."""
        for node in body:
            self.pass_over(node, "only at a failure")
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
                    self.followed.add(inner.func.id)
        if body and reaches(body, self.typing):
            self.mark(body[0], script.CONTEXT, "only at a failure")
            what = " ".join(f"what is done if {reason} is left out: the translation stops at a failure".split())
            self.builder.by_hand(body[0].lineno, what, stops=False)

    def attempt(self, node: ast.Try) -> Flow:
        """Follow a try: its block, and of its handlers those that are about more than a failure."""
        raised, self.raised = self.raised, False
        flow = self.block(node.body)
        if not flow.ends:
            more = self.block(node.orelse)
            flow = Flow(more.ends, flow.may | more.may)
        after = self._scopes()
        for handler in node.handlers:
            kind = ast.unparse(handler.type) if handler.type else "anything"
            if not self.raised and (handler.type is None or _FAILURES.search(kind)):
                self._leave_out(handler.body, f"{kind} is raised")
                continue
            ended = self.conditional(f"only if {kind} is raised", handler.body)
            other = self._scopes()
            self._restore(after)
            if not ended.ends:
                self._join(other, f"as {kind} is raised or not")
                after = self._scopes()
            elif RETURN in ended.may and not flow.ends:
                self.condition = self.condition or f"only if {kind} is not raised"
        self.raised = self.raised or raised
        last = self.block(node.finalbody)
        return Flow(last.ends or (flow.ends if flow.ends != FAIL else FAIL), flow.may | last.may)

    def loop(self, node: ast.For) -> Flow:
        """Follow a for, turn by turn if its items are known."""
        source = self.iterated(self.value(node.iter))
        head = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
        if (
            isinstance(source, Sampled)
            and reaches(node.body, self.typing)
            and (gone := self._over_handles(node, source))
        ):
            return gone
        if isinstance(source, Sampled) and not reaches(node.body, self.typing):
            found = self._in_worlds(node, source)
            return self._once(head, node) if found is None else found
        if not isinstance(source, Seq) or source.unsure or len(source.items) > UNROLLED:
            return self._once(head, node)
        outside = self.condition
        may: set[str] = set()
        for item in list(source.items):
            self.assign(node.target, item)
            begun = self.condition
            flow = self.block(node.body)
            may |= flow.may
            if flow.ends in (RETURN, EXIT, FAIL):
                self.condition = outside if flow.ends == RETURN else self.condition
                return Flow(flow.ends, frozenset(may - {BREAK, CONTINUE}))
            if flow.ends == BREAK:
                break
            if self.condition != begun and not {BREAK, RETURN, EXIT} & flow.may:
                self.condition = begun
        if not {RETURN, EXIT} & may:
            self.condition = outside
        if BREAK not in may:
            self.block(node.orelse)
        return Flow("", frozenset(may - {BREAK, CONTINUE}))

    def _over_handles(self, node: ast.For, source: Sampled) -> Flow | None:
        """Follow a loop over all handles that a search has found, which bash goes through, too; None for another."""
        leaves = any(isinstance(inner, ast.Break | ast.Continue | ast.Return) for inner in ast.walk(node))
        if not isinstance(node.target, ast.Name) or leaves or node.orelse or self.condition:
            return None
        name = self.names.listed(source, "handles")
        if not name:
            return None
        turn = self.names.new(node.target.id)
        self.assign(node.target, Text(words.variable(turn)))
        count = len(self.builder.steps)
        self.block(node.body)
        for index, step in enumerate(self.builder.steps[count:], count):
            self.builder.steps[index] = replace(step, loop=(turn, name))
        for tool in self.runs:
            tool.buffer = None
        unknown = self.forget(stored(node.body), f"another one in each turn of: for {node.target.id}")
        (self.locals[-1] if self.locals else self.globals).update(unknown)
        return Flow()

    def _in_worlds(self, node: ast.For, source: Sampled) -> Flow | None:
        """Follow a loop that only looks at an output, in each world; None if it does not end alike in all."""
        before, said, condition = self._scopes(), len(self.builder.hand_work), self.condition
        ends: set[str] = set()
        given: list[Value] = []
        after: list[dict[str, Value]] = []
        for world, items in enumerate(source.values):
            self._restore(before)
            scope = self.locals[-1] if self.locals else self.globals
            scope.update({name: projected(value, world) for name, value in scope.items()})
            self.returns.append([])
            ended = self._turns(node, items if isinstance(items, list | tuple) else ())
            given.append((self.returns.pop() or [Const(None)])[-1])
            after.append(dict(self.locals[-1] if self.locals else self.globals))
            ends.add(ended)
        sure = self.condition == condition and len(self.builder.hand_work) == said
        del self.builder.hand_work[said:]
        self.condition = condition
        self._restore(before)
        if not sure or ends not in ({""}, {RETURN}):
            return None
        self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        scope = self.locals[-1] if self.locals else self.globals
        for name in sorted(stored([node])):
            found = self._alike([world.get(name, Const(FAILED)) for world in after])
            if isinstance(found, Sampled):
                found = Sampled(found.values, name=name)
            scope[name] = found or self.names.within(name, f"what is found in line {node.lineno}")
        if ends == {""}:
            return Flow()
        if self.returns:
            self.returns[-1].append(self._alike(given) or Opaque())
        return Flow(RETURN, frozenset({RETURN}))

    def _turns(self, node: ast.For, items: Sequence[Any]) -> str:
        """Follow a loop turn by turn in one world; return how it ends, ``?`` if that is not certain."""
        for item in items[: UNROLLED * UNROLLED]:
            self.assign(node.target, lifted(item))
            flow = self.block(node.body)
            if flow.ends == BREAK:
                return ""
            if flow.ends in (RETURN, EXIT, FAIL):
                return flow.ends
            if not flow.ends and flow.may - {CONTINUE, BREAK}:
                return "?"
        return self.block(node.orelse).ends

    @staticmethod
    def _alike(found: Sequence[Value]) -> Value | None:
        """Return the value of what was found in each world, None if one of them is not known."""
        try:
            return across([concrete(value) for value in found])
        except NotKnown:
            return None

    def _once(self, head: str, node: ast.For | ast.While) -> Flow:
        """Follow the body of a loop once, under the condition that it is run."""
        names = stored([node])
        unknown = self.forget(names, f"another one in each turn of: {head}")
        before = self._scopes()
        flow = self.conditional(f"in {head}", node.body)
        self._restore(before)
        (self.locals[-1] if self.locals else self.globals).update(unknown)
        if {RETURN, EXIT} & flow.may and not self.condition:
            self.condition = f"only if nothing ends it before, in {head}"
        more = self.block(node.orelse)
        return Flow(more.ends, (flow.may | more.may) - {BREAK, CONTINUE, FAIL})

    def _endless(self, head: str, node: ast.While) -> Flow:
        """Follow a loop that is left from within: where all goes well that may be in its first turn."""
        count, before = len(self.builder.steps), self._scopes()
        condition = self.condition
        flow = self.block(node.body)
        if flow.ends in (BREAK, RETURN, EXIT) and flow.may <= {flow.ends}:
            return Flow("" if flow.ends == BREAK else flow.ends, flow.may - {BREAK})
        self.condition = condition
        for index, step in enumerate(self.builder.steps[count:], count):
            self.builder.steps[index] = replace(step, condition=step.condition or f"in {head}")
        for tool in self.runs:
            tool.buffer = None
        self._restore(before)
        self.forget(stored(node.body), f"another one in each turn of: {head}")
        if not condition and {RETURN, EXIT} & flow.may:
            self.condition = f"only if nothing ends it before, in {head}"
        return Flow("", flow.may - {BREAK, CONTINUE, FAIL})

    def while_loop(self, node: ast.While) -> Flow:
        """Follow a while, turn by turn as long as its condition is known."""
        head = f"while {ast.unparse(node.test)}"
        always = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if always:
            return self._endless(head, node)
        if truth(self.value(node.test)) is None or is_sampled(self.value(node.test)):
            return self._once(head, node)
        turns = 0
        while (known := truth(self.value(node.test))) is not False:
            turns += 1
            if known is None or turns > UNROLLED:
                return self._once(head, node)
            flow = self.block(node.body)
            if flow.ends == BREAK:
                break
            if flow.ends in (RETURN, EXIT, FAIL):
                return flow
        return Flow()


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
