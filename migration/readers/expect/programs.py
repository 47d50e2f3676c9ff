"""What an expect script asks of the machine, and bash can ask as well: the time, a file that holds a password."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect import tcl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.expect.tcl import Token
    from migration.words import Part, Word

# Programs that only tell something, whatever words they have, and those that do so with these words before others.
_TELLING = {
    "cat": (),
    "date": (),
    "hostname": (),
    "whoami": (),
    "uname": (),
    "aws": (("secretsmanager", "get-secret-value"), ("ssm", "get-parameter")),
}
# Programs whose failure is an answer, and how Tcl asks what a test asks.
LOOKING = frozenset({"cat", "cmp", "diff", "egrep", "fgrep", "grep", "ls", "pgrep", "pidof", "ping", "stat", "test"})
_TESTS = {
    "-e": "exists",
    "-f": "isfile",
    "-d": "isdirectory",
    "-r": "readable",
    "-w": "writable",
    "-x": "executable",
}
# How a file is opened to be read.
_MODES: tuple[list[str], ...] = ([], ["r"], ["RDONLY"])
# What means the same to Tcl and date, in every language.
_FORM = re.compile(r"(?:%[YmdHMSyj]|[^%'\n])+")
_BEGUN = "$("


def told(tokens: Sequence[Token], text: Callable[[Token], str | None]) -> Word | None:
    """Return what ``exec`` of a program gives as code of bash, None if it may do more, or its words are not known."""
    spelled = [text(token) for token in tokens]
    given = [word for word in spelled if word is not None]
    name = given[0].rpartition("/")[2] if given else ""
    if len(given) < len(spelled) or name not in _TELLING or any(re.match(r"[|<>&2]", word) for word in given[1:]):
        return None
    first = _TELLING[name]
    if first and tuple(given[1:3]) not in first:
        return None
    if name == "date" and any(not word.startswith("+") and word not in ("-u", "--utc") for word in given[1:]):
        return None
    return words.code(f"{_BEGUN}{shlex.join(given)})")


def failing(tokens: Sequence[Token]) -> str | None:
    """Return how Tcl asks whether ``exec`` of what only looks at something fails; empty if it cannot, None for others.

    Nothing else of such a program is missed where nobody takes what it prints.
    """
    name, *rest = [*(token.text for token in tokens), ""]
    if name.rpartition("/")[2] not in LOOKING:
        return None
    if name.endswith("test") and len(tokens) == 3 and rest[0] in _TESTS:  # noqa: PLR2004 - test, what, a name
        return f"![file {_TESTS[rest[0]]} {_source(tokens[2])}]"
    if name.endswith("cat") and len(tokens) == 2 and not rest[0].startswith("-"):  # noqa: PLR2004 - cat, a name
        return f"![file readable {_source(tokens[1])}]"
    return ""


def opened(tokens: Sequence[Token]) -> list[str]:
    """Return how Tcl asks whether files are missing that what stands in brackets in some words opens to read them."""
    found = []
    for token in tokens:
        for start, end in tcl.brackets(token.text) if not token.braced else ():
            for command in tcl.commands(token.text[start + 1 : end - 1]):
                name, *given = [*command.tokens, tcl.Token("", 0)][: len(command.tokens) + 1]
                modes = [item.text for item in given[1:-1]]
                if name.text == "open" and given[0].text[:1] not in ("", "|") and modes in _MODES:
                    found.append(f"![file readable {_source(given[0])}]")
                found += opened(given)
    return found


def _source(token: Token) -> str:
    return f"{{{token.text}}}" if token.braced else f'"{token.text}"' if token.quoted else token.text


def clock(source: str) -> Word | None:
    """Return ``clock format [clock seconds]`` or ``clock seconds`` as code of bash, None for another script."""
    found = list(tcl.commands(source))
    spelled = [token.text for token in found[0].tokens] if len(found) == 1 else []
    if spelled == ["clock", "seconds"]:
        return words.code(f"{_BEGUN}date +%s)")
    now = len(spelled) > 2 and re.fullmatch(r"\[\s*clock\s+seconds\s*\]", spelled[2])  # noqa: PLR2004 - clock, format, time
    options = dict(zip(spelled[3::2], spelled[4::2], strict=False))
    form = options.pop("-format", "")
    utc = options.pop("-gmt", "0") in ("1", "true", "yes")
    if spelled[:2] != ["clock", "format"] or not now or options or len(spelled) % 2 == 0 or not _FORM.fullmatch(form):
        return None
    if any(sign in form for sign in "$[\\"):
        return None
    return words.code(f"{_BEGUN}date {'-u ' if utc else ''}{shlex.quote(f'+{form}')})")


def is_early(part: Part, *, begun: bool) -> bool:
    """Return whether a piece of a word is the same at the start, if commands have ``begun``, too: only the time is."""
    return part.kind == words.CODE and part.text.startswith(f"{_BEGUN}date " if begun else _BEGUN)


def is_told(word: Word) -> bool:
    """Return whether something in a word is asked of the machine."""
    return any(part.kind == words.CODE and part.text.startswith(_BEGUN) for part in word)
