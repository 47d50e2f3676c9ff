"""Procedures of an expect script, and scripts that it runs: ``catch``, ``try``, ``eval``, what stands in brackets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect import tcl
from migration.readers.expect.base import Base
from migration.readers.expect.meaning import SENDS
from migration.readers.expect.parts import EXIT, FATAL, RETURN, Flow, Frame, Proc
from migration.readers.expect.scopes import Value
from migration.readers.expect.taken import Taken
from migration.readers.expect.variables import spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Dialogue
    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word

# What is more than a function where it stands in brackets.
_RUN = ("catch", "exec", "eval", "uplevel", *SENDS, "spawn", "expect")


class Procs(Base):
    """Follows procedures and scripts that are run."""

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
            self.use(tool)
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

    def use(self, dialogue: Dialogue | None) -> None:
        """Let what is typed go to a run of a tool, None for nobody knows which."""
        self.dialogue = dialogue
        name = f"exp{dialogue.session.run}" if dialogue is not None else ""
        if dialogue is not None:
            self.spawned[name] = dialogue
        self.variables.put("::spawn_id", Value(words.text(name) if name else None))
