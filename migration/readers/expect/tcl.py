"""Tcl as expect scripts use it: commands, words, substitutions. Text that breaks its rules still gives words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.words import Word

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_NUMBERED = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))")
_CONTINUED = re.compile(r"\\\n[ \t]*")
# What stands between expect and its pattern, with a word behind it or without.
_VALUED = ("-i", "-timeout")
FLAGS = ("-nocase", "-indices", "-brace", "-nobrace", "-notransfer", "--")
KINDS = {"-ex": "exact", "-exact": "exact", "-re": "regexp", "-regexp": "regexp", "-gl": "glob"}
_BLANKS = " \t"
_SPACE = " \t\n\r\v\f"
_PAIRS = {"{": "}", "[": "]"}


class Token(NamedTuple):
    """One word of a command: ``braced`` text stands as it is; ``start`` is where its text begins in the script."""

    text: str
    start: int
    braced: bool = False
    quoted: bool = False


class Command(NamedTuple):
    """One command: its words, and where it begins and ends in the script."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    comment: bool = False


def commands(text: str, start: int = 0, end: int | None = None) -> Iterator[Command]:
    """Yield the commands between two places of a script, comments among them."""
    position, limit = start, len(text) if end is None else end
    while position < limit:
        if text[position] in " \t\n;":
            position += 1
        elif text[position] == "#":
            stop = position
            while stop < limit and (text[stop] != "\n" or text[stop - 1] == "\\"):
                stop += 1
            yield Command((), position, stop, comment=True)
            position = stop
        else:
            begin, tokens = position, []
            while position < limit and text[position] not in "\n;":
                if text[position] in _BLANKS:
                    position += 1
                elif text.startswith("\\\n", position):
                    position += 2
                else:
                    token, position = _token(text, position, limit)
                    tokens.append(token)
            yield Command(tuple(tokens), begin, position)


def _token(text: str, start: int, limit: int) -> tuple[Token, int]:
    position = start
    if text.startswith("{*}", start) and text[start + 3 : start + 4].strip():
        position = start + 3
    elif text[start] == "{":
        end = _closing(text, start, limit)
        return Token(text[start + 1 : end], start + 1, braced=True), end + 1
    elif text[start] == '"':
        end = _quote_end(text, start + 1, limit)
        return Token(text[start + 1 : end], start + 1, quoted=True), end + 1
    while position < limit and text[position] not in " \t\n;":
        if text[position] == "\\":
            position += 2
        elif text[position] == "[" or text.startswith("${", position):
            position = _closing(text, position + (text[position] == "$"), limit) + 1
        else:
            position += 1
    return Token(text[start : min(position, limit)], start), max(min(position, limit), start + 1)


def _closing(text: str, start: int, limit: int) -> int:
    """Return where the brace or bracket that opens at ``start`` is closed, the limit if it is not."""
    opening, closing, depth, position = text[start], _PAIRS[text[start]], 0, start
    while position < limit:
        if text[position] == "\\":
            position += 1
        elif text[position] == opening:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if not depth:
                return position
        position += 1
    return limit


def _quote_end(text: str, start: int, limit: int) -> int:
    position = start
    while position < limit and text[position] != '"':
        if text[position] == "\\":
            position += 1
        elif text[position] == "[":
            position = _closing(text, position, limit)
        position += 1
    return min(position, limit)


def value(token: Token) -> tuple[Word, list[str]]:
    """Return what a word says, its variables as such, and the scripts in brackets, each a variable ``[...]`` there."""
    if token.braced:
        return words.text(token.text), []
    text, pieces, scripts, plain, position = token.text, [], [], "", 0
    while position < len(text):
        sign = text[position]
        if sign == "\\" and position + 1 < len(text):
            escaped, position = _escape(text, position)
            plain += escaped
            continue
        name, after = _variable(text, position) if sign == "$" else ("", position)
        if sign == "[":
            after = min(_closing(text, position, len(text)) + 1, len(text))
            scripts.append(text[position + 1 : after - 1])
            name = text[position:after]
        if after > position:
            pieces += [words.text(plain), words.variable(name)]
            plain, position = "", after
        else:
            plain += sign
            position += 1
    return words.join([*pieces, words.text(plain)]), scripts


def brackets(text: str) -> list[tuple[int, int]]:
    """Return where the scripts in brackets of a word that is not braced begin and end, brackets among them."""
    found, position = [], 0
    while position < len(text):
        if text[position] == "[":
            end = min(_closing(text, position, len(text)) + 1, len(text))
            found.append((position, end))
            position = end
            continue
        position += 2 if text[position] == "\\" else 1
    return found


def _escape(text: str, start: int) -> tuple[str, int]:
    """Return what a backslash and what follows it mean, and where that ends."""
    if found := _CONTINUED.match(text, start):
        return " ", found.end()
    if found := _NUMBERED.match(text, start):
        octal, *others = found.groups()
        code = int(octal, 8) & 0xFF if octal else int(next(filter(None, others)), 16)
        return chr(min(code, 0x10FFFF)), found.end()
    return _ESCAPES.get(text[start + 1], text[start + 1]), start + 2


def _variable(text: str, start: int) -> tuple[str, int]:
    """Return the name of the variable that begins at a dollar sign, and where it ends; no name if it is none."""
    if text.startswith("${", start):
        end = text.find("}", start)
        return (text[start + 2 : end], end + 1) if end > 0 else ("", start)
    position = start + 1
    while position < len(text) and (text[position].isalnum() or text[position] in "_:"):
        position += 1
    name = text[start + 1 : position].rstrip(":")
    position = start + 1 + len(name)
    if name and text[position : position + 1] == "(":
        end = text.find(")", position)
        if end > 0:
            return text[start + 1 : end + 1], end + 1
    return (name, position) if name else ("", start)


def items(text: str) -> list[str]:
    """Return the elements of a list.

    Raises:
        UnknownError: it is none.
    """
    found, position = [], 0
    while position < len(text):
        if text[position] in _SPACE:
            position += 1
            continue
        if text[position] == "{":
            end = _closing(text, position, len(text))
            item, after = text[position + 1 : end], end + 1
        elif text[position] == '"':
            after = position + 1
            while after < len(text) and text[after] != '"':
                after += 2 if text[after] == "\\" else 1
            item, after = _unescaped(text[position + 1 : after]), after + 1
        else:
            after = position
            while after < len(text) and text[after] not in _SPACE:
                after += 2 if text[after] == "\\" else 1
            item = _unescaped(text[position:after])
        if after > len(text) + (text[position] not in '{"') or (after < len(text) and text[after] not in _SPACE):
            raise UnknownError(text)
        found.append(item)
        position = after
    return found


def _unescaped(text: str) -> str:
    pieces, position = [], 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            piece, position = _escape(text, position)
            pieces.append(piece)
        else:
            pieces.append(text[position])
            position += 1
    return "".join(pieces)


class Alternative(NamedTuple):
    """One pattern of an expect: how it is meant, what is done where it is read, and what stands behind ``-i``."""

    pattern: Token
    kind: str
    body: Token | None
    spawn: Token | None
    nocase: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether expect may wait for more behind it."""
        return self.body is not None and re.search(r"\bexp_continue\b", self.body.text) is not None


def _is_list(tokens: Sequence[Token]) -> bool:
    """Return whether expect takes its last word for a list of patterns: only then if it begins on a line of its own."""
    return (len(tokens) == 1 and bool(re.match(r"\s*\n", tokens[0].text))) or [token.text for token in tokens[:-1]] == [
        "-brace"
    ]


def alternatives(text: str, tokens: Sequence[Token]) -> tuple[list[Alternative], Token | None]:
    """Return what an expect waits for, and the spawn id that it names for itself."""
    found: list[Alternative] = []
    position, kind, nocase = 0, "glob", False
    spawn = own = None
    while position < len(tokens):
        token = tokens[position]
        plain = not (token.quoted or token.braced)
        position += 1
        if plain and token.text in _VALUED:
            if token.text == "-i" and position < len(tokens):
                spawn = tokens[position]
                own = own or (spawn if not found else None)
            position += 1
        elif plain and token.text in (*FLAGS, *KINDS):
            kind, nocase = KINDS.get(token.text, kind), nocase or token.text == "-nocase"
        elif token.braced and position == len(tokens) and _is_list(tokens):
            inside = commands(text, token.start, token.start + len(token.text))
            return alternatives(text, [item for command in inside for item in command.tokens])[0], own
        else:
            body = tokens[position] if position < len(tokens) else None
            position += 1
            found.append(Alternative(token, kind, body, spawn, nocase))
            kind, nocase = "glob", False
    return found, own


def operand(text: str, start: int) -> tuple[Token, int]:
    """Return the operand of an expression that begins at a place, and where it ends."""
    sign = text[start : start + 1]
    if sign in ("{", '"'):
        return _token(text, start, len(text))
    if sign == "[":
        end = min(_closing(text, start, len(text)) + 1, len(text))
    else:
        end = _variable(text, start)[1] if sign == "$" else start
    return Token(text[start:end], start), end
