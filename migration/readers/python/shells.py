"""Command lines that a program writes as one text, which is cut into words again where it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from migration import words

if TYPE_CHECKING:
    from migration.words import Word

_BLANKS = " \t\r\n"
# What a shell does not leave as it is: within double quotes, and without quotes.
_EXPANDED, _SIGNS = "$`", "$`*?[]{}~#!()"


class Line(NamedTuple):
    """The words of a command line; ``read`` are its variables, each with the quotes around it, ``""`` if none.

    ``expands`` says that a shell would put something else in the place of some of its text.
    """

    words: list[Word]
    read: set[tuple[str, str]]
    expands: bool


def split(typed: Word) -> Line | None:
    """Return the words of a line as a shell and pexpect cut it, None where a quote is open or a variable is escaped."""
    found: list[Word] = []
    read: set[tuple[str, str]] = set()
    pieces: list[Word] = []
    quote, escaped, begun, expands = "", False, False, False
    for part in typed:
        if part.kind != words.TEXT:
            if escaped:
                return None
            pieces.append((part,))
            read |= {(part.text, quote)} if part.kind == words.VARIABLE else set()
            begun = True
            continue
        for sign in part.text:
            if escaped:
                kept = sign if quote != '"' or sign in '"\\$`' else f"\\{sign}"
                pieces.append(words.text(kept))
                escaped = False
            elif sign == "\\" and quote != "'":
                escaped = begun = True
            elif sign == quote or (not quote and sign in "'\""):
                quote, begun = "" if quote else sign, True
            elif not quote and sign in _BLANKS:
                found += [words.join(pieces)] if begun else []
                pieces, begun = [], False
            else:
                expands |= sign in ({"": _SIGNS, '"': _EXPANDED}.get(quote, ""))
                pieces.append(words.text(sign))
                begun = True
    if quote or escaped:
        return None
    return Line([*found, words.join(pieces)] if begun else found, read, expands)
