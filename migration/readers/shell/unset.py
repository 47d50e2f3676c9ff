"""Arguments that a shell script may not have been given: it took them for nothing, and the new script ends there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.languages import ends_at_unset
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migration.readers.shell.tree import Node

_ARGUMENT = re.compile(r"\$\{?([1-9])\}?")
# Where it is looked at, or kept to be looked at, whether there is one.
_LOOKS = ("variable_assignment", "test_command", "case_statement")


def arguments(nodes: Iterable[Node], text: str) -> Iterator[tuple[Node, str]]:
    """Yield the arguments of a script, outside functions, with their number, where it bears that there is none."""
    for node in nodes if not ends_at_unset(text) else ():
        found = (
            _ARGUMENT.fullmatch(shell_words.source(node)) if node.type in ("simple_expansion", "expansion") else None
        )
        if found is None:
            continue
        above = [holder.type for holder in shell_tree.above(node)]
        holder = next((kind for kind in above if kind in (*_LOOKS, "command", "command_substitution")), "")
        if "function_definition" not in above and (holder in _LOOKS or _is_test(node)):
            yield node, found[1]


def _is_test(node: Node) -> bool:
    """Return whether an argument is one of the command test."""
    command = next((holder for holder in shell_tree.above(node) if holder.type == "command"), None)
    return command is not None and bool(re.match(r"test\s", shell_words.source(command)))
