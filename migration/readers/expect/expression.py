"""Tcl's expressions and scripts in brackets, as far as what their variables hold is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.expect import functions, tcl
from migration.readers.expect.tcl import Token
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable

_DEPTH = 12
_PIECE = re.compile(
    r"\s*(?:(?P<number>0x[0-9a-fA-F]+|\d+\.\d*(?:[eE][-+]?\d+)?|\d+(?:[eE][-+]?\d+)?|\.\d+)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|\*\*|<<|>>|[-+*/%<>!?:(),])|(?P<name>[A-Za-z_]\w*))"
)
# Binary operators, those that bind least first.
_LEVELS = (
    ("||",),
    ("&&",),
    ("==", "!=", "eq", "ne", "in", "ni"),
    ("<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def is_true(value: str) -> bool:
    """Return whether a value counts as true; UnknownError if it is none that Tcl would ask."""
    plain = value.strip().lower()
    if plain in _TRUE or plain in _FALSE:
        return plain in _TRUE
    number = functions.number(value)
    if number is None:
        raise UnknownError(value)
    return bool(number)


class Evaluator:
    """Gives what words, scripts in brackets and expressions are.

    ``lookup`` gives a variable's value, ``run`` what a command gives that is no function of Tcl; both raise
    UnknownError. ``asked`` has what was looked for in texts, and whether it was found.
    """

    def __init__(self, lookup: Callable[[str], str], run: Callable[[str, list[str]], str | None] | None = None) -> None:
        """Begin."""
        self._lookup = lookup
        self._run = run
        self._depth = 0
        self.asked: dict[str, bool] = {}

    def word(self, token: Token) -> str:
        """Return what a word is."""
        pieces = []
        for part in tcl.value(token)[0]:
            if part.kind == "text":
                pieces.append(part.text)
            elif part.text.startswith("["):
                pieces.append(self.script(part.text[1:-1]))
            else:
                pieces.append(self.variable(part.text))
        return "".join(pieces)

    def variable(self, name: str) -> str:
        """Return what a variable holds, its index spelled out."""
        base, bracket, place = name.partition("(")
        if bracket and "$" in place:
            name = f"{base}({self.word(Token(place.removesuffix(')'), 0))})"
        return self._lookup(name)

    def script(self, source: str) -> str:
        """Return what a script in brackets gives."""
        found = list(tcl.commands(source))
        if len(found) != 1 or not found[0].tokens or self._depth > _DEPTH:
            raise UnknownError(source)
        self._depth += 1
        try:
            tokens = found[0].tokens
            name = tokens[0].text
            if self._run is not None and (given := self._run(source, [token.text for token in tokens])) is not None:
                return given
            if name == "expr":
                braced = len(tokens) == 2 and tokens[1].braced  # noqa: PLR2004 - expr and one word
                # Without braces, what a variable holds is a piece of the expression.
                pieces = [token.text if token.braced else self.word(token) for token in tokens[1:]]
                return self.expression(tokens[1].text if braced else " ".join(pieces))
            if name == "set" and len(tokens) == 2:  # noqa: PLR2004 - set and a name
                return self.variable(self.word(tokens[1]))
            words = [self.word(token) for token in tokens[1:] if not token.text.startswith("{*}")]
            if len(words) < len(tokens) - 1:
                raise UnknownError(source)
            result = functions.called(name, words)
        finally:
            self._depth -= 1
        wanted = functions.asked(name, words)
        if wanted is not None:
            self.asked[wanted] = self.asked.get(wanted, False) or result not in ("0", "-1", "")
        return result

    def expression(self, text: str) -> str:
        """Return the value of an expression."""
        return _Expression(text, self).value()

    def truth(self, text: str) -> bool:
        """Return the truth of an expression."""
        return is_true(self.expression(text))


class _Expression:
    """One expression: evaluated while it is read; a part that decides nothing may be unknown."""

    def __init__(self, text: str, evaluator: Evaluator) -> None:
        self._text = text
        self._evaluator = evaluator
        self._position = 0
        self._depth = 0

    def value(self) -> str:
        found = self._choice()
        if self._text[self._position :].strip() or found is None:
            raise UnknownError(self._text)
        number = functions.number(found)
        if number is not None and found != found.strip():
            raise UnknownError(found)
        return found if number is None else str(number)

    def _take(self, *wanted: str) -> str:
        found = _PIECE.match(self._text, self._position)
        piece = (found["sign"] or found["name"] or "") if found else ""
        if found is None or piece not in wanted:
            return ""
        self._position = found.end()
        return piece

    def _choice(self) -> str | None:
        self._depth += 1
        if self._depth > _DEPTH * 4:
            raise UnknownError(self._text)
        test = self._binary(0)
        if self._take("?"):
            first = self._choice()
            if not self._take(":"):
                raise UnknownError(self._text)
            second = self._choice()
            test = None if test is None else first if is_true(test) else second
        self._depth -= 1
        return test

    def _binary(self, level: int) -> str | None:
        """Return the value of operands of one level, None if it is not known."""
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while operator := self._take(*_LEVELS[level]):
            left = _applied(operator, left, self._binary(level + 1))
        return left

    def _unary(self) -> str | None:
        sign = self._take("!", "-", "+")
        if sign:
            value = self._unary()
            if value is None:
                return None
            if sign == "!":
                return str(int(not is_true(value)))
            return _applied(sign, "0", value)
        return self._operand()

    def _operand(self) -> str | None:
        if self._take("("):
            value = self._choice()
            if not self._take(")"):
                raise UnknownError(self._text)
            return value
        found = _PIECE.match(self._text, self._position)
        if found and found["number"]:
            self._position = found.end()
            return found["number"]
        if found and found["name"]:
            self._position = found.end()
            if found["name"].lower() in (*_TRUE, *_FALSE):
                return found["name"]
            raise UnknownError(self._text)
        while self._text[self._position : self._position + 1] in tuple(" \t\n"):
            self._position += 1
        token, end = tcl.operand(self._text, self._position)
        self._position = end
        try:
            return token.text if token.braced else self._evaluator.word(token)
        except UnknownError:
            return None


def _applied(operator: str, left: str | None, right: str | None) -> str | None:  # noqa: PLR0911 - one a kind
    if operator in ("&&", "||"):
        decides = operator == "||"
        known = [is_true(value) for value in (left, right) if value is not None]
        if decides in known:
            return str(int(decides))
        return str(int(not decides)) if len(known) == 2 else None  # noqa: PLR2004 - both
    if left is None or right is None:
        return None
    if operator in ("in", "ni"):
        return str(int((left in tcl.items(right)) == (operator == "in")))
    if operator in ("eq", "ne"):
        return str(int((left == right) == (operator == "eq")))
    first, second = functions.number(left), functions.number(right)
    if operator in ("==", "!=", "<", ">", "<=", ">="):
        one, other = (left, right) if first is None or second is None else (first, second)
        return str(int(_COMPARED[operator](one, other)))
    if first is None or second is None:
        raise UnknownError(left)
    try:
        return str(_computed(operator, first, second))
    except (ZeroDivisionError, OverflowError) as error:
        raise UnknownError(operator) from error


_COMPARED: dict[str, Callable[..., bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def _computed(operator: str, first: float, second: float) -> float:
    if operator == "+":
        return first + second
    if operator == "-":
        return first - second
    if operator == "*":
        return first * second
    if operator == "%":
        return first % second
    both = isinstance(first, int) and isinstance(second, int)
    return first // second if both else first / second
