"""What an expect script does beside its dialogue: each place of it, and whether it is carried over, said or never done.

The reader notes every command that it follows. What is found in the text and was not followed, or only where something
failed, is told at the end: so nothing is left out because nobody thought of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.expect import programs, tcl
from migration.readers.expect.meaning import HARMLESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Command, Token

# Channels that show what is put into them.
SHOWN = ("stdout", "stderr")
WRITES, ENDS, TYPES = "writes", "ends", "types"
# What changes a file by the first word behind its name.
_FILE = ("delete", "copy", "rename", "mkdir", "attributes", "link")
# Commands that take what stands in braces for what it is, and run none of it.
_LITERAL = frozenset((
    "append", "array", "concat", "dict", "error", "exp_send", "format", "global", "incr", "join", "lappend", "lassign",
    "lindex", "list", "log_user", "lsearch", "puts", "regexp", "regsub", "return", "scan", "send", "send_error",
    "send_log", "send_tty", "send_user", "set", "split", "string", "upvar", "variable",
))  # fmt: skip
# Where what is printed is seen, or by nobody.
_NOWHERE = re.compile(
    r"^[^>|]*(?:2?>>?\s*/dev/null|2?>@\s*(?:std(?:out|err)|1))(?:\s[^>|]*|\s+2?>@?\s*(?:/dev/null|1))?$"
)
# What is typed and does nothing by itself: an answer, what leaves a tool, a key of the terminal.
_IDLE = re.compile(r"\s*(?:quit|exit|logoutHSM|\w?|[\x00-\x1f]*)\s*")
# How deep scripts stand in each other that are looked through.
_DEPTH = 50
_CONDITIONS = ("if", "elseif", "while", "for", "expr")


class Site(NamedTuple):
    """A command with an effect beyond the dialogue: where it stands, and whether it writes something or ends."""

    start: int
    end: int
    kind: str


class Left(NamedTuple):
    """A command that is done only where something failed: its place, line, and its status if it ends the script."""

    site: Site
    line: int
    status: str = ""


class Ledger:
    """How the commands of a script are followed, and what is left out of it."""

    def __init__(self) -> None:
        """Begin with nothing followed."""
        self._followed: dict[int, int] = {}
        self._settled: list[tuple[int, int]] = []
        self._told: set[int] = set()
        self.left: list[Left] = []

    def follow(self, command: Command, line: int, frame: Frame, text: Callable[[Token], str | None]) -> None:
        """Note that a command is followed, and where; ``text`` tells what a word is there."""
        self._followed[command.start] = command.end
        if frame.settled or effect(command.tokens, text) != WRITES:
            return
        if not frame.silent:
            self._told.add(command.start)
        else:
            self.left.append(Left(Site(command.start, command.end, WRITES), line))

    def leave(self, command: Command, line: int, status: str, frame: Frame) -> None:
        """Note that the script ends with a status where something failed."""
        if not frame.settled:
            self.end(command.start, line, status)

    def type(self, command: Command, line: int, typed: str, frame: Frame) -> None:
        """Note what is typed where something failed, unless it only answers, waits or leaves the tool."""
        if not frame.settled and not _IDLE.fullmatch(typed):
            self.left.append(Left(Site(command.start, command.end, TYPES), line))

    def end(self, place: int, line: int, status: str) -> None:
        """Note that the script ends with a status where the translation fails."""
        self.left.append(Left(Site(place, place, ENDS), line, status))

    def settle(self, start: int, end: int) -> None:
        """Note that nothing is to be told of what stands between two places: it is never done, or said as a whole."""
        self._settled.append((start, end))

    def take(self, begun: int, kind: str) -> bool:
        """Return whether something of a kind is left out since; then all of that is said as a whole, and forgotten."""
        found = any(item.site.kind == kind for item in self.left[begun:])
        if found:
            del self.left[begun:]
        return found

    def quiet(self) -> list[Left]:
        """Return what is done only where something failed, each once; what is written is said where all goes well."""
        return [
            *dict.fromkeys(item for item in self.left if item.site.kind != WRITES or item.site.start not in self._told)
        ]

    def missed(self, text: str, end: int) -> list[Site]:
        """Return what was not followed though it may be done."""
        found = dict.fromkeys(sites(text, 0, end))
        return [site for site in found if site.start not in self._followed and not self._is_settled(site)]

    def _is_settled(self, site: Site) -> bool:
        return any(start <= site.start and site.end <= end for start, end in self._settled)


def sites(text: str, start: int, end: int) -> Iterator[Site]:
    """Yield every command with an effect beyond the dialogue, in bodies and in brackets, too."""
    waiting = [(start, end, 0)]
    while waiting:
        start, end, depth = waiting.pop()
        for command in tcl.commands(text, start, end):
            if kind := effect(command.tokens):
                yield Site(command.start, command.end, kind)
            if depth < _DEPTH:
                waiting += [(first, last, depth + 1) for first, last in _inside(command)]


def _inside(command: Command) -> Iterator[tuple[int, int]]:
    """Yield where scripts may begin and end that stand in the words of a command."""
    name = command.tokens[0].text.removeprefix("::") if command.tokens else ""
    for token in command.tokens:
        if token.braced and name not in _LITERAL:
            yield token.start, token.start + len(token.text)
        for first, last in tcl.brackets(token.text) if not token.braced or name in _CONDITIONS else ():
            yield token.start + first + 1, token.start + last - 1


def effect(tokens: Sequence[Token], text: Callable[[Token], str | None] = lambda _: None) -> str:
    """Return what a command does beyond the dialogue, empty if nothing; ``text`` tells what is known of a word."""
    name = tokens[0].text.removeprefix("::") if tokens and not tokens[0].braced else ""
    rest = [token.text for token in tokens[1:]]
    if name in ("exit", "exp_exit"):
        return "" if rest[:1] in (["-onexit"], ["-noexit"]) else ENDS
    if name in ("exec", "system"):
        return WRITES if runs(tokens[1:]) else ""
    if name == "cd":
        return WRITES if rest and "cloudhsm" not in rest[0] else ""
    if name == "puts":
        given = [token for token in tokens[1:] if token.text != "-nonewline"]
        return WRITES if len(given) > 1 and (text(given[0]) or given[0].text).lstrip("$") not in SHOWN else ""
    changes = (name == "file" and rest[:1] and rest[0] in _FILE) or (name == "open" and opens_to_write(tokens[1:]))
    changes = changes or name == "fcopy" or (name == "chan" and rest[:1] in (["puts"], ["copy"]))
    logs = name == "log_file" and any(not word.startswith("-") for word in rest)
    return WRITES if changes or logs else ""


def runs(given: Sequence[Token]) -> bool:
    """Return whether a program that is run may do more than show something."""
    texts = [token.text for token in given if token.braced or not token.text.startswith("-")]
    program = (texts[0].split() or [""])[0].rpartition("/")[2] if texts else ""
    if any(re.match(r"2?>|\|", word) for word in texts[1:]):
        return not _NOWHERE.search(" ".join(texts))
    return program not in HARMLESS and program not in programs.LOOKING


def opens_to_write(given: Sequence[Token]) -> bool:
    """Return whether ``open`` makes or changes a file, or runs a program."""
    modes = " ".join(token.text for token in given[1:])
    if given and given[0].text[:1] == "|":
        return runs([given[0]._replace(text=word, braced=False) for word in given[0].text[1:].split()])
    return bool(given) and bool(re.search(r"[wa+]|WR|CREAT|TRUNC|APPEND", modes))
