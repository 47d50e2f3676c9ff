"""What an expect script waits for, and what it does when it reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from migration import script, words
from migration.readers import patterns
from migration.readers.expect import tcl, worlds
from migration.readers.expect.functions import globbed
from migration.readers.expect.meaning import SENDS
from migration.readers.expect.parts import EXIT, FATAL, LEAVES, Flow, Frame
from migration.readers.expect.tools import Tools
from migration.readers.patterns import short
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Dialogue
    from migration.readers.expect.tcl import Alternative, Token
    from migration.readers.expect.worlds import World

_WHOLE = {"timeout", "eof", "full_buffer", "null", "default"}
# What goes on behind a failure: to abort or to ignore it, and what may be asked then.
_PASSED = ("A", "I", "a", "i")
_CONFIRM = re.compile(r"y/n|\by\b.*\bn\b", re.IGNORECASE)
_QUIET = ("#", "expect", "exp_continue", "puts", "send_user", "send_log", "sleep", "set")
_EFFECTS = re.compile(r"\b(?:set|incr|append|lappend|lassign|array|dict|regexp|unset|exec|file|puts \$)")


class Way(NamedTuple):
    """One of several ways that a script may take: what holds on it, how it ends, the state behind it."""

    condition: str
    flow: Flow
    state: dict[str, object]


@dataclass
class _Met:
    """How far an expect is followed.

    ``seen`` is what step ``last`` shows in each world, ``left`` are the worlds in which nothing that was looked for
    yet is found; ``ways`` may be taken, ``passed`` are their patterns and those at which nothing is done; ``closed``
    says that nothing further is looked for.
    """

    last: int = -1
    seen: tuple[World, ...] = ()
    left: frozenset[int] = frozenset()
    ways: list[Way] = field(default_factory=list)
    certain: Flow = field(default_factory=Flow)
    passed: list[str] = field(default_factory=list)
    closed: bool = False


class Waits(Tools):
    """Follows what is waited for."""

    def wait(self, name: str, rest: Sequence[Token], frame: Frame) -> tuple[str, str]:
        """Take an expect: what is done where all goes well, and what depends on more."""
        alternatives, to = tcl.alternatives(self.text, rest)
        if name in self.beside:
            self._beside(name, alternatives, frame)
            return script.CONTEXT, "waits"
        user = name in ("expect_user", "expect_tty")
        dialogue = None if user else self.named(to)
        if user:
            self.takings.unread()
        shown = {item: self._pattern(item) for item in alternatives}
        if not user and not frame.silent and self._answered_beside(dialogue, frame, [*shown.values()]):
            return script.CONTEXT, "waits"
        alone = sum(item.pattern.text not in _WHOLE for item in alternatives) == 1
        good = []
        for item in alternatives:
            whole = item.pattern.text in _WHOLE
            if not whole and (alone or user or not patterns.FAILURE.search(shown[item])):
                good.append(item)
            elif item.body is not None:
                passes = not whole and self._passes(item.body, dialogue, frame)
                what = "" if whole or passes else f'when it reads "{short(shown[item])}"'
                self._failure(item.body, what, frame)
        if good:
            self._good(good, shown, dialogue, frame, user=user)
        if dialogue is not None and rest and not frame.silent:
            self._may_differ(alternatives, dialogue.last, self.at(rest[0].start, frame), frame)
        return script.CONTEXT, "waits"

    def _beside(self, name: str, alternatives: Sequence[Alternative], frame: Frame) -> None:
        """Take what is waited for beside all else: a question that is answered, a failure; all else is said."""
        if frame.silent:
            return
        self.beside[name] = [item for item in alternatives if item.body and item.pattern.text not in _WHOLE]
        for item in self.beside[name]:
            pattern = self._pattern(item)
            followed = _CONFIRM.search(pattern) or patterns.FAILURE.search(pattern)
            if not followed and self._does(item.body or item.pattern):
                line = self.at(item.pattern.start, frame)
                why = f'what {name} does when it reads "{short(pattern)}" is not followed'
                self.builder.by_hand(line, why, before=len(self.builder.steps))

    def _answered_beside(self, dialogue: Dialogue | None, frame: Frame, own: Sequence[str]) -> bool:
        """Do what is done beside what is waited for; return whether nothing else is waited for then."""
        if dialogue is None:
            return False
        for name, item in [(name, item) for name, items in self.beside.items() for item in items]:
            pattern, body = self._pattern(item), item.body
            if body is None:
                continue
            if patterns.FAILURE.search(pattern):
                passes = self._passes(body, dialogue, frame)
                self._failure(body, "" if passes else f'when it reads "{short(pattern)}"', frame)
                self._may_differ([item], dialogue.last, self.at(item.pattern.start, frame), frame)
            elif _CONFIRM.search(pattern) and dialogue.confirms:
                if name == "expect_after" and any(map(_CONFIRM.search, own)):
                    continue
                flow = self.body(body, frame)
                if flow.ends or not re.search(r"\bexp_continue\b", body.text):
                    self.flow = flow
                    return True
        return False

    def _may_differ(self, alternatives: Sequence[Alternative], last: int, line: int, frame: Frame) -> None:
        """Take back what holds only where the last command went well, if the script goes on where it failed."""
        bodies = [item.body.text for item in alternatives if item.body and item.pattern.text not in _WHOLE]
        if last < 0:
            return
        for text in bodies:
            self.touched.setdefault(last, set()).update(self.sets(text))
        step = self.builder.steps[last]
        left = frozenset(name for text in bodies for name in (*FATAL, *LEAVES) if self.leaves(text, name))
        self.unsettle(last, line)
        if not step.may_fail or not left:
            return
        what = f"{step.name} of line {step.line}"
        if left & FATAL:
            self.guard(line, f"{what} failed, or not", frame, Flow(EXIT, "1"))
        flow = self.flow
        reason = flow.reason or f"only if nothing is left before: {what} may have failed"
        self.flow = Flow(may=flow.may | (left & LEAVES), reason=reason if left & LEAVES else flow.reason)

    def _failure(self, body: Token, what: str, frame: Frame) -> None:
        if what:
            self.failed(body, what, frame)
            return
        state = self.state()
        self.body(body, frame._replace(silent=True))
        self.restore(state)

    def _passes(self, body: Token, dialogue: Dialogue | None, frame: Frame) -> bool:
        """Let the last command fail if the script passes a failure over: it only answers the question behind it."""
        answers = []
        for command in tcl.commands(body.text):
            name = command.tokens[0].text if command.tokens else "#"
            if name in SENDS:
                typed = self.variables.text(command.tokens[-1])
                answers += words.lines(words.text(typed or "?"))
                continue
            inside = " ".join(token.text for token in command.tokens[1:]) if name == "expect" else ""
            if name not in _QUIET or self.sends(inside):
                return False
        steps, last = self.builder.steps, dialogue.last if dialogue is not None else -1
        if not answers or last < 0 or frame.silent or any(words.literal(word) not in _PASSED for word in answers):
            return False
        steps[last] = replace(steps[last], may_fail=True)
        return True

    def _pattern(self, item: Alternative) -> str:
        return words.shown(self.variables.expanded(self.variables.word(item.pattern)))

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
                    self._look(shown[item], self.at(item.pattern.start, frame), met.last, printed=printed)
                goes_on = self._surely(item, hits, met, frame)
                if goes_on:
                    self._read(met, dialogue, asked)
            elif item.body is None or not self._does(item.body):
                met.passed.append(f'"{short(shown[item])}"')
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
        flow = self.body(item.body, frame) if item.body is not None else Flow()
        goes_on = item.body is not None and bool(re.search(r"\bexp_continue\b", item.body.text))
        may, reason = met.certain.may | flow.may, met.certain.reason or flow.reason
        met.certain = Flow(flow.ends, flow.status, may, reason)
        met.closed = bool(flow.ends) or (hits is not None and hits == met.left and not goes_on)
        return goes_on

    def _perhaps(
        self, item: Alternative, pattern: str, hits: frozenset[int] | None, met: _Met, frame: Frame, *, sure: bool
    ) -> None:
        """Follow an alternative that may be met, under its condition."""
        told = f'"{short(pattern)}"'
        before = self.state()
        condition = f"only if it does not read {' or '.join(met.passed)}" if sure else f"only if it reads {told}"
        self.takings.waited(pattern, met.last)
        flow = self.body(item.body, frame.under(condition)) if item.body is not None else Flow()
        if flow.ends in FATAL and self._checked(hits, flow, met, frame):
            flow = flow._replace(status="checked")
        elif flow.ends in FATAL:
            self.guard(self.at(item.pattern.start, frame), condition.removeprefix("only if "), frame, flow)
        met.ways.append(Way(condition, flow, self.state()))
        self.restore(before)
        met.left -= hits or frozenset()
        if flow.ends not in FATAL:
            met.passed.append(told)
        met.closed = met.closed or (sure and bool(met.passed))

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
        if not met.closed or not going:
            going = [*going, Way("", Flow(), self.state())]
        self.together([way.state for way in going], "; ".join(way.condition for way in ways), line)
        return Flow(certain.ends, certain.status, may, reason)

    def together(
        self, states: Sequence[dict[str, object]], condition: str, line: int, *, defaults: bool = False
    ) -> None:
        """Go on with what is the same on several ways."""
        self.restore(states[0])
        runs = {id(state["dialogue"]): state["dialogue"] for state in states}
        if len(runs) > 1:
            tools = {getattr(run, "session", None) and run.session.tool for run in runs.values()}  # type: ignore[attr-defined]
            self.dialogue = states[-1]["dialogue"] if len(tools) == 1 else None  # type: ignore[assignment]
        if self.dialogue is not None and len(states) > 1:
            self.dialogue.settle()
        for state in states:
            self.spawned.update(state["spawned"])  # type: ignore[call-overload]
        self.variables.merge([state["variables"] for state in states], condition, line, defaults=defaults)  # type: ignore[misc]

    def _does(self, body: Token) -> bool:
        return self.sends(body.text) or self.leaves(body.text) or bool(_EFFECTS.search(body.text))

    def _worlds(self, last: int, dialogue: Dialogue | None, hint: str) -> tuple[World, ...]:
        if last < 0:
            return ()
        found = worlds.of(self.builder.steps[last], hint)
        if dialogue is not None and dialogue.asks and "(y/n)?" in (found[0].text if found else ""):
            found = tuple(world._replace(text=f"{world.text.partition('(y/n)?')[0]}(y/n)?") for world in found)
        return found

    def _hits(self, item: Alternative, pattern: str, met: _Met) -> frozenset[int] | None:
        """Return in which of the worlds that are left a pattern is found, None if that is not known."""
        if not met.seen or self.variables.text(item.pattern) is None:
            return None
        pattern = re.sub(r"server [12]\b", "server 0", pattern)
        try:
            if item.kind == "regexp":
                regex = compiled(pattern, "perl", ignore_case=item.nocase)
            elif item.kind == "exact":
                regex = re.compile(re.escape(pattern))
            else:
                end = pattern.endswith("$") and not pattern.endswith("\\$")
                inner = pattern.removeprefix("^").removesuffix("$") if end else pattern.removeprefix("^")
                regex = re.compile(globbed(inner, ignore_case=item.nocase).pattern + (r"\Z" if end else ""), re.DOTALL)
        except (UnknownError, re.error):
            return None
        return frozenset(place for place in met.left if regex.search(met.seen[place].text))

    def _is_sure(
        self, item: Alternative, pattern: str, hits: frozenset[int] | None, met: _Met, *, alone: bool, user: bool
    ) -> bool:
        """Return whether an alternative is met wherever nothing fails."""
        if hits is not None and met.left and hits == met.left:
            return True
        leaves = item.body is not None and self.leaves(item.body.text)
        if alone and not leaves:
            return True
        known = (
            bool(patterns.JUST_SUCCESS.search(pattern)) and not hits and self.variables.text(item.pattern) is not None
        )
        return known and not user

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

    def check_count(self, step: int, ending: set[int] | frozenset[int], going: set[int] | frozenset[int]) -> bool:
        """Check that keys are found, or none, if that is what tells whether the script ends; return whether it is."""
        if ending == {0} and 0 not in going:
            check = ".data.total_key_count > 0"
        elif going == {0} and 0 not in ending:
            check = ".data.total_key_count == 0"
        else:
            return False
        steps = self.builder.steps
        if check not in steps[step].checks:
            steps[step] = replace(steps[step], checks=(*steps[step].checks, check))
        return True

    def _look(self, pattern: str, line: int, last: int, *, printed: bool) -> None:
        """Take a pattern that is waited for: it gives a variable, checks the output, or only says that all is well.

        ``printed`` says that it is printed wherever the command goes well.
        """
        steps = self.builder.steps
        if self.takings.waited(pattern, last) or last < 0 or not re.search(r"[A-Za-z]{3}", pattern):
            return
        count = re.search(r"Total number of keys present: (\d+)", pattern)
        if count and steps[last].name == "findKey":
            check = f".data.total_key_count == {count[1]}"
            steps[last] = replace(steps[last], checks=(*steps[last].checks, check))
            self.builder.mark(line, script.CHECK, "counts keys")
        elif patterns.FAILURE.search(pattern):
            self.builder.mark(line, script.CHECK, "waits for a failure")
            self.builder.by_hand(
                line, f'waits for a failure, "{short(pattern)}": the translation stops at it', before=len(steps)
            )
        elif not printed and not patterns.JUST_SUCCESS.search(pattern):
            self.builder.mark(line, script.CHECK, "reads the output")
            self.builder.by_hand(line, f'waits for "{short(pattern)}", which is JSON now', before=len(steps))


def negated(condition: str) -> str:
    """Return the condition that holds where another does not."""
    plain = condition.removeprefix("only if ")
    for one, other in (("it reads ", "it does not read "), ("it does not read ", "it reads ")):
        if plain.startswith(one):
            return f"only if {other}{plain.removeprefix(one)}"
    inner = re.fullmatch(r"not \((.*)\)", plain)
    if inner and ") and not (" not in plain:
        return f"only if {inner[1]}"
    return f"only if not ({plain})" if condition.startswith("only if ") else f"only if not {condition}"
