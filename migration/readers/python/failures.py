"""What a Python program does only where something failed: left out, and said."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.python import samples, usage
from migration.readers.python.arguments import miscounted
from migration.readers.python.ends import CONTINUE, EXIT, FAIL, RETURN
from migration.readers.python.guards import Guards
from migration.readers.python.values import Const, Function, Sampled, name_of
from migration.script import Ending, Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.ends import Flow
    from migration.readers.python.values import Value

# What handles what Python raises where values are more or less than what takes them.
_MISCOUNTED = re.compile(r"\b(?:Base)?Exception\b|\b(?:Value|Type)Error\b")


class Count(NamedTuple):
    """A place where a program fails that has other arguments: the test of bash, and the step before which it stands."""

    line: int
    test: str
    before: int


class Failures(Guards):
    """Says what becomes of a program at a failure: its status, where it goes on, whom a function tells."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # Calls that are statements by themselves, so that nobody asks what they give.
        self.alone: set[int] = set()
        # Of each function that is followed: where it returns at a failure, and what is said of that.
        self.returned: list[list[tuple[int, str]]] = []
        # What functions give that tells whether they have failed, and what is said if nobody asks.
        self.untold: list[tuple[Value, list[tuple[int, str]]]] = []
        # Where the program fails with other arguments, and a try around it may handle that.
        self.counts: list[Count] = []

    def counts_arguments(self, target: ast.expr, dotted: str, count: int, *, more: bool) -> None:
        """Let the translation end where the program fails, as it has not so many arguments."""
        found = Count(target.lineno, miscounted(dotted, count, more=more), len(self.builder.steps))
        if not found.test:
            return
        if self.condition:
            told = "ends the program if the arguments are not as many as its variables, which is not checked"
            self.builder.by_hand(found.line, f"{told} ({self.condition})", stops=False)
        elif self.handled:
            self.counts.append(found)
        else:
            self.ends_with(found, 1)

    def miscounts_around(self, counts: list[Count]) -> None:
        """Leave a try with what none of its handlers handles; ``counts`` is what there was before it."""
        for found in () if self.handled else self.counts:
            self.ends_with(found, 1)
        self.counts = [*counts, *(self.counts if self.handled else ())]

    def ends_with(self, found: Count, status: int) -> None:
        """Let the translation end with a status where the arguments are others than the program unpacks."""
        known = self.carried(found.line, f"if {found.test}", status)
        if not found.before:
            self.refusals.setdefault(found.test, known)
            return
        told = f"ends the program if {found.test}"
        self.builder.endings.append(Ending(self.line or found.line, told, Test(found.test), str(known), found.before))

    def handles_counts(self, handler: ast.ExceptHandler, ended: Flow) -> None:
        """Let the translation end as a handler does where other arguments make the program fail."""
        kind = ast.unparse(handler.type) if handler.type else "BaseException"
        counts = self.counts if _MISCOUNTED.search(kind) else []
        for found in counts:
            if ended.ends in (EXIT, FAIL):
                self.ends_with(found, 0 if ended.ends == EXIT else self.status_of(handler.body))
            else:
                told = f"what is done if the arguments are not as many as its variables is left out: {kind} is raised"
                self.builder.by_hand(found.line, told, stops=False)
        del self.counts[: len(counts)]

    def tell_status(self, body: Sequence[ast.stmt], reason: str) -> None:
        """Say that a program has a status of its own where something failed, if that is written out."""
        for item in body:
            if isinstance(item, ast.If):
                shown = ast.unparse(item.test)
                self.tell_status(item.body, f"{reason} and {shown}")
                self.tell_status(item.orelse, f"{reason} and not ({shown})")
        last = body[-1] if body else None
        given = last.value if isinstance(last, ast.Return) and self.is_main() and self.main[1] else None
        status = given.value if isinstance(given, ast.Constant) else usage.written_status(last)
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and not self.way_on(body):
            status = self.status_of(body) if status is None else status
        if last and isinstance(status, int) and status != 1:
            which = "a status of its own" if status < 0 else f"status {status:d}"
            told = f"ends the program with {which} if {reason}, which is not carried over"
            self.builder.by_hand(last.lineno, " ".join(told.split()), stops=False)

    def all_told(self, status: str) -> bool:
        """Return whether a program ends with what its main function gives, and each status of that is told or usual."""
        gives = [item.value for item in self.main_gives if isinstance(item, Const)]
        if len(gives) != len(self.main_gives) or len(gives) < 2 or f"({self.main[0]}(" not in status:  # noqa: PLR2004 - one is the status in any case
            return False
        told = [item.text for item in self.builder.hand_work]
        return all(value in (None, 0, 1) or any(f"with status {value} " in text for text in told) for value in gives)

    def tell_way(self, body: Sequence[ast.stmt], reason: str) -> None:
        """Say that a program goes on behind what it does at a failure, if it does."""
        way = self.way_on(body)
        told = " ".join(f"the program goes on if {reason}: the translation stops at a failure".split())
        if way == RETURN:
            self.returned[-1].append((body[0].lineno, told))
        elif way:
            self.builder.by_hand(body[0].lineno, told, stops=False)

    def way_on(self, body: Sequence[ast.stmt]) -> str:
        """Return how a program goes on behind a block: by a return from a function or not; nothing if it ends."""
        last = body[-1]
        if isinstance(last, ast.If):
            return self.way_on(last.body) or (self.way_on(last.orelse) if last.orelse else CONTINUE)
        if isinstance(last, ast.Return):
            # What the program is returns to nothing.
            return RETURN if self.active and not self.is_main() else ""
        call = last.value if isinstance(last, ast.Expr) else None
        held = self.lookup(name_of(call)) if isinstance(call, ast.Call) else None
        if isinstance(held, Function):
            # A function of the program that ends it.
            return CONTINUE if self.way_on(held.node.body) else ""
        ends = isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and usage.ends(call))
        return "" if ends else CONTINUE

    def told_by(self, call: ast.Call, value: Value, notes: list[tuple[int, str]]) -> Value:
        """Say that a function goes on at a failure, unless what it gives then may tell that to who called it."""
        given = value.value if isinstance(value, Const) else None
        plain = isinstance(value, Const) and isinstance(given, bool | int | str | None)
        if not notes or not plain or id(call) in self.alone:
            self._tell(notes)
            return value
        found = Sampled((given,) * samples.WORLDS, (value,), name=name_of(call))
        self.untold.append((found, notes))
        return found

    def _tell(self, notes: list[tuple[int, str]]) -> None:
        for line, text in notes:
            if text:
                self.builder.by_hand(line, text, stops=False)

    def asks_of(self, test: ast.expr, since: int, left: Sequence[ast.stmt]) -> None:
        """Take what a test asks of functions that may have failed for told, if something is done where they have."""
        named = self.read_in(test)
        for number, (value, notes) in enumerate(self.untold):
            if number >= since or value in named:
                self.untold[number] = (value, [])
                self._tell([] if left else notes)

    def tell_untold(self) -> None:
        """Say which functions go on at a failure of which nobody asks."""
        for _, notes in self.untold:
            self._tell(notes)
