"""What the lines of a shell script are that no call is on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.shell.tree import Node
    from migration.script import Call


def describe(nodes: Sequence[Node], builder: Builder, calls: Sequence[Call]) -> None:
    """Say of lines that no call is on what they are."""
    for node in nodes:
        line = node.start_point[0] + 1
        if node.type == "ERROR":
            if not any(call.start <= node.start_byte < call.end for call in calls):
                builder.mark(line, script.UNKNOWN, "bash would not read this")
        elif node.type == "comment":
            builder.mark(line, script.IRRELEVANT, "a comment")
        elif node.type == "variable_assignment" and re.search(
            r"cloudhsm_(?:mgmt_util|client)\.cfg", shell_words.source(node)
        ):
            builder.mark(line, script.CONTEXT, "names a configuration file")
        elif node.type == "variable_assignment" and invocation.of(words.split(shell_words.word(node.children[-1]))):
            builder.mark(line, script.CONTEXT, "names a tool")
