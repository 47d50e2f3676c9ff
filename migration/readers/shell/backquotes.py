"""Backquotes of a shell script, in which a backslash is read twice: ``$(...)`` stands for those where that matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import grammar, heredocs
from migration.readers.shell import tree as shell_tree
from migration.script import Rewrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.tree import Node
    from migration.script import Call

# From the first backquote to the next that no backslash hides, whatever quotes are between.
_WHOLE = re.compile(rb"`((?:\\.|[^\\`])*)`", re.DOTALL)
_ESCAPED = re.compile(rb"\\([$`\\])")
# In double quotes, a backslash hides a quote from them.
_ESCAPED_IN_STRING = re.compile(rb"\\([$`\\\"])")
_TWICE = "a backslash between backquotes is read twice: write $(...)"
_COMMENT = re.compile(rb"(?:^|[\s;])#[^\n]*\Z")


def opened(text: str) -> str:
    """Return a script with ``$(...)`` for backquotes in which a backslash hides something, line for line.

    So it has for those that the grammar does not find the ends of.
    """
    content = text.encode("utf-8", "surrogateescape")
    while places := _hiding(content):
        for start, end, inside in reversed(places):
            content = b"".join((content[:start], inside, content[end:]))
    return content.decode("utf-8", "surrogateescape")


def _hiding(content: bytes) -> list[tuple[int, int, bytes]]:
    """Return backquotes that must go, and what stands for each; others may be within these, and behind."""
    if b"`" not in content:
        return []
    places: list[tuple[int, int, bytes]] = []
    bare, _ = heredocs.take_out(content)
    end = 0
    for node in grammar.nodes(bare):
        found = _WHOLE.match(content, node.start_byte) if node.type == "command_substitution" else None
        if found is None or found.start() < end or not _may_go(node, found[1]):
            continue
        escaped = _ESCAPED_IN_STRING if _holder(node) == "string" else _ESCAPED
        # The grammar may take the end of these for the beginning of others, which bash never does.
        misread = found.end() != node.end_byte
        if misread or escaped.search(found[1]):
            end = found.end()
            places.append((found.start(), end, _written(escaped.sub(rb"\1", found[1]))))
        if misread or b"\\`" in found[1]:
            # What is behind is not read rightly either.
            break
    return places


def _holder(node: Node) -> str:
    """Return whether a substitution stands in double quotes, in braces that may stand in them, or in none."""
    for above in shell_tree.above(node):
        if above.type == "command_substitution":
            break
        if above.type in ("string", "expansion"):
            return above.type
    return ""


def _may_go(node: Node, inside: bytes) -> bool:
    """Return whether ``$(...)`` can stand for backquotes, on as many lines; of quotes in braces, shells differ."""
    is_open = b"<<" in inside and not inside.endswith(b"\n")
    return not is_open and not _COMMENT.search(inside) and (_holder(node) != "expansion" or b'\\"' not in inside)


def _written(inside: bytes) -> bytes:
    return b"$(" + (b" " if inside.startswith(b"(") else b"") + inside + b")"


def doubt(node: Node, content: bytes) -> str:
    """Return why it is not sure how a command between backquotes is read, empty if it is."""
    holders = (above.start_byte for above in shell_tree.above(node) if above.type == "command_substitution")
    inside = (found[1] for place in holders if (found := _WHOLE.match(content, place)))
    return _TWICE if any(map(_ESCAPED_IN_STRING.search, inside)) else ""


def close(nodes: Sequence[Node], edits: Edits, calls: Sequence[Call], rewrites: list[Rewrite]) -> None:
    """Put ``$(...)`` for backquotes in which something is replaced, as what stands for it may have a backslash."""
    done = [*((call.start, call.end) for call in calls), *((made.start, made.end) for made in rewrites)]
    for node in nodes:
        if node.type != "command_substitution" or not node.text.startswith(b"`") or edits.is_at(node.start_byte):
            continue
        first, last = node.start_byte + 1, node.end_byte - 1
        if not any(first <= start and end <= last for start, end in done):
            continue
        inside = node.text[1:-1]
        rewrites.append(Rewrite(node.start_byte, first, "$( " if inside.startswith(b"(") else "$("))
        is_open = _COMMENT.search(inside) or (b"<<" in inside and not inside.endswith(b"\n"))
        rewrites.append(Rewrite(last, node.end_byte, "\n)" if is_open else ")"))
