"""Branches of an expect script: what is done, what is not, and what depends on more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect import functions, tcl
from migration.readers.expect.arguments import Given, Unset, spans, unset
from migration.readers.expect.base import shown
from migration.readers.expect.beside import NOT_UP
from migration.readers.expect.conditions import alike, opposite, otherwise, spelled
from migration.readers.expect.meaning import MOST_ARGUMENTS, asks_for_arguments, emptiness
from migration.readers.expect.parts import FATAL, LEAVES, Flow, Frame, Way, negated
from migration.readers.expect.takings import Told
from migration.readers.expect.waits import Waits
from migration.script import ALL_ARGUMENTS, FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.tcl import Command, Token
    from migration.script import Test

# A ``catch`` that fails where a file cannot be read, or a variable of the environment is not set.
_OPENS = re.compile(r"\s*\[\s*catch\s+\{\s*open\s+(\$?[\w/.-]+)(?:\s+r)?\s*\}\s+(\w+)\s*\]\s*(?:!=\s*0\s*)?")
# How many elements a list has.
_LENGTH = re.compile(r"\s*\[\s*llength\s+\$\{?(?:::)?\w+\}?\s*\]\s*(?:==|!=|<=|>=|<|>)\s*\d+\s*")
_TAKES = re.compile(
    r"\s*\[\s*catch\s+\{\s*set\s+(?:(\w+)\s+\$(?:::)?env\((\w+)\)\s*\}(?:\s+\w+)?|(?:::)?env\((\w+)\)\s*\}\s+(\w+))"
    r"\s*\]\s*(?:!=\s*0\s*)?"
)


class Branches(Waits):
    """Follows branches."""

    def told(self, condition: Token, frame: Frame) -> Told:
        """Return what is known of a condition; what stands in brackets in it is run."""
        inside, self._in_condition = self._in_condition, True
        # What a condition takes out of an output is there only if it is true.
        perhaps, self.takings.perhaps = self.takings.perhaps, True
        text = self.condition(condition, frame) if condition.braced else self.settled(condition, frame).text
        self._in_condition, self.takings.perhaps = inside, perhaps
        self.variables.leant = False
        told = self.takings.told(self.variables.counting(text), self.variables.literal, self.variables.special)
        return told._replace(assumed=self.variables.leant)

    def if_(self, rest: Sequence[Token], command: Command, frame: Frame) -> tuple[str, str]:
        """Follow an if."""
        caught = _caught(rest[0].text) if len(rest) == 2 and self._only_ends(rest[1]) else None  # noqa: PLR2004 - a condition and a body
        if caught is not None and not (frame.silent or self.variables.depth):
            asks, sets = (self.made(code, self.at(command.start, frame)) for code in caught)
            self.ledger.settle(rest[0].start, rest[0].start + len(rest[0].text))
            kind = self._choose([asks, rest[1]], frame)
            flow = self.flow
            self.body(sets, frame)
            self.flow = flow
            return kind
        return self._choose(rest, frame)

    def _choose(self, rest: Sequence[Token], frame: Frame) -> tuple[str, str]:
        """Follow the branches of an if."""
        parts = [token for token in rest if token.braced or token.text not in ("then", "else", "elseif")]
        conditions, bodies = parts[0::2], parts[1::2]
        if len(parts) % 2:
            conditions, bodies = conditions[:-1], [*bodies, parts[-1]]
        if len(conditions) == 1 and len(bodies) == 2 and self._one_ends(conditions[0], bodies, frame):  # noqa: PLR2004 - then, else
            return script.CONTEXT, "a condition"
        ways: list[Way] = []
        passed: list[str] = []
        whole = " ".join(shown(token.text) for token in conditions)
        asked = [self.counted(token.text) for token in conditions]
        emptied = {"" if asks_for_arguments(text) else self._emptied(text) or "?" for text in asked}
        held = spans(asked, MOST_ARGUMENTS) if len(emptied) == 1 and "?" not in emptied else None
        closed, searched, start = False, set[int](), len(self.builder.steps)
        for index, body in enumerate(bodies):
            if closed:
                self.skip(body, "is not reached")
                continue
            condition = conditions[index] if index < len(conditions) else None
            told = self._told(condition, bodies[index:], frame)
            text = shown(condition.text) if condition is not None else ""
            if told.truth is False:
                self._pass(body, f"if {text}", frame, told)
                continue
            closed = told.truth is True
            if closed and not passed:
                for other in bodies[index + 1 :]:
                    self._pass(other, f"if not ({text})", frame, told)
                flow = self.body(body, frame)
                self.flow = flow._replace(told=flow.told or (bool(flow.ends) and (told.assumed or told.sampled)))
                return script.CONTEXT, "a condition"
            way = f"only if {text or ' and '.join(f'not ({item})' for item in passed)}"
            before = self.state()
            begun, test = len(self.builder.steps), self._test(condition, told, frame)
            searched |= {self._searched(told, frame)} if condition is not None else set()
            others = [one.test for one in ways if one.test is not None or one.flow.ends not in FATAL]
            when = otherwise(others, test) if condition is None or test is not None else None
            flow = self.body(body, frame.under(way, when))
            self.settled_ways(begun, flow)
            covered = (when is None or flow.status == "1") and self._covered(told, flow, frame)
            if flow.ends in FATAL and covered:
                self.ledger.end((condition or body).start, self.line((condition or body).start), flow.status)
            elif flow.ends in FATAL:
                place = self._place(condition.text) if condition is not None else -1
                line = self.line((condition or body).start)
                self.guard(line, way.removeprefix("only if "), frame, flow, when, place=place)
            span = held[index] if held else frozenset()
            ways.append(Way(way, flow, self.state(), test or (when if condition is None else None), span))
            self.restore(before)
            passed.append(text)
        alone = unset(conditions[0].text) if len(conditions) == 1 else None
        given = (emptied.pop(), held[-1]) if held else alone
        line, step = self.line(rest[0].start) if rest else 0, searched.pop() if len(searched) == 1 else -1
        self.flow = self.after(ways, whole, line, closed=closed, given=given, searched=step, begun=start)
        return script.CONTEXT, "a condition"

    def _told(self, condition: Token | None, bodies: Sequence[Token], frame: Frame) -> Told:
        """Return what is known of a condition of the first of the bodies; there is none before an ``else``.

        If it asks for the output of a command whose failure is passed over, that is nothing, unless the script ends in
        all that is done where the command fails: then its failure is none that is passed over.
        """
        told = self.told(condition, frame) if condition is not None else Told(truth=True)
        steps = self.builder.steps
        if not told.sampled or told.truth is None or told.step < 0 or not steps[told.step].may_fail:
            return told
        others = bodies[:1] if told.truth is False else bodies[1:]
        if not others or not all(self.ends_for_good(body) for body in others):
            return told._replace(truth=None)
        steps[told.step] = replace(steps[told.step], may_fail=False)
        return told

    def _one_ends(self, condition: Token, bodies: Sequence[Token], frame: Frame) -> bool:
        """Follow an if of which one side does nothing but end the script: the other one is what is done.

        Return False for another one, and for one of which it is known which side is taken.
        """
        ending = [self._only_ends(body) for body in bodies]
        if ending[0] == ending[1] or frame.silent:
            return False
        index = ending.index(True)
        test = self._test(condition, Told(None), frame, turned=bool(index))
        if test is None and "[" in condition.text.replace("[llength $argv]", ""):
            return False
        if self.told(condition, frame).truth is not None:
            return False
        flow = self.body(bodies[index], frame.under("only if the script ends", test))
        if flow.ends not in FATAL:
            return False
        text = shown(condition.text)
        place = self._place(f"!({condition.text})" if index else condition.text)
        self.guard(self.line(condition.start), f"not ({text})" if index else text, frame, flow, test, place=place)
        self.flow = self.body(bodies[1 - index], frame)
        return True

    def _test(self, condition: Token | None, told: Told, frame: Frame, *, turned: bool = False) -> Test | None:
        """Return how bash asks for a condition, ``turned`` for its opposite; None if it cannot, or not there."""
        if condition is None or self.is_inside(_outside(frame)):
            return None
        if told.sampled and (found := self.found_test(told.step, *told.counts, frame)) is not None:
            return found
        if told.sampled and _LENGTH.fullmatch(condition.text):
            return self.count_test(told.step, *told.counts, frame)
        if not condition.braced:
            return None
        asked = self.counted(condition.text)
        return spelled(f"!({asked})" if turned else asked, self.variables.plain)

    def _searched(self, told: Told, frame: Frame) -> int:
        """Return the step of which a condition asks whether it has found keys, -1 if it asks for anything else."""
        test = self.found_test(told.step, *told.counts, frame) if told.sampled else None
        return told.step if test is not None else -1

    def _pass(self, body: Token, what: str, frame: Frame, told: Told) -> None:
        """Pass over a branch that is not taken; one that is for a failure of a tool is said."""
        if told.sampled or told.assumed:
            if told.assumed and self.starts_caught and not frame.silent and self._ends_script(body):
                self.starts_caught = False
                self.builder.by_hand(self.at(body.start, frame), NOT_UP, stops=False)
            self.failed(body, what, frame)
        else:
            self.skip(body, "is not reached")

    def _ends_script(self, body: Token) -> bool:
        return any(self.leaves(body.text, kind) for kind in FATAL)

    def _emptied(self, condition: str) -> str:
        """Return the argument of which a condition asks whether it is empty."""
        name = emptiness(condition)
        value = self.variables.find(name) if name else None
        word = value.word if value is not None else None
        found = words.names(word) if word is not None and len(word) == 1 else []
        return found[0] if found and found[0] in self.variables.arguments else ""

    def _place(self, condition: str) -> int:
        """Return the place of an argument that makes a condition false where it is given, -1 if none does.

        More arguments than a script takes may end it, too, and of those that are left out none is asked for.
        """
        name, asked = self._emptied(condition), self.counted(condition)
        held = spans([asked], MOST_ARGUMENTS) if name or asks_for_arguments(asked) else None
        true = held[0] if held else frozenset()
        if name:
            return self.variables.arguments.index(name) if true == {0} else -1
        return max(true) if true and MOST_ARGUMENTS not in true else -1

    def _covered(self, told: Told, flow: Flow, frame: Frame) -> bool:
        """Return whether the translation ends, too, where the script does: for want of keys."""
        steps = self.builder.steps
        if told.step < 0 or told.step != len(steps) - 1 or flow.status in ("", "0") or frame.condition or frame.silent:
            return False
        return steps[told.step].name == "findKey" and self.check_count(told.step, *told.counts)

    def after(
        self,
        ways: Sequence[Way],
        condition: str,
        line: int,
        *,
        closed: bool,
        given: Unset | tuple[str, frozenset[int]] | None = None,
        searched: int = -1,
        begun: int = -1,
    ) -> Flow:
        """Go on behind several ways; ``closed`` says that there is no other, ``searched`` which search tells.

        ``begun`` is the step at which they begin. ``given`` says which argument is asked for, or that their number is,
        and with which the other way is taken; or which variable of the environment.
        """
        going = [way for way in ways if not way.flow.ends]
        may = frozenset().union(*(way.flow.may for way in ways)) if ways else frozenset()
        ends = {way.flow.ends: way.flow for way in ways if way.flow.ends}
        leaving = [way for way in ways if way.flow.ends in LEAVES]
        if closed and not going:
            soft = [kind for kind in ends if kind in LEAVES]
            flow = ends[soft[0] if soft else next(iter(ends))] if ends else Flow()
            if ways:
                self.together([way.state for way in ways], condition, line)
            return flow._replace(may=may | frozenset(soft if len(ends) > 1 else ()))
        states = [way.state for way in going]
        if not closed:
            states.append(self.state())
        if states:
            defaults = _defaults(going, given, closed=closed)
            self.together(states, condition, line, defaults=defaults, searched=searched, begun=begun)
        reasons = [way.flow.reason for way in ways if way.flow.may & LEAVES]
        if leaving and len(going) == 1 and closed:
            reasons.append(going[0].condition)
        reasons += [negated(way.condition) for way in leaving]
        first = ways[0].test if leaving and leaving == [*ways[:1]] and not may else None
        when = opposite(first) if first is not None else None
        return Flow(may=may | {way.flow.ends for way in leaving}, reason=next(filter(None, reasons), ""), when=when)

    def switch(self, rest: Sequence[Token], _: Command, frame: Frame) -> tuple[str, str]:
        """Follow a switch."""
        tokens = list(rest)
        kind = "-exact"
        while tokens and not tokens[0].braced and re.fullmatch(r"-[a-z]+|--", tokens[0].text):
            option = tokens.pop(0).text
            if option == "--":
                break
            # Signs of either case are compared in a way of their own, as regular expressions are.
            kind = kind if option == "-exact" or kind == "-regexp" else "-glob" if option == "-glob" else "-regexp"
            if option in ("-matchvar", "-indexvar"):
                del tokens[:1]
        if len(tokens) < 2:  # noqa: PLR2004 - what is asked, and a body
            return script.CONTEXT, "a choice"
        value = self.variables.text(tokens[0])
        choices = self._choices(tokens[1:])
        asked = " ".join(tokens[0].text.split())
        ways: list[Way] = []
        closed = False
        for pattern, body in choices:
            hit = self._chosen(pattern, value, kind, default=(pattern, body) == choices[-1])
            if hit is False or closed:
                self.skip(body, "is not reached")
                continue
            if hit and not ways:
                self.flow = self.body(body, frame)
                closed = True
                continue
            default = pattern == "default"
            test = self._choice(tokens[0], pattern, kind, frame) if not default else None
            others = [one.test for one in ways if one.test is not None or one.flow.ends not in FATAL]
            when = otherwise(others, test) if default or test is not None else None
            way = f"only if {asked} is none of the others" if default else f'only if {asked} is "{pattern}"'
            before = self.state()
            begun = len(self.builder.steps)
            flow = self.body(body, frame.under(way, when))
            self.settled_ways(begun, flow)
            self.guard(self.line(body.start), way.removeprefix("only if "), frame, flow, when)
            ways.append(Way(way, flow, self.state(), test))
            self.restore(before)
        if ways:
            last = bool(choices) and choices[-1][0] == "default"
            self.flow = self.after(ways, f"switch {asked}", self.line(rest[0].start), closed=last)
        return script.CONTEXT, "a choice"

    def _choice(self, asked: Token, pattern: str, kind: str, frame: Frame) -> Test | None:
        """Return how bash asks whether a switch takes one of its choices, None if it cannot."""
        if kind == "-regexp" or asked.braced or self.is_inside(_outside(frame)):
            return None
        is_glob = kind == "-glob" and bool(re.search(r"[*?\[\\]", pattern))
        return alike(self.variables.plain(asked), pattern, is_glob=is_glob)

    def _choices(self, tokens: Sequence[Token]) -> list[tuple[str, Token]]:
        inner = list(tokens)
        if len(inner) == 1:
            body = inner[0]
            commands = tcl.commands(self.text, body.start, body.start + len(body.text))
            inner = [token for command in commands for token in command.tokens]
        found = list(zip(inner[0::2], inner[1::2], strict=False))
        choices = []
        for index, (pattern, body) in enumerate(found):
            following = [later for _, later in found[index:] if later.text != "-" or later.braced]
            choices.append((self.variables.text(pattern) or pattern.text, following[0] if following else body))
        return choices

    @staticmethod
    def _chosen(pattern: str, value: str | None, kind: str, *, default: bool) -> bool | None:
        if default and pattern == "default":
            return True if value is not None else None
        if value is None or kind == "-regexp":
            return None
        return functions.matched(pattern, value) if kind == "-glob" else pattern == value


def _caught(condition: str) -> tuple[str, str] | None:
    """Return what asks whether a ``catch`` fails that opens a file to read it or takes a variable of the environment.

    And what sets what it sets; None for another condition.
    """
    if found := _OPENS.fullmatch(condition):
        return f"![file readable {found[1]}]", f"set {found[2]} [open {found[1]} r]"
    if found := _TAKES.fullmatch(condition):
        value, name = f"env({found[2] or found[3]})", found[1] or found[4]
        return f"![info exists {value}]", f"set {name} ${value}"
    return None


def _outside(frame: Frame) -> Frame:
    """Return a frame without its loop if that goes over what is given to the script, of which bash asks in it, too."""
    given = frame.loop is not None and frame.loop[1].startswith((ALL_ARGUMENTS, FILE))
    return frame._replace(loop=None) if given else frame


def _defaults(
    going: Sequence[Way], given: Unset | tuple[str, frozenset[int]] | None, *, closed: bool
) -> Given | Unset | None:
    """Return how several ways differ, as far as what is given to the script tells it."""
    if given is None or isinstance(given, Unset):
        return given
    return Given(given[0], (*(way.span for way in going), *([] if closed else [given[1]])))
