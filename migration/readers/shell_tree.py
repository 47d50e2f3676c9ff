"""The syntax tree of a shell script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_bash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_LANGUAGE = tree_sitter.Language(tree_sitter_bash.language())
_OPENERS = (
    "if_statement",
    "for_statement",
    "while_statement",
    "case_statement",
    "c_style_for_statement",
    "function_definition",
)


def nodes(content: bytes) -> Iterator[Node]:
    """Yield all nodes; lines that the grammar ran together are read one by one."""
    root = tree_sitter.Parser(_LANGUAGE).parse(content).root_node
    for statement in root.children:
        inside = list(walk(statement))
        if not any(runs_on(node) for node in inside):
            yield from inside
            continue
        start = statement.start_byte
        for line in content[start : statement.end_byte].split(b"\n"):
            blank = bytes(10 if byte == 10 else 32 for byte in content[:start])  # noqa: PLR2004 - LF and blank
            yield from walk(tree_sitter.Parser(_LANGUAGE).parse(blank + line).root_node)
            start += len(line) + 1


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(found.children))


def runs_on(node: Node) -> bool:
    """Return whether a command's words stand on several lines, which bash would not read as one command."""
    if node.type != "command":
        return False
    ends = zip(node.children, node.children[1:], strict=False)
    gaps = ((node.text or b"")[a.end_byte - node.start_byte : b.start_byte - node.start_byte] for a, b in ends)
    return any(b"\n" in gap.replace(b"\\\n", b"") for gap in gaps)


def ancestor(node: Node | None, kind: str) -> Node | None:
    """Return the nearest node of a kind that holds this one, within the same substitution."""
    found = node.parent if node is not None else None
    while found is not None and found.type != kind:
        if found.type in (*_OPENERS, "program") or (
            found.type == "command_substitution" and kind != "variable_assignment"
        ):
            return None
        found = found.parent
    return found


def previous_stage(node: Node, statement: Node | None) -> Node | None:
    """Return the command before this one in its pipeline, None if it is the first."""
    outer = statement or node
    if outer.parent is None or outer.parent.type != "pipeline":
        return None
    before = [child for child in outer.parent.named_children if child.end_byte <= outer.start_byte]
    return before[-1] if before else None
