"""What is known of Tcl and expect beside their form: commands that type nothing, and conditions that can be decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from collections.abc import Mapping

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
