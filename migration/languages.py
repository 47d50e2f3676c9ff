"""Which language a script is in: by its first line, the suffix of its name, or what it holds."""

from __future__ import annotations

import os
import re

from migration import legacy
from migration.script import CMU, KMU

_SHEBANG = re.compile(r"#![ \t]*(?:\S*/env[ \t]+(?:-\S+[ \t]+|\w+=\S*[ \t]+)*)?(?:[^ \t\n]*/)?([A-Za-z]+)")
_PROGRAMS = {
    **dict.fromkeys(("expect", "expectk", "tclsh", "wish"), "expect"),
    **dict.fromkeys(("python", "pypy"), "python"),
    **dict.fromkeys(("sh", "bash", "rbash", "dash", "ash", "busybox", "ksh", "mksh", "pdksh", "zsh"), "shell"),
}
_OTHER_PROGRAMS = frozenset(
    ("awk", "csh", "fish", "gawk", "groovy", "lua", "make", "node", "perl", "php", "pwsh", "ruby", "sed", "tcsh")
)
# A script for sh that is one for another program from here on: there, the line that starts it is a comment or a string.
_BEHIND_A_COMMENT = re.compile(r"(?:[ \t]*#.*\n)*[ \t]*#.*\\\n[ \t]*exec\b.*\b(expect|tclsh|wish)\b.*\$\{?0")
_IN_A_STRING = re.compile(r"(?:[ \t]*(?:#.*)?\n)*[ \t]*[\"']+[ \t]*exec\b.*\b(python)[\d.]*\b.*\$\{?0")
_UNSET = re.compile(r"^\s*set +-\w*u|^\s*set +-o +nounset|^#!.*\s-\w*u", re.MULTILINE)
_SUFFIXES = {
    ".exp": "expect",
    ".tcl": "expect",
    ".py": "python",
    ".sh": "shell",
    ".bash": "shell",
    ".ksh": "shell",
    ".golden": "transcript",
}
_OTHERS = {
    ".bat": "Windows batch",
    ".cmd": "Windows batch",
    ".csh": "csh",
    ".go": "Go",
    ".java": "Java",
    ".js": "JavaScript",
    ".pl": "perl",
    ".pm": "perl",
    ".ps1": "PowerShell",
    ".psm1": "PowerShell",
    ".rb": "ruby",
}
# What a shell shows before its sign: an environment, and the user, machine and folder, or its own name.
_WHERE = (
    r"(?:\([\w.-]+\) ?)?(?:\[[^\]\n]*\]|[\w.+-]+@[\w.-]+(?:[: ][\w.~/+-]*)?|-?\w*sh-[\d.]+|[\w.+-]+:[\w.~/+-]+"
    r"|(?:PS )?[A-Za-z]:\\[^>\n]*)"
)
# A prompt of a shell: a sign, alone or behind that. A > alone asks for the rest of a command, or of a text.
SHELL_PROMPT = rf"(?:(?:{_WHERE})? ?[$#%]|{_WHERE} ?>|[$#]>)"
_PROMPT = re.compile(
    r"^[ \t]*(?:aws-cloudhsm ?>|server\d+>|Command:  ?\S|\$ +\S|\[.*\]\$ |(?:\([\w.-]+\) ?)?"
    r"(?:\[[^\]\n]*@[^\]\n]*\]|[\w.+-]+@[\w.-]+[: ][\w.~/+-]*|-?\w*sh-[\d.]+) ?[$#%] +\S)",
    re.MULTILINE,
)
_TCL = re.compile(r"^\s*(?:spawn|exp_send|send(?:_user)?|expect)\b", re.MULTILINE)
_PYTHON = re.compile(r"^\s*(?:import|from)\s+\w+|pexpect\.spawn", re.MULTILINE)
_SHELL = re.compile(
    r"<<-?\s*['\"]?\w+|^\s*(?:if \[|for \w+ in|export |set -[eux]|\w+=\S)|\$\(|\| *(?:grep|awk|sed)\b", re.MULTILINE
)


class LanguageError(Exception):
    """A script is in a language that is not read; its text is the name of the language."""


def language(path: str, text: str) -> str:
    """Return ``expect``, ``shell``, ``python``, ``transcript`` or ``list``.

    Raises:
        LanguageError: the first line, or else the suffix, names another language.
    """
    shebang = _SHEBANG.match(text)
    program = shebang[1] if shebang else ""
    if program in _OTHER_PROGRAMS:
        raise LanguageError(program)
    if program in _PROGRAMS:
        spoken = _PROGRAMS[program]
        return (spoken == "shell" and _handed_over(text)) or spoken
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _OTHERS and not (suffix == ".cmd" and _is_typed(text)):
        raise LanguageError(_OTHERS[suffix])
    return _SUFFIXES.get(suffix) or _by_content(text)


def _is_typed(text: str) -> bool:
    """Return whether a text is a list of commands: each line is one of a tool's own, or an answer of one letter."""
    first = [line.split()[0] for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    known = [len(word) == 1 or any(legacy.full_name(tool, word) == word for tool in (CMU, KMU)) for word in first]
    return bool(known) and all(known)


def _handed_over(text: str) -> str:
    """Return the language of the program that a script for sh makes go on with its own text, or an empty string."""
    behind = text.find("\n") + 1
    over = _BEHIND_A_COMMENT.match(text, behind) or _IN_A_STRING.match(text, behind)
    return _PROGRAMS[over[1]] if over else ""


def _by_content(text: str) -> str:
    if _PROMPT.search(text):
        return "transcript"
    text = re.sub(r"^\s*#.*", "", text, flags=re.MULTILINE)
    if _TCL.search(text) and re.search(r"^\s*(?:spawn|send)\b", text, re.MULTILINE):
        return "expect"
    if _PYTHON.search(text) and "(" in text:
        return "python"
    return "shell" if _SHELL.search(text) else "list"


def ends_at_unset(text: str) -> bool:
    """Return whether a shell script ends at a variable that is not set, as its translation does."""
    return bool(_UNSET.search(text))
