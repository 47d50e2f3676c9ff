"""What commands print that stand before a tool in its pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Word

# What a command that does nothing but print may be, and what writes all the same.
_PRINTS = re.compile(r"(?:echo|printf|yes|cat|date|true|:|sleep)\b")
_WRITES = re.compile(r"(?<![&\d-])\d?>(?!&|\s*/dev/null)|\$\((?!\(|<|cat\b|date\b)|`")
_SILENT = ("sleep", ":", "true")


def doubt(node: Node) -> str:
    """Return why a command cannot stand alone: something before it in its pipe does more than print; empty if not."""
    outer = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else node
    if outer.parent is None or outer.parent.type != "pipeline":
        return ""
    stages = [child for child in outer.parent.named_children if child.end_byte <= outer.start_byte]
    texts = [" ".join(shell_words.source(stage).split()) for stage in stages]
    more = next((text for text in texts if not _PRINTS.match(text) or _WRITES.search(text)), "")
    return more and f"what is piped into it does more than print: {more}"


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
