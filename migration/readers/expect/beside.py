"""What an expect script waits for beside all else, and what it does where a tool failed or ended."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.readers import patterns
from migration.readers.expect import tcl
from migration.readers.expect.base import ENDINGS
from migration.readers.expect.meaning import SENDS
from migration.readers.expect.parts import EXIT, FATAL, LEAVES, Flow, Frame
from migration.readers.expect.tools import Tools
from migration.readers.patterns import short
from migration.script import CMU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Dialogue
    from migration.readers.expect.tcl import Alternative, Token

# What is no pattern.
WHOLE = {"timeout", "eof", "full_buffer", "null", "default"}
# What is met where nothing else came in time.
_LATE = {"timeout", "default"}
# What goes on behind a failure: to abort or to ignore it, and what may be asked then.
_PASSED = ("A", "I", "a", "i")
_CONFIRM = re.compile(r"y/n|\by\b.*\bn\b", re.IGNORECASE)
# What says which failure it is.
_CERTAIN = re.compile(r"already|exist|doesn't|invalid|denied|0x[34]0\w{4,}|min pswd", re.IGNORECASE)
# What cloudhsm_mgmt_util says where an HSM does not answer, behind which it ends.
_NOT_UP = re.compile(r"exiting|failed|timed out|rror", re.IGNORECASE)
NOT_UP = (
    "ends where cloudhsm_mgmt_util does not come up, as if one HSM does not answer: the new script does not notice, so"
    " look for cluster-coverage other than full in key list --verbose"
)
_QUIET = ("#", "expect", "exp_continue", "puts", "send_user", "send_log", "sleep", "set")
_EFFECTS = re.compile(r"\b(?:set|incr|append|lappend|lassign|array|dict|regexp|unset|exec|file|puts \$)")


class Beside(Tools):
    """Follows what is done beside what is waited for."""

    # The lines at which the script ends with a status that tells of steps, these, and how many are done before.
    statuses: tuple[tuple[int, frozenset[int], int], ...] = ()
    # What is said of a failure that is passed over, by its step.
    passed: tuple[tuple[int, int, str], ...] = ()

    def vital(self, alternatives: Sequence[Alternative]) -> set[Alternative]:
        """Return what is waited for if the script, or a block of it, ends where it does not come."""
        late = [item for item in alternatives if item.pattern.text in _LATE]
        beside = [item for items in self.later.values() for item in items]
        ends = any(item.body is not None and self.leaves(item.body.text) for item in (*late, *beside))
        return set(alternatives) if ends else set()

    def finish(self) -> None:
        """Say what is left to a person, now that everything is read."""
        steps = self.builder.steps
        last = max((index for index, step in enumerate(steps) if step.name not in ENDINGS), default=-1)
        asking = [item for item in self.guards if item.before > last and item.failed and item.status not in ("", "0")]
        self.guards = [item for item in self.guards if item not in asking]
        ending = [(line, failed) for line, failed, before in self.statuses if before > last]
        for line, failed in (*ending, *((item.line, item.failed) for item in asking)):
            self._ends_failed(line, failed, last)
        for step, line, told in self.passed:
            if steps[step].may_fail:
                self.builder.by_hand(line, told, stops=False)
        super().finish()

    def _ends_failed(self, line: int, failed: frozenset[int], last: int) -> None:
        """Let a script end with a failure that it passes over and tells by its status: no failure may end with 0."""
        steps = self.builder.steps
        if failed == {last} and not (steps[last].loop or steps[last].condition):
            # It only leaves the tool then, as the translation does.
            steps[last] = replace(steps[last], may_fail=False)
            told = "ends with a status that tells what has failed, and the translation ends with 1 then"
            self.builder.by_hand(line, told, stops=False)
            return
        shown = ", ".join(f"{steps[step].name} of line {steps[step].line}" for step in sorted(failed))
        told = f"ends with a status that tells whether something has failed before: {shown}"
        self.builder.by_hand(line, told, before=len(steps), needed=True)

    def _ends(self, alternatives: Sequence[Alternative], dialogue: Dialogue, frame: Frame) -> bool:
        """Follow what is done at the end of a tool that was told to end; return whether nothing else is waited for."""
        own = [item for item in alternatives if item.pattern.text in ("eof", "default")]
        body = next((item.body for item in (*self.at_end["expect_before"], *own, *self.at_end["expect_after"])), None)
        if body is None:
            return False
        if all(item.pattern.text in WHOLE for item in alternatives):
            self.flow = self.body(body, frame)
            return True
        # Where more was typed at once, what else is waited for is what the commands before the last print.
        if dialogue.unread <= 1 and self._does(body):
            told = "what is done at the end of the tool is not followed here, as something else is waited for, too"
            self.builder.by_hand(self.at(body.start, frame), told, before=len(self.builder.steps))
        return False

    def _beside(self, name: str, alternatives: Sequence[Alternative], frame: Frame) -> None:
        """Take what is waited for beside all else: a question that is answered, a failure; all else is said."""
        if frame.silent:
            return
        self.beside[name] = [item for item in alternatives if item.body and item.pattern.text not in WHOLE]
        self.later[name] = [item for item in alternatives if item.pattern.text in _LATE]
        self.at_end[name] = [item for item in alternatives if item.body and item.pattern.text in ("eof", "default")]
        for item in self.beside[name]:
            pattern = self._pattern(item)
            followed = _CONFIRM.search(pattern) or patterns.FAILURE.search(pattern)
            if not followed and self._does(item.body or item.pattern):
                line = self.at(item.pattern.start, frame)
                why = f'what {name} does when it reads "{short(pattern)}" is not followed'
                settled = item.body or item.pattern
                self.ledger.settle(settled.start, settled.start + len(settled.text))
                self.builder.by_hand(line, why, before=len(self.builder.steps))

    def _not_up(
        self, alternatives: Sequence[Alternative], dialogue: Dialogue | None, frame: Frame
    ) -> list[Alternative]:
        """Return what is done where cloudhsm_mgmt_util does not come up; say it if it ends the script.

        There one HSM that does not answer is enough, where the new tool goes on with the others.
        """
        if dialogue is None or dialogue.session.tool != CMU or dialogue.last >= 0 or dialogue.ended:
            return []
        around = [item for held in (self.beside, self.at_end) for items in held.values() for item in items]
        found = [
            item
            for item in (*alternatives, *around)
            if item.body and (item.pattern.text in ("eof", "default") or _NOT_UP.search(self._pattern(item)))
        ]
        ending = [item for item in found if item.body and any(self.leaves(item.body.text, kind) for kind in FATAL)]
        if ending and not frame.silent:
            self.builder.by_hand(self.at(ending[0].pattern.start, frame), NOT_UP, stops=False)
        return [item for item in found if item in alternatives]

    def _answered_beside(self, dialogue: Dialogue | None, frame: Frame, own: Sequence[str]) -> bool:
        """Do what is done beside what is waited for; return whether nothing else is waited for then."""
        if dialogue is None:
            return False
        for name, item in [(name, item) for name, items in self.beside.items() for item in items]:
            pattern, body = self._pattern(item), item.body
            if body is None:
                continue
            if patterns.FAILURE.search(pattern):
                passes = self._passes(body, pattern, dialogue, frame)
                self._failure(body, "" if passes else f'when it reads "{short(pattern)}"', frame)
                self._may_differ([item], dialogue.last, self.at(item.pattern.start, frame), frame)
            elif _CONFIRM.search(pattern) and dialogue.confirms:
                if name == "expect_after" and any(map(_CONFIRM.search, own)):
                    continue
                flow = self.body(body, frame)
                if flow.ends or not item.goes_on:
                    self.flow = flow
                    return True
        return False

    def _may_differ(self, alternatives: Sequence[Alternative], last: int, line: int, frame: Frame) -> None:
        """Take back what holds only where the last command went well, if the script goes on where it failed."""
        bodies = [item.body.text for item in alternatives if item.body and item.pattern.text not in WHOLE]
        if last < 0:
            return
        for text in bodies:
            self.touched.setdefault(last, set()).update(self.sets(text))
        step = self.builder.steps[last]
        left = frozenset(name for text in bodies for name in (*FATAL, *LEAVES) if self.leaves(text, name))
        self.unsettle(last, line)
        asked = [item for item in alternatives if item.pattern.text not in WHOLE]
        failures = [item for item in asked if patterns.FAILURE.search(self._pattern(item))]
        # Behind a failure it waits on, for nothing but what comes where all goes well.
        alike = len(asked) == len(failures) + 1 and all(item.goes_on for item in failures)
        if not step.may_fail or not left or alike:
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

    def _passes(self, body: Token, pattern: str, dialogue: Dialogue | None, frame: Frame) -> bool:
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
        if _CERTAIN.search(pattern):
            told = f'goes on behind a failure only if it reads "{short(pattern)}", the new script behind any: || true'
            self.passed = (*self.passed, (last, self.at(body.start, frame), told))
        return True

    def _pattern(self, item: Alternative) -> str:
        return words.shown(self.variables.expanded(self.variables.word(item.pattern)))

    def _does(self, body: Token) -> bool:
        return self.sends(body.text) or self.leaves(body.text) or bool(_EFFECTS.search(body.text))
