"""Pages: Markdown documents whose blocks marked ``transcript`` are, one after the other, one golden transcript.

The header stands in an HTML comment, before the first block. As a transcript, a page keeps its prose as remarks with
a mark in front, so that lines have the numbers they have in the page, and an updated one can be put back.
"""

import re

from shared.transcript.header import GoldenError

SUFFIX = ".md"

_BLOCKS = {"<!-- transcript": "-->", "```transcript": "```"}
_MARK = "#|"
_STATUS = re.compile(r"\? \d+")


def to_transcript(text: str) -> str:
    """Return the golden file that a page stands for.

    Raises GoldenError if a block is not closed, or does not end with the exit status of its last section: what comes
    behind it would be taken for the terminal's.
    """
    lines = text.removesuffix("\n").split("\n")
    end = ""
    for index, line in enumerate(lines):
        if line == end or not end:
            if end == _BLOCKS["```transcript"] and not _STATUS.fullmatch(lines[index - 1]):
                raise GoldenError(index, "a transcript in a page ends with '? status'")
            end = "" if end else _BLOCKS.get(line, "")
            lines[index] = _MARK + line
    if end:
        raise GoldenError(len(lines), f"no '{end}' at the end of the last transcript")
    return "\n".join(lines) + "\n"


def to_page(text: str) -> str:
    """Return the page that became this golden file, the inverse of `to_transcript`."""
    return "\n".join(line.removeprefix(_MARK) for line in text.split("\n"))
