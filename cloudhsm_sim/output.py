"""How the operator's tool prints: JSON for programs, tables for people."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def write(text: str) -> None:
    """Print text, with escapes for what the terminal's encoding cannot show."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def write_json(value: Any) -> None:
    """Print a value as JSON, all ASCII, two blanks a level."""
    import json

    print(json.dumps(value, indent=2))


def table(columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> str:
    """Return records as a table, a line each; ``columns`` are the names of what to show of them, in order."""
    from tabulate import tabulate

    rows = [[_cell(record[column]) for column in columns] for record in records]
    return tabulate(rows, [column.replace("_", " ") for column in columns], disable_numparse=True)


def moment(seconds: float) -> str:
    """Return Unix seconds as a UTC time, ``2024-05-01T12:00:00Z``."""
    import time

    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def one_line(text: str) -> str:
    """Return text with escapes for what would move the cursor or cannot be encoded."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def drop() -> None:
    """Let what is still to be printed go nowhere: the interpreter would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return one_line(str(value))
