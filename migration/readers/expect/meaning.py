"""What is known of Tcl and expect beside their form: commands that type nothing, and conditions that can be decided."""

from __future__ import annotations

import re
from collections import Counter

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
        "send_tty",
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
# More arguments than a script asks for.
MOST_ARGUMENTS = 30
# What these are given is run, or typed at the tool by whoever sits there.
RUNS = frozenset({"after", "interact", "time", "trap", "trace"})
# What changes variables, procedures or channels in a way that is not followed.
CHANGES = frozenset({"binary", "interp", "trace", "vwait", "overlay"})
SENDS = ("send", "exp_send")
# Words of a program that is run which are no files.
ASIDE_HARMLESS = frozenset({"exec", "set", "puts", "open", "catch", "file", "-force", "--", "w", "a", "r"})
# Programs that only show something, or wait.
HARMLESS = frozenset(
    [
        "sleep",
        "date",
        "echo",
        "clear",
        "true",
        "hostname",
        "whoami",
        "id",
        "stty",
        "tput",
        "uname",
        "logger",
        "tty",
        "sync",
        "pwd",
        "printf",
    ]
)
# Whether arguments are given, asked in any way.
_COUNT = r"(?:\$(?:::)?argc|\[\s*llength\s+\$(?:::)?argv\s*\])"
ARGUMENTS = re.compile(
    rf"{_COUNT}\s*(?:[<>]=?|[!=]=)\s*\d+|!\s*{_COUNT}|{_COUNT}|\$argv\s*(?:==|eq|ne|!=)\s*(?:\"\"|\{{\}})"
)


def asks_for_arguments(condition: str) -> bool:
    """Return whether a condition asks for nothing but how many arguments are given."""
    return not re.sub(r"[\s()!]|&&|\|\|", "", ARGUMENTS.sub("", condition)) and bool(ARGUMENTS.search(condition))


def emptiness(condition: str) -> str:
    """Return the variable of which a condition asks whether it is empty, or not; empty for another condition."""
    found = re.fullmatch(
        r"\s*!?\s*(?:\$(\w+)\s*(?:eq|==|ne|!=)\s*(?:\"\"|\{\})|\[\s*string\s+length\s+\$(\w+)\s*\](?:\s*(?:==|!=|>|<)\s*[01])?)\s*",
        condition,
    )
    return (found[1] or found[2]) if found else ""


# What does more than give something, by its name and the number of its words from which on it does.
_DOES = {"set": 3, "regexp": 4, "regsub": 5, "scan": 4, "gets": 3, "read": 99, "info": 99, "append": 3, "lappend": 3}
_GIVES = frozenset(
    re.findall(
        r"\w+",
        """clock concat encoding eof exp_pid exp_version expr fblocked file format getpass glob info join lindex linsert
        list llength lrange lrepeat lreplace lreverse lsearch lsort pid pwd split string tell timestamp wait exp_wait
        open socket chan fconfigure package stty exp_internal""",
    )
)


def does(source: str, name: str, count: int) -> bool:
    """Return whether a command in brackets does more than give something; ``count`` is how many words it has."""
    words = source.split()[1:2]
    if name in ("array", "dict"):
        return words[:1] not in (["names"], ["size"], ["get"], ["exists"], ["create"], ["keys"], ["values"], ["merge"])
    if name in _DOES:
        # Options of them are words, too.
        return count - sum(word.startswith("-") for word in source.split()[1:4]) >= _DOES[name]
    return name not in _GIVES


def places(text: str) -> Counter[str]:
    """Return in how many places a script may set its variables."""
    found = re.findall(r"(?:^|[;{\[\n])\s*(?:set|append|incr|lappend)\s+(\w+)\s+[^\s\]]|\bincr\s+(\w+)", text)
    names = [first or second for first, second in found]
    for line in re.findall(r"\b(?:lassign|gets|foreach|regexp|regsub|scan|catch|upvar|read|for)\b[^\n]*", text):
        names += re.findall(r"(?<![\w$(:\\])[A-Za-z_]\w*", line) * 2
    return Counter(names)
