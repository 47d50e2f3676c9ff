"""What a Python program does around something else: ``with``, generators."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from migration.readers.python.ends import BREAK, CONTINUE, EXIT, FAIL, Flow
from migration.readers.python.gather import Gather
from migration.readers.python.values import Begun, Const, Instance, Path, Seq

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.python.values import Value


@dataclass
class _Frame:
    """A generator while it is run: what is done with each value that it gives, and where that is done."""

    take: Callable[[Value], Flow]
    depths: tuple[int, ...]
    line: int
    flow: Flow = field(default_factory=Flow)
    turns: int = 0
    condition: str = ""


class Contexts(Gather):
    """Follows what stands around something else."""

    def value(self, node: ast.expr) -> Value:
        """Return what an expression gives."""
        if isinstance(node, ast.Yield | ast.YieldFrom) and self.yields:
            given = self.value(node.value) if node.value is not None else Const(None)
            if isinstance(node, ast.Yield):
                return self._given(given)
            inner = self.iterated(given)
            if not isinstance(inner, Seq) or inner.unsure:
                return self._given(self.names.within("item", f"what is given by {ast.unparse(node)}"), unsure=True)
            for item in inner.items:
                self._given(item)
            return Const(None)
        return super().value(node)

    def _given(self, value: Value, *, unsure: bool = False) -> Value:
        """Do with a value of the generator that is run what the one who runs it does with it."""
        frame = self.yields.pop()
        if self.condition and not frame.condition:
            frame.condition = self.condition
        if unsure:
            frame.condition = frame.condition or "as often as the generator gives something"
        stacks = self._stacks()
        kept = [stack[depth:] for stack, depth in zip(stacks, frame.depths, strict=True)]
        for stack, depth in zip(stacks, frame.depths, strict=True):
            del stack[depth:]
        line, self.line = self.line, frame.line
        frame.turns += 1
        flow = frame.take(value)
        self.line = line
        for stack, rest in zip(stacks, kept, strict=True):
            stack.extend(rest)
        if flow.ends or flow.may:
            frame.flow = Flow(flow.ends, frame.flow.may | flow.may)
        self.yields.append(frame)
        return Path(EXIT) if flow.ends in (EXIT, FAIL, BREAK) else Const(None)

    def _stacks(self) -> tuple[list[Any], ...]:
        return self.locals, self.declared, self.outer, self.returns, self.returned, self.active

    def driven(self, begun: Begun, take: Callable[[Value], Flow]) -> _Frame:
        """Run a generator; ``take`` is what is done with each value, where the generator was called."""
        frame = _Frame(take, tuple(map(len, self._stacks())), self.line)
        if begun.spent:
            self.left(begun.node.lineno, f"what {ast.unparse(begun.node)} gives is asked for twice")
            return frame
        begun.spent = True
        before = self.condition
        self.yields.append(frame)
        self.function(begun.node, begun.function, begun.arguments, begun.named)
        self.yields.pop()
        self.condition = before
        return frame

    def iterated(self, value: Value) -> Value:
        """Return what a loop over a value takes, as a list if that is known."""
        if not isinstance(value, Begun):
            return super().iterated(value)
        found = Seq([])

        def take(item: Value) -> Flow:
            found.items.append(item)
            return Flow()

        frame = self.driven(value, take)
        found.unsure = bool(frame.condition) and not self.condition
        return found

    def over_generator(self, node: ast.For, begun: Begun) -> Flow:
        """Follow a loop over a generator that types at a tool: its body is run each time that it gives something."""
        leaves = any(isinstance(inner, ast.Break | ast.Return) for inner in ast.walk(node))
        if leaves or node.orelse:
            self.left(node.lineno, f"is not followed: for {ast.unparse(node.target)} in {ast.unparse(node.iter)}")
            return Flow()

        def take(item: Value) -> Flow:
            self.assign(node.target, item)
            flow = self.block(node.body)
            return Flow("" if flow.ends == CONTINUE else flow.ends, flow.may - {CONTINUE})

        flow = self.driven(begun, take).flow
        return Flow(flow.ends, flow.may - {CONTINUE})

    def around(self, node: ast.With | ast.AsyncWith) -> Flow:
        """Follow a ``with``."""
        return self._within(node, list(node.items))

    def _within(self, node: ast.With | ast.AsyncWith, items: list[ast.withitem]) -> Flow:
        if not items:
            return self.block(node.body)
        first, *rest = items
        value = self.value(first.context_expr)

        def inside(given: Value) -> Flow:
            if first.optional_vars is not None:
                self.assign(first.optional_vars, given)
            return self._within(node, rest)

        if isinstance(value, Begun):
            return self._of_generator(node, value, inside)
        closing = isinstance(first.context_expr, ast.Call) and ast.unparse(first.context_expr.func).endswith("closing")
        enter, leave = ("", "close") if closing else ("__enter__", "__exit__")
        if isinstance(node, ast.AsyncWith):
            enter, leave = "__aenter__", "__aexit__"
        if not isinstance(value, Instance):
            handles = re.search(r"suppress|[rR]aises", ast.unparse(first.context_expr))
            return self._goes_on(first, inside(value)) if handles else inside(value)
        call = ast.copy_location(ast.Call(first.context_expr, [], []), first.context_expr)
        begin, end = self.method(value, enter), self.method(value, leave)
        flow = inside(self.function(call, begin, [], {}) if begin is not None else value)
        if end is not None:
            nothing: list[Value] = [] if closing else [Const(None), Const(None), Const(None)]
            self.function(call, end, nothing, {})
        given = [inner.value for inner in ast.walk(end.node) if isinstance(inner, ast.Return)] if end else []
        swallows = any(item is not None and ast.unparse(item) not in ("None", "False") for item in given)
        return self._goes_on(first, flow) if swallows else flow

    def _goes_on(self, item: ast.withitem, flow: Flow) -> Flow:
        """Return how a block ends around which an error that is raised in it may be handled."""
        if flow.ends != FAIL:
            return flow
        shown = ast.unparse(item.context_expr)
        self.left(item.context_expr.lineno, f"an error is raised in {shown}, which may handle it and is not followed")
        return Flow("", flow.may)

    def _of_generator(self, node: ast.With | ast.AsyncWith, begun: Begun, inside: Callable[[Value], Flow]) -> Flow:
        after = ""

        def take(given: Value) -> Flow:
            nonlocal after
            before = self.condition
            flow = inside(given)
            after = self.condition if self.condition != before else ""
            return flow

        frame = self.driven(begun, take)
        if frame.turns != 1:
            self.left(node.lineno, f"is not followed: with {ast.unparse(node.items[0])}")
        self.condition = after or self.condition
        handles = any(isinstance(inner, ast.Try) and inner.handlers for inner in ast.walk(begun.function.node))
        return self._goes_on(node.items[0], frame.flow) if handles else frame.flow
