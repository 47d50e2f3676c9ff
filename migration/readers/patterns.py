"""Patterns that expect scripts wait for: what they take out of the output, what they mean."""

from __future__ import annotations

import re

from migration.script import CMU

FAILURE = re.compile(
    r"error|fail|timeout|eof|exist|invalid|denied|refused|R/I/A|R/B/I|0x[34]0|already|doesn't|min pswd", re.IGNORECASE
)
# What only says that a command went well, or that the tool is there.
JUST_SUCCESS = re.compile(
    r"SUCCESS|success|aws-cloudhsm|[Dd]isconnecting|server\d*>|Command:|y/n|continue|assword|E2E|[Ww]ritten|boolean"
    r"|0x0+(?![0-9a-fA-F])|logged|[Ss]ignature|^\**(?:OBJ_ATTR_[A-Z_]+|Attribute Value(?: on server)?)\**$"
)

# What is a code of success behind most commands, and a value of its own behind these.
VALUES = ("getAttribute",)
_VALUE = re.compile(r"0x[0-9a-fA-F]")

# What only a command that went well prints, wherever it is looked for.
TOLD = re.compile(
    r"success|0x0+\b|returned: ?0|created|imported|unwrapped|deleted|written|logged|E2E enabled", re.IGNORECASE
)


def is_value(pattern: str, tool: str, name: str) -> bool:
    """Return whether a pattern is waited for behind a command whose values look like codes of success."""
    return tool == CMU and name in VALUES and bool(_VALUE.search(pattern))


def short(pattern: str) -> str:
    """Return a pattern for people, on one line."""
    return " ".join(pattern.split())
