"""What commands print that stand before a tool in its pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Word

_SILENT = ("sleep", ":", "true")


def printed(
    node: Node,
    words_of: Callable[[Node], list[Word]],
    take: Callable[[Node], HereDocument | None],
    *,
    portable: bool = False,
) -> list[Word] | None:
    """Return the lines that a command or a group of commands prints, None if that is not known.

    ``words_of`` gives a command's words, ``take`` the here-document of a statement, which is typed then. ``portable``
    says that it is not known what echo makes of a backslash.
    """
    if node.type == "command":
        found = words_of(node)
        name = words.literal(found[0]) if found else None
        if portable and name == "echo" and "\\" in shell_words.source(node):
            return None
        return [] if name in _SILENT else shell_words.printed(found)
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        document = take(node) if body is not None and shell_words.source(body) == "cat" else None
        if document is None:
            return None
        return [words.text(line) if document.verbatim else shell_words.expanded(line) for line in document.lines]
    if node.type not in ("subshell", "compound_statement"):
        return None
    parts = [
        printed(child, words_of, take, portable=portable) for child in node.named_children if child.type != "comment"
    ]
    return None if None in parts else [line for lines in parts for line in lines or []]
