"""Loops of a Python program: turn by turn, over all handles that are found, or once under a condition."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migration import script, words
from migration.readers.python import samples
from migration.readers.python.arguments import first_of
from migration.readers.python.branches import Branches, reaches, stored
from migration.readers.python.ends import BREAK, CONTINUE, EXIT, FAIL, RETURN, Flow
from migration.readers.python.values import (
    Begun,
    Const,
    Map,
    NotKnown,
    Opaque,
    Path,
    Sampled,
    Seq,
    Text,
    across,
    is_sampled,
    lifted,
    truth,
)
from migration.readers.python.waits import forget
from migration.readers.python.words import UNROLLED
from migration.readers.python.worlds import Worlds, contents, worked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from migration.readers.python.values import Value


def _asked(source: Seq) -> list[Seq | Map]:
    """Return the lists and dictionaries that a loop asks for its items only while it is run."""
    return [item for inner in source.of for item in (inner, *(_asked(inner) if isinstance(inner, Seq) else ()))]


def _is_other(asked: Sequence[tuple[Seq | Map, tuple[list[Value], bool]]], turn: int) -> bool:
    """Return whether what a loop has still to ask for is not what it was; a value behind it may change."""
    for item, (before, doubt) in asked:
        now, unsure = contents(item)
        behind = 2 * turn - 2 if isinstance(item, Map) else 0
        keys = 2 if isinstance(item, Map) else 1
        if unsure != doubt or now[::keys] != before[::keys] or now[behind:] != before[behind:]:
            return True
    return False


class Loops(Branches):
    """Follows loops."""

    def loop(self, node: ast.For) -> Flow:
        """Follow a for."""
        source = self.value(node.iter)
        if isinstance(source, Begun) and reaches([source.function.node], self.typing):
            return self.over_generator(node, source)
        return self.loop_over(node, source if isinstance(source, Seq) else self.iterated(source))

    @abstractmethod
    def over_generator(self, node: ast.For, begun: Begun) -> Flow:
        """Follow a loop over a generator that types at a tool."""

    def loop_over(self, node: ast.For, source: Value) -> Flow:  # noqa: C901, PLR0911, PLR0912 - one branch a kind
        """Follow a for over what it goes through, turn by turn if the items are known."""
        behind, self.behind = self.behind, ()
        self.left_by[id(node.body)] = CONTINUE
        head = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
        if (
            isinstance(source, Sampled)
            and reaches(node.body, self.typing)
            and (gone := self._over_handles(node, source))
        ):
            return gone
        if (
            isinstance(source, Path)
            and reaches(node.body, self.typing)
            and (gone := self._over_arguments(node, source))
        ):
            return gone
        if isinstance(source, Sampled) and not reaches(node.body, self.typing):
            found = self._in_worlds(node, source) or self.only_looks(behind)
            return self._once(head, node) if found is None else found
        if not isinstance(source, Seq) or source.unsure or len(source.items) > UNROLLED:
            return self._once(head, node)
        for inner in node.body if not source.items else ():
            self.pass_over(inner, "is not reached")
        outside = self.condition
        may: set[str] = set()
        turn = 0
        asked = [(item, contents(item)) for item in _asked(source)]
        left: list[tuple[dict[str, Value], dict[str, Value]]] = []
        # A list that its own loop changes is gone through as it is then.
        while (0 if source.once else turn) < len(source.items):
            item, turn = source.items.pop(0) if source.once else source.items[turn], turn + 1
            if turn > UNROLLED or source.unsure or _is_other(asked, turn):
                self.left(node.lineno, f"changes what it goes through: {head}")
                break
            self.assign(node.target, item)
            begun, judged, before = self.condition, self.judgements, self.scopes()
            flow = self.block(node.body)
            may |= flow.may
            self._perhaps_skipped(flow, before, head)
            if flow.ends in (BREAK, RETURN, EXIT) and turn < len(source.items):
                self._tries_again(node, head, judged)
            if BREAK in flow.may:
                left.append(self.scopes())
            if flow.ends in (BREAK, RETURN, EXIT, FAIL) and {BREAK, CONTINUE} & flow.may - {flow.ends}:
                # It goes on only where something spares it the end of this turn.
                self.condition = self.further(f"only if nothing ends it before, in {head}")
                may.add(flow.ends if flow.ends == BREAK else EXIT)
                continue
            for inner in node.orelse if flow.ends in (BREAK, RETURN, EXIT, FAIL) else ():
                self.pass_over(inner, "is not reached")
            if flow.ends in (RETURN, EXIT, FAIL):
                self.condition = outside if flow.ends == RETURN else self.condition
                return Flow(flow.ends, frozenset(may - {BREAK, CONTINUE}))
            if flow.ends == BREAK:
                return Flow("", frozenset(may - {BREAK, CONTINUE}))
            if self.condition != begun and not {BREAK, RETURN, EXIT} & flow.may:
                self.condition = begun
        else:
            if _is_other(asked, turn + 1):
                self.left(node.lineno, f"changes what it goes through: {head}")
        for scopes in left:
            # Something may have ended the loop in an earlier turn.
            self.join(scopes, f"as {head} may end before its last turn")
        if not {RETURN, EXIT} & may:
            self.condition = outside
        more = self._otherwise(node, head, may)
        return Flow(more.ends, frozenset(may - {BREAK, CONTINUE}) | more.may)

    def _perhaps_skipped(self, flow: Flow, before: tuple[dict[str, Value], dict[str, Value]], head: str) -> None:
        """Take it that what a turn has set was perhaps not set, if a ``continue`` may stand before it."""
        if CONTINUE in flow.may and flow.ends != CONTINUE:
            self.join(before, f"as a turn may end before, in {head}")

    def _tries_again(self, node: ast.For | ast.While, head: str, judged: int) -> None:
        """Say that a loop which is left where all goes well does its commands again where something failed."""
        if self.judgements > judged and self.does_something(node.body):
            text = f"is done again where something failed, which is left out: {head}"
            self.builder.by_hand(node.lineno, text, stops=False)
            self.leave_out(node.orelse, f"nothing ends {head}")

    def _otherwise(self, node: ast.For | ast.While, head: str, may: Collection[str]) -> Flow:
        """Follow what is done if nothing ends a loop before its last turn."""
        if BREAK not in may:
            return self.block(node.orelse)
        more = self.conditional(f"only if nothing ends {head}", node.orelse)
        if {RETURN, EXIT} & more.may:
            self.condition = self.further(f"only if something ends {head}")
        return Flow("", more.may - {FAIL})

    def _is_plain(self, node: ast.For) -> bool:
        """Return whether bash goes through a loop as Python does: to its end, in any case."""
        leaves = any(isinstance(inner, ast.Break | ast.Continue | ast.Return) for inner in ast.walk(node))
        return isinstance(node.target, ast.Name) and not (leaves or node.orelse or self.condition or self.turns)

    def _over_arguments(self, node: ast.For, source: Path) -> Flow | None:
        """Follow a loop over all arguments from one on; None for another."""
        first = first_of(source.dotted)
        if not first or not source.dotted.endswith(":]") or not self._is_plain(node):
            return None
        return self.in_turns(node, f"{script.ALL_ARGUMENTS}:{first}" if first > 1 else script.ALL_ARGUMENTS)

    def _over_handles(self, node: ast.For, source: Sampled) -> Flow | None:
        """Follow a loop over all handles that a search has found, which bash goes through, too; None for another."""
        name = self.names.listed(source, "handles") if self._is_plain(node) else ""
        return self.in_turns(node, name) if name else None

    def in_turns(self, node: ast.For, name: str) -> Flow:
        """Follow a loop that is one of bash."""
        assert isinstance(node.target, ast.Name)
        turn = self.names.new(node.target.id)
        self.assign(node.target, Text(words.variable(turn)))
        count = len(self.builder.steps)
        self.turns += 1
        self.turned.add(turn)
        self.block(node.body)
        self.turns -= 1
        for index, step in enumerate(self.builder.steps[count:], count):
            self.builder.steps[index] = replace(step, loop=(turn, name), when=None)
        for tool in self.runs:
            forget(tool)
        unknown = self.forget(stored(node.body), f"another one in each turn of: for {node.target.id}")
        (self.locals[-1] if self.locals else self.globals).update(unknown)
        return Flow()

    def _in_worlds(self, node: ast.For, source: Sampled) -> Flow | None:
        """Follow a loop that only looks at an output, in each world; None if it does not end alike in all."""
        said, condition = len(self.builder.hand_work), self.condition
        ends: set[str] = set()
        given: list[Any] = []

        def turns(world: int) -> None:
            items = source.values[world]
            self.returns.append([])
            ends.add(self._turns(node, items if isinstance(items, list | tuple) else ()))
            returned = (self.returns.pop() or [Const(None)])[-1]
            given.append(worked(returned, world))

        sure = self.each_world(
            len(source.values),
            turns,
            f"what is found in line {node.lineno}",
            lambda: self.condition == condition and len(self.builder.hand_work) == said and ends in ({""}, {RETURN}),
        )
        del self.builder.hand_work[said:]
        self.condition = condition
        if not sure:
            return None
        self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if ends == {""}:
            return Flow()
        if self.returns:
            self.returns[-1].append(Opaque() if NotKnown in given else across(given))
        return Flow(RETURN, frozenset({RETURN}))

    def only_looks(self, rest: Sequence[ast.stmt]) -> Flow | None:
        """Follow the rest of a function that only looks at an output, in each world; None if it does more than that."""
        if not rest or not self.returns or self.condition or reaches(rest, self.typing):
            return None
        said = len(self.builder.hand_work)
        ends: set[str] = set()
        given: list[Any] = []

        def follow(world: int) -> None:
            self.returns.append([])
            flow = self.block(rest)
            ends.add(flow.ends if flow.may <= {flow.ends} else "?")
            given.append(worked((self.returns.pop() or [Const(None)])[-1], world))

        sure = self.each_world(
            samples.WORLDS,
            follow,
            f"what is found in line {rest[0].lineno}",
            lambda: not self.condition and len(self.builder.hand_work) == said and ends <= {RETURN, ""},
        )
        del self.builder.hand_work[said:]
        self.condition = ""
        if not sure or NotKnown in given:
            return None
        self.read.update(range(rest[0].lineno, (rest[-1].end_lineno or rest[-1].lineno) + 1))
        self.returns[-1].append(across(given))
        return Flow(RETURN, frozenset({RETURN}))

    def _turns(self, node: ast.For, items: Sequence[Any]) -> str:
        """Follow a loop turn by turn in one world; return how it ends, ``?`` if that is not certain."""
        for item in items[: UNROLLED * UNROLLED]:
            self.assign(node.target, lifted(item))
            flow = self.block(node.body)
            if flow.ends in (BREAK, RETURN, EXIT, FAIL):
                sure = not {BREAK, CONTINUE} & flow.may - {flow.ends}
                return ("" if flow.ends == BREAK else flow.ends) if sure else "?"
            if not flow.ends and flow.may - {CONTINUE, BREAK}:
                return "?"
        return self.block(node.orelse).ends

    def _once(self, head: str, node: ast.For | ast.While) -> Flow:
        """Follow the body of a loop once, under the condition that it is run."""
        names = stored([node])
        unknown = self.forget(names, f"another one in each turn of: {head}")
        before = self.scopes()
        flow = self.conditional(f"in {head}", node.body)
        self.restore(before)
        (self.locals[-1] if self.locals else self.globals).update(unknown)
        if flow.ends == FAIL:
            self.left(node.lineno, f"ends the program in {head}, which is not checked")
        if {RETURN, EXIT} & flow.may:
            self.condition = self.further(f"only if nothing ends it before, in {head}")
        more = self._otherwise(node, head, flow.may)
        return Flow(more.ends, (flow.may - {BREAK, CONTINUE, FAIL}) | more.may)

    def _tried(self, work: Callable[[], Flow | None]) -> Flow | None:
        """Follow something; if that comes to nothing, nothing of it has happened."""
        undone = self.effects()
        worlds = Worlds([self.globals, self.environ, *self.locals], self.names.unknown)
        said, condition, returned = list(self.builder.hand_work), self.condition, [list(item) for item in self.returns]
        found = work()
        if found is None:
            worlds.back()
            undone()
            self.builder.hand_work[:], self.condition = said, condition
            for item, before in zip(self.returns, returned, strict=True):
                item[:] = before
        return found

    def _turn_by_turn(self, node: ast.While) -> Flow | None:
        """Follow a while as long as its condition is known; None if it is not, or does not become false."""
        for _ in range(UNROLLED):
            test = self.value(node.test)
            known = truth(test)
            if known is None or is_sampled(test):
                return None
            if not known:
                return self.block(node.orelse)
            judged, before = self.judgements, self.scopes()
            flow = self.block(node.body)
            self._perhaps_skipped(flow, before, f"while {ast.unparse(node.test)}")
            if flow.ends in (BREAK, RETURN, EXIT):
                self._tries_again(node, f"while {ast.unparse(node.test)}", judged)
            if flow.ends == BREAK and flow.may <= {BREAK}:
                return Flow()
            if flow.ends in (RETURN, EXIT, FAIL) and not {BREAK, CONTINUE} & flow.may:
                return flow
            if flow.may - {CONTINUE}:
                return None
        return None

    def endless(self, head: str, node: ast.While) -> Flow:
        """Follow a loop that is left from within: where all goes well that may be in its first turn."""
        count, before = len(self.builder.steps), self.scopes()
        condition, judged = self.condition, self.judgements
        flow = self.block(node.body)
        if flow.ends in (BREAK, RETURN, EXIT) and flow.may <= {flow.ends}:
            self._tries_again(node, head, judged)
            return Flow("" if flow.ends == BREAK else flow.ends, flow.may - {BREAK})
        self.condition = condition
        if flow.ends == FAIL:
            self.left(node.lineno, f"ends the program in {head}, which is not checked")
        self.only_within(count, condition, head)
        for tool in self.runs:
            forget(tool)
        self.restore(before)
        self.forget(stored(node.body), f"another one in each turn of: {head}")
        if {RETURN, EXIT} & flow.may:
            self.condition = self.further(f"only if nothing ends it before, in {head}")
        return Flow("", flow.may - {BREAK, CONTINUE, FAIL})

    def only_within(self, count: int, condition: str, head: str) -> None:
        """Take it that only a run tells whether what is done since is done at all."""
        for index, step in enumerate(self.builder.steps[count:], count):
            within = step.condition.removeprefix(condition).removeprefix(", ")
            told = ", ".join(filter(None, (condition, f"in {head}", within)))
            self.builder.steps[index] = replace(step, condition=told, when=None)

    def while_loop(self, node: ast.While) -> Flow:
        """Follow a while, turn by turn as long as its condition is known."""
        head = f"while {ast.unparse(node.test)}"
        always = isinstance(node.test, ast.Constant) and bool(node.test.value)
        found = self._tried(lambda: self._turn_by_turn(node))
        if found is not None:
            return found
        return self.endless(head, node) if always else self._once(head, node)
