"""The tools that an expect script starts, what it types at them, and the programs that it runs beside them."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.dialogue import Dialogue
from migration.readers.expect import programs, tcl
from migration.readers.expect.conditions import spelled
from migration.readers.expect.ledger import effect as does
from migration.readers.expect.ledger import runs
from migration.readers.expect.parts import ERROR, Flow
from migration.readers.expect.procs import Procs
from migration.readers.expect.variables import spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.parts import Aside, Frame, Guard
    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word

_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")
# What a terminal takes for more than a sign.
_KEYS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
_SPAWN_ID = ("$spawn_id", "$::spawn_id", "${spawn_id}")
_REDIRECT = re.compile(r"(\|&?|&|2>@1|2?>>?&?@?|>>?&|<<|<@?)(.*)")


Redirect = tuple["Token", "Token | None"]


def _redirected(tokens: Sequence[Token]) -> tuple[list[Token], list[Redirect]]:
    """Return the words of ``exec``, and its redirections and pipes, each with the word behind it."""
    plain: list[Token] = []
    found: list[Redirect] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        sign = None if token.quoted or token.braced else _REDIRECT.fullmatch(token.text)
        if sign is None:
            plain.append(token)
        elif sign[1].startswith("|") or sign[1] in ("&", "2>@1"):
            found.append((token._replace(text=sign[1][0]), None))
        elif sign[2]:
            found.append((token._replace(text=sign[1]), token._replace(text=sign[2])))
        else:
            found.append((token._replace(text=sign[1]), tokens[position] if position < len(tokens) else None))
            position += 1
    return plain, found


class Tools(Procs):
    """Follows what is typed and run."""

    # What ends the script if it fails, by what it gives, which may be used.
    unused: list[tuple[Word, Guard | Aside]]
    # What stops where ``expr`` makes another text of a value, if a command uses that.
    numbers: list[tuple[Word, Guard]]

    # Tools.

    def _invocation(self, rest: Sequence[Token]) -> invocation.Invocation | None:
        found: list[Word] = []
        for token in rest:
            spread = self.variables.items(tcl.Token(token.text[3:], token.start)) if token.text[:3] == "{*}" else None
            for word in spread if spread is not None else [self.variables.word(token)]:
                plain = words.literal(word) or ""
                if plain.startswith("-") and not found:
                    continue
                found += self._called(word)
        shell = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
        if shell in _SHELLS and len(found) > 2 and words.literal(found[1]) in ("-c", "-lc", "-ec"):  # noqa: PLR2004 - and a line
            inside = words.literal(found[2])
            if inside is not None and not re.search(r"[|&;<>`$*?\n]", inside):
                try:
                    return invocation.of([words.text(piece) for piece in shlex.split(inside)])
                except ValueError:
                    return None
        return invocation.of(found)

    def _called(self, word: Word) -> list[Word]:
        """Return the words of a command line that a word holds; it stays one unless they are known, or name a tool."""
        kept = words.substitute(self.variables.expanded(word), self.variables.lookup)
        pieces = words.split(kept) if words.names(word) else []
        ends = [piece[-1].text.rpartition("/")[2] for piece in pieces if piece[-1].kind == words.TEXT]
        return (
            pieces
            if pieces and (words.literal(kept) is not None or not {*ends}.isdisjoint(invocation.TOOLS))
            else [word]
        )

    def spawn(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take the start of a tool."""
        if frame.silent:
            return script.CONTEXT, "only where something failed"
        call = self._invocation(rest)
        if call is None:
            self.dialogue = None
            return script.UNKNOWN, self._beside_tools(rest)
        for token in rest:
            self.variables.used(self.variables.word(token))
        return self._start(call, command, frame)

    def _beside_tools(self, rest: Sequence[Token]) -> str:
        told = next((name for name in invocation.TOOLS if any(name in token.text for token in rest)), "")
        return f"runs {told} in a way that is not followed" if told else "starts a program that is none of the tools"

    def set_spawn_id(self, token: Token) -> None:
        """Take ``set spawn_id``: what is typed from here on goes to another tool, or to nobody knows which."""
        found = self.variables.text(token)
        if token.text not in _SPAWN_ID:
            self.use(self.spawned.get(found or ""))

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
        self.use(Dialogue(self.builder, call.tool, self.variables.lookup, cfg=call.cfg))
        return script.CONTEXT, f"starts {call.tool}"

    def _in_loop(self, count: int, frame: Frame) -> None:
        steps = self.builder.steps
        steps[count:] = [
            replace(step, loop=frame.loop, when=frame.when if step.condition == frame.condition else step.when)
            for step in steps[count:]
        ]

    def _keys(self, typed: Word, line: int) -> str:
        """Say what keys a line types that a terminal takes for more than a sign, and leave them to the reader."""
        keys = {key for part in typed if part.kind == words.TEXT for key in _KEYS.findall(part.text)}
        if not keys:
            return ""
        told = "types TAB" if keys == {"\t"} else "types control characters"
        why = f"{told}, which edit the line or end the tool: look at what is meant"
        self.builder.by_hand(line, why, before=len(self.builder.steps), needed=True)
        return told

    def _nowhere(self, line: int, *, tool: bool) -> tuple[str, str]:
        """Take what is typed at what is not known; say it where it may be a tool."""
        if tool:
            self.builder.by_hand(line, "which tool this is typed at is not known", before=len(self.builder.steps))
        return script.UNKNOWN, "types at no tool that was started before"

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
            typed_there = self.variables.text(tokens[-1]) or tokens[-1].text
            self.ledger.type(command, self.at(command.start, frame), typed_there, frame)
            return script.CONTEXT, "typed only where something failed"
        dialogue = self.named(to)
        if dialogue is None:
            return self._nowhere(self.at(command.start, frame), tool=to is not None or bool(self.spawned))
        # Tcl takes one word here; a script that forgot its quotes means them together.
        typed = spaced(
            [
                self.variables.typed(
                    token, self.at(token.start, frame), told=not frame.condition or frame.when is not None
                )
                for token in tokens
            ]
        )
        if told := self._keys(typed, self.at(command.start, frame)):
            return script.CHECK, told
        spelled = words.split(tcl.value(tokens[0])[0])
        own = self.line(command.start)
        number = own if not frame.line or (spelled and words.literal(spelled[0]) is not None) else frame.line
        before = len(self.builder.steps)
        self.typed_at = number
        for typed_line in dialogue.whole_lines(words.renamed(typed)):
            if dialogue.feed(typed_line, number, condition=frame.condition) >= 0 and frame.condition:
                dialogue.await_answers()
        self.unsettle(dialogue.last, own)
        self._in_loop(before, frame)
        return (script.COMMAND if len(self.builder.steps) > before and number == own else script.CONTEXT), "types"

    # Programs beside the tools.

    def _run(
        self, call: invocation.Invocation, redirects: Sequence[Redirect], command: Command, frame: Frame
    ) -> tuple[str, str]:
        """Take a tool that is run at once: with commands among its arguments, or at its input."""
        line = self.at(command.start, frame)
        fed = [value for sign, value in redirects if sign.text == "<<"]
        for sign, value in redirects:
            if value is not None and sign.text.endswith(">") and value.text != "/dev/null":
                self.aside(command, f"what {call.tool} prints into {value.text}", frame)
        if call.commands is not None or call.tool == script.HOST:
            return self._start(call, command, frame)
        before = self.dialogue
        dialogue = Dialogue(self.builder, call.tool, self.variables.lookup, cfg=call.cfg, lenient=True)
        typed = self.variables.typed(fed[0], line, told=not frame.condition) if fed and fed[0] is not None else ()
        if not typed or any(name.startswith("[") for name in words.names(typed)):
            self.builder.by_hand(line, f"what {call.tool} reads here is not known", before=len(self.builder.steps))
            return script.UNKNOWN, f"runs {call.tool} in a way that is not followed"
        for one in words.lines(words.renamed(typed)):
            dialogue.feed(one, line, condition=frame.condition)
        self.dialogue = before
        self.result = self.takings.output(dialogue.last) if dialogue.last >= 0 else None
        return script.COMMAND, f"runs {call.tool}"

    def fails(self, command: Command, what: str, question: str, frame: Frame) -> bool:
        """Take what ends the script if it fails, and how Tcl asks that; return False if it does not, or may not.

        What was done beside the tools before may be what makes it go well, and is not done any more.
        """
        said = set(re.findall(r"[^\s\"{}\[\]$;,]+", what))
        if frame.caught:
            return False
        if any(not (item.text.startswith("log_file") or item.known) or item.words & said for item in self.asides):
            self._may_be_made(said, what, self.at(command.start, frame), frame)
            return False
        inside = self.variables.is_within or frame.loop is not None
        test = spelled(question, self.variables.plain) if question and not inside else None
        self.guard(self.at(command.start, frame), what, frame, Flow(ERROR, "1"), test)
        return True

    def _unless_used(self, told: Word, what: str, question: str, command: Command, frame: Frame) -> None:
        """Take what ends the script if it fails where nobody uses what it gives: who uses it asks it itself."""
        guards, asides = len(self.guards), len(self.asides)
        if question:
            self.fails(command, what, question, frame)
        elif not frame.caught and runs(command.tokens[1:]):
            self.aside(command, self.text[command.start : command.end], frame)
        self.unused += [(told, item) for item in self.guards[guards:]]
        self.unused += [(told, item) for item in self.asides[asides:]]
        del self.guards[guards:], self.asides[asides:]

    def _may_be_made(self, said: set[str], what: str, line: int, frame: Frame) -> None:
        """Say that it is not asked for what is done elsewhere may have made, unless the script has made it itself."""
        own = any(item.words & said for item in self.asides)
        if not own and not frame.silent and "[" in what:
            told = f"ends the script if {what}, which is not asked for, as what is left out before may make it"
            self.builder.by_hand(line, " ".join(told.split()), stops=False)

    def exec_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Take a program that is run: a tool, or one that the translation does not run."""
        if frame.silent:
            return script.IRRELEVANT, "exec: stays behind"
        plain, redirects = _redirected(rest)
        found = self._invocation(plain)
        if found is not None and all(item.text != "|" for item, _ in redirects):
            return self._run(found, redirects, command, frame)
        self.programs += 1
        source, question = self.text[command.start : command.end], programs.failing(plain)
        # Where somebody takes what it prints, that is said.
        alone = not self.text[: command.start].rstrip().endswith("[")
        asked = question is not None and alone and self.fails(command, f"{source} fails", question, frame)
        self.result = programs.told(rest, self.variables.text)
        if self.result is not None and not alone:
            self._unless_used(self.result, f"{source} fails", question or "", command, frame)
        if self.result is not None and frame.plain and not frame.condition and not self.variables.is_within:
            return script.IRRELEVANT, "exec: asks what the new script asks, too"
        self.result = None
        told = self._beside_tools(rest)
        if told.startswith("runs"):
            self.builder.by_hand(self.at(command.start, frame), told, before=len(self.builder.steps))
            return script.CHECK, told
        ends = question is not None and not frame.caught
        if (ends or does(command.tokens)) and not asked:
            shown = [words.shown(self.variables.word(token)) for token in rest]
            self.aside(command, f"{command.tokens[0].text.removeprefix('::')} {' '.join(shown)}", frame)
        return script.IRRELEVANT, "exec: stays behind"
