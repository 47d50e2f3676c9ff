"""The part of sed that scripts use on a tool's output: s, p, d, q, n, y-less blocks, with addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from migration.reading.regexes import UnknownError, compiled, spelled

_FLAGS = re.compile(r"-[nErsz]+")
_LAST = 10**9
_STEPS = 10_000


@dataclass
class _Command:
    """One command: its addresses (a line number or a pattern), whether they are negated, its letter, what it has."""

    addresses: list[int | re.Pattern[str]]
    negated: bool
    letter: str
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    inside: list[_Command] = field(default_factory=list)
    open: bool = False


def run(words: list[str], lines: list[str]) -> list[str]:
    """Return the lines that sed prints; UnknownError if its script does what is not known here."""
    silent = extended = False
    scripts: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-e", "--expression") and rest:
            scripts.append(rest.pop(0))
        elif option in ("--quiet", "--silent", "--regexp-extended"):
            silent, extended = silent or option != "--regexp-extended", extended or option == "--regexp-extended"
        elif _FLAGS.fullmatch(option) and "s" not in option and "z" not in option:
            silent, extended = silent or "n" in option, extended or bool({"E", "r"} & set(option))
        elif re.fullmatch(r"-[nEr]*e", option) and rest:
            silent, extended = silent or "n" in option, extended or bool({"E", "r"} & set(option))
            scripts.append(rest.pop(0))
        else:
            raise UnknownError(option)
    if not scripts and rest:
        scripts.append(rest.pop(0))
    if not scripts or rest:
        raise UnknownError("sed")
    return _Machine(_Parser("\n".join(scripts), extended=extended).commands(), lines, silent=silent).run()


class _Parser:
    """A sed script while it is read."""

    def __init__(self, text: str, *, extended: bool) -> None:
        self._text = text
        self._at = 0
        self._kind = "extended" if extended else "basic"

    def commands(self, *, inside: bool = False) -> list[_Command]:
        found: list[_Command] = []
        while True:
            self._skip(" \t\n;")
            if self._at == len(self._text):
                if inside:
                    raise UnknownError(self._text)
                return found
            if self._text[self._at] == "}":
                if not inside:
                    raise UnknownError(self._text)
                self._at += 1
                return found
            found.append(self._command())

    def _skip(self, signs: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in signs:
            self._at += 1

    def _command(self) -> _Command:
        addresses: list[int | re.Pattern[str]] = []
        while (address := self._address()) is not None:
            addresses.append(address)
            self._skip(" \t")
            if self._text[self._at : self._at + 1] != "," or len(addresses) > 1:
                break
            self._at += 1
            self._skip(" \t")
        negated = self._text[self._at : self._at + 1] == "!"
        self._at += negated
        self._skip(" \t")
        letter = self._text[self._at : self._at + 1]
        self._at += 1
        command = _Command(addresses, negated, letter)
        if letter == "{":
            command.inside = self.commands(inside=True)
        elif letter == "s":
            self._substitution(command)
        elif not letter or letter not in "pdqnN=":
            raise UnknownError(self._text)
        return command

    def _address(self) -> int | re.Pattern[str] | None:
        sign = self._text[self._at : self._at + 1]
        if number := re.compile(r"\d{1,6}").match(self._text, self._at):
            self._at = number.end()
            if self._text[self._at : self._at + 1] == "~":
                raise UnknownError(self._text)
            return int(number[0])
        if sign == "$":
            self._at += 1
            return _LAST
        if sign in ("/", "\\"):
            self._at += 1 + (sign == "\\")
            found = self._delimited(self._text[self._at - 1 : self._at])
            return compiled(spelled(found), self._kind)
        return None

    def _delimited(self, delimiter: str) -> str:
        """Return the text up to a delimiter, and go behind it."""
        found: list[str] = []
        while True:
            if self._at >= len(self._text) or not delimiter:
                raise UnknownError(self._text)
            sign = self._text[self._at]
            self._at += 1
            if sign == delimiter:
                return "".join(found)
            if sign == "\\":
                following = self._text[self._at : self._at + 1]
                self._at += 1
                found.append(following if following == delimiter and delimiter not in "()|" else sign + following)
            elif sign == "[":
                bracket = re.compile(r"\^?\]?(?:\[:\w+:\]|[^\]])*\]").match(self._text, self._at)
                piece = bracket[0] if bracket else ""
                self._at += len(piece)
                found.append(sign + piece)
            else:
                found.append(sign)

    def _substitution(self, command: _Command) -> None:
        delimiter = self._text[self._at : self._at + 1]
        self._at += 1
        pattern = self._delimited(delimiter)
        command.replacement = self._delimited(delimiter)
        flags = re.compile(r"[gpIi\d]*").match(self._text, self._at)
        command.flags = flags[0] if flags else ""
        self._at += len(command.flags)
        if self._text[self._at : self._at + 1].isalpha() or re.search(r"\\[UuLlE]", command.replacement):
            raise UnknownError(self._text)
        command.pattern = compiled(spelled(pattern), self._kind, ignore_case=bool({"i", "I"} & set(command.flags)))


class _Machine:
    """A script while it is run over lines."""

    def __init__(self, commands: list[_Command], lines: list[str], *, silent: bool) -> None:
        self._commands = commands
        self._lines = lines
        self._silent = silent
        self._number = 0
        self._space = ""
        self._printed: list[str] = []
        self._steps = 0

    def run(self) -> list[str]:
        while self._number < len(self._lines):
            self._space = self._lines[self._number]
            self._number += 1
            ended = self._all(self._commands)
            if ended != "d" and not self._silent:
                self._printed.append(self._space)
            if ended == "q":
                break
        return "\n".join(self._printed).split("\n") if self._printed else []

    def _all(self, commands: list[_Command]) -> str:  # noqa: C901 - one branch a command
        """Run commands on the pattern space; return ``d`` or ``q`` if one of them ends the cycle."""
        for command in commands:
            self._steps += 1
            if self._steps > _STEPS:
                raise UnknownError("sed")
            if self._selected(command) == command.negated:
                continue
            if command.letter == "{":
                if ended := self._all(command.inside):
                    return ended
            elif command.letter in "dq":
                return command.letter
            elif command.letter == "p":
                self._printed.append(self._space)
            elif command.letter == "=":
                self._printed.append(str(self._number))
            elif command.letter in "nN":
                if self._number == len(self._lines):
                    return "q"
                if command.letter == "n" and not self._silent:
                    self._printed.append(self._space)
                following = self._lines[self._number]
                self._space = following if command.letter == "n" else f"{self._space}\n{following}"
                self._number += 1
            elif self._substituted(command) and "p" in command.flags:
                self._printed.append(self._space)
        return ""

    def _selected(self, command: _Command) -> bool:
        if not command.addresses:
            return True
        if len(command.addresses) == 1:
            return self._matches(command.addresses[0])
        first, last = command.addresses
        if not command.open:
            if not self._matches(first):
                return False
            command.open = not (isinstance(last, int) and last <= self._number)
            return True
        command.open = not (self._number >= last if isinstance(last, int) else self._matches(last))
        return True

    def _matches(self, address: int | re.Pattern[str]) -> bool:
        if isinstance(address, int):
            return self._number == (len(self._lines) if address == _LAST else address)
        return bool(address.search(self._space))

    def _substituted(self, command: _Command) -> bool:
        assert command.pattern is not None
        which = int("".join(filter(str.isdigit, command.flags)) or 1)
        seen = 0

        def text(found: re.Match[str]) -> str:
            nonlocal seen
            seen += 1
            if seen < which or (seen > which and "g" not in command.flags):
                return found[0]
            return _expanded(command.replacement, found)

        self._space = command.pattern.sub(text, self._space)
        return seen >= which


def _expanded(replacement: str, found: re.Match[str]) -> str:
    def piece(sign: re.Match[str]) -> str:
        escaped = sign[1]
        if sign[0] == "&":
            return found[0]
        if escaped.isdigit():
            if int(escaped) > found.re.groups:
                raise UnknownError(replacement)
            return found[int(escaped)] or ""
        return {"n": "\n", "t": "\t"}.get(escaped, escaped)

    return re.sub(r"\\(.)|&", piece, replacement, flags=re.DOTALL)
