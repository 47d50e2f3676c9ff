"""Variables of a shell script that take handles and numbers out of a tool's output."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell.asking import ALWAYS
from migration.reading import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Reading

# What a kind is, wherever it stood.
_PLAIN = {kinds.ROW: kinds.LIST, kinds.ROW_LAST: kinds.LAST, kinds.OPENING: kinds.FIRST}


class Captures:
    """The variables: ``taken`` are the places where one value is assigned, ``captured`` those of loops over handles."""

    def __init__(self, builder: Builder, nodes: Sequence[Node]) -> None:
        """Take the steps of a script, which are those of its builder, and its nodes."""
        self._builder = builder
        self._loops = shell_sources.loops(nodes)
        # Variables that hold a handle with blanks around it.
        self._padded: set[str] = set()
        # And those that hold several, of which arithmetic would take the last one behind a comma.
        self._listed: set[str] = set()
        self.taken: set[int] = set()
        self.captured: set[str] = set()
        # Where variables take the id of a user, which is a name now.
        self.identified: dict[str, set[int]] = {}

    def take(self, node: Node, reading: Reading) -> None:
        """Note the variables that take a value which is made at a node."""
        assignment = shell_pipes.assignment_of(node)
        if assignment is not None and reading.kind in ALWAYS and not any(reading.around):
            self.taken.add(assignment.start_byte)
        if reading.kind == kinds.ID and assignment is not None:
            for name in shell_sources.takers(node):
                self.identified.setdefault(name, set()).add(assignment.start_byte)
        if reading.kind not in (*kinds.ONE_LINE, kinds.LIST, kinds.ROW):
            return
        for name in shell_sources.takers(node):
            if assignment is None:
                self.captured.add(name)
            if reading.kind not in kinds.ONE_LINE:
                self._listed.update((name, *self._loops.get(name, ())))
            elif any(reading.around):
                self._padded.add(name)
            for variable in (name, *self._loops.get(name, ())):
                self._builder.capture(reading.step, variable, _PLAIN.get(reading.kind, reading.kind))

    def unpad(self) -> None:
        """Let a handle with blanks around it be the number alone where a command is given it."""
        plain = {words.variable(name): words.code(f"$(({name}))") for name in self._padded - self._listed}
        for index, step in enumerate(self._builder.steps):
            found = tuple(plain.get(word, word) for word in step.words)
            self._builder.steps[index] = replace(step, words=found)
