"""Functions and groups of a shell script that print what a tool prints, and who takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migration.readers.shell.tree import Node

_GROUPS = (
    "compound_statement",
    "subshell",
    "while_statement",
    "for_statement",
    "c_style_for_statement",
    "if_statement",
    "case_statement",
)


class Functions:
    """Which functions print whole answers (``printing``)."""

    def __init__(self, nodes: Sequence[Node], prints: Callable[[Node], bool]) -> None:
        """Take a script's nodes, and what tells of a node that a call in it prints."""
        self._nodes = nodes
        self._prints = prints
        self.printing = {name for name, node in shell_tree.functions(nodes) if prints(node)}

    def taken(self) -> Iterator[tuple[Node, str]]:
        """Yield the calls of these functions."""
        for node in self._nodes:
            name = shell_words.source(node.children[0]) if node.type == "command" and node.children else ""
            if name in self.printing:
                yield node, name

    @staticmethod
    def taker(node: Node) -> str:
        """Return the variable that takes what a call prints, empty if none does."""
        takes = shell_pipes.use(node) == shell_pipes.VALUE
        return next(iter(shell_sources.takers(node)), "") if takes else ""

    def groups(self) -> Iterator[Node]:
        """Yield the groups of commands that print whole answers and whose output is redirected."""
        for node in self._nodes:
            body = node.child_by_field_name("body") if node.type == "redirected_statement" else None
            if body is not None and body.type in _GROUPS and self._prints(body):
                yield body

    def piped(self) -> Iterator[tuple[Node, Node]]:
        """Yield the groups that print whole answers into a pipe or a substitution, with what reads them.

        The reader is the first command behind the pipe sign, or the substitution.
        """
        for node in self._nodes:
            if node.type not in _GROUPS or node.parent is None:
                continue
            outer = node.parent if node.parent.type == "redirected_statement" else node
            holder = outer.parent
            if holder is not None and holder.type == "pipeline" and self._prints(node):
                behind = [stage for stage in holder.named_children if stage.start_byte >= outer.end_byte]
                if behind:
                    yield node, behind[0]
            elif holder is not None and holder.type.endswith("_substitution") and self._prints(node):
                yield node, holder
