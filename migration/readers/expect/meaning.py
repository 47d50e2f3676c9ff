"""What is known of Tcl and expect beside their form: commands that type nothing, and conditions that can be decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migration.readers.expect.tcl import Token
    from migration.words import Word

PLAIN = frozenset(
    [
        "after",
        "append",
        "array",
        "binary",
        "break",
        "catch",
        "cd",
        "chan",
        "clock",
        "close",
        "concat",
        "continue",
        "debug",
        "dict",
        "disconnect",
        "encoding",
        "eof",
        "error",
        "eval",
        "exec",
        "exit",
        "exp_close",
        "exp_continue",
        "exp_exit",
        "exp_internal",
        "exp_log_user",
        "exp_pid",
        "exp_version",
        "exp_wait",
        "expr",
        "fblocked",
        "fconfigure",
        "fcopy",
        "file",
        "fileevent",
        "flush",
        "fork",
        "format",
        "getpass",
        "gets",
        "glob",
        "global",
        "incr",
        "info",
        "interact",
        "interp",
        "join",
        "lindex",
        "linsert",
        "list",
        "llength",
        "lrange",
        "lrepeat",
        "lreplace",
        "lreverse",
        "lsearch",
        "lset",
        "lsort",
        "log_file",
        "log_user",
        "match_max",
        "namespace",
        "open",
        "overlay",
        "package",
        "parity",
        "pid",
        "puts",
        "pwd",
        "read",
        "regexp",
        "regsub",
        "remove_nulls",
        "rename",
        "return",
        "scan",
        "seek",
        "send_error",
        "send_log",
        "send_user",
        "sleep",
        "socket",
        "split",
        "strace",
        "string",
        "stty",
        "subst",
        "system",
        "tell",
        "throw",
        "time",
        "timestamp",
        "trace",
        "trap",
        "try",
        "unset",
        "update",
        "uplevel",
        "upvar",
        "variable",
        "vwait",
        "wait",
    ]
)
# How many turns of a loop are read one by one.
MOST_TURNS = 64
# What these are given is run, or typed at the tool by whoever sits there.
RUNS = frozenset({"after", "catch", "eval", "interact", "time", "trap", "try", "uplevel"})


def truth(condition: str, values: Mapping[str, Word]) -> bool | None:
    """Return the truth of a comparison with one of the values, None for anything else."""
    found = re.fullmatch(r"\s*\$(\w+)\s+(eq|ne|==|!=)\s+(?:\"([^\"$\[]*)\"|\{([^}]*)\}|(\w+))\s*", condition)
    value = words.literal(values.get(found[1])) if found and found[1] in values else None
    if not found or value is None:
        return None
    equal = value == (found[3] or found[4] or found[5] or "")
    return equal if found[2] in ("eq", "==") else not equal


def changing(text: str) -> frozenset[str]:
    """Return the variables that a script sets in more than one place, so that they have no value for all of it."""
    found = re.findall(r"(?:^|[;{\[\n])\s*(?:set|append|incr|lappend)\s+(\w+)\s+[^\s\]]|\bincr\s+(\w+)", text)
    names = [first or second for first, second in found]
    return frozenset(name for name in names if names.count(name) > 1)


def changed(command: str, before: str | None, given: Sequence[str | None]) -> Word | None:
    """Return the value of a variable behind ``append`` or ``incr``, None if it is not known."""
    if before is None or None in given:
        return None
    if command == "append":
        return words.text(before + "".join(text or "" for text in given))
    try:
        return words.text(str(int(before) + int(given[0] or "" if given else 1)))
    except ValueError:
        return None


def counted(tokens: Sequence[Token]) -> tuple[str, list[str]] | None:
    """Return the variable and the values of ``for {set i 0} {$i < 3} {incr i}``; None for any other loop."""
    if len(tokens) != 4:  # noqa: PLR2004 - start, test, next, body
        return None
    start, test, following = (token.text.strip() for token in tokens[:3])
    begins = re.fullmatch(r"set\s+(\w+)\s+(-?\d+)", start)
    ends = re.fullmatch(r"\$\{?(\w+)\}?\s*(<=|<|!=)\s*(-?\d+)", test)
    steps = re.fullmatch(r"incr\s+(\w+)(?:\s+(\d+))?", following)
    if not begins or not ends or not steps or len({begins[1], ends[1], steps[1]}) > 1:
        return None
    stride = int(steps[2] or 1)
    if not stride or (ends[2] == "!=" and stride != 1):
        return None
    values = range(int(begins[2]), int(ends[3]) + (ends[2] == "<="), stride)
    return (begins[1], list(map(str, values))) if len(values) <= MOST_TURNS else None
