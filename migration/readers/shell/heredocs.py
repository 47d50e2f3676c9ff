"""Here-documents of a shell script, taken out before its syntax is read.

The grammar of tree-sitter-bash loses line ends before some of them. Each ``<< WORD`` becomes the redirection ``<
WORD`` of the same length, and its body a comment, so that every byte keeps its place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_START = re.compile(rb"(?<!<)<<(?P<tabs>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_]\w*)['\"]?(?!<)")


class HereDocument(NamedTuple):
    """One here-document.

    ``mark`` is where its ``<<`` stands, ``start`` and ``end`` the bytes of body and closing word, ``lines`` its text,
    ``line`` the number of its first line; ``verbatim`` if bash expands nothing in it.
    """

    mark: int
    start: int
    end: int
    line: int
    lines: tuple[str, ...]
    verbatim: bool


def take_out(content: bytes) -> tuple[bytes, dict[int, HereDocument]]:
    """Return the script without here-documents, as long as before, and each of them by the place of its ``<<``."""
    lines = content.split(b"\n")
    found: dict[int, HereDocument] = {}
    number, position = 0, 0
    while number < len(lines):
        line = lines[number]
        after = position + len(line) + 1
        following = number + 1
        starts = [] if line.lstrip().startswith(b"#") else list(_START.finditer(line))
        for start in starts:
            quoted = b"`" in line[: start.start()]
            last = _closing(lines, following, start["word"], tabs=bool(start["tabs"]), quoted=quoted)
            if last is None:
                continue
            body = lines[following:last]
            # What is between backquotes ends with the word, and the mark is behind it.
            behind = lines[last][lines[last].index(start["word"]) + len(start["word"]) :]
            end = after + sum(len(text) + 1 for text in lines[following : last + 1]) - 1 - len(behind)
            texts = [text.lstrip(b"\t") if start["tabs"] else text for text in body]
            mark = position + start.start()
            found[mark] = HereDocument(
                mark,
                after,
                end,
                following + 1,
                tuple(text.decode("utf-8", "surrogateescape") for text in texts),
                bool(start["quote"]),
            )
            begin = start.start()
            lines[number] = (
                lines[number][:begin]
                + b"< "
                + (b" " if start["tabs"] else b"")
                + lines[number][begin + 2 + len(start["tabs"]) :]
            )
            for index in range(following, last + 1 - bool(behind)):
                lines[index] = b"#" + b" " * (len(lines[index]) - 1) if lines[index] else b""
            if behind:
                lines[last] = b" " * (len(lines[last]) - len(behind)) + behind
            after, following = end + 1, last + 1
        position, number = after, following
    return b"\n".join(lines), found


def _closing(lines: list[bytes], start: int, word: bytes, *, tabs: bool, quoted: bool) -> int | None:
    for index in range(start, len(lines)):
        line = lines[index].lstrip(b"\t") if tabs else lines[index]
        if line == word or (quoted and line.startswith(word + b"`")):
            return index
    return None
