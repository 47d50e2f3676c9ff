"""What a recorded session does in its shell beside the tools: said, and before the commands that read its files."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatchcase
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING, NamedTuple

from migration import invocation, masking, script, words
from migration.script import CMU, KMU

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migration.dialogue import Builder
    from migration.script import Step
    from migration.words import Word

# What changes no file by itself.
_HARMLESS = re.compile(
    r":|\[|\[\[|alias|awk|cat|clear|cmp|cut|date|df|diff|dig|du|echo|egrep|env|exit|"
    r"export|false|fgrep|file|free|grep|head|hexdump|history|host|hostname|id|jobs|jq|less|"
    r"ll|locale|logout|ls|man|md5sum|more|netstat|nslookup|od|pgrep|ping|printenv|printf|ps|"
    r"pwd|readlink|readonly|set|sha1sum|sha256sum|sha512sum|sleep|sort|ss|stat|strings|tail|"
    r"test|top|tr|tree|true|tty|type|uname|uniq|unset|uptime|w|wait|wc|whatis|which|who|"
    r"whoami|xxd"
)
# What shows what it is given, which may be a password.
_SHOWS = ("echo", "printf")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*\+?=.*", re.DOTALL)
_CONTROL = re.compile(r"[;&|()\n]+")
_WRITES = re.compile(r"\d*&?>[>|]?")
_NO_FILE = re.compile(r"/dev/(?:null|stderr|stdout|tty)|\d|-")
# What is given to other programs for a password behind the word for it, which in a message may be a word like others.
_SECRET = re.compile(r"(\w*(?:passw?|pwd|secret)\w*\s+(?!-)|\bpin\s+)[^\s'\"]+", re.IGNORECASE)
_READING = ("-f", "-tf", "-af", "-aad", "-iv_file", "-wk")
# Commands that write what others read.
_WRITERS = ("getToken", "getCert")
_MANAGEMENT = ("approveToken", "registerMofnPubKey", "registerQuorumPubKey")


class _Part(NamedTuple):
    """A command of a line: what stands before it, its words, and the files that its output goes to."""

    sign: str
    words: list[str]
    files: list[str]


class _Dropped(NamedTuple):
    """A line that is left out: its number, how many commands were before it, what is said, which files it may name."""

    line: int
    before: int
    text: str
    files: list[str]
    signs: bool


class Dropped:
    """Takes the lines of a session's shell that are no call of a tool."""

    def __init__(self, builder: Builder) -> None:
        """Begin with nothing left out."""
        self._builder = builder
        self._lines: list[_Dropped] = []
        self._open = False

    def take(self, command: str, expanded: str, number: int, *, behind_call: bool = False, signs: bool = False) -> None:
        """Take a line, as it stands and with what is known in place of its variables.

        With ``behind_call`` it begins with a call of a tool, and what becomes of its output is no part of it;
        ``signs`` says that it signs a file.
        """
        parts = list(_parts(expanded))
        if behind_call:
            parts = parts[next((place for place, part in enumerate(parts) if part.sign not in ("", "|")), len(parts)) :]
        doing = [part for part in parts if _changes(part)]
        self._open = bool(doing)
        if not doing:
            return
        program = (_called(doing[0].words) or ["a redirection"])[0].rpartition("/")[2]
        shown = " ".join(doing[0].words if behind_call else command.split())
        if program in _SHOWS:
            shown = f"{program} ... > {', '.join(doing[0].files)}"
        before = len(self._builder.steps)
        text = f"{program} is run, which is left out: {shown}"
        self._lines.append(_Dropped(number, before, text, _files(parts), signs))
        self._builder.mark(number, script.CONTEXT, "is left out")

    def behind(self, line: str) -> None:
        """Take the next line, which belongs to the command if the shell has asked for it."""
        self._open = self._open and line.startswith(">")
        if self._open:
            self._lines[-1].files.extend(_files(_parts(line[1:])))

    def tell(self) -> None:
        """Say what is left out, and leave it to a person before the first command that reads one of its files."""
        steps = self._builder.steps
        without = masking.masker(masking.passwords(steps), (_SECRET,))
        for item in self._lines:
            later = [(number, step) for number, step in enumerate(steps) if number >= item.before and not step.mistake]
            if item.signs and any(step.name == "approveToken" for _, step in later):
                # The translation signs the token itself.
                continue
            first = next((number for number, step in later if _reads(step, item.files)), -1)
            self._builder.by_hand(item.line, without(item.text), stops=first >= 0, before=first)


def _parts(command: str) -> Iterator[_Part]:
    """Yield the commands of a line."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.commenters, lexer.whitespace_split = "", True
    try:
        found = list(lexer)
    except ValueError:
        found = command.split()
    part, to_file = _Part("", [], []), False
    for word in found:
        if _CONTROL.fullmatch(word):
            yield part
            part = _Part(word, [], [])
        elif _WRITES.fullmatch(word):
            to_file = True
            continue
        elif not to_file:
            part.words.append(word)
        elif not _NO_FILE.fullmatch(word):
            part.files.append(word)
        to_file = False
    yield part


def _called(found: list[str]) -> list[str]:
    """Return the words of a command from its program on."""
    begun = list(dropwhile(_ASSIGNED.fullmatch, found))
    return begun[invocation.behind([words.text(word) for word in begun]) :]


def _changes(part: _Part) -> bool:
    """Return whether a command may change anything beside what it shows."""
    found = _called(part.words)
    if part.files:
        return True
    if not found or found[0].startswith("#"):
        return False
    if found[0] == "cd":
        # Where the tools are, no file of theirs is.
        return not any("cloudhsm" in word for word in found)
    return not _HARMLESS.fullmatch(found[0].rpartition("/")[2])


def _files(parts: Iterable[_Part]) -> list[str]:
    """Return the names of files, without their folders, that commands may have among their words."""
    found = [name for part in parts for word in (*part.words, *part.files) for name in re.split(r"[/:=,]", word)]
    return [name for name in found if name and not name.isdigit() and not name.startswith("-")]


def reads(step: Step) -> list[Word]:
    """Return the words of a command that name files which it reads."""
    found = list(step.words)
    if step.tool == KMU and step.name not in _WRITERS:
        options = (*_READING, "-s") if step.name == "verify" else _READING
        return [value for option, value in pairwise(found) if words.literal(option) in options]
    return found[1:] if step.tool == CMU and step.name in _MANAGEMENT else []


def _reads(step: Step, files: list[str]) -> bool:
    """Return whether a command reads one of some files, which may be patterns of names."""
    named = [(words.literal(word) or "").rpartition("/")[2] for word in reads(step)]
    return any(name and fnmatchcase(name, file) for name in named for file in files)
