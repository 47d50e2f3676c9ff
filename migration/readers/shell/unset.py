"""What a shell script may not have been given: it took that for nothing, and the new script ends there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.languages import ends_at_unset
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migration.readers.shell.tree import Node

_NAMED = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_ARGUMENT = re.compile(r"\$\{?([1-9])\}?")
# Where it is looked at, or kept to be looked at, whether there is one.
_LOOKS = ("variable_assignment", "test_command", "case_statement")


def unset(nodes: Iterable[Node], text: str) -> Iterator[tuple[Node, str]]:
    """Yield arguments and variables, with their names, where it bears that there is none.

    Arguments are those of a script or of a function; of variables only those of which it is asked whether they are
    empty.
    """
    for node in nodes if not ends_at_unset(text) else ():
        source = shell_words.source(node) if node.type in ("simple_expansion", "expansion") else ""
        if (found := _ARGUMENT.fullmatch(source)) is not None:
            above = (holder.type for holder in shell_tree.above(node))
            holder = next((kind for kind in above if kind in (*_LOOKS, "command", "command_substitution")), "")
            if holder in _LOOKS or _is_test(node):
                yield node, found[1]
        elif (found := _NAMED.fullmatch(source)) is not None and _is_asked(node, found[1]):
            yield node, found[1]


def _is_asked(node: Node, name: str) -> bool:
    """Return whether a test, or the command test, that a variable is in asks whether it is empty."""
    holder = next((above for above in shell_tree.above(node) if above.type in ("test_command", "command")), None)
    text = shell_words.source(holder) if holder is not None else ""
    asks = rf"""-[zn] *"?\$\{{?{name}\b|"?\$\{{?{name}\}}?"? *!?==? *(?:""|'')"""
    return (text.startswith("[") or bool(re.match(r"test\s", text))) and bool(re.search(asks, text))


def _is_test(node: Node) -> bool:
    """Return whether an argument is one of the command test."""
    command = next((holder for holder in shell_tree.above(node) if holder.type == "command"), None)
    return command is not None and bool(re.match(r"test\s", shell_words.source(command)))
