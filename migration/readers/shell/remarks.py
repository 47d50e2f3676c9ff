"""What a plan says of a check of a shell script that is translated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import words as shell_words
from migration.reading import kinds

if TYPE_CHECKING:
    from migration.dialogue import Builder
    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Reading

# What makes one line of those that are alike.
_MERGES = re.compile(r"\|\s*(?:uniq\b|sort\b[^|]* (?:-\w*u|--unique))")


def compared(reading: Reading, node: Node) -> str:
    """Return what is to be said of the numbers of users of all HSMs that filters at a node make one, if they do."""
    told = " ".join(shell_words.source(node).split())
    if reading.kind == kinds.ID:
        return f"gave a user's id, and gives the name now, which is what is shown of it: {told}"
    if reading.kind != kinds.USERS or not _MERGES.search(told):
        return ""
    return f"gave a number for each HSM that differs, and gives one now: HSMs that differ do not show: {told}"


def remark(reading: Reading, builder: Builder) -> str:
    """Return what a plan says of a check that is translated."""
    name = builder.steps[reading.step].name
    if reading.after_login:
        return f"asks whether {name} went well; it was true as soon as the login had"
    return "reads a tool's output"
