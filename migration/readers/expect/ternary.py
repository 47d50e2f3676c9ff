"""One of two values that ``expr`` gives (``[expr {$argc > 1 ? [lindex $argv 1] : "x"}]``): an ``if`` that sets it."""

from __future__ import annotations

import re

from migration import words
from migration.script import Test

_EXPR = re.compile(r"\[\s*(?:::)?expr\s*\{(?P<inside>.*)\}\s*\]", re.DOTALL)
# What stands for itself, for a variable, or for an argument; ``expr`` and ``set`` read it alike.
_VALUE = re.compile(
    r"\s*(\$(?:::)?\w+(?:\(\w+\))?|\"[^\"\[\]{}\\]*\"|\{[^{}\\]*\}|\d+|\[\s*lindex\s+\$(?:::)?argv\s+\d+\s*\])\s*"
)
_SIGN = re.compile(r"::|[?:\"{}\[\]()]")
_CLOSING = {"{": "}", "[": "]", "(": ")"}
# What ``expr`` takes for a number, and the numbers that it leaves as they stand.
_NUMBER = (
    r"^[[:space:]]*[-+]?(0[xXoObB][0-9a-fA-F]+|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
    r"|[iI][nN][fF][a-zA-Z]*|[nN][aA][nN])[[:space:]]*$"
)
_PLAIN = r"^(0|-?[1-9][0-9]*)$"


def chosen(text: str) -> tuple[str, str, str] | None:
    """Return a condition and the values for where it holds and where not, as a word has them; None for another word."""
    found = _EXPR.fullmatch(text)
    pieces = _cut(found["inside"]) if found else []
    if len(pieces) != 3 or not pieces[0].strip():  # noqa: PLR2004 - a condition and two values
        return None
    values = [hit[1] if (hit := _VALUE.fullmatch(piece)) else "" for piece in pieces[1:]]
    if not all(values) or any(_changes(value.strip('"{}')) for value in values):
        return None
    return pieces[0].strip(), values[0], values[1]


def rewritten(word: words.Word) -> Test:
    """Return how bash asks whether ``expr`` makes another text of a value: a number that it writes in its own way."""
    named = words.renamed(word)
    text = words.bash(named)
    return Test(f"{text} =~ {_NUMBER} && ! {text} =~ {_PLAIN}", tuple(words.names(named)))


def _changes(text: str) -> bool:
    number = _NUMBER.replace("[[:space:]]", r"\s")
    return bool(re.search(number, text)) and not re.search(_PLAIN, text)


def _cut(text: str) -> list[str]:
    """Return what stands before, between and behind ``?`` and ``:``, where they are in no quotes and no brackets."""
    pieces, begun, closing, quoted = list[str](), 0, list[str](), False
    for sign in _SIGN.finditer(text):
        if sign[0] == '"' and not closing:
            quoted = not quoted
        elif quoted or sign[0] == "::":
            continue
        elif sign[0] in _CLOSING:
            closing.append(_CLOSING[sign[0]])
        elif closing and sign[0] == closing[-1]:
            closing.pop()
        elif not closing and sign[0] == "?:"[len(pieces) : len(pieces) + 1]:
            pieces.append(text[begun : sign.start()])
            begun = sign.end()
        elif not closing:
            return []
    return [*pieces, text[begun:]]
