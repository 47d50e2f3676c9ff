"""Conditions of an expect script that bash can ask, too: of arguments, the environment, files, what somebody typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect import functions, signs, tcl
from migration.reading.regexes import UnknownError
from migration.script import Test

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.expect.tcl import Token
    from migration.words import Word

_SIGN = re.compile(r"\s*(&&|\|\||==|!=|<=|>=|[!<>()]|eq\b|ne\b|in\b|ni\b|\d+(?![\w.]))")
_FILES = {
    "exists": "-e",
    "isfile": "-f",
    "isdirectory": "-d",
    "readable": "-r",
    "writable": "-w",
    "executable": "-x",
}
_NUMBERS = {"<": "-lt", ">": "-gt", "<=": "-le", ">=": "-ge", "==": "-eq", "!=": "-ne"}
_TEXTS = {"eq": "==", "ne": "!=", "==": "==", "!=": "!="}
_COUNT = re.compile(r"\$(?:::)?argc|\[\s*llength\s+\$(?:::)?argv\s*\]")
# Whether there are no arguments, or some, asked of their list.
_NONE = re.compile(r"\$(?:::)?argv\s*(?:==|eq)\s*(?:\"\"|\{\})")
_SOME = re.compile(r"\$(?:::)?argv\s*(?:!=|ne)\s*(?:\"\"|\{\})")
_LENGTH = re.compile(r"\[\s*string\s+length\s+(\$\{?\w+\}?)\s*\]")
# Code of bash that gives a number.
_NUMBER = re.compile(r"\$\w+|\$\(\(.*\)\)|\$\{#\w+\[@\]\}")
_ENVIRONMENT = re.compile(r"(?:::)?env\((\w+)\)")


def spelled(condition: str, word: Callable[[Token], Word | None]) -> Test | None:
    """Return a condition as bash asks it, None if it asks for more; ``word`` gives what is known of a Tcl word."""
    try:
        return _Spelled(_NONE.sub("$argc == 0", _SOME.sub("$argc > 0", condition)), word).test()
    except UnknownError:
        return None


def alike(word: Word | None, text: str, *, is_glob: bool = False) -> Test | None:
    """Return the test whether a word, if it is known, is a text, or is like it if that has signs for any others."""
    if word is None:
        return None
    if [part.kind for part in word] == [words.CODE]:
        # A number has one form only.
        number = _NUMBER.fullmatch(word[0].text) and re.fullmatch(r"0|[1-9]\d{0,3}", text)
        return Test(f'"{word[0].text}" -eq {text}', ()) if number else None
    if any(part.kind == words.CODE for part in word):
        return None
    named = words.renamed(word)
    try:
        wanted = signs.globbed(text) if is_glob else words.bash(words.text(text))
    except UnknownError:
        return None
    return Test(f"{words.bash(named)} == {wanted}", tuple(words.names(named)))


def both(one: Test, other: Test) -> Test:
    """Return the test that holds where two do."""
    texts = [f"( {test.text} )" if "||" in test.text else test.text for test in (one, other)]
    return Test(" && ".join(texts), (*one.names, *other.names))


def opposite(test: Test) -> Test:
    """Return the test that holds where another does not."""
    if "&&" in test.text or "||" in test.text:
        return test._replace(text=f"! ( {test.text} )")
    return test._replace(text=test.text[2:] if test.text.startswith("! ") else f"! {test.text}")


def otherwise(passed: Sequence[Test | None], test: Test | None = None) -> Test | None:
    """Return the test that holds where none of those that were passed does, and perhaps another one."""
    found = test
    for item in reversed(passed):
        if item is None:
            return None
        found = opposite(item) if found is None else both(opposite(item), found)
    return found


class _Spelled:
    """One condition, while it is read.

    Tcl compares with ``==`` and ``!=`` as numbers what looks like one, bash as texts; where that may make a difference,
    bash must be the one that finds no equals in what ends the script, so ``_turned`` counts the signs before.
    """

    def __init__(self, text: str, word: Callable[[Token], Word | None]) -> None:
        self._text = text
        self._word = word
        self._position = 0
        self._turned = False
        self._names: dict[str, None] = {}

    def test(self) -> Test:
        found = self._either()
        if self._text[self._position :].strip():
            raise UnknownError(self._text)
        return Test(found, tuple(self._names))

    def _take(self, *wanted: str) -> str:
        found = _SIGN.match(self._text, self._position)
        if found is None or found[1] not in wanted:
            return ""
        self._position = found.end()
        return found[1]

    def _either(self) -> str:
        found = [self._both()]
        while self._take("||"):
            found.append(self._both())
        return " || ".join(found)

    def _both(self) -> str:
        found = [self._one()]
        while self._take("&&"):
            found.append(self._one())
        return " && ".join(found)

    def _one(self) -> str:
        if self._take("!"):
            self._turned = not self._turned
            inner = self._one()
            self._turned = not self._turned
            return f"! {inner}"
        if self._take("("):
            inner = self._either()
            if not self._take(")"):
                raise UnknownError(self._text)
            return f"( {inner} )"
        return self._asked()

    def _asked(self) -> str:
        token = self._operand()
        found = self._function(token) if token.text.startswith("[") and not (token.braced or token.quoted) else ""
        if found:
            return found
        if _COUNT.fullmatch(token.text):
            if self._word(tcl.Token("$argc", 0)) != words.variable("argc"):
                raise UnknownError(self._text)
            sign = _SIGN.match(self._text, self._position)
            return f'"$#" {self._compared() if sign and sign[1] in _NUMBERS else "-gt 0"}'
        if length := _LENGTH.fullmatch(token.text):
            held = self._known(tcl.Token(length[1], 0))
            if len(held) != 1 or held[0].kind != words.VARIABLE:
                raise UnknownError(self._text)
            return f'"${{#{held[0].text}}}" {self._compared()}'
        count = None if token.braced or token.quoted else self._word(token)
        if count and count[0].kind == words.CODE and _NUMBER.fullmatch(count[0].text):
            sign = _SIGN.match(self._text, self._position)
            return f'"{count[0].text}" {self._compared() if sign and sign[1] in _NUMBERS else "-gt 0"}'
        if within := self._take("in", "ni"):
            return self._among(token, self._operand(), "" if within == "in" else "! ")
        operator = self._take(*_TEXTS)
        if not operator:
            raise UnknownError(self._text)
        return self._equal(operator, token, self._operand())

    def _among(self, token: Token, choices: Token, sign: str) -> str:
        """Return what asks whether a text is one of several that are written out."""
        listed = tcl.items(choices.text) if choices.braced else []
        if not listed:
            raise UnknownError(self._text)
        known = words.bash(self._known(token))
        return f"{sign}( {' || '.join(f'{known} == {words.bash(words.text(item))}' for item in listed)} )"

    def _compared(self) -> str:
        operator = self._take(*_NUMBERS)
        found = re.compile(r"\s*(\d{1,4})(?![\w.])").match(self._text, self._position)
        if not operator or found is None or (len(found[1]) > 1 and found[1].startswith("0")):
            raise UnknownError(self._text)
        self._position = found.end()
        return f"{_NUMBERS[operator]} {found[1]}"

    def _equal(self, operator: str, one: Token, other: Token) -> str:
        first, second = self._known(one), self._known(other)
        if operator in ("==", "!="):
            texts = [words.literal(first), words.literal(second)]
            plain = any(text is not None and functions.number(text) is None for text in texts)
            if not plain and (operator == "==") != self._turned:
                raise UnknownError(self._text)
        return f"{words.bash(first)} {_TEXTS[operator]} {words.bash(second)}"

    def _operand(self) -> Token:
        rest = self._text[self._position :]
        self._position += len(rest) - len(rest.lstrip())
        if self._text[self._position : self._position + 1] not in tuple('{"[$'):
            raise UnknownError(self._text)
        token, self._position = tcl.operand(self._text, self._position)
        return token

    def _function(self, token: Token) -> str:
        """Return what asks for a file or a variable, or compares two texts; empty for another function."""
        found = list(tcl.commands(token.text[1:-1]))
        tokens = found[0].tokens if len(found) == 1 else ()
        name, kind = (*(item.text for item in tokens[:2]), "", "")[:2]
        if name == "file" and kind in _FILES and len(tokens) == 3:  # noqa: PLR2004 - file, what, a name
            return f"{_FILES[kind]} {words.bash(self._known(tokens[2]))}"
        if (name, kind) == ("info", "exists") and len(tokens) == 3:  # noqa: PLR2004 - info, exists, a name
            variable = _ENVIRONMENT.fullmatch(words.literal(self._word(tokens[2])) or "")
            if variable is None:
                raise UnknownError(self._text)
            return f"-v {variable[1]}"
        if (name, kind) == ("string", "equal") and len(tokens) == 4:  # noqa: PLR2004 - string, equal, two texts
            return self._equal("eq", tokens[2], tokens[3])
        if name == "regexp":
            return self._alike(tokens[1:])
        return self._classed(kind, tokens[2:]) if name == "string" else ""

    def _classed(self, kind: str, tokens: Sequence[Token]) -> str:
        """Return what asks whether a text is like a pattern, or holds signs of one class only."""
        if kind == "match" and len(tokens) == 3 and tokens[0].text == "-nocase":  # noqa: PLR2004 - and a pattern, a text
            return f"{self._small(tokens[2])} == {signs.globbed(self._written(tokens[1]).lower())}"
        if kind == "match" and len(tokens) == 2:  # noqa: PLR2004 - a pattern and a text
            return f"{words.bash(self._known(tokens[1]))} == {signs.globbed(self._written(tokens[0]))}"
        options = [token.text for token in tokens[1:-1]]
        if kind != "is" or len(tokens) < 2 or options not in ([], ["-strict"]):  # noqa: PLR2004 - a class and a text
            return ""
        pattern = signs.classed(tokens[0].text, strict=bool(options), ends=self._turned)
        return f"{words.bash(self._known(tokens[-1]))} =~ {pattern}"

    def _alike(self, tokens: Sequence[Token]) -> str:
        """Return what asks whether a text has a pattern in it, without what it would set."""
        given = tokens[1:] if tokens and tokens[0].text == "--" else tokens
        if len(given) != 2 or given[0].text.startswith("-"):  # noqa: PLR2004 - a pattern and a text
            raise UnknownError(self._text)
        return f"{words.bash(self._known(given[1]))} =~ {signs.extended(self._written(given[0]))}"

    def _written(self, token: Token) -> str:
        found = token.text if token.braced else words.literal(self._word(token))
        if found is None:
            raise UnknownError(token.text)
        return found

    def _small(self, token: Token) -> str:
        """Return a text in small letters, as bash makes them."""
        known, sign = self._known(token), words.IN_CASE["lower"]
        pieces = [
            words.code(f"${{{part.text}{sign}}}") if part.kind == words.VARIABLE else words.text(part.text.lower())
            for part in known
        ]
        return words.bash(words.join(pieces))

    def _known(self, token: Token) -> Word:
        found = words.text(token.text) if token.braced else self._word(token)
        if found is None or any(part.kind == words.CODE for part in found):
            raise UnknownError(token.text)
        found = words.renamed(found)
        self._names |= dict.fromkeys(words.names(found))
        return found
