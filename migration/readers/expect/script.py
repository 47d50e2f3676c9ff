"""Tcl expect scripts: the sends, in the order in which they are made when all goes well."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.dialogue import Builder, Dialogue
from migration.readers import patterns
from migration.readers.expect import tcl
from migration.readers.expect.meaning import PLAIN, RUNS, counted, truth
from migration.readers.expect.parts import Frame, Proc
from migration.readers.expect.variables import Variables
from migration.readers.patterns import short
from migration.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.taken import Taken
    from migration.readers.expect.tcl import Command, Token
    from migration.source import Source
    from migration.words import Word

# How many bodies of procedures, branches and loops are followed; a script that holds more would never end.
_BODIES = 5000
_UNROLLED = 64
_WHOLE = {"timeout", "eof", "full_buffer", "null", "default"}
_EXPECTS = ("expect", "expect_after", "expect_before", "expect_user", "expect_tty")
_SENDS = ("send", "exp_send", "send_tty")


class _Reader:
    """One script, or the script in a here-document, which begins behind ``first`` lines of the file."""

    def __init__(self, text: str, builder: Builder, first: int = 0) -> None:
        self.text = text
        self.builder = builder
        self.first = first
        self.starts = [0, *(index + 1 for index, sign in enumerate(text) if sign == "\n")]
        self.procs: dict[str, Proc] = {}
        self.called: set[str] = set()
        self.dialogue: Dialogue | None = None
        self.variables = Variables(text, builder)
        self.takings = self.variables.takings
        self.bodies = 0

    def line(self, position: int) -> int:
        return self.first + bisect_right(self.starts, position)

    def read(self) -> None:
        self.run(0, len(self.text), Frame({}))
        for name, proc in self.procs.items():
            if name not in self.called and self._sends(proc.body.text):
                line = self.line(proc.body.start)
                self.builder.by_hand(line, f"procedure {name} sends commands and is never called here")

    def _sends(self, text: str) -> bool:
        used = re.findall(r"[A-Za-z_]\w*", text)
        return bool({*_SENDS} & set(used)) or any(
            name in used and re.search(r"\b(?:exp_)?send\b", proc.body.text) for name, proc in self.procs.items()
        )

    def run(self, start: int, end: int, frame: Frame) -> None:
        """Read the commands between two places."""
        self.bodies += 1
        if self.bodies > _BODIES:
            self.builder.by_hand(self.line(start), "procedures and loops are too many to be followed")
            return
        for command in tcl.commands(self.text, start, end):
            first, last = self.line(command.start), self.line(max(command.end - 1, command.start))
            kind, remark = (script.IRRELEVANT, "a comment") if command.comment else self._command(command, frame)
            for number in range(first, last + 1):
                self.builder.mark(number, kind, remark)

    def _command(self, command: Command, frame: Frame) -> tuple[str, str]:  # noqa: PLR0911 - one a kind of command
        name = command.tokens[0].text
        rest = command.tokens[1:]
        if name in self.procs:
            return self._call(name, rest, command, frame)
        handler = {
            "proc": self._proc,
            "spawn": self._spawn,
            "exp_spawn": self._spawn,
            "if": self._if,
            "foreach": self._foreach,
            "for": self._loop,
            "while": self._loop,
            "set": self._set,
            "lappend": self._set,
            "lassign": self._lassign,
            "switch": self._loop,
            "append": self._change,
            "incr": self._change,
            "regexp": self._regexp,
            "return": self._return,
        }.get(name)
        if handler is not None:
            return handler(rest, command, frame)
        if name in _SENDS:
            return self._send(rest, command, frame)
        if name in _EXPECTS:
            return self._expect(rest, frame)
        if name in PLAIN:
            if name == "exec" and (found := self._invocation(rest)):
                return self._start(found, command, frame)
            if name in RUNS and self._sends(self.text[command.start : command.end]):
                return script.UNKNOWN, f"what {name} sends is not followed"
            return script.IRRELEVANT, f"{name}: stays behind"
        return (
            (script.IRRELEVANT, "the end of a block")
            if name in ("}", "{")
            else (script.UNKNOWN, f"{name} is not known here")
        )

    def _word(self, token: Token, frame: Frame) -> Word:
        return self.variables.word(token, frame.values)

    def _typed(self, token: Token, frame: Frame) -> Word:
        return self.variables.typed(token, frame.values, frame.line or self.line(token.start))

    def _proc(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        if len(rest) == 3:  # noqa: PLR2004 - name, parameters, body
            parameters = []
            for item in tcl.items(rest[1].text):
                name, *default = tcl.items(item) or [item]
                parameters.append((name, default[0] if default else None))
            self.procs[rest[0].text] = Proc(tuple(parameters), rest[2])
        return script.CONTEXT, "a procedure"

    def _call(self, name: str, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        proc = self.procs[name]
        self.called.add(name)
        if name in frame.active:
            return script.UNKNOWN, f"{name} calls itself"
        word = self._typed if self._sends(proc.body.text) else self._word
        given = [word(token, frame) for token in rest]
        values: dict[str, Word] = {}
        for index, (parameter, default) in enumerate(proc.parameters):
            if parameter == "args":
                values[parameter] = words.join([piece for word in given[index:] for piece in (word, words.text(" "))])
            elif index < len(given):
                values[parameter] = given[index]
            else:
                values[parameter] = words.text(default or "")
        before = len(self.builder.steps)
        line = frame.line or self.line(command.start)
        self.run(
            proc.body.start,
            proc.body.start + len(proc.body.text),
            frame._replace(values=values, line=line, active=(*frame.active, name)),
        )
        return (script.COMMAND if len(self.builder.steps) > before else script.CONTEXT), f"calls {name}"

    def _invocation(self, rest: Sequence[Token]) -> invocation.Invocation | None:
        found: list[Word] = []
        for token in rest:
            word = self._word(token, Frame({}))
            plain = words.literal(word) or ""
            if plain.startswith("-") and not found:
                continue
            value = words.substitute(word, self.variables.lookup)
            found += words.split(value) if words.names(word) else [word]
        return invocation.of(found)

    def _spawn(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        call = self._invocation(rest)
        if call is None:
            self.dialogue = None
            return script.UNKNOWN, "starts a program that is none of the tools"
        return self._start(call, command, frame)

    def _start(self, call: invocation.Invocation, command: Command, frame: Frame) -> tuple[str, str]:
        line = self.line(command.start)
        if call.tool == script.HOST:
            session = script.Session(script.HOST, self.builder.runs)
            name = (words.text(call.name), *call.arguments)
            self.builder.steps.append(script.Step(line, call.name, name, session, condition=frame.condition))
            return script.COMMAND, call.name
        if call.commands is not None:
            invocation.run_words(self.builder, call, line, self.variables.lookup, condition=frame.condition)
            return script.COMMAND, f"{call.tool} singlecmd"
        self.dialogue = Dialogue(self.builder, call.tool, self.variables.lookup, cfg=call.cfg)
        return script.CONTEXT, f"starts {call.tool}"

    def _send(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        tokens = [
            token
            for token in rest
            if token.quoted or token.braced or not re.fullmatch(r"-[hs]|--|-i|\$spawn_id", token.text)
        ]
        if not tokens:
            return script.CONTEXT, "sends nothing"
        if frame.silent:
            return script.CONTEXT, "typed only where something failed"
        # Tcl takes one word here; a script that forgot its quotes means them together.
        pieces = [self._typed(token, frame) for token in tokens]
        typed = words.join([piece for word in pieces for piece in (word, words.text(" "))][:-1])
        if self.dialogue is None:
            return script.UNKNOWN, "types at no tool that was started before"
        literal = (
            words.literal(words.split(tcl.value(tokens[0])[0])[0]) if words.split(tcl.value(tokens[0])[0]) else None
        )
        own = self.line(command.start)
        number = own if literal is not None or not frame.line else frame.line
        before = len(self.builder.steps)
        for line in words.lines(words.renamed(typed)):
            index = self.dialogue.feed(line, number, condition="" if frame.loop else frame.condition)
            if index >= 0 and frame.loop:
                self.builder.steps[index] = replace(self.builder.steps[index], loop=frame.loop)
        return (script.COMMAND if len(self.builder.steps) > before and number == own else script.CONTEXT), "types"

    def _expect(self, rest: Sequence[Token], frame: Frame) -> tuple[str, str]:
        tokens = [token for token in rest if token.quoted or token.braced or not tcl.FLAG.fullmatch(token.text)]
        if len(tokens) == 1 and tokens[0].braced and re.search(r"[{\"\n]", tokens[0].text):
            start = tokens[0].start
            inside = tcl.commands(self.text, start, start + len(tokens[0].text))
            tokens = [token for item in inside for token in item.tokens]
        branches = tcl.branches(tokens)
        alone = sum(token.text not in _WHOLE for token, _ in branches) == 1
        for token, body in branches:
            pattern = words.shown(words.substitute(self._word(token, frame), self.variables.lookup))
            failed = token.text in _WHOLE or (bool(patterns.FAILURE.search(pattern)) and not alone)
            line = frame.line or self.line(token.start)
            if not failed:
                self._look(pattern, line)
            if body is None:
                continue
            if failed and self._sends(body.text) and token.text not in _WHOLE and not frame.silent:
                self.builder.by_hand(
                    line,
                    f'what is done when it reads "{short(pattern)}" is left out: the translation stops at a failure',
                    stops=False,
                )
            self.run(body.start, body.start + len(body.text), frame._replace(silent=frame.silent or failed))
        return script.CONTEXT, "waits"

    def _look(self, pattern: str, line: int) -> None:
        """Take a pattern that is waited for: it gives a variable, checks the output, or only says that all is well."""
        steps = self.builder.steps
        if self.takings.waited(pattern) or not steps or not re.search(r"[A-Za-z]{3}", pattern):
            return
        count = re.search(r"Total number of keys present: (\d+)", pattern)
        if count and steps[-1].name == "findKey":
            check = f".data.total_key_count == {count[1]}"
            steps[-1] = replace(steps[-1], checks=(*steps[-1].checks, check))
            self.builder.mark(line, script.CHECK, "counts keys")
        elif patterns.FAILURE.search(pattern):
            self.builder.mark(line, script.CHECK, "waits for a failure")
            self.builder.by_hand(line, f'waits for a failure, "{short(pattern)}": the translation stops at it')
        elif not patterns.JUST_SUCCESS.search(pattern):
            self.builder.mark(line, script.CHECK, "reads the output")
            self.builder.by_hand(line, f'waits for "{short(pattern)}", which is JSON now')

    def _set(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        if len(rest) < 2:  # noqa: PLR2004 - a name and a value
            return script.IRRELEVANT, "reads a variable"
        source, line = self.text[command.start : command.end], frame.line or self.line(command.start)
        appends = command.tokens[0].text == "lappend"
        for token in rest[1:]:
            _, scripts = tcl.value(token)
            taken = self._returned(scripts[0], token, frame) if len(scripts) == 1 else None
            taken = taken or self.takings.of(token)
            self.variables.set(rest[0].text, token, taken, frame.values, line, source, appends=appends)
        return script.CONTEXT, "sets a variable"

    def _change(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        self.variables.change(command.tokens[0].text, rest, frame.values, self.line(command.start))
        return script.CONTEXT, "changes a variable"

    def _returned(self, inner: str, token: Token, frame: Frame) -> Taken | None:
        """Follow a procedure in brackets, and return what it takes out of the output."""
        if inner.split(maxsplit=1)[:1] and inner.split(maxsplit=1)[0] in self.procs:
            self.takings.returned = None
            offset = self.text.find(inner, token.start)
            for found in tcl.commands(self.text, offset, offset + len(inner)):
                self._command(found, frame)
            return self.takings.returned
        return None

    def _return(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        self.takings.returned = self.takings.of(rest[0]) if rest else None
        return script.IRRELEVANT, "return: stays behind"

    def _regexp(self, rest: Sequence[Token], command: Command, _: Frame) -> tuple[str, str]:
        if self.takings.regexp(rest, self.line(command.start)) is None:
            return script.IRRELEVANT, "regexp: stays behind"
        return script.CHECK, "takes something out of the output"

    def _lassign(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        if rest and rest[0].text.lstrip(":$") == "argv":
            self.variables.arguments = [token.text for token in rest[1:]]
        for token in rest[1:]:
            self.variables.values[token.text] = None
        return script.CONTEXT, "sets variables"

    def _if(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        parts = [token for token in rest if token.braced or token.text not in ("then", "else", "elseif")]
        conditions, bodies = parts[0::2], parts[1::2]
        if len(parts) % 2:
            conditions, bodies = conditions[:-1], [*bodies, parts[-1]]
        for index, body in enumerate(bodies):
            condition = conditions[index].text if index < len(conditions) else "otherwise"
            known = self._truth(conditions[index], frame) if index < len(conditions) else None
            if known is False:
                continue
            inside = frame if known else frame._replace(condition=frame.condition or f"only if {condition.strip()}")
            if not self._sends(body.text):
                inside = frame._replace(silent=True)
            if known:
                self.run(body.start, body.start + len(body.text), inside)
                break
            self._perhaps(body, inside, " ".join(token.text for token in conditions))
        return script.CONTEXT, "a condition"

    def _perhaps(self, body: Token, frame: Frame, condition: str) -> None:
        before = dict(self.variables.values)
        self.run(body.start, body.start + len(body.text), frame)
        self.variables.perhaps(before, body, condition, self.line(body.start))

    def _truth(self, condition: Token, frame: Frame) -> bool | None:
        known = truth(condition.text, frame.values)
        return known if known is not None else self.takings.condition(condition.text, self.line(condition.start))

    def _foreach(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        if len(rest) != 3 or not self._sends(rest[2].text):  # noqa: PLR2004 - variable, list, body
            if rest:
                self.run(rest[-1].start, rest[-1].start + len(rest[-1].text), frame._replace(silent=True))
            return script.CONTEXT, "a loop that types nothing"
        name, body = rest[0].text, rest[2]
        listed = words.literal(words.substitute(self._word(rest[1], frame), self.variables.lookup))
        values = tcl.items(listed) if listed is not None else []
        source = re.fullmatch(r"\$(\w+)", rest[1].text)
        over = (
            source[1] if source and self._is_list(source[1]) else self.takings.listed(rest[1], self.line(rest[1].start))
        )
        if over:
            values_here = {key: value for key, value in frame.values.items() if key != name}
            inside = frame._replace(values=values_here, loop=(name, over))
            self.run(body.start, body.start + len(body.text), inside)
            return script.CONTEXT, f"a loop over {over}"
        if listed is None or len(values) > _UNROLLED or " " in name:
            return self._loop(rest, command, frame)
        for value in values:
            inside = frame._replace(values={**frame.values, name: words.text(value)})
            self.run(body.start, body.start + len(body.text), inside)
        return script.CONTEXT, f"a loop of {len(values)} turns"

    def _is_list(self, name: str) -> bool:
        """Return whether a variable has taken handles, one after another."""
        return any(taken.variable == f"{name}[]" for step in self.builder.steps for taken in step.captures)

    def _loop(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        name = command.tokens[0].text
        if not rest:
            return script.CONTEXT, name
        head = " ".join(token.text for token in rest[:-1])
        bodies = rest[-1:] if name != "switch" else tcl.bodies(self.text, rest[-1])
        if name == "for" and (turns := counted(rest)) is not None:
            for value in turns[1]:
                inside = frame._replace(values={**frame.values, turns[0]: words.text(value)})
                self.run(rest[-1].start, rest[-1].start + len(rest[-1].text), inside)
            return script.CONTEXT, f"a loop of {len(turns[1])} turns"
        for body in bodies:
            inside = frame._replace(condition=frame.condition or f"in {name} {head}")
            self._perhaps(body, inside if self._sends(body.text) else frame._replace(silent=True), f"{name} {head}")
        return script.CONTEXT, "a loop" if name != "switch" else "a choice"


def read_into(text: str, builder: Builder, first: int = 0) -> tuple[dict[str, Word | None], list[str]]:
    """Read a script into a builder; return the values of its variables and the names of its arguments."""
    reader = _Reader(text, builder, first)
    reader.read()
    return reader.variables.values, reader.variables.arguments


def read_expect(source: Source) -> Script:
    """Read an expect script: sends along the way on which nothing fails, procedures and loops over lists unrolled."""
    builder = Builder(source.text)
    values, arguments = read_into(source.text, builder)
    return Script(
        source.name,
        "expect",
        source.text,
        builder.lines(),
        tuple(builder.steps),
        hand_work=tuple(builder.hand_work),
        parameters={words.bash_name(name): value and words.renamed(value) for name, value in values.items()},
        arguments=tuple(map(words.bash_name, arguments)),
    )
