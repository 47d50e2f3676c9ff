"""Loops of an expect script: turn by turn, as loops of bash, or once for a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect import tcl
from migration.readers.expect.base import shown
from migration.readers.expect.branches import Branches
from migration.readers.expect.meaning import MOST_TURNS
from migration.readers.expect.parts import BREAK, CONTINUE, FATAL, RETURN, Flow, Frame
from migration.readers.expect.values import Gathered, Value
from migration.script import ALL_ARGUMENTS, FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.files import Read
    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word


# How a loop reads one line after another.
_GETS = re.compile(r"\s*\[\s*gets\s+\$(\w+)\s+(\w+)\s*\]\s*(?:>=\s*0|>\s*-1|!=\s*-1)\s*")
_EOF = re.compile(r"\s*!\s*\[\s*eof\s+\$(\w+)\s*\]\s*|\s*\[\s*eof\s+\$(\w+)\s*\]\s*==\s*0\s*")
_READS = re.compile(r"\b(?:gets|read|seek|tell)\b|\beof\s+\$")
# Where something is read of a channel.
_SITES = re.compile(r"\b(?:gets|read)\s+(?:-nonewline\s+)?[$\[{\"]")


class Loops(Branches):
    """Follows loops."""

    # What is done where a line is put into a list over which a loop goes: the list, the variable, the body.
    inlined: tuple[str, str, Token] | None = None

    def foreach(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow a foreach, turn by turn if its items are known."""
        if len(rest) < 3 or not len(rest) % 2:  # noqa: PLR2004 - variable, list, body
            return script.CONTEXT, "a loop"
        body = rest[-1]
        heads = [(tcl.items(names.text), token) for names, token in zip(rest[0:-1:2], rest[1:-1:2], strict=True)]
        if len(heads) == 1 and (found := self._over_given(*heads[0], body, frame)):
            return found
        lists = [self.variables.items(token) for _, token in heads]
        known = [items for items in lists if items is not None]
        names = [name for group, _ in heads for name in group]
        turns = max(
            (-(-len(items) // max(len(group), 1)) for (group, _), items in zip(heads, known, strict=False)), default=0
        )
        if len(known) < len(lists) or turns > MOST_TURNS or not all(group for group, _ in heads):
            over = " and ".join(group_of(token) for _, token in heads)
            return self._once(f"in foreach {' '.join(names)} in {over}", body, names, frame)
        if not turns:
            self.skip(body, "is not reached")
        return self._turns(
            [
                {
                    name: items[turn * len(group) + place] if turn * len(group) + place < len(items) else words.EMPTY
                    for (group, _), items in zip(heads, known, strict=True)
                    for place, name in enumerate(group)
                }
                for turn in range(turns)
            ],
            body,
            frame,
        )

    def _over_given(self, names: Sequence[str], over: Token, body: Token, frame: Frame) -> tuple[str, str] | None:
        """Follow a loop over what only a run knows, and bash goes over, too; return None for another one."""
        cut = self.variables.cut(over) if body.text.strip() == "break" else None
        if cut is not None:
            return self.lassign_cut(cut, names)
        if len(names) != 1 or frame.condition or frame.loop is not None:
            return None
        read = self.variables.opened(over)
        if read is not None and _SITES.search(over.text) and not self.is_read_in_order(over.start, body.start):
            read = None
        if read is not None and read.form == "lines" and self._goes_over_rows(body):
            return self._over_rows(names[0], read, body, frame)
        if self._over_gathered(names[0], over, body, frame):
            return script.CONTEXT, "a loop over the lines of a file"
        handles = (self.sends(body.text) and self._handles(over)) or self._arguments(over, body)
        return self._over_handles(names[0], handles, body, frame) if handles else None

    def _turns(self, turns: Sequence[dict[str, Word]], body: Token, frame: Frame) -> tuple[str, str]:
        frame, begun = frame._replace(plain=False), len(self.builder.steps)
        may: frozenset[str] = frozenset()
        reason = ""
        for values in turns:
            for name, word in values.items():
                self.variables.put(name, Value(word))
            flow = self.body(body, frame)
            may, reason = may | flow.may, reason or flow.reason
            if flow.ends in FATAL or flow.ends == RETURN:
                self.flow = Flow(flow.ends, flow.status, may - {BREAK, CONTINUE}, reason, told=flow.told)
                if flow.told:
                    self._other_turns(body, frame, begun)
                break
            if flow.ends == BREAK:
                if flow.told:
                    self._other_turns(body, frame, begun)
                break
            if flow.may & {BREAK, RETURN}:
                frame = frame.under(flow.reason)
        else:
            self.flow = Flow(may=may - {BREAK, CONTINUE}, reason=reason)
        if BREAK in may:
            for name in sorted({*self.sets(body.text), *(name for values in turns for name in values)}):
                told = f"{name.removeprefix('::')} depends on when the loop is left"
                self.variables.unclear(name, self.at(body.start, frame), told)
        return script.CONTEXT, f"a loop of {len(turns)} turns"

    def _other_turns(self, body: Token, frame: Frame, begun: int) -> None:
        """Say that a loop goes on where it does not read what it hopes for."""
        if len(self.builder.steps) > begun and not frame.silent:
            told = "the turns that follow where this fails are left out: the translation stops at a failure"
            self.builder.by_hand(self.at(body.start, frame), told, stops=False)

    def _handles(self, token: Token) -> str:
        """Return the list of handles that a loop goes over, empty if it does not go over one."""
        source = re.fullmatch(r"\$(?:::)?(\w+)", token.text)
        name = self.variables.visible().get(source[1], "") if source else ""
        return name if name and self.takings.is_captured(name) else self.takings.listed(token, self.line(token.start))

    def _arguments(self, token: Token, body: Token) -> str:
        """Return which arguments a loop goes over, as bash names them all; empty if it does not, or does nothing."""
        first = self.variables.from_argument(token)
        if not first or not (self.sends(body.text) or self.leaves(body.text, "exit")):
            return ""
        return ALL_ARGUMENTS if first == 1 else f"{ALL_ARGUMENTS}:{first}"

    def is_read_in_order(self, start: int, end: int) -> bool:
        """Return whether something is read once between two places, and all that was read before is known.

        What is read before a procedure that reads is not seen by the order of the text, so that nothing may be there.
        """
        before = self.own if self.variables.depth else start
        known = [(start, end), *self.variables.known_reads]
        sites = [hit.start() for hit in _SITES.finditer(self.text, 0, before)]
        if end > self.own or not all(any(first <= site < last for first, last in known) for site in sites):
            return False
        found = len(_SITES.findall(self.text, start, end)) == 1
        self.variables.known_reads += [(start, end)] if found and not self.variables.depth else []
        return found

    def _goes_over_rows(self, body: Token) -> bool:
        """Return whether a body does something for each line of a file, and reads nothing more of one."""
        return (self.sends(body.text) or self.leaves(body.text, "exit")) and not _READS.search(body.text)

    def _rows(self, test: Token, body: Token, frame: Frame) -> tuple[str, Read, Token] | None:
        """Return what a loop reads line by line: the variable that holds a line, the file, and the rest of the body."""
        if frame.condition or frame.loop is not None:
            return None
        if found := _GETS.fullmatch(test.text):
            channel, name, ends = found[1], found[2], ""
        elif found := _EOF.fullmatch(test.text):
            channel, ends = found[1] or found[2], "eof"
            first = next(iter(tcl.commands(self.text, body.start, body.start + len(body.text))), None)
            spelled = " ".join(token.text for token in first.tokens) if first is not None else ""
            reads = re.fullmatch(rf"gets \${channel} (\w+)|set (\w+) \[gets \${channel}\]", spelled)
            if first is None or reads is None:
                return None
            name = reads[1] or reads[2]
            body = body._replace(text=body.text[first.end - body.start :], start=first.end)
        else:
            return None
        value = self.variables.peek(channel)
        read = value.read if value is not None else None
        ordered = self.is_read_in_order(test.start, body.start)
        if read is None or read.form != "channel" or _READS.search(body.text) or not ordered:
            return None
        self.variables.forget_file(channel)
        return name, read._replace(ends=ends), body

    def _gather(self, line: str, read: Read, body: Token, frame: Frame) -> tuple[str, str]:
        """Take a loop that does nothing but put lines of a file, or what is made of them, into a list."""
        found = set(re.findall(r"\blappend\s+(\w+)", body.text))
        name = found.pop() if len(found) == 1 and body.text.count("lappend") == 1 else ""
        before = self.variables.peek(name) if name else None
        empty = name and (before is None or before.word == words.EMPTY)
        needs = {item: self.variables.peek(item) for item in re.findall(r"\$(\w+)", body.text)}
        own = {line, *self.sets(body.text)}
        told = self._once(f"in while over the lines of {words.shown(read.path)}", body, (line,), frame)
        if empty and not self.leaves(body.text, "exit|return|break|error|throw"):
            kept = {item: value for item, value in needs.items() if item not in own}
            self.variables.gathered(name, Gathered(line, read, body, kept))
        return told

    def _over_gathered(self, name: str, token: Token, body: Token, frame: Frame) -> bool:
        """Follow a loop over a list of lines that another loop has put into it; return False for any other list."""
        plain = re.fullmatch(r"\$(\w+)", token.text)
        value = self.variables.peek(plain[1]) if plain else None
        kept = value.gathered if value is not None else None
        if plain is None or kept is None or not self._goes_over_rows(body):
            return False
        if any(self.variables.peek(item) != before for item, before in kept.needs.items()):
            return False
        outer, self.inlined = self.inlined, (plain[1], name, body)
        self._over_rows(kept.line, kept.read, kept.body, frame)
        self.inlined = outer
        return True

    def _over_rows(self, name: str, read: Read, body: Token, frame: Frame) -> tuple[str, str]:
        """Follow a loop over the lines of a file, over which bash goes, too."""
        over = self.variables.begin_rows(name, read)
        try:
            return self._over_handles(name, over, body, frame)
        finally:
            self.variables.over = self.variables.turn = ""

    def lassign_cut(self, cut: tuple[str, str], names: Sequence[str]) -> tuple[str, str]:
        """Let variables hold the pieces of a line."""
        for place, name in enumerate(names):
            self.variables.naming = name
            self.variables.put(name, Value(self.variables.piece(cut, place)))
            self.variables.naming = ""
        return script.CONTEXT, "sets variables"

    def _over_handles(self, name: str, over: str, body: Token, frame: Frame) -> tuple[str, str]:
        """Follow a loop over handles or arguments, which bash goes through, too."""
        # Another loop may use the name again, but nothing that holds a handle further on.
        given = over.startswith((ALL_ARGUMENTS, FILE))
        goes = "the lines of a file" if over.startswith(FILE) else "the arguments" if given else over
        known = "" if given else self.turns.get(name)
        turn = self.turns[name] = known or self.takings.fresh(self.variables.named(name))
        self.variables.put(name, Value(words.variable(turn)))
        if given:
            self.takings.asked.add(turn)
            self.variables.turn = turn
        before, begun = self.state(), len(self.builder.steps)
        for changed in sorted(self.sets(body.text) - {name}):
            told = f"{changed} is set in the loop over {goes}"
            self.variables.unclear(changed, self.at(body.start, frame), told)
        flow = self.body(body, frame._replace(loop=(turn, over), plain=False))
        if flow.ends in (BREAK, RETURN) or flow.may & {BREAK, RETURN}:
            line = self.at(body.start, frame)
            why = f"may leave the loop over {goes} before its end: look at which are meant"
            self.builder.by_hand(line, why, before=begun, needed=True)
        self.together([self.state(), before], f"the loop over {goes}", self.line(body.start))
        self.flow = Flow(may=flow.may - {BREAK, CONTINUE}, reason=flow.reason)
        return script.CONTEXT, f"a loop over {goes}"

    def while_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow while: over the lines of a file, or as any loop."""
        rows = self._rows(rest[0], rest[1], frame) if len(rest) == 2 else None  # noqa: PLR2004 - a test and a body
        if rows is None:
            return self.loop(rest, command, frame)
        return self._over_rows(*rows, frame) if self._goes_over_rows(rows[2]) else self._gather(*rows, frame)

    def loop(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow for and while, turn by turn as long as their condition is known."""
        if len(rest) != (4 if command.tokens[0].text == "for" else 2):
            return script.CONTEXT, "a loop"
        begins = len(rest) > 2  # noqa: PLR2004 - a for has four, a while has a test and a body
        test, body = rest[-3 if begins else 0], rest[-1]
        step = rest[2] if begins else None
        if begins:
            self.body(rest[0], frame._replace(plain=False))
        before = self.state()
        steps, work = len(self.builder.steps), len(self.builder.hand_work)
        guards, asides, printed = len(self.guards), len(self.asides), len(self.builder.printed)
        inner, begun = frame._replace(plain=False), len(self.builder.steps)
        for _ in range(MOST_TURNS + 1):
            told = self.told(test, inner)
            if told.truth is None or told.sampled:
                break
            if told.truth is False:
                # What was done before stays noted.
                self.ledger.settle(body.start, body.start + len(body.text))
            flow = self.body(body, inner) if told.truth else Flow(BREAK)
            if flow.told or (flow.ends and told.assumed):
                self._other_turns(body, frame, begun)
            if flow.ends in FATAL or flow.ends in (BREAK, RETURN):
                self.flow = Flow() if flow.ends == BREAK else flow
                return script.CONTEXT, "a loop"
            if flow.may & {BREAK, RETURN}:
                break
            if step is not None:
                self.body(step, inner)
        self.restore(before)
        del self.builder.steps[steps:], self.builder.hand_work[work:], self.guards[guards:], self.asides[asides:]
        del self.builder.printed[printed:]
        head = f"in {command.tokens[0].text} {shown(test.text)}"
        return self._once(head, body, (), frame, step=step)

    def _once(
        self, head: str, body: Token, names: Sequence[str], frame: Frame, step: Token | None = None
    ) -> tuple[str, str]:
        """Follow the body of a loop once, under the condition that it is run."""
        line = self.at(body.start, frame)
        before = self.state()
        changed = {*names, *self.sets(body.text), *(self.sets(step.text) if step is not None else ())}
        for name in sorted(changed):
            self.variables.put(name, Value(None))
        flow = self.body(body, frame.under(head))
        if flow.ends in FATAL:
            self.guard(line, head, frame, flow)
        after = self.state()
        self.restore(before)
        self.together([before, after], head, line)
        may = flow.may | ({flow.ends} if flow.ends == RETURN else set())
        if may & {RETURN}:
            self.flow = Flow(may=frozenset(may - {BREAK, CONTINUE}), reason=f"only if nothing ends it before, {head}")
        return script.CONTEXT, "a loop"


def group_of(token: Token) -> str:
    """Return what a loop goes over, for people: what is written out is not shown, as passwords may be in it."""
    plain = token.text if token.text.startswith(("$", "[")) and not token.braced else ""
    return " ".join(plain.split()) if plain and not re.search(r"[\"{]", plain) else "a list"
