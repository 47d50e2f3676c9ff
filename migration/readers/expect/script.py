"""Tcl expect scripts: the sends, in the order in which they are made when all goes well."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migration import script, words
from migration.dialogue import Builder
from migration.readers.expect.branches import Branches
from migration.readers.expect.meaning import PLAIN, RUNS, SENDS
from migration.readers.expect.parts import BREAK, CONTINUE, ERROR, EXIT, Flow, Frame
from migration.readers.expect.scopes import Value
from migration.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.tcl import Command, Token
    from migration.source import Source
    from migration.words import Word

_EXPECTS = ("expect", "expect_after", "expect_before", "expect_user", "expect_tty")
_STRUCTURES = ("proc", "if", "while", "for", "foreach", "switch", "set", "catch", "namespace", "try", "dict", *_EXPECTS)


class _Reader(Branches):
    """One script."""

    def read(self) -> None:
        """Read all of it."""
        self.run(0, self.own, Frame())
        self.finish()

    def command(self, command: Command, frame: Frame) -> tuple[str, str]:  # noqa: PLR0911 - one a kind of command
        """Read one command."""
        name = command.tokens[0].text.removeprefix("::")
        rest = command.tokens[1:]
        if name not in _STRUCTURES:
            for token in rest:
                if not token.braced:
                    self.brackets(token, frame)
        if name in self.procs:
            return self.call(name, rest, command, frame)
        handler = {
            "proc": self.proc,
            "spawn": self.spawn,
            "exp_spawn": self.spawn,
            "if": self.if_,
            "foreach": self.foreach,
            "for": self.loop,
            "while": self.loop,
            "switch": self.switch,
            "set": self.set,
            "variable": self.set,
            "lappend": self.change,
            "append": self.change,
            "incr": self.change,
            "lassign": self.lassign,
            "global": self.globals_,
            "upvar": self.globals_,
            "array": self.array,
            "dict": self.dict_,
            "regexp": self.regexp,
            "gets": self.input,
            "read": self.input,
            "scan": self.input,
            "regsub": self.input,
            "return": self.return_,
            "exit": self.leave,
            "exp_exit": self.leave,
            "error": self.leave,
            "throw": self.leave,
            "break": self.leave,
            "continue": self.leave,
            "catch": self.catch,
            "try": self.try_,
            "eval": self.eval_,
            "uplevel": self.eval_,
            "namespace": self.namespace,
            "exec": self.exec_,
            "system": self.exec_,
            "puts": self.puts,
            "file": self.file,
            "interact": self.interact,
        }.get(name)
        if handler is not None:
            return handler(rest, command, frame)
        if name in SENDS:
            return self.send(rest, command, frame)
        if name in _EXPECTS:
            return self.wait(name, rest, frame)
        if name in PLAIN:
            if name in RUNS and self.sends(self.text[command.start : command.end]):
                return script.UNKNOWN, f"what {name} sends is not followed"
            return script.IRRELEVANT, f"{name}: stays behind"
        return (
            (script.IRRELEVANT, "the end of a block")
            if name in ("}", "{")
            else (script.UNKNOWN, f"{name} is not known here")
        )

    # Variables.

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
        if self.variables.default(name, token):
            return script.CONTEXT, "sets a variable"
        self.left = Flow()
        self.result = None
        taken = self.brackets(token, frame) or self.takings.of(token)
        if frame.silent:
            return script.CONTEXT, "sets a variable"
        if taken is not None:
            self.variables.take(name, taken, line, source, appends=False)
        elif self._reads(token):
            self.variables.put(name, Value(None))
        else:
            self.variables.set(name, token, frame, line)
        return script.CONTEXT, "sets a variable"

    @staticmethod
    def _reads(token: Token) -> bool:
        """Return whether a word is what somebody types, or a file holds, or a channel."""
        return bool(re.match(r"\[\s*(?:gets|read|open|getpass|exp_pid|pid|socket|file|glob)\b", token.text))

    def change(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``append``, ``lappend`` and ``incr``."""
        if not rest or frame.silent:
            return script.CONTEXT, "changes a variable"
        name = command.tokens[0].text
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
        """Take ``global``, and ``upvar`` of the script's own variables."""
        tokens = [token.text for token in rest]
        self.variables.declare(tokens if command.tokens[0].text == "global" else tokens[-1:])
        return script.IRRELEVANT, f"{command.tokens[0].text}: stays behind"

    def array(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``array set``."""
        if len(rest) == 3 and rest[0].text == "set":  # noqa: PLR2004 - set, name, list
            items = self.variables.items(rest[2])
            if items is None:
                self.variables.unclear(rest[1].text, self.at(command.start, frame), f"{rest[1].text} is computed")
            for key, word in zip((items or ())[0::2], (items or ())[1::2], strict=False):
                self.variables.put(f"{rest[1].text}({words.shown(key)})", Value(word))
            return script.CONTEXT, "sets variables"
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
            self.variables.put(rest[1].text, Value(None))
        elif name in ("scan", "regsub") and rest and not frame.silent:
            for token in rest[2:] if name == "scan" else rest[-1:]:
                if token.text.isidentifier():
                    self.variables.unclear(
                        token.text, self.at(command.start, frame), f"{token.text} is computed: {name}"
                    )
        return script.IRRELEVANT, f"{name}: stays behind"

    # What ends something.

    def leave(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what ends the script, or leaves a block."""
        name = command.tokens[0].text
        if not frame.silent:
            if name in ("exit", "exp_exit"):
                self.flow = Flow(EXIT, self._status(rest))
            else:
                kind = {"break": BREAK, "continue": CONTINUE}.get(name, ERROR)
                self.flow = Flow(kind, "1" if kind == ERROR else "")
        return script.IRRELEVANT, f"{name}: stays behind"

    def _status(self, rest: Sequence[Token]) -> str:
        texts = [token for token in rest if token.text != "-onexit"]
        return (self.variables.text(texts[0]) or "?") if texts else "0"

    # What is done beside the tools.

    def puts(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``puts``: into a file it is told."""
        channel = [token for token in rest if token.text != "-nonewline"]
        if len(channel) > 1 and channel[0].text.lstrip("$") not in ("stdout", "stderr"):
            self.aside(command, f"puts into {channel[0].text}", frame)
        return script.IRRELEVANT, "puts: stays behind"

    def file(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``file``: what it does to files is told."""
        if rest and rest[0].text in ("delete", "copy", "rename", "mkdir", "attributes", "link"):
            self.aside(command, self.text[command.start : command.end], frame)
        return script.IRRELEVANT, "file: stays behind"

    def interact(self, _: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Say that somebody at the keyboard goes on."""
        if self.sends(self.text[command.start : command.end]):
            return script.UNKNOWN, "what interact sends is not followed"
        if not frame.silent:
            line = self.at(command.start, frame)
            told = "hands over to whoever sits there: type at cloudhsm-cli interactive what is to be done"
            self.builder.by_hand(line, told, before=len(self.builder.steps))
        return script.CHECK, "hands over to whoever sits there"


def read_into(text: str, builder: Builder, first: int = 0) -> tuple[dict[str, Word | None], list[str]]:
    """Read a script into a builder; return the values of its variables and the names of its arguments."""
    reader = _Reader(text, builder, first)
    count = len(builder.steps)
    reader.read()
    runs = [(step.session.run, step.line) for step in builder.steps[count:] if step.session.login is not None]
    for (before, _), (run, line) in pairwise(runs):
        if run < before:
            builder.by_hand(line, "turns back to a tool that was left open, with its own login")
    return reader.variables.parameters(), reader.variables.arguments


def read_expect(source: Source) -> Script:
    """Read an expect script: sends along the way on which nothing fails, procedures and loops over lists unrolled."""
    builder = Builder(source.text)
    reader = _Reader(source.text, builder)
    reader.read()
    parameters = reader.variables.parameters()
    return Script(
        source.name,
        "expect",
        source.text,
        builder.lines(),
        tuple(builder.steps),
        hand_work=tuple(builder.hand_work),
        parameters={words.bash_name(name): value and words.renamed(value) for name, value in parameters.items()},
        arguments=tuple(map(words.bash_name, reader.variables.arguments)),
    )
