"""A ``case`` of a variable that holds a tool's output: its patterns become questions to the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.shell.tree import Node

_SUBJECT = re.compile(r"\"?\$\{?(\w+)\}?\"?")


def translated(node: Node, ask: Callable[[str, str, Node], str]) -> list[tuple[Node, str]]:
    """Return what stands for the word and the patterns of a case; nothing if one of them is not known.

    ``ask`` gives the command that asks whether a variable matches a pattern, at a node. The word becomes the number of
    the first pattern that does, the patterns their numbers.
    """
    subject = node.child_by_field_name("value")
    named = _SUBJECT.fullmatch(shell_words.source(subject)) if subject is not None else None
    if subject is None or named is None:
        return []
    branches: list[str] = []
    edits: list[tuple[Node, str]] = []
    for item in (child for child in node.named_children if child.type == "case_item"):
        patterns = item.children_by_field_name("value")
        for pattern in patterns:
            text = shell_words.source(pattern)
            if text == "*":
                continue
            test = ask(named[1], text, node)
            if not test:
                return []
            branches.append(f"if {test}; then echo {len(branches) + 1}")
            edits.append((pattern, str(len(branches))))
    if not branches:
        return []
    return [(subject, f'"$({"; el".join(branches)}; fi)"'), *edits]
