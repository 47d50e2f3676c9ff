"""What a shell script writes into files that it gives to a tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import feeds
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Part, Word

# What names a file and leaves its text as it is.
_HARMLESS = ("rm", "cat", "chmod", "chown", "ls", "echo", "printf", "shred", "trap", "test", "[", "export")
# Code that gives something else, or does something, whenever it is run.
_RUNS = re.compile(r"\$\(|`|:?=")
# Variables that hold something else without being set.
_FLEETING = frozenset(("?", "!", "-", "_", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "EPOCHREALTIME"))
_ARGUMENTS = frozenset("@*#123456789")
_LOOPS = ("for_statement", "while_statement", "c_style_for_statement")
_ANYTHING = ("let", "eval", "source", ".")


class _Write(NamedTuple):
    """A statement that writes a file: its lines, None if they are not known, and whether it adds them."""

    node: Node
    lines: list[Word] | None
    adds: bool


class Written:
    """The files that a script writes."""

    def __init__(
        self,
        nodes: Sequence[Node],
        words_of: Callable[[Node], list[Word]],
        document: Callable[[Node], HereDocument | None],
        is_call: Callable[[Sequence[Word]], bool],
        *,
        portable: bool,
    ) -> None:
        """Take a script's nodes, what gives a command's words, a statement's here-document, and tells calls of tools.

        ``portable`` says that what its ``echo`` makes of a backslash is not known.
        """
        self._writes: dict[str, list[_Write]] = {}
        self._nodes = nodes
        self._functions = dict(shell_tree.functions(nodes))
        for node in nodes:
            if node.type == "redirected_statement":
                body = node.child_by_field_name("body")
                for redirect in node.children_by_field_name("redirect"):
                    text = shell_words.source(redirect)
                    if redirect.type != "file_redirect" or not text.lstrip("1&").startswith(">"):
                        continue
                    is_document = body is not None and shell_words.source(body) == "cat"
                    source = node if is_document else body
                    lines = feeds.printed(source, words_of, document, portable=portable) if source is not None else None
                    self._note(redirect, _Write(node, lines, text.lstrip("1&").startswith(">>")))
            elif node.type == "command":
                found = words_of(node)
                program = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
                if program not in _HARMLESS and not is_call(found):
                    for word in found[1:]:
                        self._writes.setdefault(words.shown(word), []).append(_Write(node, None, adds=True))

    def _note(self, redirect: Node, write: _Write) -> None:
        target = redirect.child_by_field_name("destination")
        if target is not None:
            self._writes.setdefault(words.shown(shell_words.word(target)), []).append(write)

    def writes(self, name: str) -> bool:
        """Return whether the script itself writes a file."""
        return any(write.node.type == "redirected_statement" for write in self._writes.get(name, []))

    def lines(self, name: str, node: Node) -> list[Word] | None:
        """Return what a file holds at a node, None if that is not known for certain."""
        found: list[Word] | None = None
        holders = shell_tree.above(node)
        for write in self._writes.get(name, []):
            if write.lines is None or write.node.parent not in holders:
                return None
            if write.node.start_byte < node.start_byte:
                if write.adds and found is None:
                    return None
                if self._is_changed(write, node):
                    return None
                found = [*(found or []), *write.lines] if write.adds else write.lines
        return found

    def _is_changed(self, write: _Write, node: Node) -> bool:
        """Return whether what was written may be something else if it is put together at a node."""
        parts = {part for line in write.lines or [] for part in line if part.kind != words.TEXT}
        if not parts:
            return False
        loops = [holder.end_byte for holder in shell_tree.above(node) if holder.type in _LOOPS]
        loops = [end for end in loops if end < (write.node.parent.end_byte if write.node.parent else 0)]
        end = max([node.start_byte, *loops])
        between = [
            found
            for found in self._nodes
            if write.node.end_byte <= found.start_byte < end and found.type in ("command", "word", "variable_name")
        ]
        return any(_is_fleeting(part) or self._sets(between, part) for part in parts)

    def _sets(self, nodes: Sequence[Node], part: Part, *, deep: bool = True) -> bool:
        """Return whether one of the nodes may set a variable of what was written."""
        names = {part.text} if part.kind == words.VARIABLE else set(re.findall(r"\w+", part.text))
        sets = re.compile(rf"(?:{'|'.join(map(re.escape, names))})(?:[-+*/%=\[].*)?")
        for node in nodes:
            text = shell_words.source(node)
            if node.type != "command":
                held = node.parent is not None and node.parent.type in ("simple_expansion", "expansion")
                if not held and sets.fullmatch(text):
                    return True
                continue
            program = shell_words.source(node.children[0]) if node.children else ""
            if program in _ANYTHING or (names & _ARGUMENTS and program in ("shift", "set")):
                return True
            called = self._functions.get(program)
            if called is not None and deep and self._sets(list(shell_tree.walk(called)), part, deep=False):
                return True
        return False


def _is_fleeting(part: Part) -> bool:
    return part.text in _FLEETING if part.kind == words.VARIABLE else bool(_RUNS.search(part.text))
