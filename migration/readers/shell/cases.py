"""A ``case`` of a variable that holds a tool's output: its patterns become questions to the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.shell.tree import Node

_SUBJECT = re.compile(r"\"?\$\{?(\w+)\}?\"?")


def translated(node: Node, ask: Callable[[str, str, Node], str]) -> list[tuple[int, int, str]]:
    """Return what stands for bytes of a case, its word and its patterns; nothing if one of these is not known.

    ``ask`` gives the command that asks whether a variable matches a pattern, at a node. The word becomes the number of
    the first pattern that does, the patterns their numbers.
    """
    subject = node.child_by_field_name("value")
    named = _SUBJECT.fullmatch(shell_words.source(subject)) if subject is not None else None
    if subject is None or named is None:
        return []
    branches: list[str] = []
    edits: list[tuple[int, int, str]] = []
    for item in (child for child in node.named_children if child.type == "case_item"):
        for start, end, text in _patterns(item):
            if text == "*":
                continue
            test = ask(named[1], text, node)
            if not test:
                return []
            branches.append(f"if {test}; then echo {len(branches) + 1}")
            edits.append((start, end, str(len(branches))))
    if not branches:
        return []
    return [(subject.start_byte, subject.end_byte, f'"$({"; el".join(branches)}; fi)"'), *edits]


def _patterns(item: Node) -> list[tuple[int, int, str]]:
    """Return the patterns of a branch, each with its bytes; the grammar cuts them at quotes."""
    found: list[tuple[int, int, str]] = []
    for part in item.children_by_field_name("value"):
        if found and found[-1][1] == part.start_byte:
            start, _, text = found.pop()
            found.append((start, part.end_byte, text + shell_words.source(part)))
        else:
            found.append((part.start_byte, part.end_byte, shell_words.source(part)))
    return found
