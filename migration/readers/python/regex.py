"""Regular expressions of a Python program that are tried on samples: those whose search ends soon."""

from __future__ import annotations

import re
from typing import Any

from migration.readers.python import samples
from migration.readers.python.values import NotKnown

# Of repetitions like these it is not known how long a search with them takes.
_NESTED = re.compile(r"[*+}]\??\)+[*+{]")
_REPEATED = re.compile(r"[*+]|\{\d*,\d*\}")
_ANYTHING = re.compile(r"(?:\.|\[\^[^\]]*\]|\[\\s\\S\]|\\[SDW])[*+{]")
_MOST_REPEATED, _MOST_WHOLE = 8, 2


def unpacked(item: Any) -> Any:
    """Return bytes as text."""
    return item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item


def searchable(pattern: str, flags: int = 0) -> bool:
    """Return whether a search for a pattern ends soon, whatever is searched."""
    whole = bool(flags & re.DOTALL) or bool(re.search(r"\(\?[a-z]*s|\[\\s\\S\]", pattern))
    most = _MOST_WHOLE if whole else _MOST_REPEATED
    return (
        not _NESTED.search(pattern)
        and len(_REPEATED.findall(pattern)) <= _MOST_REPEATED
        and len(_ANYTHING.findall(pattern)) <= most
    )


def stands_in(text: str, fixed: str | None) -> bool:
    """Return whether a text or a pattern is met in what a tool prints whatever becomes of a command, all if None."""
    shown = samples.fixed("") if fixed is None else fixed
    if text.lower() in shown.lower():
        return True
    return searchable(text) and re.search(text, shown, re.IGNORECASE) is not None


def compiled_pattern(pattern: Any, flags: int) -> re.Pattern[str]:
    """Return a regular expression of a program.

    Raises:
        NotKnown: it is none, or a search for it may take long.
    """
    text = unpacked(pattern)
    if not isinstance(text, str) or not searchable(text, flags):
        raise NotKnown
    try:
        return re.compile(text, flags & ~int(re.UNICODE) if flags else 0)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise NotKnown from error
