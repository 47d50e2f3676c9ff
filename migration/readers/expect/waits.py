"""What an expect script waits for, and what it does when it reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migration import outputs, script, words
from migration.readers import patterns
from migration.readers.expect import tcl, worlds
from migration.readers.expect.beside import WHOLE
from migration.readers.expect.parts import FATAL, LEAVES, Flow, Frame, Way, negated
from migration.readers.expect.played import NEVER, knows, played
from migration.readers.expect.repeats import Repeats
from migration.readers.expect.taken import looked_for
from migration.readers.patterns import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Dialogue
    from migration.readers.expect.tcl import Alternative, Token
    from migration.readers.expect.worlds import World
    from migration.script import Test


_SUCCESS = re.compile(f"{patterns.JUST_SUCCESS.pattern}|Handle|created|imported|unwrapped", re.IGNORECASE)
# What does nothing where no question is asked.
_ANSWERS = re.compile(r"\s*(?:exp_)?send\s+(?:--\s+)?\"?[yY]\\[rn]\"?\s*;?\s*")


@dataclass
class _Met:
    """How far an expect is followed.

    ``seen`` is what step ``last`` shows in each world, ``left`` are the worlds in which nothing that was looked for
    yet is found; ``ways`` may be taken, ``passed`` are their patterns and those at which nothing is done, which one of
    them may be if ``idle`` says so; ``closed`` says that nothing further is looked for.
    """

    last: int = -1
    seen: tuple[World, ...] = ()
    left: frozenset[int] = frozenset()
    ways: list[Way] = field(default_factory=list)
    certain: Flow = field(default_factory=Flow)
    passed: list[str] = field(default_factory=list)
    idle: bool = False
    closed: bool = False


class Waits(Repeats):
    """Follows what is waited for."""

    def wait(self, name: str, rest: Sequence[Token], frame: Frame) -> tuple[str, str]:
        """Take an expect: what is done where all goes well, and what depends on more."""
        alternatives, to = tcl.alternatives(self.text, rest)
        if name in self.beside:
            self._beside(name, alternatives, frame)
            return script.CONTEXT, "waits"
        self.awaited |= self.vital(alternatives)
        user = name in ("expect_user", "expect_tty")
        dialogue = None if user else self.named(to)
        if user:
            self.takings.unread()
            self.variables.asked_anew()
        if not frame.silent and self._alone(rest, alternatives, dialogue, frame):
            return script.CONTEXT, "waits"
        shown = {item: self._pattern(item) for item in alternatives}
        if not user and not frame.silent and self._answered_beside(dialogue, frame, [*shown.values()]):
            return script.CONTEXT, "waits"
        if frame.silent or not self._by_samples(alternatives, shown, dialogue, frame):
            self._by_looks(alternatives, shown, dialogue, frame, user=user)
        return script.CONTEXT, "waits"

    def _by_looks(
        self,
        alternatives: Sequence[Alternative],
        shown: dict[Alternative, str],
        dialogue: Dialogue | None,
        frame: Frame,
        *,
        user: bool,
    ) -> None:
        """Follow what is waited for, of which its words tell what is a failure."""
        alone = sum(item.pattern.text not in WHOLE for item in alternatives) == 1
        shut = self._not_up(alternatives, dialogue, frame)
        good = []
        for item in alternatives:
            whole = item.pattern.text in WHOLE
            if not whole and (alone or user or not (item in shut or patterns.FAILURE.search(shown[item]))):
                good.append(item)
            elif item.body is not None:
                passes = not (whole or item in shut) and self._passes(item.body, shown[item], dialogue, frame)
                what = "" if whole or passes else f'when it reads "{short(shown[item])}"'
                self._failure(item.body, what, frame)
        if good:
            self._good(good, shown, dialogue, frame, user=user)
        if dialogue is not None and alternatives and not frame.silent:
            line = self.at(alternatives[0].pattern.start, frame)
            self._may_differ(alternatives, dialogue.last, line, frame)

    def _by_samples(
        self,
        alternatives: Sequence[Alternative],
        shown: dict[Alternative, str],
        dialogue: Dialogue | None,
        frame: Frame,
    ) -> bool:
        """Follow what is met in what the last command prints, if that is known; return whether it is."""
        asked = [item for item in alternatives if item.pattern.text not in WHOLE]
        order = self._played(asked, shown, dialogue)
        if order is None or dialogue is None:
            return False
        if NEVER in order:
            return self._never(alternatives, shown, dialogue, frame)
        if len(asked) == 1:
            return False
        self._follow([asked[place] for place in order], alternatives, shown, dialogue, frame)
        return True

    def _waited(self, item: Alternative, pattern: str, step: int) -> bool:
        regex = looked_for(pattern, item.kind, ignore_case=item.nocase)
        if regex is not None and item.kind == "regexp" and regex.groups and regex.search(self.takings.left(step)):
            told = f'finds "{short(pattern)}" in what an earlier command printed, which was not read to its end'
            self.builder.by_hand(self.variables.line, told, before=len(self.builder.steps), needed=True)
        found = self.takings.waited(pattern, step, regex, groups=item.kind == "regexp", again=item.goes_on)
        for name in [name for name in self.takings.known() if name.startswith("expect_out(")]:
            self.variables.unset(name)
        return found

    def _alone(
        self, rest: Sequence[Token], alternatives: Sequence[Alternative], dialogue: Dialogue | None, frame: Frame
    ) -> bool:
        """Take what is no choice: braces on one line, which are one pattern, and the end of a tool."""
        first = alternatives[0] if len(alternatives) == 1 else None
        if first and first.body is None and first.pattern.braced and first.kind == "glob" and "{" in first.pattern.text:
            told = "expect takes braces on one line, or behind an option, for one pattern, which never comes"
            self.ledger.settle(first.pattern.start, first.pattern.start + len(first.pattern.text))
            self.builder.by_hand(self.at(rest[0].start, frame), told, stops=False)
            return True
        if dialogue is None:
            return False
        dialogue.heard = True
        return dialogue.ended and self._ends(alternatives, dialogue, frame)

    def _played(
        self, asked: Sequence[Alternative], shown: dict[Alternative, str], dialogue: Dialogue | None
    ) -> tuple[int, ...] | None:
        """Return which alternatives are met where all goes well, in order; None if that is not known."""
        last = dialogue.last if dialogue is not None else -1
        steps = self.builder.steps
        if dialogue is None or last < 0 or steps[last].condition or steps[last].loop or not asked:
            return None
        if steps[last].answers or (dialogue.asks and not dialogue.confirms):
            # What asks for a password is in no sample.
            return None
        if any(self.variables.text(item.pattern) is None for item in asked):
            return None
        if steps[last].mistake:
            # It shows help, and its prompt again.
            regexes = [looked_for(shown[item], item.kind, ignore_case=item.nocase) for item in asked]
            prompt = worlds.prompt(steps[last])
            return None if any(regex is None or regex.search(prompt) for regex in regexes) else (NEVER,)
        if not knows(steps[last].name):
            return None
        seen = self._worlds(last, dialogue, "")
        return played([(item, shown[item]) for item in asked], seen, self.takings.eaten(last)) if seen else None

    def _follow(
        self,
        order: Sequence[Alternative],
        alternatives: Sequence[Alternative],
        shown: dict[Alternative, str],
        dialogue: Dialogue,
        frame: Frame,
    ) -> None:
        """Follow alternatives that are met one after another; the others are met only where something failed."""
        for item in alternatives:
            if item not in order and item.body is not None:
                whole = item.pattern.text in WHOLE
                passes = not whole and self._passes(item.body, shown[item], dialogue, frame)
                # Another command prints it, and this one neither where it goes well nor where it fails.
                other = whole or passes or (_SUCCESS.search(shown[item]) and not patterns.FAILURE.search(shown[item]))
                self._failure(item.body, "" if other else f'when it reads "{short(shown[item])}"', frame)
        met = _Met()
        for item in order:
            if not met.certain.ends:
                self._look(item, shown[item], self.at(item.pattern.start, frame), dialogue.last, printed=True)
                self._surely(item, None, met, frame)
        self.flow = met.certain
        self._may_differ(alternatives, dialogue.last, self.at(alternatives[0].pattern.start, frame), frame)

    def _never(
        self,
        alternatives: Sequence[Alternative],
        shown: dict[Alternative, str],
        dialogue: Dialogue,
        frame: Frame,
    ) -> bool:
        """Leave to a person what an expect does where nothing that it waits for comes; return whether it does any."""
        asked = [item for item in alternatives if item.pattern.text not in WHOLE]
        if len(asked) == 1 and not patterns.JUST_SUCCESS.search(shown[asked[0]]):
            # That is said in any case.
            return False
        late = [item for item in alternatives if item.pattern.text in ("timeout", "default")]
        doing = [item for item in alternatives if item.body is not None and self._does(item.body)]
        answers = all(_ANSWERS.fullmatch(item.body.text) for item in doing if item.body)
        if (late and not any(item in doing for item in late)) or not doing or (not late and answers):
            return False
        step = self.builder.steps[dialogue.last]
        waited = " or ".join(f'"{short(shown[item])}"' for item in asked)
        told = f"waits for {waited}, which {step.name} of line {step.line} does not print: look at what is done then"
        line = self.at(alternatives[0].pattern.start, frame)
        self.builder.by_hand(line, told, before=len(self.builder.steps), needed=True)
        return True

    def _good(
        self,
        good: Sequence[Alternative],
        shown: dict[Alternative, str],
        dialogue: Dialogue | None,
        frame: Frame,
        *,
        user: bool,
    ) -> None:
        """Follow the alternatives that are no failures, those that are met for certain and those that may be."""
        asked = " ".join(shown[item] for item in good)
        met = _Met()
        for item in good:
            if not met.closed and not met.seen:
                self._read(met, dialogue, asked)
            if met.closed:
                if item.body is not None:
                    self.skip(item.body, "is not reached")
                continue
            hits = self._hits(item, shown[item], met)
            sure = self._is_sure(item, shown[item], hits, met, alone=len(good) == 1, user=user)
            if sure and not met.passed:
                if not frame.silent and not user:
                    printed = bool(met.left) and hits == met.left
                    self._look(item, shown[item], self.at(item.pattern.start, frame), met.last, printed=printed)
                if self._surely(item, hits, met, frame):
                    self.repeat(item, shown[item], met.seen, frame)
                    self._read(met, dialogue, asked)
            elif item.body is None or not self._does(item.body):
                met.passed.append(f'"{short(shown[item])}"')
                met.idle = met.idle or hits is None or bool(hits)
                met.left -= hits or frozenset()
                if item.body is not None:
                    self.body(item.body, frame)
            else:
                self._perhaps(item, shown[item], hits, met, frame, sure=sure)
        self.flow = self._joined(met, self.at(good[0].pattern.start, frame))

    def _read(self, met: _Met, dialogue: Dialogue | None, asked: str) -> None:
        """Look at what the last command has printed up to here."""
        met.last = dialogue.last if dialogue is not None else -1
        met.seen = self._worlds(met.last, dialogue, asked)
        met.left = frozenset(range(len(met.seen)))

    def _surely(self, item: Alternative, hits: frozenset[int] | None, met: _Met, frame: Frame) -> bool:
        """Follow an alternative that is met for certain; return whether the script waits on behind it."""
        outer, self.variables.assuming = self.variables.assuming, True
        flow = self.body(item.body, frame) if item.body is not None else Flow()
        self.variables.assuming = outer
        flow = flow._replace(told=True)
        may, reason = met.certain.may | flow.may, met.certain.reason or flow.reason
        met.certain = Flow(flow.ends, flow.status, may, reason, told=bool(flow.ends))
        met.closed = bool(flow.ends) or (hits is not None and hits == met.left and not item.goes_on)
        return item.goes_on

    def _perhaps(
        self, item: Alternative, pattern: str, hits: frozenset[int] | None, met: _Met, frame: Frame, *, sure: bool
    ) -> None:
        """Follow an alternative that may be met, under its condition."""
        told = f'"{short(pattern)}"'
        before = self.state()
        condition = f"only if it does not read {' or '.join(met.passed)}" if sure else f"only if it reads {told}"
        self._waited(item, pattern, met.last)
        begun, when = len(self.builder.steps), self._asked(hits, met, frame)
        flow = self.body(item.body, frame.under(condition, when)) if item.body is not None else Flow()
        self.settled_ways(begun, flow)
        # A check ends the translation with 1, a test of bash with any status.
        if flow.ends in FATAL and (when is None or flow.status == "1") and self._checked(hits, flow, met, frame):
            self.ledger.end(item.pattern.start, self.at(item.pattern.start, frame), flow.status)
            flow = flow._replace(status="checked")
        elif flow.ends in FATAL:
            self.guard(self.at(item.pattern.start, frame), condition.removeprefix("only if "), frame, flow, when)
        met.ways.append(Way(condition, flow, self.state(), when))
        self.restore(before)
        met.left -= hits or frozenset()
        if flow.ends not in FATAL:
            met.passed.append(told)
        met.closed = met.closed or (sure and bool(met.passed))

    def _asked(self, hits: frozenset[int] | None, met: _Met, frame: Frame) -> Test | None:
        """Return how bash asks whether a pattern is met, if that is whether a search has found keys."""
        if hits is None:
            return None
        others = {world.number for place, world in enumerate(met.seen) if place not in hits}
        return self.found_test(met.last, {met.seen[place].number for place in hits}, others, frame)

    def _joined(self, met: _Met, line: int) -> Flow:
        """Go on behind the ways that may have been taken."""
        ways, certain = met.ways, met.certain
        if not ways:
            return certain
        going = [way for way in ways if not way.flow.ends]
        may = certain.may.union(*(way.flow.may | ({way.flow.ends} & LEAVES) for way in ways))
        reasons = [certain.reason, *(way.flow.reason for way in ways)]
        reasons += [negated(way.condition) for way in ways if way.flow.ends in LEAVES]
        reason = next(filter(None, reasons), "")
        if not met.closed or met.idle or not going:
            going = [*going, Way("", Flow(), self.state())]
        searched = met.last if all(way.test is not None for way in ways) else -1
        self.together([way.state for way in going], "; ".join(way.condition for way in ways), line, searched=searched)
        return Flow(certain.ends, certain.status, may, reason)

    def _worlds(self, last: int, dialogue: Dialogue | None, hint: str) -> tuple[World, ...]:
        if last < 0:
            return ()
        found = worlds.of(self.builder.steps[last], hint)
        if dialogue is not None and dialogue.asks and "(y/n)?" in (found[0].text if found else ""):
            found = tuple(world._replace(text=f"{world.text.partition('(y/n)?')[0]}(y/n)?") for world in found)
        return found

    def _hits(self, item: Alternative, pattern: str, met: _Met) -> frozenset[int] | None:
        """Return in which of the worlds that are left a pattern is found, None if that is not known."""
        if not met.seen or (self.variables.text(item.pattern) is None and not self._echoes(item, pattern, met.last)):
            return None
        regex = looked_for(re.sub(r"server [12]\b", "server 0", pattern), item.kind, ignore_case=item.nocase)
        if regex is None:
            return None
        return frozenset(place for place in met.left if regex.search(met.seen[place].text))

    def _echoes(self, item: Alternative, pattern: str, last: int) -> bool:
        """Return whether a pattern begins with the last command as it was typed, and has no variable beside that."""
        typed = " ".join(map(words.shown, self.builder.steps[last].words)) if last >= 0 else ""
        return item.kind == "exact" and bool(typed) and pattern.startswith(typed) and "$" not in pattern[len(typed) :]

    def _is_sure(
        self, item: Alternative, pattern: str, hits: frozenset[int] | None, met: _Met, *, alone: bool, user: bool
    ) -> bool:
        """Return whether an alternative is met wherever nothing fails."""
        if hits is not None and met.left and hits == met.left:
            return True
        if self._is_value(pattern, met.last):
            return alone and item.body is None
        leaves = item.body is not None and self.leaves(item.body.text)
        if alone and not leaves:
            return True
        success = bool(patterns.JUST_SUCCESS.search(pattern))
        known = success and not hits and self.variables.text(item.pattern) is not None
        return known and not user

    def _is_value(self, pattern: str, last: int) -> bool:
        step = self.builder.steps[last] if last >= 0 else None
        return step is not None and patterns.is_value(pattern, step.tool, step.name)

    def _checked(self, hits: frozenset[int] | None, flow: Flow, met: _Met, frame: Frame) -> bool:
        """Let the translation check a number of keys at which the script ends as failed; return whether it can."""
        steps, last, seen = self.builder.steps, met.last, met.seen
        if hits is None or flow.status in ("", "0") or frame.condition or frame.silent or last != len(steps) - 1:
            return False
        if not steps or steps[last].name != "findKey" or steps[last].condition:
            return False
        counts = {seen[place].number for place in hits}
        rest = {world.number for world in seen} - counts
        return self.check_count(last, counts, rest)

    def _look(self, item: Alternative, pattern: str, line: int, last: int, *, printed: bool) -> None:
        """Take a pattern that is waited for: it gives a variable, checks the output, or only says that all is well.

        ``printed`` says that it is printed wherever the command goes well.
        """
        steps = self.builder.steps
        value = self._is_value(pattern, last)
        if self._waited(item, pattern, last) or last < 0 or not (value or re.search(r"[A-Za-z]{3}", pattern)):
            return
        count = re.search(r"Total number of keys present: (\d+)", pattern)
        if count and steps[last].name == "findKey":
            check = f"{outputs.COUNT} == {count[1]}"
            steps[last] = replace(steps[last], checks=(*steps[last].checks, check))
            self.builder.mark(line, script.CHECK, "counts keys")
        elif patterns.FAILURE.search(pattern) and not printed:
            self.builder.mark(line, script.CHECK, "waits for a failure")
            self.builder.by_hand(
                line,
                f'waits for a failure, "{short(pattern)}": the translation stops at it',
                before=len(steps),
                needed=item in self.awaited,
            )
        elif value or (not printed and not patterns.JUST_SUCCESS.search(pattern)):
            self.builder.mark(line, script.CHECK, "reads the output")
            told = f'waits for "{short(pattern)}", which is JSON now'
            self.builder.by_hand(line, told, before=len(steps), needed=item in self.awaited)
