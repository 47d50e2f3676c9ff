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
from migration.readers.expect.scopes import Value
from migration.script import ALL_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.tcl import Command, Token
    from migration.words import Word


class Loops(Branches):
    """Follows loops."""

    def foreach(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow a foreach, turn by turn if its items are known."""
        if len(rest) < 3 or not len(rest) % 2:  # noqa: PLR2004 - variable, list, body
            return script.CONTEXT, "a loop"
        body = rest[-1]
        heads = [(tcl.items(names.text), token) for names, token in zip(rest[0:-1:2], rest[1:-1:2], strict=True)]
        if len(heads) == 1 and len(heads[0][0]) == 1 and not frame.condition and frame.loop is None:
            over = (self.sends(body.text) and self._handles(heads[0][1])) or self._arguments(heads[0][1], body)
            if over:
                return self._over_handles(heads[0][0][0], over, body, frame)
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

    def _over_handles(self, name: str, over: str, body: Token, frame: Frame) -> tuple[str, str]:
        """Follow a loop over handles or arguments, which bash goes through, too."""
        # Another loop may use the name again, but nothing that holds a handle further on.
        given = over.startswith(ALL_ARGUMENTS)
        goes = "the arguments" if given else over
        known = "" if given else self.turns.get(name)
        turn = self.turns[name] = known or self.takings.fresh(self.variables.named(name))
        self.variables.put(name, Value(words.variable(turn)))
        if given:
            self.takings.asked.add(turn)
            self.over_arguments = True
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
