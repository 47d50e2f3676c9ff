"""The header of a golden transcript: where it comes from, and what it needs before it runs."""

import difflib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from shared.installation import PROFILES

STATUSES = ("session", "guide", "source", "inferred", "choice")
HOME = "/opt/cloudhsm"

_KEYS = (
    "source",
    "status",
    "profile",
    "setup",
    "file",
    "bytes",
    "env",
    "pipe",
    "typeahead",
    "timeout",
    "note",
)
_NAMED = ("file", "bytes")
_ONCE = ("status", "profile", "pipe", "typeahead", "timeout")
_ENTRY = re.compile(r"#\s*([a-z]+(?:-[a-z]+)*)(?: (\S+))?:(?: (.*)|\s*)", re.DOTALL)
_HEX = re.compile(r"((?:[0-9A-Fa-f]{2})+)(?:\*(\d+))?")


class GoldenError(Exception):
    """A golden transcript that cannot be read; `line` is the number of the line at fault, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True)
class Header:
    """What the `# key: value` lines say; `lines` holds all of them verbatim, comments and blank lines too.

    `setup` holds the words of each set-up line without the leading `cloudhsm-sim`, `files` the name and
    content of each input file, `timeout` the seconds to wait for a prompt (None: the runner's own).
    """

    lines: tuple[str, ...]
    status: str
    source: str = ""
    profile: str | None = None
    setup: tuple[tuple[str, ...], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    pipe: bool = False
    typeahead: bool = False
    timeout: float | None = None


@dataclass(frozen=True)
class _Entry:
    line: int
    key: str
    name: str
    value: str


def _entries(lines: Sequence[str]) -> list[_Entry]:
    entries: list[_Entry] = []
    for number, line in enumerate(lines, 1):
        found = _ENTRY.fullmatch(line)
        if not found:
            continue
        key, name, value = found.group(1), found.group(2) or "", found.group(3) or ""
        if key in _KEYS and bool(name) == (key in _NAMED):
            entries.append(_Entry(number, key, name, value))
        elif not name and (near := difflib.get_close_matches(key, _KEYS, 1, 0.75)):
            # A misspelt key would otherwise pass as a comment and silently lose what it says.
            raise GoldenError(number, f"unknown key '{key}', did you mean '{near[0]}'?")
    return entries


def _one_of(entry: _Entry, allowed: Sequence[str]) -> str:
    value = entry.value.strip()
    if value not in allowed:
        raise GoldenError(entry.line, f"{entry.key} must be one of {', '.join(allowed)}, not '{value}'")
    return value


def _words(entry: _Entry) -> tuple[str, ...]:
    try:
        words = shlex.split(entry.value)
    except ValueError as error:
        raise GoldenError(entry.line, f"{entry.key}: {error}") from None
    words = words[1:] if words[:1] == ["cloudhsm-sim"] else words
    if not words:
        raise GoldenError(entry.line, f"{entry.key} names no command")
    return tuple(words)


def _content(entry: _Entry) -> bytes:
    path = PurePosixPath(entry.name)
    if ".." in path.parts or (path.is_absolute() and not path.is_relative_to(HOME)):
        raise GoldenError(entry.line, f"'{entry.name}' is neither in the working directory nor under {HOME}")
    if entry.key == "file":
        return entry.value.encode("utf-8", "surrogateescape") + b"\n"
    content = b""
    for word in entry.value.split():
        found = _HEX.fullmatch(word)
        if not found:
            raise GoldenError(entry.line, f"'{word}' is not hexadecimal")
        content += bytes.fromhex(found.group(1)) * int(found.group(2) or 1)
    return content


def _variable(entry: _Entry) -> tuple[str, str]:
    name, equals, value = entry.value.partition("=")
    if not equals or not name.isidentifier():
        raise GoldenError(entry.line, "env needs NAME=VALUE")
    return name, value


def _seconds(entry: _Entry) -> float:
    try:
        seconds = float(entry.value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:  # noqa: PLR2004 - ten minutes, the longest wait that still is a test
        raise GoldenError(entry.line, f"timeout needs a number of seconds, not '{entry.value}'")
    return seconds


def parse_header(lines: Sequence[str]) -> Header:
    """Return what the header `lines` say (without line ends, the first of them is line 1 of the file).

    Raises GoldenError for a missing or unknown status, a malformed value, or a key given twice.
    """
    entries = _entries(lines)
    once: dict[str, _Entry] = {}
    files: dict[str, bytes] = {}
    for entry in entries:
        if entry.key in _ONCE and once.setdefault(entry.key, entry) is not entry:
            raise GoldenError(entry.line, f"{entry.key} is given twice")
        if entry.key in _NAMED:
            files[entry.name] = files.get(entry.name, b"") + _content(entry)
    if "status" not in once:
        raise GoldenError(max(len(lines), 1), f"no '# status:' line ({', '.join(STATUSES)})")
    return Header(
        lines=tuple(lines),
        status=_one_of(once["status"], STATUSES),
        source="\n".join(entry.value for entry in entries if entry.key == "source"),
        profile=_one_of(once["profile"], PROFILES) if "profile" in once else None,
        setup=tuple(_words(entry) for entry in entries if entry.key == "setup"),
        files=tuple(files.items()),
        env=tuple(_variable(entry) for entry in entries if entry.key == "env"),
        pipe="pipe" in once and _one_of(once["pipe"], ("yes", "no")) == "yes",
        typeahead="typeahead" in once and _one_of(once["typeahead"], ("yes", "no")) == "yes",
        timeout=_seconds(once["timeout"]) if "timeout" in once else None,
    )
