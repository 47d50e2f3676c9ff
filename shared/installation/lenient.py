"""A reader for the JSON that people and scripts leave in configuration files.

It takes every valid JSON text (but no number beyond a float's range) and, beyond that, trailing commas: a
known configuration file of this family has one and its tool accepts it. It stands in place of ``json``
because that module costs more at start-up than opening the whole store does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

BLANKS = " \t\r\n"
# More than the indents of a configuration file.
AHEAD = 32
NUMBER = "+-.0123456789eE"
WORDS = (("true", True), ("false", False), ("null", None))
MAX_DEPTH = 64
INFINITY = float("inf")


def loads(text: str) -> Any:
    """Return the value that ``text`` holds: dict, list, str, int, float, bool or None.

    Of two equal names in one object the later wins, as in ``json``.

    Raises:
        ValueError: the text is no JSON even with trailing commas; the message is one line, ``line N: what``.
    """
    reader = _Reader(text)
    value = reader.value(0)
    reader.skip()
    if reader.at < len(text):
        reader.fail("expected the end of the file")
    return value


class _Reader:
    """A position in a text, and one method for each kind of value that may start there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, what: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        raise ValueError(f"line {line}: {what}")

    def skip(self) -> str:
        """Move past blanks and return the character found there, empty at the end of the text."""
        found = ""
        while not found and self.at < len(self.text):
            ahead = self.text[self.at : self.at + AHEAD]
            found = ahead.lstrip(BLANKS)
            self.at += len(ahead) - len(found)
        return found[:1]

    def value(self, depth: int) -> Any:
        first = self.skip()
        if first == '"':
            return self.string()
        if first in {"{", "["}:
            # Recursion must end here and not in the interpreter's own limit, whose error says nothing to a
            # user.
            if depth == MAX_DEPTH:
                self.fail("nested too deeply")
            self.at += 1
            return self.mapping(depth + 1) if first == "{" else self.sequence(depth + 1)
        for word, meaning in WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        return self.number()

    def mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (first := self.skip()) != "}":
            if first != '"':
                self.fail('expected a name in double quotes or "}"')
            name = self.string()
            if self.skip() != ":":
                self.fail('expected ":"')
            self.at += 1
            found[name] = self.value(depth)
            self.separator("}")
        self.at += 1
        return found

    def sequence(self, depth: int) -> list[Any]:
        found: list[Any] = []
        while self.skip() != "]":
            found.append(self.value(depth))
            self.separator("]")
        self.at += 1
        return found

    def separator(self, closing: str) -> None:
        following = self.skip()
        if following == ",":
            self.at += 1
        elif following != closing:
            self.fail(f'expected "," or "{closing}"')

    def string(self) -> str:
        text, start = self.text, self.at
        end = text.find('"', start + 1)
        slash = text.find("\\", start + 1, end) if end > 0 else -1
        escaped = slash > 0
        while slash > 0:
            # The character after a backslash is taken, whichever it is; the closing quote comes later.
            end = text.find('"', slash + 2)
            slash = text.find("\\", slash + 2, end) if end > 0 else -1
        if end < 0 or "\n" in text[start:end]:
            self.fail("a text in double quotes has no end")
        self.at = end + 1
        return self.unescape(text[start : end + 1]) if escaped else text[start + 1 : end]

    def unescape(self, literal: str) -> str:
        import json

        try:
            return str(json.loads(literal, strict=False))
        except ValueError:
            self.fail("a text holds an unknown escape")

    def number(self) -> int | float:
        start = end = self.at
        text = self.text
        while end < len(text) and text[end] in NUMBER:
            end += 1
        literal = text[start:end]
        try:
            value = float(literal)
        except ValueError:
            self.fail("expected a value")
        if not -INFINITY < value < INFINITY:
            self.fail("a number is out of range")
        self.at = end
        return int(literal) if literal.strip("+-").isdigit() else value
