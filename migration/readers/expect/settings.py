"""What sets the variables of an expect script, and names that stand for others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect import functions, ternary
from migration.readers.expect.functions import index
from migration.readers.expect.loops import Loops
from migration.readers.expect.parts import Guard
from migration.readers.expect.values import Value
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word


# A tool behind ``open``, or what may be one.
_PIPED = re.compile(r"\[\s*open\s+[\"{]?\s*\|.*(?:\$|cloudhsm|key_mgmt_util|Cfm\dUtil)")


class Settings(Loops):
    """Follows what sets variables."""

    def _named(self, rest: Sequence[Token]) -> list[Token]:
        """Return words with the names of variables among them that are computed; UnknownError if one is not known."""
        found = []
        for place, token in enumerate(rest):
            computed = re.fullmatch(r"[\w:]+\(.*[$\[].*\)", token.text) or (
                not place and re.search(r"[$\[]", token.text)
            )
            text = self.variables.text(token) if computed and not token.braced else token.text
            if text is None:
                raise UnknownError(f"which variable {token.text} means")
            found.append(token._replace(text=text, braced=True) if text != token.text else token)
        return found

    def set(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``set``."""
        if len(rest) < 2:  # noqa: PLR2004 - a name and a value
            return script.IRRELEVANT, "reads a variable"
        name, token = rest[0].text, rest[1]
        source, line = self.text[command.start : command.end], self.at(command.start, frame)
        if name.removeprefix("::") == "spawn_id":
            self.set_spawn_id(token)
            return script.CONTEXT, "turns to a tool"
        if name.removeprefix("::") == "argv":
            self.variables.shift(token)
            return script.CONTEXT, "sets a variable"
        if (choice := ternary.chosen(token.text)) and not frame.silent and self.takings.of(token) is None:
            return self._one_of(name, choice, token, command, frame)
        if _PIPED.match(token.text) and not frame.silent:
            told = "runs a program behind open |: what is typed at it is not followed"
            self.builder.by_hand(line, told, before=len(self.builder.steps))
        taken = self.takings.of(token)
        if frame.silent:
            return script.CONTEXT, "sets a variable"
        if taken is not None:
            self.variables.take(name, taken, line, source, appends=False)
        elif self._reads(token):
            self.variables.read(name)
        else:
            self.variables.set(name, token, frame, line)
        self._follow_file(name, token, command, frame)
        return script.CONTEXT, "sets a variable"

    def _one_of(
        self, name: str, choice: tuple[str, str, str], token: Token, command: Command, frame: Frame
    ) -> tuple[str, str]:
        """Take ``set`` of one of two values as the ``if`` that sets it, of which bash can ask more."""
        line = self.at(command.start, frame)
        if self.variables.text(token) is not None:
            self.variables.set(name, token, frame, line)
            return script.CONTEXT, "sets a variable"
        condition, one, other = choice
        self.ledger.settle(command.start, command.end)
        self.body(self.made(f"if {{{condition}}} {{set {name} {one}}} else {{set {name} {other}}}", line), frame)
        held = self.variables.plain(token._replace(text=f"${{{name}}}"))
        if held is not None and words.names(held) and not self.variables.is_within:
            told = f"what {name} holds is a number, which expr writes in another way"
            guard = Guard(line, told, len(self.builder.steps), "3", ternary.rewritten(held), frame.loop)
            self.numbers.append((held, guard))
        return script.CONTEXT, "sets a variable"

    def _follow_file(self, name: str, token: Token, command: Command, frame: Frame) -> None:
        """Note what a variable holds of a file, and that of a channel something is read."""
        channel = re.match(r"\[\s*(gets|(?:.*\[\s*)?read\s+(?:-nonewline\s+)?)\s*\$(\w+)", token.text)
        held = self.variables.peek(channel[2]) if channel else None
        plain = held and held.read and not (frame.condition or frame.loop or self.variables.depth)
        if channel is None or (plain and self.is_read_in_order(command.start, command.end)):
            self.variables.note(name, token)
        elif channel:
            self.variables.forget_file(channel[2])
        if channel and channel[1] == "gets":
            self.variables.skip_line(channel[2])
        elif channel:
            self.variables.forget_file(channel[2])

    @staticmethod
    def _reads(token: Token) -> bool:
        """Return whether a word is what somebody types, or a file holds, or a channel."""
        return bool(re.match(r"\[\s*(?:gets|read|open|getpass|exp_pid|pid|socket|file|glob)\b", token.text))

    def change(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``append``, ``lappend`` and ``incr``."""
        if not rest or frame.silent:
            return script.CONTEXT, "changes a variable"
        name = command.tokens[0].text
        if self.inlined is not None and rest[0].text == self.inlined[0] and len(rest) == 2:  # noqa: PLR2004 - a list and a word
            self.variables.set(self.inlined[1], rest[1], frame, self.at(command.start, frame))
            self.variables.note(self.inlined[1], rest[1])
            self.flow = self.body(self.inlined[2], frame)
            return script.CONTEXT, "changes a variable"
        source, line = self.text[command.start : command.end], self.at(command.start, frame)
        taken = [self.takings.of(token) for token in rest[1:]] if name == "lappend" else []
        if taken and all(taken):
            for item in filter(None, taken):
                self.variables.take(rest[0].text, item, line, source, appends=True)
        else:
            self.variables.append(name, rest, line)
        return script.CONTEXT, "changes a variable"

    def lassign(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``lassign``."""
        items = self.variables.items(rest[0]) if rest else None
        argv = bool(rest) and rest[0].text.lstrip(":$") == "argv"
        if rest and items is None and (cut := self.variables.cut(rest[0])):
            return self.lassign_cut(cut, [token.text for token in rest[1:]])
        for place, token in enumerate(rest[1:]):
            word: Word | None = None
            if argv:
                word = self.variables.argument(place, token.text)
            elif items is not None:
                word = items[place] if place < len(items) else words.EMPTY
            self.variables.put(token.text, Value(word))
            if word is None and not argv and rest[0].text.startswith("["):
                told = f"{token.text} is computed: {' '.join(rest[0].text.split())}"
                self.variables.unclear(token.text, self.at(command.start, frame), told)
        return script.CONTEXT, "sets variables"

    def globals_(self, rest: Sequence[Token], command: Command, _: Frame) -> tuple[str, str]:
        """Take ``global``."""
        for token in rest if self.variables.depth else ():
            self.variables.link(token.text.rpartition("::")[2], f"::{token.text.removeprefix('::')}", 0)
        return script.IRRELEVANT, f"{command.tokens[0].text}: stays behind"

    def variable(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``variable``: a name of the namespace, and what it holds."""
        for place in range(0, len(rest), 2):
            self.variables.own(rest[place].text)
            if place + 1 < len(rest):
                self.set(rest[place : place + 2], command, frame)
        return script.CONTEXT, "sets variables"

    def upvar(self, rest: Sequence[Token], command: Command, _: Frame) -> tuple[str, str]:
        """Take ``upvar``: names for variables of another procedure."""
        tokens = list(rest)
        level = self.variables.level(tokens[0].text) if len(tokens) % 2 else self.variables.level("1")
        tokens = tokens[len(tokens) % 2 :]
        names = [self.variables.text(token) for token in tokens]
        if level is None or None in names:
            return script.UNKNOWN, "upvar: which variable it means is not known"
        for other, name in zip(names[0::2], names[1::2], strict=True):
            self.variables.link(str(name), str(other), level)
        return script.CONTEXT, f"{command.tokens[0].text}: other names for variables"

    def unset(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Take ``unset``."""
        names = [token for token in rest if token.text not in ("-nocomplain", "--")]
        for token in names if not frame.silent else ():
            name = self.variables.text(token)
            if name is None:
                return script.UNKNOWN, "unset: which variable it means is not known"
            if not self.variables.unset(name) and rest[0].text != "-nocomplain":
                return script.UNKNOWN, f"unset: {name} is not set here"
        return script.CONTEXT, "unsets variables"

    def lset(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``lset`` of one element."""
        if frame.silent or not rest:
            return script.CONTEXT, "changes a variable"
        items = self.variables.items(rest[0]._replace(text=f"${{{rest[0].text}}}", braced=False))
        place = self.variables.text(rest[1]) if len(rest) == 3 else None  # noqa: PLR2004 - name, place, value
        try:
            number = index(place or "", len(items or ()))
        except UnknownError:
            number = -1
        if items is None or not 0 <= number < len(items):
            told = f"what {rest[0].text} holds is not known: lset"
            self.variables.unclear(rest[0].text, self.at(command.start, frame), told)
        else:
            self.variables.put_list(rest[0].text, (*items[:number], self.variables.word(rest[2]), *items[number + 1 :]))
        return script.CONTEXT, "changes a variable"

    def array(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``array set``."""
        if len(rest) == 3 and rest[0].text == "set":  # noqa: PLR2004 - set, name, list
            items = self.variables.items(rest[2])
            if (items is None or len(items) % 2) and self.variables.text(rest[2]) is not None:
                return script.UNKNOWN, "array set: what it is given is no list of pairs"
            if items is None or len(items) % 2:
                self.variables.unset(rest[1].text)
                self.variables.unclear(rest[1].text, self.at(command.start, frame), f"{rest[1].text} is computed")
            for key, word in zip((items or ())[0::2], (items or ())[1::2], strict=False):
                self.variables.put(f"{rest[1].text}({words.shown(key)})", Value(word))
            return script.CONTEXT, "sets variables"
        if rest and rest[0].text == "unset" and not frame.silent:
            form = self.variables.text(rest[2]) if len(rest) > 2 else "*"  # noqa: PLR2004 - unset, name, pattern
            if form is None:
                return script.UNKNOWN, "array unset: which elements it means is not known"
            self.variables.unset_elements(rest[1].text, form)
            return script.CONTEXT, "unsets variables"
        return script.IRRELEVANT, "array: stays behind"

    def regexp(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``regexp``."""
        if frame.silent or not self.variables.regexp(rest, self.at(command.start, frame)):
            return script.IRRELEVANT, "regexp: stays behind"
        return script.CHECK, "takes something out of the output"

    def input(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what is read or computed into a variable."""
        name = command.tokens[0].text
        if len(rest) > 1 and not frame.silent and name in ("gets", "read") and rest[1].text.isidentifier():
            self.variables.read(rest[1].text)
            self._follow_file(rest[1].text, rest[0]._replace(text=f"[{name} {rest[0].text}]"), command, frame)
        elif name in ("scan", "regsub") and rest and not frame.silent:
            texts = [token for token in rest if token.braced or not re.fullmatch(r"-[a-z]+|--", token.text)]
            for token in texts[2:] if name == "scan" else texts[3:]:
                if token.text.isidentifier():
                    self.variables.unclear(
                        token.text, self.at(command.start, frame), f"{token.text} is computed: {name}"
                    )
        return script.IRRELEVANT, f"{name}: stays behind"

    def dict_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow ``dict for``, and take ``dict set``."""
        if len(rest) == 4 and rest[0].text == "for":  # noqa: PLR2004 - for, variables, dictionary, body
            return self.foreach(rest[1:], command, frame)
        if rest and rest[0].text in ("set", "lappend", "append", "incr", "unset") and len(rest) > 1:
            name = rest[1].text
            value = self.variables.find(name)
            before = words.literal(value.word) if value is not None else ""
            given = [self.variables.text(token) for token in rest[2:]]
            if rest[0].text == "set" and len(given) == 2 and before is not None and None not in given:  # noqa: PLR2004 - key, value
                held = {**functions.pairs(before), str(given[0]): str(given[1])}
                listed = functions.listed([item for pair in held.items() for item in pair])
                self.variables.put(name, Value(words.text(listed)))
            else:
                self.variables.unclear(name, self.at(command.start, frame), f"{name} is changed: dict {rest[0].text}")
            return script.CONTEXT, "sets a variable"
        return script.IRRELEVANT, "dict: stays behind"
