"""What the shell of a recorded session makes of a line: its variables and aliases, as far as the session sets them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"[A-Za-z_]\w*"
_EXPANSION = rf"\$(?:(?P<name>{_NAME})|\{{(?P<braced>{_NAME})\}})|(?P<other>\$[\w{{(?$#@*!-]|`)"
_PLAIN = re.compile(rf"'[^']*'|\\.|(?P<quote>\")|{_EXPANSION}|(?P<sign>[;|&<>()])|[^\"'\\$`;|&<>()]+|.", re.DOTALL)
_QUOTED = re.compile(rf"\\.|(?P<quote>\")|{_EXPANSION}|(?P<sign>(?!))|[^\"\\$`]+|.", re.DOTALL)
_ASSIGNED = re.compile(rf"({_NAME})=(.*)", re.DOTALL)
_DECLARES = ("export", "readonly", "declare", "typeset")
_FUNCTION = re.compile(rf"\s*(?:function\s+)?({_NAME})\s*\(\)")


class _Piece(NamedTuple):
    """A piece of a line: the variable that it stands for, whether it is code, and whether double quotes are around."""

    text: str
    variable: str
    is_code: bool
    is_sign: bool
    quoted: bool


class Shell:
    """The shell of one session: what its lines have set up to now."""

    def __init__(self) -> None:
        """Begin with nothing set."""
        self._variables: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._functions: set[str] = set()

    def takes(self, command: str) -> bool:
        """Take a line that does nothing but set variables or an alias to what stands there; False for any other."""
        expanded = self.expanded(command)
        known = not any(piece.is_code or piece.variable or piece.is_sign for piece in _pieces(expanded))
        first, *rest = _split(expanded if known else command) or [""]
        aliases = first == "alias"
        assigned = [_ASSIGNED.fullmatch(word) for word in (rest if aliases or first in _DECLARES else [first, *rest])]
        known = known and bool(assigned) and all(assigned)
        for name, value in (item.groups() for item in assigned if item):
            held = self._aliases if aliases else self._variables
            held.pop(name, None)
            if known:
                held[name] = value
        return known

    def calls_function(self, command: str) -> bool:
        """Return whether a line calls a function that a line before has defined."""
        if found := _FUNCTION.match(command):
            self._functions.add(found[1])
        return next(iter(command.split(maxsplit=1)), "") in self._functions

    def expanded(self, command: str) -> str:
        """Return a line with what is known in place of its variables and of an alias at its beginning."""
        first, blank, rest = command.partition(" ")
        if first in self._aliases:
            command = f"{self._aliases[first]}{blank}{rest}"
        return "".join(self._spelled(piece) for piece in _pieces(command))

    def _spelled(self, piece: _Piece) -> str:
        value = self._variables.get(piece.variable)
        if value is None:
            return piece.text
        if piece.quoted:
            return re.sub(r'(["\\$`])', r"\\\1", value)
        return " ".join(map(shlex.quote, value.split()))


def unknown(command: str) -> str:
    """Return the first variable or code of a line whose value the session does not show; nothing if there is none."""
    found = next((piece.text for piece in _pieces(command) if piece.variable or piece.is_code), "")
    return {"$(": "$(...)", "`": "`...`"}.get(found, found)


def _pieces(command: str) -> Iterator[_Piece]:
    position, quoted = 0, False
    while found := (_QUOTED if quoted else _PLAIN).match(command, position):
        position = found.end()
        quoted ^= found["quote"] is not None
        variable = found["name"] or found["braced"] or ""
        yield _Piece(found[0], variable, found["other"] is not None, found["sign"] is not None, quoted)


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
