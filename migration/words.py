"""Words of a script that may hold variables: what is known of them, and how bash spells them.

A word is a tuple of parts. A part is text, a variable (its name) or code, which is bash that stands as it is. Text that
is code of another language is no part of any word: whoever reads it makes it a variable.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TEXT, VARIABLE, CODE = "text", "variable", "code"
# How bash writes a variable in small or capital letters.
IN_CASE = {"lower": ",,", "upper": "^^"}

_NAME = re.compile(r"[^A-Za-z0-9_]+")
_DEFAULT = re.compile(r"\$\{(\w+):?-((?:[^${}`\\\"']|\$\w+)*)\}")
_CASED = re.compile(r"\$\{(\w+)(?:,,|\^\^)\}")
_BLANK = re.compile(r"[ \t\r\n]+")


class Part(NamedTuple):
    """A piece of a word."""

    kind: str
    text: str


Word = tuple[Part, ...]
EMPTY: Word = ()


def text(value: str) -> Word:
    """Return the word of a text without variables."""
    return (Part(TEXT, value),) if value else EMPTY


def variable(name: str) -> Word:
    """Return the word that is one variable."""
    return (Part(VARIABLE, name),)


def code(source: str) -> Word:
    """Return the word that is a piece of bash."""
    return (Part(CODE, source),)


def join(pieces: Iterable[Word]) -> Word:
    """Return the pieces as one word, neighbouring texts as one part."""
    parts: list[Part] = []
    for part in (part for piece in pieces for part in piece):
        if parts and parts[-1].kind == part.kind == TEXT:
            parts[-1] = Part(TEXT, parts[-1].text + part.text)
        else:
            parts.append(part)
    return tuple(parts)


def literal(word: Word | None) -> str | None:
    """Return the text of a word that has no variable, else None."""
    if word is None or any(part.kind != TEXT for part in word):
        return None
    return "".join(part.text for part in word)


def number(word: Word | None) -> int | None:
    """Return the decimal number that a word is, or None."""
    found = literal(word)
    return int(found) if found and found.isascii() and found.isdigit() and len(found) < len("9" * 20) else None


def names(word: Word) -> list[str]:
    """Return the variables in a word, in order."""
    return [part.text for part in word if part.kind == VARIABLE]


def needed(word: Word) -> list[str]:
    """Return the variables that must be there before what a word says is, in small or capital letters, too."""
    return [name for part in word for name in ([part.text] if part.kind == VARIABLE else _CASED.findall(part.text))]


def shown(word: Word) -> str:
    """Return a word for people: variables with a dollar sign, everything else as it is."""
    return "".join(f"${part.text}" if part.kind == VARIABLE else part.text for part in word)


def beside(name: Word) -> str:
    """Return the name of a file as it is shown, from the working folder on where that is written before it."""
    return re.sub(r"^(?:\$PWD/|\$\(pwd\)/|`pwd`/|\./)+", "", shown(name))


def bash_name(name: str) -> str:
    """Return a variable's name as bash takes it: ``env(X)`` is ``X``, other signs become underlines."""
    inner = name.removeprefix("::").removeprefix("env(").removesuffix(")") if name.startswith("env(") else name
    inner = _NAME.sub("_", inner).strip("_") or "value"
    return inner if not inner[0].isdigit() else f"argument_{inner}"


def renamed(word: Word) -> Word:
    """Return a word whose variables have names that bash takes."""
    return tuple(Part(VARIABLE, bash_name(part.text)) if part.kind == VARIABLE else part for part in word)


def bash(word: Word) -> str:
    """Return a word as bash reads it: one word, whatever its variables hold."""
    plain = literal(word)
    if plain is not None:
        return shlex.quote(plain)
    pieces = []
    for position, part in enumerate(word):
        if part.kind == TEXT:
            pieces.append(re.sub(r'([\\"$`])', r"\\\1", part.text))
        elif part.kind == CODE:
            pieces.append(part.text)
        else:
            pieces.append(_reference(part.text, word[position + 1 : position + 2]))
    return f'"{"".join(pieces)}"'


def _reference(name: str, following: Word) -> str:
    open_ended = bool(following) and following[0].kind == TEXT and re.match(r"[A-Za-z0-9_\[]", following[0].text)
    return f"${{{name}}}" if open_ended or (len(name) > 1 and not name.isidentifier()) else f"${name}"


def split(line: Word) -> list[Word]:
    """Return the words of a line: blanks in its texts separate them, blanks in a variable's value do not."""
    found: list[Word] = []
    pieces: list[Word] = []
    for part in line:
        if part.kind != TEXT:
            pieces.append((part,))
            continue
        for index, piece in enumerate(_BLANK.split(part.text)):
            if index and pieces:
                found.append(join(pieces))
                pieces = []
            if piece:
                pieces.append(text(piece))
    return [*found, join(pieces)] if pieces else found


def substitute(word: Word, lookup: Callable[[str], Word | None]) -> Word:
    """Return a word with the variables that ``lookup`` knows replaced by their values."""

    def value(part: Part) -> Word:
        found = lookup(part.text) if part.kind == VARIABLE else None
        return (part,) if found is None else found

    return join(value(part) for part in word)


def settled(word: Word, lookup: Callable[[str], Word | None]) -> Word:
    """Return a word as ``substitute`` does, and what bash's ``${NAME:-text}`` in it gives if nothing sets the name."""

    def value(part: Part) -> Word:
        default = _DEFAULT.fullmatch(part.text) if part.kind == CODE else None
        name = part.text if part.kind == VARIABLE else default[1] if default else ""
        found = lookup(name) if name else None
        if found is not None:
            return found
        if default is None:
            return (part,)
        pieces = re.split(r"\$(\w+)", default[2])
        return settled(
            join(variable(piece) if index % 2 else text(piece) for index, piece in enumerate(pieces)), lookup
        )

    return join(map(value, word))


def lines(typed: Word, ends: str = r"\r\n|\r|\n") -> list[Word]:
    """Return what is typed, cut at every CR and LF, or other ``ends``; what none follows is typed all the same."""
    lines: list[Word] = []
    pieces: list[Word] = []
    for part in typed:
        if part.kind != TEXT:
            pieces.append((part,))
            continue
        *whole, last = re.split(ends, part.text)
        for piece in whole:
            lines.append(join([*pieces, text(piece)]))
            pieces = []
        if last:
            pieces.append(text(last))
    return [*lines, join(pieces)] if pieces else lines
