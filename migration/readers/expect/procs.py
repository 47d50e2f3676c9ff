"""Procedures of an expect script, and scripts that it runs: ``catch``, ``try``, ``eval``, what stands in brackets."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect import tcl
from migration.readers.expect.failures import Failures
from migration.readers.expect.ledger import WRITES, effect
from migration.readers.expect.meaning import does
from migration.readers.expect.parts import BREAK, CONTINUE, ERROR, EXIT, FATAL, RETURN, Flow, Frame, LeftError, Proc
from migration.readers.expect.taken import Taken
from migration.readers.expect.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Dialogue
    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word

# What a handler of try is for, beside errors.
_OTHERS = ("return", "break", "continue", "2", "3", "4")
_CODES = {ERROR: "1", RETURN: "2", BREAK: "3", CONTINUE: "4"}


class Procs(Failures):
    """Follows procedures and scripts that are run."""

    # Whether a tool is started inside catch, and nothing has asked yet whether that failed.
    starts_caught = False

    # Procedures.

    def proc(self, rest: Sequence[Token], _: Command, __: Frame) -> tuple[str, str]:
        """Take the definition of a procedure."""
        if len(rest) == 3:  # noqa: PLR2004 - name, parameters, body
            parameters = []
            for item in tcl.items(rest[1].text):
                name, *default = tcl.items(item) or [item]
                parameters.append((name, default[0] if default else None))
            self.procs[self.full(rest[0].text)] = Proc(tuple(parameters), rest[2])
        return script.CONTEXT, "a procedure"

    def full(self, name: str) -> str:
        """Return the full name of a procedure that is defined here."""
        space = self.variables.space
        return name.removeprefix("::") if not space or name.startswith("::") else f"{space}::{name}"

    def found(self, name: str) -> str:
        """Return the full name of the procedure that a name means here, empty if it is none."""
        inner = self.full(name)
        return (
            inner if inner in self.procs else name.removeprefix("::") if name.removeprefix("::") in self.procs else ""
        )

    def call(self, name: str, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a call of a procedure."""
        line = self.at(command.start, frame)
        taken = [self.takings.of(token) for token in rest]
        given = self._given(rest, line, typed=self.sends(self.procs[name].body.text), taken=taken)
        return self._enter(name, self.procs[name], given, line, frame)

    def _enter(self, name: str, proc: Proc, given: Sequence[Word | Taken], line: int, frame: Frame) -> tuple[str, str]:
        self.called.add(name)
        if name in frame.active:
            return script.UNKNOWN, f"{name} calls itself"
        least = sum(default is None and item != "args" for item, default in proc.parameters)
        most = len(proc.parameters) if not proc.parameters or proc.parameters[-1][0] != "args" else len(given)
        if not least <= len(given) <= most:
            return script.UNKNOWN, f"calls {name} with another number of words than it takes"
        before, tool, out = len(self.builder.steps), self.dialogue, self.takings.enter()
        self.variables.enter(name.rpartition("::")[0])
        for index, (parameter, default) in enumerate(proc.parameters):
            if parameter == "args":
                rest = given[index:]
                known = [item for item in rest if not isinstance(item, Taken)]
                self.variables.put_list(parameter, tuple(known) if len(known) == len(rest) else None)
                continue
            value = given[index] if index < len(given) else words.text(default or "")
            if isinstance(value, Taken):
                self.takings.hold(parameter, value)
            else:
                self.variables.put(parameter, Value(value))
        self.returned.append([])
        flow = self.body(proc.body, frame._replace(line=line, active=(*frame.active, name), plain=False))
        results = self.returned.pop()
        if flow.ends not in FATAL and flow.ends != RETURN:
            results.append((self.result, self.variables.leant, None))
        shared = self.variables.is_declared("expect_out")
        declared = self.variables.is_declared("spawn_id")
        self.variables.leave()
        if not shared:
            self.takings.leave(out)
        if tool is not None and not declared and "spawn_id" in proc.body.text:
            self.use(tool)
        same = results and all(item == results[0][0] for item, *_ in results)
        self.result = results[0][0] if same else self.takings.either(results)
        self.variables.leant = any(leant for _, leant, _ in results)
        self.flow = Flow(flow.ends, flow.status, told=flow.told) if flow.ends in FATAL else Flow()
        return (script.COMMAND if len(self.builder.steps) > before else script.CONTEXT), f"calls {name}"

    def _given(
        self, rest: Sequence[Token], line: int, *, typed: bool, taken: Sequence[Taken | None] = ()
    ) -> list[Word | Taken]:
        """Return what a procedure is given; what is taken out of the output is, as it is not typed here yet."""
        found: list[Word | Taken] = []
        for token, out in itertools.zip_longest(rest, taken):
            plain = re.fullmatch(r"\$\{?[\w:@(),]+\}?", token.text)
            if out is not None and plain and not self.variables.holds(token.text.strip("${}")):
                found.append(out)
            elif token.text.startswith("{*}"):
                inner = self.variables.items(tcl.Token(token.text[3:], token.start + 3))
                if inner is None:
                    self.builder.by_hand(
                        line, "calls a procedure with words that only a run knows", before=len(self.builder.steps)
                    )
                found += inner if inner is not None else [words.variable(token.text[3:].lstrip("$"))]
            else:
                found.append(self.variables.typed(token, line) if typed else self.variables.word(token))
        return found

    def return_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take what a procedure returns; what it lets the caller do is followed if that goes on or fails."""
        if rest and rest[0].text.startswith("-") and len(rest) > 1:
            code = self.variables.text(rest[1]) if rest[0].text == "-code" else None
            rest = rest[2:]
            if code in ("error", "1") and not any(token.text == "-level" for token in rest):
                self.flow, self.ended_at = Flow(ERROR, "1"), self.at(command.start, frame)
                return script.IRRELEVANT, "return: stays behind"
            if code not in ("ok", "0") or len(rest) > 1:
                if not frame.silent:
                    line, told = self.at(command.start, frame), "lets what called it end in another way: not followed"
                    self.builder.by_hand(line, told, before=len(self.builder.steps))
                self.flow = Flow(RETURN)
                return script.CHECK, "return: what it lets the caller do is not followed"
        if not frame.silent:
            self.result = self.value(rest[0]) if rest else words.EMPTY
            if self.returned:
                self.returned[-1].append((self.result, self.variables.leant or self.variables.assuming, frame.when))
        self.flow = Flow(RETURN)
        return script.IRRELEVANT, "return: stays behind"

    def value(self, token: Token) -> Word | Taken | None:
        """Return what a word is: what it takes out of the output, or the word; None if nobody knows."""
        taken = self.takings.of(token)
        if taken is not None:
            return taken
        word = self.variables.word(token)
        unknown = any(name.startswith(("[", "expect_out(")) or self.takings.why(name) for name in words.names(word))
        return None if unknown else word

    # What stands in brackets.

    def settled(self, token: Token, frame: Frame) -> Token:
        """Run what stands in brackets in a word, if it is more than a function; return the word with what it gives."""
        if token.braced:
            return token
        pieces, position = [], 0
        for start, end in tcl.brackets(token.text):
            pieces += [token.text[position:start], self._bracket(token.start + start, token.start + end, frame)]
            position = end
        return token._replace(text="".join([*pieces, token.text[position:]])) if pieces else token

    def condition(self, token: Token, frame: Frame) -> str:
        """Run what stands in brackets in an expression; return the expression with what it gives."""
        pieces, position, open_ = [], 0, False
        for start, end in tcl.brackets(token.text):
            before = token.text[position:start]
            open_ = open_ or bool(re.search(r"&&|\|\||\?", before))
            count, ran = len(self.builder.steps), self.ran
            given = self._bracket(token.start + start, token.start + end, frame)
            if open_ and self.ran > ran and (len(self.builder.steps) > count or self.sets(token.text[start:end])):
                told = "what stands in brackets in this condition is run or not as the rest of it says: not followed"
                self.builder.by_hand(self.at(token.start, frame), told, before=count)
            pieces += [before, given]
            position = end
        return "".join([*pieces, token.text[position:]])

    def _bracket(self, start: int, end: int, frame: Frame) -> str:
        source = self.text[start + 1 : end - 1]
        found = [command for command in tcl.commands(self.text, start + 1, end - 1) if not command.comment]
        names = [(command.tokens[0].text.removeprefix("::") if command.tokens else "") for command in found]
        if len(found) == 1 and not self.found(names[0]) and not does(source, names[0], len(found[0].tokens)):
            pieces = []
            for token in found[0].tokens[1:]:
                if token.braced:
                    inner = self.condition(token, frame) if names[0] == "expr" else token.text
                    pieces.append(f"{{{inner}}}")
                else:
                    inner = self.settled(token, frame).text
                    pieces.append(f'"{inner}"' if token.quoted else inner)
            self.function(found[0], frame)
            return f"[{' '.join([found[0].tokens[0].text, *pieces])}]"
        self.ran += 1
        for command in found:
            flow = self.one(command, frame, inside=True)
            if flow.may:
                self.brought = Flow(may=self.brought.may | flow.may, reason=self.brought.reason or flow.reason)
            if flow.ends:
                raise LeftError(flow)
        if names[-1:] in (["regexp"], ["scan"], ["regsub"]) and self.result is None:
            return f"[{source}]"
        self.temporary += 1
        name = f"@{re.sub(r'[^A-Za-z0-9]', '_', names[-1] if names else '')}_{self.temporary}"
        if isinstance(self.result, Taken):
            self.takings.hold(name, self.result)
        elif self.result is not None:
            self.variables.put(name, Value(self.result))
        else:
            self.variables.unclear(name, self.at(start, frame), f"is computed: [{' '.join(source.split())}]")
        return f"${{{name}}}"

    def function(self, command: Command, frame: Frame) -> None:
        """Take a function, of which some change files or open them."""
        line = self.at(command.start, frame)
        self.ledger.follow(command, line, frame, self.variables.text)
        if effect(command.tokens) == WRITES:
            held = re.search(r"\bset\s+(?:::)?(\w+)\s+\[$", self.text[: command.start])
            text = self.text[command.start : command.end]
            known = not re.search(r"[$\[|]", text)
            self.aside(command, text, frame, channel=held[1] if held else "", known=known)

    # Scripts that are run.

    def catch(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow what ``catch`` runs: what fails in it does not end the script."""
        if not rest:
            return script.IRRELEVANT, "catch: stays behind"
        count, work, runs = len(self.builder.steps), self.programs, self.builder.runs
        first = rest[0] if rest[0].braced else None
        if first is None and (written := self.variables.text(rest[0])) is not None:
            first = self.made(written, self.at(command.start, frame))
        missed = self.variables.missed
        outer, self.variables.assuming = self.variables.assuming, True
        flow = self.body(first, frame._replace(plain=False, caught=True)) if first is not None else Flow()
        self.variables.assuming = outer
        output = self.result
        self.starts_caught |= any(
            item.session.run > runs and item.session.tool == script.CMU for item in self.spawned.values() if item
        )
        added = self.builder.steps[count:]
        tools = first is not None and (flow.ends == ERROR or self._only_tools(first.text))
        beside = self.programs > work or not tools
        known = not beside and not flow.may and flow.ends != EXIT
        if (first is None or self.variables.missed > missed) and not frame.silent:
            known, told = False, "runs a script that only a run knows"
            if first is not None:
                told = "reads a variable inside catch that nothing here sets: whether that fails is not known"
            self.builder.by_hand(self.at(command.start, frame), told, before=len(self.builder.steps))
        # A wait for the end of a tool that is there does not fail.
        self.variables.leant = first is None or not re.fullmatch(r"\s*(?:exp_)?wait\s*", first.text)
        if len(rest) > 1 and not frame.silent:
            if isinstance(output, Taken) and added:
                self.variables.take(rest[1].text, output, self.line(command.start), rest[1].text, appends=False)
            elif known and output is not None and not isinstance(output, Taken):
                self.variables.put(rest[1].text, Value(output))
            else:
                self.variables.put(rest[1].text, Value(None))
        self.result = words.text(_CODES.get(flow.ends, "0")) if known else None
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
        outer, self.variables.assuming = self.variables.assuming, True
        flow = self.body(rest[0], frame._replace(plain=False, caught=True))
        self.variables.assuming = outer
        error, handled = self.result if flow.ends == ERROR else None, flow.ends != ERROR
        position = 1
        while position < len(rest):
            word = rest[position].text
            if word == "finally" and position + 1 < len(rest):
                last = self.body(rest[position + 1], frame)
                flow = last if last.ends else flow
                position += 2
                continue
            body = rest[position + 3] if position + 3 < len(rest) else None
            if body is not None and body.text == "-":
                return script.UNKNOWN, "a handler that is shared is not followed"
            if body is not None and word == "on" and rest[position + 1].text in ("ok", "0") and not flow.ends:
                flow = self.body(body, frame)
            elif body is not None and not handled and word == "on" and rest[position + 1].text in ("error", "1"):
                handled = True
                for name in tcl.items(rest[position + 2].text)[:1]:
                    self.variables.put(name, Value(error if not isinstance(error, Taken) else None))
                flow = self.body(body, frame)
            elif body is not None and ((word == "on" and rest[position + 1].text in _OTHERS) or not handled):
                return script.UNKNOWN, "a handler of try is not followed here"
            elif body is not None:
                self.failed(body, f"{word} {rest[position + 1].text}", frame)
            position += 4
        self.flow = flow
        return script.CONTEXT, "a try"

    def eval_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a script that is written out, or that a variable holds."""
        tokens = list(rest)
        texts = [self.variables.text(token) for token in tokens]
        if len(tokens) == 1 and tokens[0].braced:
            self.flow = self.body(tokens[0], frame)
            return script.CONTEXT, "runs a script"
        whole = [text for text in texts if text is not None]
        if len(whole) < len(texts):
            found = self.variables.spread(tokens)
            first = words.literal(words.split(found[0])[0]) if found and words.split(found[0]) else ""
            if first not in (*self.procs, "spawn", "exp_spawn"):
                self.builder.by_hand(
                    self.at(command.start, frame), "runs a script that only a run knows", before=len(self.builder.steps)
                )
                return script.UNKNOWN, "runs a script that only a run knows"
        code = self.made(
            " ".join(whole) if len(whole) == len(texts) else " ".join(t.text for t in tokens),
            self.at(command.start, frame),
        )
        self.ledger.settle(command.start, command.end)
        self.flow = self.body(code, frame._replace(plain=False, line=self.at(command.start, frame)))
        return script.CONTEXT, "runs a script"

    def namespace(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow ``namespace eval``: its procedures are called by their full names, too."""
        if len(rest) < 3 or rest[0].text != "eval":  # noqa: PLR2004 - eval, name, body
            return script.IRRELEVANT, "namespace: stays behind"
        space = rest[1].text if rest[1].text.startswith("::") else self.full(rest[1].text)
        self.variables.enter(space.removeprefix("::"), body=True)
        flow = self.body(rest[2], frame._replace(plain=False))
        self.variables.leave()
        self.flow = flow
        return script.CONTEXT, "a namespace"

    def uplevel(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow a script that is run where the procedure was called."""
        tokens = list(rest)
        level = self.variables.level(tokens[0].text) if tokens and not tokens[0].braced else None
        if level is not None:
            tokens = tokens[1:]
        else:
            level = self.variables.level("1")
        if level is None or not tokens or re.match(r"[#$\d]", tokens[0].text if len(tokens) > 1 else ""):
            return script.UNKNOWN, "uplevel is not followed here"
        inner = self.variables.at_level(level)
        try:
            # What is handed over was made where the procedure is, and is read there.
            self.variables.back(inner)
            texts = [self.variables.text(token) for token in tokens]
            self.variables.at_level(level)
            if None in texts:
                return script.UNKNOWN, "runs a script that only a run knows"
            code = self.made(" ".join(map(str, texts)), self.at(command.start, frame))
            self.ledger.settle(command.start, command.end)
            self.flow = self.body(code, frame._replace(plain=False, line=self.at(command.start, frame)))
        finally:
            self.variables.back(inner)
        return script.CONTEXT, "runs a script"

    def use(self, dialogue: Dialogue | None) -> None:
        """Let what is typed go to a run of a tool, None for nobody knows which."""
        self.dialogue = dialogue
        name = f"exp{dialogue.session.run}" if dialogue is not None else ""
        if dialogue is not None:
            self.spawned[name] = dialogue
        self.variables.put("::spawn_id", Value(words.text(name) if name else None))
