"""The variables of an expect script that hold something of a tool's output, and what is known of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.scene import LIST
from migration.readers.expect import taken as tcl_taken
from migration.readers.expect import tcl
from migration.readers.expect.taken import Taken
from migration.reading import kinds, meaning
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.tcl import Token
    from migration.words import Word

_OUT = "expect_out({},string)"
_BUFFER = "expect_out(buffer)"
_GROUPS = 9
_TRIMMED = re.compile(r"\[string trim(?:left|right)? \$\{?(\w+)\}?\]")
_REGEXP = re.compile(r"\s*(!?)\s*\[\s*(regexp\s.*)\]\s*", re.DOTALL)


class Takings:
    """What has been taken out of the output so far."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._known: dict[str, Taken] = {}
        # Variables whose value nobody could tell, with their line.
        self._unknown: dict[str, tuple[int, str]] = {}
        self.returned: Taken | None = None

    def waited(self, pattern: str) -> bool:
        """Take a pattern that is waited for; return whether it matches the last command's output and has groups."""
        for name in [_BUFFER, *(_OUT.format(number) for number in range(_GROUPS + 1))]:
            self._known.pop(name, None)
        steps = self._builder.steps
        if not steps or not steps[-1].name:
            return False
        last = len(steps) - 1
        self._known[_BUFFER] = Taken(last, lambda output: output)
        (one,) = meaning.ran(steps[-1:])
        if not tcl_taken.matches(pattern, meaning.on_terminal(one)):
            return False
        for number in range(_GROUPS + 1):
            self._known[_OUT.format(number)] = tcl_taken.group(last, pattern, number)
        return True

    def of(self, token: Token) -> Taken | None:
        """Return what a word takes out of the output, None if there is nothing of it in the word."""
        if token.braced:
            return None
        return tcl_taken.spelled(token, self._known)

    def assign(self, name: str, taken: Taken, line: int, source: str, *, appends: bool = False) -> bool:
        """Let a variable hold something that is taken; return whether it is known what."""
        (one,) = meaning.ran(self._builder.steps[taken.step : taken.step + 1])
        self._known[name] = taken
        self._unknown.pop(name, None)
        kind = meaning.taken(one, taken.of)
        if not kind or (appends and kind == kinds.LIST):
            self._unknown[name] = line, f"takes something out of the output, which is JSON now: {source}"
            return False
        self._builder.capture(taken.step, f"{name}{LIST}" if appends or kind == kinds.LIST else name, kind)
        return True

    def unclear(self, name: str, line: int, why: str) -> None:
        """Note that nobody can tell what a variable holds from here on."""
        self._known.pop(name, None)
        self._unknown[name] = line, why

    def forget(self, name: str) -> None:
        """Note that a variable holds something else now."""
        self._known.pop(name, None)
        self._unknown.pop(name, None)

    def regexp(self, tokens: Sequence[Token], line: int) -> bool | None:
        """Take what a regexp command sets; return whether it finds its pattern, None if it does not read the output."""
        match = tcl_taken.matched(tokens, self._known)
        if match is None:
            return None
        for name, taken in tcl_taken.groups(match).items():
            self.assign(name, taken, line, f"regexp {{{match.pattern}}}")
        (one,) = meaning.ran(self._builder.steps[match.taken.step : match.taken.step + 1])
        try:
            return tcl_taken.finds(match, meaning.on_terminal(one))
        except UnknownError:
            return None

    def condition(self, text: str, line: int) -> bool | None:
        """Return the truth of ``[regexp ...]`` or its negation where all goes well, None for anything else."""
        found = _REGEXP.fullmatch(text)
        commands = list(tcl.commands(found[2])) if found else []
        told = self.regexp(commands[0].tokens[1:], line) if len(commands) == 1 else None
        return None if told is None or found is None else told != bool(found[1])

    def word(self, found: Word, line: int) -> Word:
        """Return a word whose scripts in brackets are variables that bash has, as far as they are known."""
        pieces = []
        for part in found:
            name = part.text
            if part.kind == words.VARIABLE and name.startswith("["):
                trimmed = _TRIMMED.fullmatch(name)
                taken = tcl_taken.computed(name[1:-1], self._known)
                if trimmed:
                    name = trimmed[1]
                elif taken is not None:
                    self.assign(words.bash_name(name), taken, line, name)
                    name = words.bash_name(name)
            elif part.kind == words.VARIABLE and name in self._known and name.startswith("expect_out"):
                self.assign(words.bash_name(name), self._known[name], line, f"${name}")
                name = words.bash_name(name)
            if part.kind == words.VARIABLE and name in self._unknown:
                self._builder.by_hand(*self._unknown[name])
            pieces.append(words.Part(part.kind, name))
        return tuple(pieces)

    def listed(self, token: Token, line: int) -> str:
        """Return the list of handles that a loop goes over, empty if it does not go over one."""
        taken = self.of(token)
        if taken is None:
            return ""
        name = words.bash_name(token.text.lstrip("$"))
        elements = Taken(taken.step, _joined(taken.of))
        return name if self.assign(name, elements, line, token.text) else ""


def _joined(of: Callable[[str], str]) -> Callable[[str], str]:
    return lambda output: ",".join(item.strip(" ,") for item in tcl.items(of(output)))
