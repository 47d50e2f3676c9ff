"""Tcl expect scripts: the sends, in the order in which they are made when all goes well."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from migration import script, words
from migration.dialogue import Builder
from migration.readers.expect import programs, tcl
from migration.readers.expect.around import unfolded
from migration.readers.expect.ledger import SHOWN
from migration.readers.expect.meaning import CHANGES, PLAIN, RUNS, SENDS, does
from migration.readers.expect.net import Net
from migration.readers.expect.parts import BREAK, CONTINUE, ERROR, EXIT, FATAL, Flow, Frame
from migration.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.around import Within
    from migration.readers.expect.taken import Taken
    from migration.readers.expect.tcl import Command, Token
    from migration.readers.expect.values import Value
    from migration.source import Source
    from migration.words import Word

_EXPECTS = ("expect", "expect_after", "expect_before", "expect_user", "expect_tty")
# What has a result of its own, or that of what it runs.
_RESULTS = (
    "return",
    "if",
    "switch",
    "catch",
    "eval",
    "uplevel",
    "namespace",
    "exec",
    "apply",
    "try",
    "subst",
    "regexp",
)
# What has names of variables among its words, that which it sets as the first.
_NAMING = ("set", "append", "lappend", "incr", "lset", "unset")
# What only leaves a tool.
_LEAVING = re.compile(r"""\bsend\s+(?:--\s+)?["{]?(?:quit|exit|logoutHSM)\\[rn]["}]?""")


class _Reader(Net):
    """One script.

    ``prints`` says that others may take what it prints; ``at_exit`` is the line that says what it does at its end.
    """

    prints = False
    at_exit = 0

    def read(self) -> None:
        """Read all of it."""
        self.ended(self.run(0, self.own, Frame()))
        self.finish()

    def command(self, command: Command, frame: Frame) -> tuple[str, str]:
        """Read one command."""
        held, ran = self._read_by(command), self.ran
        for question in programs.opened(command.tokens[1:]):
            self.fails(command, question, question, frame)
        rest = [self.settled(token, frame) for token in command.tokens[1:]]
        if command.tokens[0].text in ("expr", "::expr"):
            rest = [token._replace(text=self.condition(token, frame)) if token.braced else token for token in rest]
        name = self._name(self.settled(command.tokens[0], frame))
        if self.ran > ran and any(self.variables.find(item) != value for item, value in held.items()):
            told = "reads a variable that what stands in brackets in the same line changes: not followed"
            self.builder.by_hand(self.at(command.start, frame), told, before=len(self.builder.steps))
        if name in _NAMING:
            rest = self._named(rest)
        if self.found(name):
            return self.call(self.found(name), rest, command, frame)
        kind = self._do(name.removeprefix("::"), rest, command, frame)
        if name not in _RESULTS and not self.flow.ends:
            self.result = self._gives(name, rest)
        return kind

    def _name(self, token: Token) -> str:
        return (self.variables.text(token) or token.text) if not token.braced else token.text

    def _read_by(self, command: Command) -> dict[str, Value | None]:
        """Return what the variables hold that are read by a command with something in brackets."""
        if not any("[" in token.text for token in command.tokens if not token.braced):
            return {}
        plain = " ".join(token.text for token in command.tokens if not token.braced)
        return {name: self.variables.find(name) for name in re.findall(r"\$\{?((?:::)?\w+(?:::\w+)*)", plain)}

    def _gives(self, name: str, rest: Sequence[Token]) -> Word | Taken | None:
        """Return what a command gives, as far as it is a function or sets a variable."""
        if name in ("set", "append", "lappend", "incr") and rest:
            return self.value(rest[0]._replace(text=f"${{{rest[0].text}}}", braced=False))
        if does(name, name, len(rest) + 1) or name not in PLAIN:
            return None
        texts = [
            f"{{{token.text}}}" if token.braced else f'"{token.text}"' if token.quoted else token.text for token in rest
        ]
        return (
            self.value(tcl.Token(f"[{' '.join([name, *texts])}]", 0)) if rest or name in ("wait", "exp_wait") else None
        )

    def _do(  # noqa: PLR0911 - one a kind of command
        self, name: str, rest: Sequence[Token], command: Command, frame: Frame
    ) -> tuple[str, str]:
        handler = {
            "proc": self.proc,
            "spawn": self.spawn,
            "exp_spawn": self.spawn,
            "if": self.if_,
            "foreach": self.foreach,
            "for": self.loop,
            "while": self.while_,
            "switch": self.switch,
            "set": self.set,
            "variable": self.variable,
            "unset": self.unset,
            "lset": self.lset,
            "rename": self.rename,
            "apply": self.apply,
            "lappend": self.change,
            "append": self.change,
            "incr": self.change,
            "lassign": self.lassign,
            "global": self.globals_,
            "upvar": self.upvar,
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
            "uplevel": self.uplevel,
            "namespace": self.namespace,
            "exec": self.exec_,
            "system": self.exec_,
            "puts": self.puts,
            "send_user": self.says,
            "send_error": self.says,
            "file": self.file,
            "cd": self.cd,
            "log_file": self.log_file,
            "interact": self.interact,
        }.get(name)
        if handler is not None:
            return handler(rest, command, frame)
        if name in SENDS:
            return self.send(rest, command, frame)
        if name in _EXPECTS:
            return self.wait(name, rest, frame)
        if name in PLAIN:
            if name in RUNS and self._runs(self.text[command.start : command.end]):
                return script.UNKNOWN, f"what {name} runs is not followed"
            if name in CHANGES:
                return script.UNKNOWN, f"what {name} changes is not followed"
            self.function(command, frame)
            if name in RUNS:
                self.called |= self.named_in(self.text[command.start : command.end])
            return script.IRRELEVANT, f"{name}: stays behind"
        return (
            (script.IRRELEVANT, "the end of a block")
            if name in ("}", "{")
            else (script.UNKNOWN, f"{name} is not known here")
        )

    def rename(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        """Take ``rename`` of a procedure."""
        names = [self.variables.text(token) for token in rest]
        if len(names) != 2 or None in names or not self.found(str(names[0])):  # noqa: PLR2004 - from, to
            return script.UNKNOWN, "rename: only procedures of the script are followed"
        proc = self.procs.pop(self.found(str(names[0])))
        if names[1]:
            self.procs[self.full(str(names[1]))] = proc
        return script.CONTEXT, "renames a procedure"

    def apply(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a procedure without a name."""
        made = tcl.items(self.variables.text(rest[0]) or "") if rest else []
        if len(made) != 2:  # noqa: PLR2004 - parameters, body
            return script.UNKNOWN, "apply is not followed here"
        line = self.at(command.start, frame)
        body = self.made(made[1], line)
        self.ledger.settle(command.start, command.end)
        self.proc([tcl.Token("apply", 0), tcl.Token(made[0], 0, braced=True), body], command, frame)
        proc = self.procs.pop(self.full("apply"))
        given = self._given(rest[1:], line, typed=self.sends(made[1]))
        return self._enter("apply", proc, given, line, frame)

    def _runs(self, text: str) -> bool:
        """Return whether what a command runs later, or often, is more than nothing."""
        return self.sends(text) or self.leaves(text) or bool(self.sets(text))

    # What ends something.

    def leave(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what ends the script, or leaves a block."""
        name = command.tokens[0].text
        if name in ("exit", "exp_exit") and rest and rest[0].text in ("-onexit", "-noexit"):
            return self._at_exit(rest, command, frame)
        if name in ("exit", "exp_exit"):
            failed, line = self.failing(rest[0].text if rest else ""), self.at(command.start, frame)
            if failed and not frame.silent and not self.failing(frame.condition):
                self.statuses = (*self.statuses, (line, failed, len(self.builder.steps)))
            elif not failed and self.variables.leant and not frame.silent:
                told = "ends with a status that tells what has failed, and the translation ends with 1 then"
                self.builder.by_hand(line, told, stops=False)
            if frame.silent:
                self.ledger.leave(command, line, self._status_there(rest, frame), frame)
        if not frame.silent:
            if name in ("exit", "exp_exit"):
                self.flow = Flow(EXIT, self._status(rest))
            else:
                kind = {"break": BREAK, "continue": CONTINUE}.get(name, ERROR)
                self.flow = Flow(kind, "1" if kind == ERROR else "")
                said = rest[1:] if name == "throw" else rest
                self.result = self.value(said[0]) if kind == ERROR and said else None
            self.ended_at = self.at(command.start, frame)
        return script.IRRELEVANT, f"{name}: stays behind"

    def _at_exit(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``exit -onexit``, which ends nothing; what it types at the end is left to a person."""
        if not frame.silent:
            text = self.variables.text(rest[1]) if len(rest) > 1 else None
            body = "" if text is None else text
            self.called |= self.named_in(body)
            bodies = [body, *(self.procs[name].body.text for name in self.named_in(body))]
            types = text is None or any(self.sends(_LEAVING.sub("", item)) for item in bodies[1:] or bodies)
            self.at_exit = self.at(command.start, frame) if types else 0
        return script.CONTEXT, "says what is done at the end"

    def ended(self, flow: Flow) -> None:
        """Say what is done at the end, and the status if it is for certain not that of the translation."""
        if self.at_exit:
            told = "what exit -onexit lets the script do at its end is not followed"
            self.builder.by_hand(self.at_exit, told, before=len(self.builder.steps))
        if flow.ends in FATAL and flow.status != "0" and self.ended_at not in [item[0] for item in self.statuses]:
            told = f"ends the script with status {flow.status}, and the translation ends with 0 where all went well"
            if self.types_behind:
                # Nobody writes commands that are typed only where something fails: it is read wrongly, or means more.
                told = f"ends the script with status {flow.status} before all is typed: look at whether it does"
            before = len(self.builder.steps) if self.types_behind else -1
            self.builder.by_hand(self.ended_at, told, before=before, stops=self.types_behind, needed=self.types_behind)

    def _status(self, rest: Sequence[Token]) -> str:
        return (self.variables.text(rest[0]) or " ".join(rest[0].text.split())) if rest else "0"

    def _status_there(self, rest: Sequence[Token], frame: Frame) -> str:
        """Return a status where something failed: variables are not followed there, other than what a call gives."""
        if not rest:
            return "0"
        text = rest[0].text
        given = [name for name, _ in self.procs[frame.active[-1]].parameters] if frame.active else []
        if text.lstrip("-").isdigit() or text.lstrip("$").strip("{}") in given:
            return self.variables.text(rest[0]) or text
        return text

    # What is done beside the tools.

    def puts(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``puts``: into a file it is told."""
        channel = [token for token in rest if token.text != "-nonewline"]
        name = (self.variables.text(channel[0]) or channel[0].text).lstrip("$") if len(channel) > 1 else "stdout"
        if name not in SHOWN:
            self.written(command, channel[0].text, frame)
            return script.IRRELEVANT, "puts: stays behind"
        return self.says(rest, command, frame)

    def says(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what is printed: it is left to a person where the shell script around may take it."""
        name = command.tokens[0].text
        errors = name == "send_error" or (rest[:-1] and rest[-2].text == "stderr")
        if self.prints and not frame.silent and not errors:
            told = f"{name} prints what the shell script around may read, and the translation prints JSON in its place"
            self.builder.by_hand(self.at(command.start, frame), told, before=len(self.builder.steps))
        self.print(rest, command, frame)
        return script.IRRELEVANT, f"{name}: stays behind"

    def cd(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``cd``, which is told unless it goes where the tools are."""
        if rest and "cloudhsm" not in rest[0].text:
            self.aside(command, self.text[command.start : command.end], frame, channel="cd", known=True)
        return script.IRRELEVANT, "cd: stays behind"

    def file(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``file``: what it does to files is told."""
        if rest and rest[0].text in ("delete", "copy", "rename", "mkdir", "attributes", "link"):
            self.aside(command, self.text[command.start : command.end], frame)
        return script.IRRELEVANT, "file: stays behind"

    def log_file(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take ``log_file``: the translation writes none, which is told."""
        if any(not token.text.startswith("-") for token in rest):
            self.aside(command, self.text[command.start : command.end], frame)
        return script.IRRELEVANT, "log_file: stays behind"

    def interact(self, _: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Say that somebody at the keyboard goes on."""
        if self.sends(self.text[command.start : command.end]):
            return script.UNKNOWN, "what interact sends is not followed"
        if not frame.silent:
            line = self.at(command.start, frame)
            told = "hands over to whoever sits there: type at cloudhsm-cli interactive what is to be done"
            self.builder.by_hand(line, told, before=len(self.builder.steps))
        return script.CHECK, "hands over to whoever sits there"


def read_into(text: Word, builder: Builder, first: int, within: Within) -> None:
    """Read a script inside a shell script into its builder."""
    source, given = unfolded(text)
    reader = _Reader(source, builder, first)
    reader.variables.stand_within(within, given, first)
    reader.prints = within.taken
    count, said = len(builder.steps), len(builder.hand_work)
    reader.read()
    runs = [(step.session.run, step.line) for step in builder.steps[count:] if step.session.login is not None]
    for (before, _), (run, line) in pairwise(runs):
        if run < before:
            builder.by_hand(line, "turns back to a tool that was left open, with its own login")
    # People know the names of the shell script.
    for place, step in enumerate(builder.steps[count:], count):
        builder.steps[place] = replace(step, condition=_as_written(step.condition, given))
    builder.hand_work[said:] = [work._replace(text=_as_written(work.text, given)) for work in builder.hand_work[said:]]


def _as_written(text: str, given: dict[str, Word]) -> str:
    for name, word in given.items():
        text = text.replace(f"${name}", words.shown(word))
    return text


def read_expect(source: Source) -> Script:
    """Read an expect script: sends along the way on which nothing fails, procedures and loops over lists unrolled."""
    builder = Builder(source.text)
    reader = _Reader(source.text, builder)
    reader.read()
    parameters = reader.variables.parameters()
    named = {words.bash_name(name): value and words.renamed(value) for name, value in parameters.items()}
    arguments = tuple(map(words.bash_name, reader.variables.arguments))
    changing = {*arguments, *(capture.variable for step in builder.steps for capture in step.captures)}
    return Script(
        source.name,
        "expect",
        source.text,
        builder.lines(),
        tuple(builder.steps),
        hand_work=tuple(builder.hand_work),
        parameters=named,
        arguments=arguments,
        constants={name: (0, value) for name, value in named.items() if value and name not in changing},
        endings=tuple(builder.endings),
        printed=tuple(builder.printed),
        rows={name: rows._replace(path=words.renamed(rows.path)) for name, rows in reader.variables.rows.items()},
    )
