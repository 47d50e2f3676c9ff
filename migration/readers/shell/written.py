"""What a shell script writes into files that it gives to a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import feeds
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Word

# What names a file and leaves its text as it is.
_HARMLESS = ("rm", "cat", "chmod", "chown", "ls", "echo", "printf", "shred", "trap", "test", "[", "export")


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
        # Where variables get values.
        self._bound: list[tuple[int, str]] = []
        for node in nodes:
            if node.type in ("variable_assignment", "for_statement"):
                name = node.child_by_field_name("name" if node.type == "variable_assignment" else "variable")
                self._bound.append((node.start_byte, shell_words.source(name) if name is not None else ""))
            elif node.type == "command" and shell_words.source(node).startswith("read "):
                self._bound += [(node.start_byte, word) for word in shell_words.source(node).split()[1:]]
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
        """Return whether a variable in what was written may hold something else at a node."""
        named = {name for line in write.lines or [] for name in words.names(line)}
        return any(write.node.start_byte < place < node.start_byte and name in named for place, name in self._bound)
