"""Golden files: parse and render.

A file is a header, then sections. A section starts with `$ command`, goes on with the terminal's text and
may end with `? status`. Blank lines and `#` lines between a status and the next `$` are remarks.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from shared.transcript import page
from shared.transcript.header import GoldenError, Header, parse_header
from shared.transcript.prompts import END_OF_INPUT, asked

COMMAND = "$ "

_STATUS = re.compile(r"\? (\d+)")


class Line(NamedTuple):
    """A line as it stands in the file, and its number there, from 1."""

    raw: str
    number: int


@dataclass(frozen=True)
class Section:
    """One process: its command line, the terminal's text as lines of the file, the exit status if given.

    `number` is the file line of the command, `remarks` the lines between the status and the next section.
    """

    command: str
    number: int
    lines: tuple[str, ...] = ()
    status: int | None = None
    remarks: tuple[str, ...] = ()

    def expected(self) -> list[Line]:
        """Return the terminal's lines; a section left at an unanswered prompt ends its input there."""
        lines = [Line(raw, self.number + offset) for offset, raw in enumerate(self.lines, 1)]
        last = asked(lines[-1].raw) if lines else None
        if last and not last.typed:
            lines[-1] = Line(last.text + END_OF_INPUT, lines[-1].number)
        return lines


@dataclass(frozen=True)
class Golden:
    """A parsed transcript; `name` is what messages call it."""

    name: str
    header: Header
    sections: tuple[Section, ...]


def _section(lines: Sequence[str], number: int) -> Section:
    command = lines[0].removeprefix(COMMAND)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise GoldenError(number, f"{error} in the command") from None
    if not words:
        raise GoldenError(number, "'$' without a command")
    for offset, line in enumerate(lines):
        found = _STATUS.fullmatch(line)
        if offset and found:
            remarks = tuple(lines[offset + 1 :])
            for after, remark in enumerate(remarks, number + offset + 1):
                if remark.strip() and not remark.startswith("#"):
                    raise GoldenError(after, f"output behind '{line}', which ends its section")
            return Section(command, number, tuple(lines[1:offset]), int(found.group(1)), remarks)
    return Section(command, number, tuple(lines[1:]))


def parse(text: str, name: str = "transcript") -> Golden:
    """Return the transcript that `text` holds.

    Raises GoldenError, with the number of the line at fault, if it is malformed or has no status.
    """
    lines = text.removesuffix("\n").split("\n")
    starts = [index for index, line in enumerate(lines) if line.startswith(COMMAND)]
    head = lines[: starts[0]] if starts else lines
    for number, line in enumerate(head, 1):
        if line.strip() and not line.startswith("#"):
            raise GoldenError(number, "expected '# key: value' or '$ command'")
    if not starts:
        raise GoldenError(len(lines), "no '$ command' line")
    header = parse_header(head)
    ends = [*starts[1:], len(lines)]
    sections = [_section(lines[start:end], start + 1) for start, end in zip(starts, ends, strict=True)]
    return Golden(name, header, tuple(sections))


def render(golden: Golden) -> str:
    """Return the text of the file, the inverse of `parse`."""
    lines = list(golden.header.lines)
    for section in golden.sections:
        lines += [COMMAND + section.command, *section.lines]
        if section.status is not None:
            lines += [f"? {section.status}", *section.remarks]
    return "\n".join(lines) + "\n"


def load(path: Path) -> Golden:
    """Return the transcript in the file `path`, which may be a page; bytes that are no UTF-8 are kept as they are.

    Raises GoldenError if it is malformed, OSError if it cannot be read.
    """
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return parse(page.to_transcript(text) if path.suffix == page.SUFFIX else text, str(path))


def save(golden: Golden, path: Path) -> None:
    """Write the transcript to `path`, a page as a page; raises OSError if that fails."""
    text = render(golden)
    text = page.to_page(text) if path.suffix == page.SUFFIX else text
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
