"""Branches of a Python program: what is done where all goes well, and what depends on more."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from migration import script
from migration.readers.python import asking
from migration.readers.python.ends import BREAK, CONTINUE, EXIT, FAIL, RETURN, Flow
from migration.readers.python.failures import Failures
from migration.readers.python.tools import NAMED, SENDS, SPAWNS
from migration.readers.python.values import (
    Bound,
    Const,
    Definition,
    Function,
    Instance,
    Path,
    Sampled,
    Tool,
    is_sampled,
    name_of,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.ledger import Ledger
    from migration.readers.python.values import Value
    from migration.script import Test


# What is raised where a tool fails, or says nothing in time.
_FAILURES = re.compile(
    r"TIMEOUT|EOF|pexpect|Exception|CalledProcessError|TimeoutExpired|SubprocessError|OSError|IOError"
)
# What Python raises where an output is another than it should be.
_ANY = re.compile(r"Exception|(?:Index|Key|Lookup|Attribute|Type|Value)Error|TIMEOUT|EOF")


class Branches(Failures):
    """Follows branches."""

    # What the program may do beside the tools.
    ledger: Ledger

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # Functions of the program that reach a tool, and those that were followed.
        self.typing: set[str] = set()
        self.followed: set[str] = set()
        # The nodes of what is not done.
        self.passed: set[int] = set()
        # Generators that are run now.
        self.yields: list[Any] = []
        # The variables that some condition asks for.
        self.asked: set[str] = set()
        # The kinds of errors that the program raises.
        self.raises: set[str] = set()
        # The statement with another status than 0 that ended the program, and its line.
        self.status, self.ending = "", 0
        # How many tests and handlers were followed along the way on which all goes well.
        self.judgements = 0
        # The rest of a function, from the statement on that is followed, if that is one of the function's own block.
        self.behind: Sequence[ast.stmt] = ()
        # The blocks of functions and loops that are followed, and how what leaves one of them early does so.
        self.left_by: dict[int, str] = {}
        # The block that is followed, what of it stands behind this statement, and what a branch has followed of it.
        self.onward: tuple[Sequence[ast.stmt], Sequence[ast.stmt]] = ((), ())
        self.joined: set[int] = set()
        # The condition of the block that is followed, without what may leave it before.
        self._around = ""

    @abstractmethod
    def block(self, body: Sequence[ast.stmt]) -> Flow:
        """Follow statements in order up to one that leaves them."""

    @abstractmethod
    def only_looks(self, rest: Sequence[ast.stmt]) -> Flow | None:
        """Follow the rest of a function that only looks at an output, in each world; None if it does more than that."""

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

    def join(self, other: tuple[dict[str, Value], dict[str, Value]], reason: str, *, late: bool = False) -> None:
        """Keep of two ways what is the same on both; what differs is known to a run alone.

        ``late`` says that the run itself tells which way it goes, so that nobody can set it before.
        """
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
                later = late or any(value is not None and self.comes_late(value) for value in (here, beyond))
                variable = self.names.within if later else self.names.unknown
                scope[name] = variable(name, f"one value or another, {reason}")

    def forget(self, names: set[str], reason: str) -> dict[str, Value]:
        """Take variables for unknown that were set where it is not followed."""
        scope = self.locals[-1] if self.locals else self.globals
        unknown: dict[str, Value] = {name: self.names.within(name, reason) for name in sorted(names)}
        scope |= unknown
        return unknown

    def branch(self, node: ast.If) -> Flow:
        """Follow an if: the side that is taken where all goes well, or both under their conditions."""
        since, behind, self.behind = len(self.untold), self.behind, ()
        onward, self.onward = self.onward, ((), ())
        value = self.value(node.test)
        known = truth(value)
        if known is not None:
            taken, left = (node.body, node.orelse) if known else (node.orelse, node.body)
            if is_sampled(value):
                self.judgements += 1
                self.asks_of(node.test, since, left)
                shown = ast.unparse(node.test)
                reason = f"not ({shown})" if known else shown
                self.leave_out(left, reason)
                flow = self.block(taken)
                return flow._replace(otherwise=reason) if flow.ends and not flow.otherwise else flow
            for rest in left:
                self.pass_over(rest, "is not reached")
            return self.block(taken)
        looked = self.only_looks(behind) if isinstance(value, Sampled) else None
        if looked is not None:
            return looked
        whole = self._with_the_rest(node, value, *onward)
        return self.either(node if whole is None else whole, value)

    def _with_the_rest(
        self, node: ast.If, value: Value, body: Sequence[ast.stmt], rest: Sequence[ast.stmt]
    ) -> ast.If | None:
        """Return an if that leaves a function, or the turn of a loop, with the rest of that as its other side.

        None for one that does not, and for one of which bash cannot ask the test.
        """
        way = self.left_by.get(id(body), "")
        leaves = [_last(side, way) for side in (node.body, node.orelse)]
        if not way or not rest or sum(leaves) != 1 or (way == RETURN and self.is_main()):
            return None
        found, _ = self.found_asked(node.test, value, self.read_in(node.test))
        if asking.asked(node.test, self.variable_of) is None and found < 0:
            return None
        end: ast.stmt = ast.Return(ast.Constant(None)) if way == RETURN else ast.Continue()
        more = [*rest, ast.fix_missing_locations(ast.copy_location(end, rest[-1]))]
        self.joined |= set(map(id, rest))
        sides = ([*node.body], [*node.orelse, *more]) if leaves[0] else ([*node.body, *more], [*node.orelse])
        return ast.copy_location(ast.If(node.test, *sides), node)

    def either(self, node: ast.If, value: Value) -> Flow:
        """Follow both sides of an if."""
        shown = " ".join(ast.unparse(node.test).split())
        before = self.scopes()
        given = self.read_in(node.test)
        begun, runs, test = len(self.builder.steps), self.builder.runs, asking.asked(node.test, self.variable_of)
        search, counted = self.found_asked(node.test, value, given) if test is None else (-1, None)
        self.doubts.tested(self.doubts.searches(value, given) or [search][: search + 1], ends=False)
        test = test or counted
        test = test and test._replace(place=begun)
        nothing = self.doubts.is_true_of_nothing(value, search)
        first = self.conditional(f"only if {shown}", node.body, test, -1 if nothing else search)
        after_first = self.scopes()
        self.restore(before)
        other = test and asking.opposite(test)
        second = self.conditional(f"only if not ({shown})", node.orelse, other, search if nothing else -1)
        self.without_turns(begun, runs)
        if search >= 0 and any(step.when for step in self.builder.steps[begun:]):
            self.take_count(search)
        if second.ends and not first.ends:
            self.restore(after_first)
        elif not first.ends:
            self.join(after_first, f"as {shown}", late=self.comes_late(value))
        may = first.may | second.may
        if self.refused(node, value, first, second):
            return Flow("", (second if first.ends else first).may)
        if first.ends and second.ends:
            return self._both_end(node, value, (first.ends, second.ends), may)
        if FAIL in may:
            status = self.status_of(node.body if first.ends or not node.orelse else node.orelse)
            self.guard(node.lineno, node.test, value, holds=bool(second.ends), status=status)
        left = {RETURN, BREAK, CONTINUE, EXIT} & may
        if left:
            reason = f"only if not ({shown})" if first.ends and not second.may else f"only if {shown}"
            inside = (second.ends or first.ends) not in ("", FAIL)
            self.condition = self.further(
                reason if inside else f"only if nothing ends it before, in line {node.lineno}"
            )
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
        self.condition = self.further(f"only if {shown}" if ends[0] == kept else f"only if not ({shown})")
        return Flow(kept, may)

    def conditional(self, reason: str, body: Sequence[ast.stmt], test: Test | None = None, search: int = -1) -> Flow:
        """Follow a block under a condition; ``test`` is how bash asks for it, if it can.

        ``search`` is a step that has found keys wherever the block is done.
        """
        known = self.doubts.known
        self.doubts.known |= {search}
        before, around, begun = self.condition, self._around, len(self.builder.steps)
        self.condition = self._around = self.further(reason)
        unsettle = self.since()
        quiet = [tool.dialogue for tool in self.runs if tool.dialogue is not None and not tool.dialogue.asks]
        with self.inside(block=True):
            flow = self.block(body)
        # Nobody behind the block answers what is asked in it.
        for dialogue in quiet:
            dialogue.settle()
        # What was left before, perhaps, is a condition that bash does not ask for.
        self.ask(begun, self._around, test if before == around else None)
        self.condition, self._around = before, around
        self.doubts.known = known
        unsettle(back=flow.ends in (FAIL, EXIT) and flow.may == {flow.ends})
        return flow

    def leave_out(self, body: Sequence[ast.stmt], reason: str) -> None:
        """Pass over what is done only where something failed."""
        for node in body:
            self.pass_over(node, "only at a failure")
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
                    self.followed.add(inner.func.id)
        self.tell_status(body, reason)
        if body and (self.does_something(body) or stored(body) & self.asked or any(self.ledger.effects(body))):
            self.mark(body[0], script.CONTEXT, "only at a failure")
            what = " ".join(f"what is done if {reason} is left out: the translation stops at a failure".split())
            self.builder.by_hand(body[0].lineno, what, stops=False)
            if self.way_on(body) == RETURN:
                # That is told, but not yet what becomes of it where the function was called.
                self.returned[-1].append((body[0].lineno, ""))
        elif body:
            self.tell_way(body, reason)

    def not_done(self, nodes: Sequence[ast.expr], reason: str) -> None:
        """Say of expressions that they are done only where something failed, if they do something to a tool."""
        self.passed |= {id(inner) for node in nodes for inner in ast.walk(node)}
        if self.does_something(nodes):
            what = f"what is done if {reason} is left out: the translation stops at a failure"
            self.builder.by_hand(nodes[0].lineno, " ".join(what.split()), stops=False)

    def only_run_tells(self, node: ast.expr) -> bool:
        """Return whether what an expression gives comes out of the run itself, by a function that types, too."""
        return super().only_run_tells(node) or (reaches([node], self.typing) and not self._is_of_others(node))

    def _is_of_others(self, node: ast.expr) -> bool:
        """Return whether an expression runs nothing but a program that is none of the tools."""
        names = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
        held = [value for value in map(self.lookup, sorted(names)) if value is not None]
        texts = [str(value.value) for value in held if isinstance(value, Const)]
        known = all(isinstance(value, Const | Path) for value in held) and not names & self.typing
        return known and not any(map(NAMED.search, (ast.unparse(node), *texts)))

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
        outside, self.unfound = self.unfound, []
        counts, self.counts = self.counts, []
        handled = any(handler.type is None or _ANY.search(ast.unparse(handler.type)) for handler in node.handlers)
        self.handled += handled
        flow = self.block(node.body)
        self.handled -= handled
        if flow.ends == FAIL and any(map(self.catches, node.handlers)):
            self.left(node.lineno, "an error is raised and handled here, which is not followed")
            flow = Flow("", flow.may)
        elif not flow.ends:
            more = self.block(node.orelse)
            flow = Flow(more.ends, flow.may | more.may)
        after = self.scopes()
        unfound, self.unfound = list(dict.fromkeys(self.unfound)), outside
        self.doubts.tested(unfound if handled else (), ends=False)
        for handler in node.handlers:
            kind = ast.unparse(handler.type) if handler.type else "anything"
            if not self.raised and (handler.type is None or _FAILURES.search(kind)):
                self.judgements += 1
                self.leave_out(handler.body, f"{kind} is raised")
                self.handles_counts(handler, Flow("" if self.way_on(handler.body) else FAIL))
                continue
            if self.does_something(node.body):
                self._tell_handled(handler, kind, unfound)
            kept = self.status, self.ending
            ended = self.conditional(f"only if {kind} is raised", handler.body)
            # What a handler ends with is not how the program ends where nothing fails.
            self.status, self.ending = kept
            self.handles_counts(handler, ended)
            other = self.scopes()
            self.restore(after)
            if not ended.ends:
                self.join(other, f"as {kind} is raised or not")
                after = self.scopes()
            elif ended.ends in (EXIT, FAIL):
                self.guard_search(handler, unfound, 0 if ended.ends == EXIT else self.status_of(handler.body))
            elif RETURN in ended.may and not flow.ends:
                self.condition = self.further(f"only if {kind} is not raised")
        self.miscounts_around(counts)
        self.raised = self.raised or raised
        last = self.block(node.finalbody)
        return Flow(last.ends or (flow.ends if flow.ends != FAIL else FAIL), flow.may | last.may)

    @abstractmethod
    def catches(self, handler: ast.ExceptHandler) -> bool:
        """Return whether a handler may be for what has just ended the program."""

    def _tell_handled(self, handler: ast.ExceptHandler, kind: str, unfound: Sequence[int]) -> None:
        """Say what becomes of the program where a handler ends it with a status, or goes on at a tool's failure."""
        if not unfound or self.condition or self.is_own(handler):
            self.tell_status(handler.body, f"{kind} is raised")
        if self.is_own(handler) and not self.does_something(handler.body):
            self.tell_way(handler.body, f"{kind} is raised")

    def is_own(self, handler: ast.ExceptHandler) -> bool:
        """Return whether a handler is for an error that the program itself raises where a tool fails."""
        names = [item.id for item in ast.walk(handler.type or ast.Constant(None)) if isinstance(item, ast.Name)]
        return any(name in self.raises or isinstance(self.lookup(name), Instance) for name in names)


def _last(body: Sequence[ast.stmt], way: str) -> bool:
    """Return whether a block ends by a statement that leaves a function, or the turn of a loop."""
    return bool(body) and isinstance(body[-1], ast.Return if way == RETURN else ast.Continue)


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
