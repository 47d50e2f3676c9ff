"""The variables of an expect script while it is read: what each holds at a place, as far as that can be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect import tcl
from migration.readers.expect.meaning import changed, changing
from migration.readers.expect.takings import Takings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.taken import Taken
    from migration.readers.expect.tcl import Token
    from migration.words import Word

_ARGUMENT = re.compile(r"\[lindex \$(?:::)?argv (\d+)\]")
_LEAVING = re.compile(r"(?:^|[;\n\s])(?:exit|return|error)\b[^;\n]*\s*\Z")


class Variables:
    """What the variables hold; ``values`` has None for those that are known to be set, and not to what.

    ``arguments`` are the names of the script's arguments, in order; their values are what they are otherwise.
    """

    def __init__(self, text: str, builder: Builder) -> None:
        """Begin with a script's text."""
        self.values: dict[str, Word | None] = {}
        self.arguments: list[str] = []
        self.takings = Takings(builder)
        self._changing = changing(text)

    def lookup(self, name: str) -> Word | None:
        """Return what a variable holds."""
        return self.values.get(name)

    def value(self, name: str, parameters: Mapping[str, Word]) -> Word | None:
        """Return what stands for a variable: a parameter's value, or that of one that the script sets several times."""
        if name in parameters:
            return parameters[name]
        if name not in self._changing or name in self.arguments:
            return None
        known = self.values.get(name)
        return known if words.literal(known) is not None else None

    def word(self, token: Token, parameters: Mapping[str, Word]) -> Word:
        """Return a word with what stands for its variables."""
        return words.substitute(tcl.value(token)[0], lambda name: self.value(name, parameters))

    def typed(self, token: Token, parameters: Mapping[str, Word], line: int) -> Word:
        """Return a word that is typed, what is taken out of the output in variables that bash has."""
        found = self.takings.word(tcl.value(token)[0], line)
        return words.substitute(found, lambda name: self.value(name, parameters))

    def set(  # noqa: PLR0917 - what is set, to what, where
        self,
        name: str,
        token: Token,
        taken: Taken | None,
        parameters: Mapping[str, Word],
        line: int,
        source: str,
        *,
        appends: bool,
    ) -> None:
        """Take ``set`` and, with ``appends``, ``lappend``; ``taken`` is what the word takes out of the output."""
        if argument := _ARGUMENT.fullmatch(token.text):
            while len(self.arguments) <= int(argument[1]):
                self.arguments.append("")
            self.arguments[int(argument[1])] = name
            self.values[name] = None
        elif taken is not None:
            self.values[name] = None
            self.takings.assign(name, taken, line, source, appends=appends)
        elif tcl.value(token)[1]:
            self.values[name] = None
        elif not appends:
            self.takings.forget(name)
            self.values[name] = self.word(token, parameters)

    def change(self, command: str, rest: Sequence[Token], parameters: Mapping[str, Word], line: int) -> None:
        """Take ``append`` and ``incr``."""
        if not rest:
            return
        name, before = rest[0].text, words.literal(self.values.get(rest[0].text))
        given = [words.literal(self.word(token, parameters)) for token in rest[1:]]
        self.values[name] = changed(command, before, given)
        if self.values[name] is None:
            told = " ".join(token.text for token in rest)
            self.takings.unclear(name, line, f"what {name} holds is not known: {command} {told}")

    def perhaps(self, before: Mapping[str, Word | None], body: Token, condition: str, line: int) -> None:
        """Take what was set under a condition: nobody knows whether it was, unless the script ends there."""
        if _LEAVING.search(body.text.strip()):
            self.values = dict(before)
            return
        for name, value in self.values.items():
            former = before.get(name)
            if former == value and name in before:
                continue
            if name in self.arguments and "arg" in condition:
                self.values[name] = value if value is not None else former
            else:
                self.values[name] = None
                self.takings.unclear(name, line, f"{name} depends on: {condition.strip()}")
