"""Nodes of bash's syntax tree as words, and text that bash expands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from migration.readers.shell.tree import Node
    from migration.words import Word

_EXPANSION = re.compile(
    r"\\([$`\\\n])|\$\{(\w+|[$!?@*#-])\}|\$([A-Za-z_]\w*|[0-9@*#?$!-])"
    r"|(\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{[^}]*\})"
)
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}

_HOME = words.code("${HOME}")


def source(node: Node) -> str:
    """Return the text of a node."""
    return node.text.decode("utf-8", "surrogateescape")


def expanded(text: str) -> Word:
    """Return text as a here-document or double quotes expand it."""
    pieces, end = [], 0
    for found in _EXPANSION.finditer(text):
        pieces.append(words.text(text[end : found.start()]))
        end = found.end()
        if found[1] is not None:
            pieces.append(words.text(found[1].replace("\n", "")))
        elif found[4]:
            pieces.append(words.code(found[4]))
        else:
            pieces.append(words.variable(found[2] or found[3]))
    return words.join([*pieces, words.text(text[end:])])


def home(text: str, *, begins: bool, plain: bool = False) -> Word:
    """Return what stands without quotes, in which a tilde is the home if a word ``begins`` so.

    ``plain`` says that there is no variable in it.
    """
    is_home = begins and (text == "~" or text.startswith("~/"))
    rest = text[1:] if is_home else text
    return words.join([*([_HOME] if is_home else []), words.text(rest) if plain else expanded(rest)])


def word(node: Node) -> Word:  # noqa: PLR0911 - one return a kind of node
    """Return the word that a node is."""
    kind = node.type
    if kind == "word" and (
        node.parent is None or node.parent.children[0] is node or node.parent.type != "concatenation"
    ):
        return home(re.sub(r"\\(.)", r"\1", source(node), flags=re.DOTALL), begins=True, plain=True)
    if kind in ("word", "number", "file_descriptor", "special_variable_name", "regex"):
        return words.text(re.sub(r"\\(.)", r"\1", source(node), flags=re.DOTALL))
    if kind == "raw_string":
        return words.text(source(node)[1:-1])
    if kind == "ansi_c_string":
        return words.text(re.sub(r"\\(.)", lambda found: _ANSI.get(found[1], found[0]), source(node)[2:-1]))
    if kind == "string":
        inner = source(node)[1:-1]
        return expanded(re.sub(r'\\"', '"', inner))
    if kind in ("simple_expansion", "expansion"):
        return expanded(source(node))
    if kind == "concatenation":
        return words.join(word(child) for child in node.children)
    if kind == "command_name":
        return word(node.children[0]) if node.children else words.EMPTY
    return words.code(source(node))


def printed(found: list[Word]) -> list[Word] | None:
    """Return the lines that an echo or printf prints, None if that depends on more than its words."""
    name, *rest = found
    program = words.literal(name)
    if program == "echo":
        escapes = False
        while rest and re.fullmatch(r"-[neE]+", words.literal(rest[0]) or ""):
            escapes |= "e" in (words.literal(rest.pop(0)) or "")
        line = words.join([piece for item in rest for piece in (item, words.text(" "))][:-1])
        return _lines(_unescaped(line) if escapes else line)
    if program == "printf" and rest:
        form = words.literal(rest[0])
        return None if form is None else _formatted(form, rest[1:])
    return None


def _formatted(form: str, arguments: list[Word]) -> list[Word] | None:
    """Return the lines that printf prints: its format once for as many arguments as it takes, until all are used."""
    pieces = re.split(r"(%%|%s|%d|%b)", form)
    if "%" in "".join(pieces[::2]):
        return None
    takes = sum(piece in ("%s", "%d", "%b") for piece in pieces[1::2])
    if arguments and not takes:
        return None
    rest = list(arguments)
    found: list[Word] = []
    while True:
        for index, piece in enumerate(pieces):
            if not index % 2:
                found.append(_unescaped(words.text(piece)))
            elif piece == "%%":
                found.append(words.text("%"))
            else:
                given = rest.pop(0) if rest else words.EMPTY
                found.append(_unescaped(given) if piece == "%b" else given)
        if not rest:
            return _lines(words.join(found))


def typed(line: Word) -> list[Word]:
    """Return the lines of a text that is given to a tool, its last line with an end."""
    return _lines(words.join([line, words.text("\n")]))


def _unescaped(line: Word) -> Word:
    return words.join(
        words.text(part.text.replace(r"\n", "\n").replace(r"\r", "\n").replace(r"\t", "\t"))
        if part.kind == words.TEXT
        else (part,)
        for part in line
    )


def _lines(line: Word) -> list[Word]:
    found: list[list[Word]] = [[]]
    for part in line:
        if part.kind != words.TEXT:
            found[-1].append((part,))
            continue
        for index, piece in enumerate(part.text.split("\n")):
            if index:
                found.append([])
            found[-1].append(words.text(piece))
    lines = [words.join(pieces) for pieces in found]
    return lines[:-1] if lines and not lines[-1] else lines
