"""Procedures of an expect script, the tools that it starts, what it types at them, and the programs beside them."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.dialogue import Dialogue
from migration.readers.expect import tcl
from migration.readers.expect.base import Base
from migration.readers.expect.meaning import HARMLESS, SENDS
from migration.readers.expect.parts import EXIT, FATAL, RETURN, Flow, Frame, Proc
from migration.readers.expect.scopes import Value
from migration.readers.expect.taken import Taken
from migration.readers.expect.variables import spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word

_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")
_SPAWN_ID = ("$spawn_id", "$::spawn_id", "${spawn_id}")
_RUN = ("catch", "exec", "eval", "uplevel", *SENDS, "spawn", "expect")


class Tools(Base):
    """Follows procedures and what is typed."""

    # Procedures.

    def proc(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        """Take the definition of a procedure."""
        if len(rest) == 3:  # noqa: PLR2004 - name, parameters, body
            parameters = []
            for item in tcl.items(rest[1].text):
                name, *default = tcl.items(item) or [item]
                parameters.append((name, default[0] if default else None))
            self.procs[rest[0].text.removeprefix("::")] = Proc(tuple(parameters), rest[2])
        return script.CONTEXT, "a procedure"

    def call(self, name: str, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a call of a procedure."""
        proc = self.procs[name]
        self.called.add(name)
        if name in frame.active:
            return script.UNKNOWN, f"{name} calls itself"
        line = self.at(command.start, frame)
        given = self._given(rest, line, typed=self.sends(proc.body.text))
        before, tool = len(self.builder.steps), self.dialogue
        self.variables.enter()
        for index, (parameter, default) in enumerate(proc.parameters):
            if parameter == "args":
                items = tuple(given[index:])
                self.variables.put(parameter, Value(spaced(items), items))
            else:
                self.variables.put(parameter, Value(given[index] if index < len(given) else words.text(default or "")))
        self.returned.append([])
        flow = self.body(proc.body, frame._replace(line=line, active=(*frame.active, name), plain=False))
        given_back = self.returned.pop()
        declared = self.variables.is_declared("spawn_id")
        self.variables.leave()
        if tool is not None and not declared and "spawn_id" in proc.body.text:
            self._use(tool)
        self.result = given_back[0] if given_back and all(item == given_back[0] for item in given_back) else None
        if given_back and RETURN in flow.may and flow.ends != RETURN:
            self.result = self.result if isinstance(self.result, Taken) else None
        self.flow = Flow(flow.ends, flow.status) if flow.ends in FATAL else Flow()
        return (script.COMMAND if len(self.builder.steps) > before else script.CONTEXT), f"calls {name}"

    def _given(self, rest: Sequence[Token], line: int, *, typed: bool) -> list[Word]:
        found: list[Word] = []
        for token in rest:
            if token.text.startswith("{*}"):
                inner = self.variables.items(tcl.Token(token.text[3:], token.start + 3))
                found += inner if inner is not None else [words.variable(token.text[3:].lstrip("$"))]
            else:
                found.append(self.variables.typed(token, line) if typed else self.variables.word(token))
        return found

    def return_(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Take what a procedure returns."""
        if rest and rest[0].text == "-code":
            self.flow = Flow(EXIT, "1")
            return script.IRRELEVANT, "return: stays behind"
        if self.returned and not frame.silent:
            taken = self.takings.of(rest[0]) if rest else None
            self.returned[-1].append(taken or (self.variables.text(rest[0]) if rest else ""))
        self.flow = Flow(RETURN)
        return script.IRRELEVANT, "return: stays behind"

    def brackets(self, token: Token, frame: Frame) -> Taken | None:
        """Run what stands in brackets in a word, if it is more than a function; return what it takes if it is all."""
        taken = None
        for inner in tcl.value(token._replace(braced=False))[1]:
            position = self.text.find(inner, token.start)
            if position < 0:
                continue
            for command in list(tcl.commands(self.text, position, position + len(inner))):
                if command.comment:
                    continue
                name = command.tokens[0].text.removeprefix("::")
                if name not in self.procs and name not in _RUN:
                    for part in command.tokens[1:]:
                        if not part.braced:
                            self.brackets(part, frame)
                    continue
                self.result = None
                kind, remark = self.command(command, frame)
                if kind != script.CONTEXT:
                    self.mark(command, kind, remark)
                flow, self.flow = self.flow, Flow()
                self.left = flow if flow.ends else self.left
                self.variables.given.pop(inner.strip(), None)
                if isinstance(self.result, str):
                    self.variables.given[inner.strip()] = self.result
                taken = self.result if isinstance(self.result, Taken) else None
        whole = token.text.startswith("[") and token.text.endswith("]") and not token.braced
        return taken if whole else None

    # Scripts that are run.

    def catch(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow what ``catch`` runs: what fails in it does not end the script."""
        if not rest:
            return script.IRRELEVANT, "catch: stays behind"
        count, work = len(self.builder.steps), self.programs
        first = rest[0] if rest[0].braced else None
        flow = self.body(first, frame._replace(plain=False)) if first is not None else Flow()
        output = self.result if isinstance(self.result, Taken) else None
        added = self.builder.steps[count:]
        beside = first is None or self.programs > work or not self._only_tools(first.text)
        self.result = None if beside or flow.ends or flow.may else "0"
        if len(rest) > 1:
            if output is not None and added:
                self.variables.take(rest[1].text, output, self.line(command.start), rest[1].text, appends=False)
            else:
                self.variables.put(rest[1].text, Value(None))
        if any(step.session.words for step in added) and not self._in_condition and not frame.silent:
            line = self.at(command.start, frame)
            self.builder.by_hand(line, "what fails inside catch did not end the script, and ends it now", stops=False)
        self.flow = Flow(EXIT, flow.status) if flow.ends == EXIT else Flow()
        return (script.COMMAND if added else script.IRRELEVANT), "catch: stays behind"

    def _only_tools(self, text: str) -> bool:
        """Return whether a script fails only if one of the tools does."""
        bodies = [
            text,
            *(proc.body.text for name, proc in self.procs.items() if re.search(rf"\b{re.escape(name)}\b", text)),
        ]
        used = [name for body in bodies for name in re.findall(r"(?:^|[;\n{\[])\s*([a-z_]\w*)", body)]
        return not {*used} & {"file", "open", "source", "package", "cd", "glob", "socket", "error", "throw"}

    def try_(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow ``try``: its body and what is done at last; its handlers are for failures."""
        if not rest:
            return script.IRRELEVANT, "try: stays behind"
        flow = self.body(rest[0], frame._replace(plain=False))
        position = 1
        while position < len(rest):
            word = rest[position].text
            if word == "finally" and position + 1 < len(rest):
                last = self.body(rest[position + 1], frame)
                flow = last if last.ends else flow
                position += 2
                continue
            body = rest[position + 3] if position + 3 < len(rest) else None
            if word == "on" and rest[position + 1].text in ("ok", "0") and body is not None:
                flow = self.body(body, frame)
            elif body is not None:
                self.failed(body, f"{word} {rest[position + 1].text}", frame)
            position += 4
        self.flow = Flow(EXIT, "1") if flow.ends == "error" else flow
        return script.CONTEXT, "a try"

    def failed(self, body: Token, what: str, frame: Frame) -> None:
        """Read what is done only where something failed: it is left out, and said."""
        state = self.state()
        if self.sends(body.text) and not frame.silent:
            line = self.at(body.start, frame)
            text = f"what is done {what} is left out: the translation stops at a failure"
            self.builder.by_hand(line, " ".join(text.split()), stops=False)
        self.body(body, frame._replace(silent=True))
        self.restore(state)

    def eval_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a script that is written out, or that a variable holds."""
        tokens = [token for token in rest if not re.fullmatch(r"#?\d+", token.text) or token.braced]
        texts = [self.variables.text(token) for token in tokens]
        if len(tokens) == 1 and tokens[0].braced:
            self.flow = self.body(tokens[0], frame)
            return script.CONTEXT, "runs a script"
        whole = [text for text in texts if text is not None]
        if len(whole) < len(texts):
            found = self.variables.spread(tokens)
            if found is None or not found or words.literal(found[0]) not in self.procs:
                self.builder.by_hand(
                    self.at(command.start, frame), "runs a script that only a run knows", before=len(self.builder.steps)
                )
                return script.UNKNOWN, "runs a script that only a run knows"
        code = self.made(
            " ".join(whole) if len(whole) == len(texts) else " ".join(t.text for t in tokens),
            self.at(command.start, frame),
        )
        self.flow = self.body(code, frame._replace(plain=False, line=self.at(command.start, frame)))
        return script.CONTEXT, "runs a script"

    def namespace(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow ``namespace eval``: its procedures are called by their full names, too."""
        if len(rest) < 3 or rest[0].text != "eval":  # noqa: PLR2004 - eval, name, body
            return script.IRRELEVANT, "namespace: stays behind"
        before = set(self.procs)
        self.flow = self.body(rest[2], frame)
        for name in set(self.procs) - before:
            self.procs[f"{rest[1].text.removeprefix('::')}::{name}"] = self.procs[name]
        return script.CONTEXT, "a namespace"

    # Tools.

    def _invocation(self, rest: Sequence[Token]) -> invocation.Invocation | None:
        found: list[Word] = []
        for token in rest:
            spread = self.variables.items(tcl.Token(token.text[3:], token.start)) if token.text[:3] == "{*}" else None
            for word in spread if spread is not None else [self.variables.word(token)]:
                plain = words.literal(word) or ""
                if plain.startswith("-") and not found:
                    continue
                kept = self.variables.expanded(word)
                found += words.split(kept) if words.names(word) and words.literal(kept) is not None else [word]
        shell = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
        if shell in _SHELLS and len(found) > 2 and words.literal(found[1]) in ("-c", "-lc", "-ec"):  # noqa: PLR2004
            inside = words.literal(found[2])
            if inside is not None and not re.search(r"[|&;<>`$*?\n]", inside):
                try:
                    return invocation.of([words.text(piece) for piece in shlex.split(inside)])
                except ValueError:
                    return None
        return invocation.of(found)

    def spawn(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take the start of a tool."""
        if frame.silent:
            return script.CONTEXT, "only where something failed"
        call = self._invocation(rest)
        if call is None:
            self.dialogue = None
            return script.UNKNOWN, self._beside_tools(rest)
        return self._start(call, command, frame)

    def _beside_tools(self, rest: Sequence[Token]) -> str:
        told = next((name for name in invocation.TOOLS if any(name in token.text for token in rest)), "")
        return f"runs {told} in a way that is not followed" if told else "starts a program that is none of the tools"

    def _use(self, dialogue: Dialogue | None) -> None:
        self.dialogue = dialogue
        name = f"exp{dialogue.session.run}" if dialogue is not None else ""
        if dialogue is not None:
            self.spawned[name] = dialogue
        self.variables.put("::spawn_id", Value(words.text(name) if name else None))

    def set_spawn_id(self, token: Token) -> None:
        """Take ``set spawn_id``: what is typed from here on goes to another tool, or to nobody knows which."""
        found = self.variables.text(token)
        if token.text not in _SPAWN_ID:
            self._use(self.spawned.get(found or ""))

    def named(self, token: Token | None) -> Dialogue | None:
        """Return the run of a tool that is named by ``-i``, the current one without."""
        if token is None or token.text in _SPAWN_ID:
            return self.dialogue
        return self.spawned.get(self.variables.text(token) or "")

    def _start(self, call: invocation.Invocation, command: Command, frame: Frame) -> tuple[str, str]:
        line, count = self.line(command.start), len(self.builder.steps)
        if call.tool == script.HOST:
            session = script.Session(script.HOST, self.builder.runs)
            name = (words.text(call.name), *call.arguments)
            self.builder.steps.append(script.Step(line, call.name, name, session, condition=frame.condition))
            return script.COMMAND, call.name
        if call.commands is not None:
            commands = tuple(tuple(map(words.renamed, found)) for found in call.commands)
            for word in [word for found in commands for word in found]:
                self.variables.used(word)
            found = invocation.run_words(
                self.builder,
                call._replace(commands=commands),
                line,
                self.variables.lookup,
                condition=frame.condition,
            )
            self.result = self.takings.output(found[-1]) if found else None
            self._in_loop(count, frame)
            return script.COMMAND, f"{call.tool} singlecmd"
        self._use(Dialogue(self.builder, call.tool, self.variables.lookup, cfg=call.cfg))
        return script.CONTEXT, f"starts {call.tool}"

    def _in_loop(self, count: int, frame: Frame) -> None:
        if frame.loop:
            steps = self.builder.steps
            steps[count:] = [replace(step, loop=frame.loop) for step in steps[count:]]

    def send(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what is typed."""
        tokens, to, position = [], None, 0
        while position < len(rest):
            token = rest[position]
            plain = not (token.quoted or token.braced)
            if plain and token.text == "-i":
                position += 1
                to = rest[position] if position < len(rest) else None
            elif not (plain and token.text in ("-h", "-s", "--", "-raw")):
                tokens.append(token)
            position += 1
        if not tokens:
            return script.CONTEXT, "sends nothing"
        if frame.silent:
            return script.CONTEXT, "typed only where something failed"
        dialogue = self.named(to)
        if dialogue is None:
            if to is not None or self.spawned:
                line = self.at(command.start, frame)
                self.builder.by_hand(line, "which tool this is typed at is not known", before=len(self.builder.steps))
            return script.UNKNOWN, "types at no tool that was started before"
        # Tcl takes one word here; a script that forgot its quotes means them together.
        typed = spaced(
            [self.variables.typed(token, self.at(token.start, frame), told=not frame.condition) for token in tokens]
        )
        spelled = words.split(tcl.value(tokens[0])[0])
        own = self.line(command.start)
        number = own if not frame.line or (spelled and words.literal(spelled[0]) is not None) else frame.line
        before = len(self.builder.steps)
        for typed_line in words.lines(words.renamed(typed)):
            if dialogue.feed(typed_line, number, condition=frame.condition) >= 0 and frame.condition:
                dialogue.await_answers()
        self._in_loop(before, frame)
        return (script.COMMAND if len(self.builder.steps) > before and number == own else script.CONTEXT), "types"

    # Programs beside the tools.

    def exec_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take a program that is run: a tool, or one that the translation does not run."""
        if frame.silent:
            return script.IRRELEVANT, "exec: stays behind"
        if found := self._invocation(rest):
            return self._start(found, command, frame)
        self.programs += 1
        told = self._beside_tools(rest)
        if told.startswith("runs"):
            self.builder.by_hand(self.at(command.start, frame), told, before=len(self.builder.steps))
            return script.UNKNOWN, told
        tokens = [token for token in rest if token.braced or not token.text.startswith("-")]
        program = (tokens[0].text if tokens else "").rpartition("/")[2]
        if program not in HARMLESS and program != "test":
            shown = [words.shown(self.variables.word(token)) for token in rest]
            self.aside(command, f"exec {' '.join(shown)}", frame)
        return script.IRRELEVANT, "exec: stays behind"
