"""A node of the syntax tree of a shell script, and its relatives."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    import tree_sitter

    from migration.readers.shell.grammar import Parsed

_OPENERS = (
    "if_statement",
    "for_statement",
    "while_statement",
    "case_statement",
    "c_style_for_statement",
    "function_definition",
)


class Node:
    """A piece of the script: its type, its bytes, the line that it begins on (from 0), its parent and its parts.

    ``negated`` says that an exclamation mark before it turns its status around; the mark belongs to no node.
    """

    __slots__ = (
        "_content",
        "children",
        "end_byte",
        "end_point",
        "field",
        "named",
        "negated",
        "parent",
        "start_byte",
        "start_point",
        "type",
    )

    def __init__(self, cursor: tree_sitter.TreeCursor, parsed: Parsed, parent: Node | None) -> None:
        """Copy the node that a cursor is at, without its parts."""
        node = cursor.node
        assert node is not None
        self._content = parsed.content
        start = parsed.start
        self.type = node.type
        self.named = node.is_named
        self.field = cursor.field_name
        self.start_byte, self.end_byte = node.start_byte + start, node.end_byte + start
        self.start_point, self.end_point = parsed.point(self.start_byte), parsed.point(self.end_byte)
        self.parent = parent
        self.children: list[Node] = []
        self.negated = False

    def piece(self, kind: str, start: int, end: int, *, named: bool = True) -> Node:
        """Return a part of a node that stands on one line, between two of its bytes; it is not among its parts yet."""
        found = copy(self)
        found.type, found.named, found.field, found.parent, found.children = kind, named, None, self, []
        found.start_byte, found.end_byte = start, end
        line, column = self.start_point
        found.start_point, found.end_point = ((line, column + place - self.start_byte) for place in (start, end))
        return found

    @property
    def text(self) -> bytes:
        """Return its bytes."""
        return self._content[self.start_byte : self.end_byte]

    def begins(self, form: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Return what has a form from its first byte on, which may go on behind it."""
        return form.match(self._content, self.start_byte)

    @property
    def named_children(self) -> list[Node]:
        """Return its parts without those that are only signs."""
        return [child for child in self.children if child.named]

    def child_by_field_name(self, name: str) -> Node | None:
        """Return its first part of a role, None if there is none."""
        return next(iter(self.children_by_field_name(name)), None)

    def children_by_field_name(self, name: str) -> list[Node]:
        """Return its parts of a role."""
        return [child for child in self.children if child.field == name]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(found.children))


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


def assigned(node: Node) -> str:
    """Return the variable that takes what a node puts out, empty if none does."""
    substitution = ancestor(node, "command_substitution")
    assignment = ancestor(substitution, "variable_assignment") if substitution is not None else None
    name = assignment.child_by_field_name("name") if assignment is not None else None
    return name.text.decode("utf-8", "surrogateescape") if name is not None else ""


def above(node: Node) -> list[Node]:
    """Return all that a node is in, the nearest first."""
    found, holder = [], node.parent
    while holder is not None:
        found.append(holder)
        holder = holder.parent
    return found


def pipeline_of(node: Node) -> Node:
    """Return the whole pipeline that a command is in, with what is redirected there, or the command."""
    found = node
    for holder in above(node):
        if holder.type not in ("pipeline", "redirected_statement"):
            break
        found = holder
    return found


def statement(node: Node) -> Node:
    """Return the command, test or assignment that a node is in."""
    kinds = ("command", "test_command", "variable_assignment", "declaration_command")
    return next((holder for holder in above(node) if holder.type in kinds), node)


def functions(nodes: Iterable[Node]) -> list[tuple[str, Node]]:
    """Return the functions that a script defines, each with its name; one that is defined anew is there again."""
    found = []
    for node in nodes:
        name = node.child_by_field_name("name") if node.type == "function_definition" else None
        if name is not None:
            found.append((name.text.decode("utf-8", "surrogateescape"), node))
    return found


def previous_stage(node: Node, statement: Node | None) -> Node | None:
    """Return the command before this one in its pipeline, None if it is the first."""
    outer = statement or node
    if outer.parent is None or outer.parent.type != "pipeline":
        return None
    before = [child for child in outer.parent.named_children if child.end_byte <= outer.start_byte]
    return before[-1] if before else None
