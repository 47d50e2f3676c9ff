"""What a Python program waits for and reads: found in samples of what the tools print, or told by its words."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migration import outputs, script, words
from migration.readers import patterns
from migration.readers.python import doubts, samples
from migration.readers.python.calls import Calls
from migration.readers.python.names import Names, sampled
from migration.readers.python.regex import searchable, unpacked
from migration.readers.python.values import (
    FAILED,
    Const,
    Fails,
    NotKnown,
    Opaque,
    Path,
    Sampled,
    Seq,
    Text,
    Tool,
    searched,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.dialogue import Builder
    from migration.readers.python.values import Value


_CMU_PROMPT = "\naws-cloudhsm>"
_NEVER = re.compile(r"(?!)")
# What cloudhsm_mgmt_util says where an HSM does not answer, behind which it ends.
_NOT_UP = "exiting"
_ENDS = ("pexpect.TIMEOUT", "pexpect.EOF", "TIMEOUT", "EOF")


class Waits(Calls):
    """Follows what comes out of the tools."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(Names(builder))
        self.builder = builder
        self.line = 0
        self.runs: list[Tool] = []
        self.doubts = doubts.Doubts(builder)

    def left(self, line: int, text: str) -> None:
        """Leave a line to a person."""
        self.builder.mark(line, script.CHECK, "is left to a person")
        self.builder.by_hand(self.line or line, " ".join(text.split()), before=len(self.builder.steps))

    def failing(self, node: ast.expr, reason: NotKnown) -> None:
        """Take it that an expression may fail, and say so if it does and nothing handles that."""
        if isinstance(reason, Fails):
            self.raised = True
            self.left(node.lineno, f"fails, as far as it is known: {ast.unparse(node)}")

    def perhaps_failing(self, node: ast.expr) -> None:
        """Take it that the program ends where an expression just failed in some worlds, if nothing handles that."""
        failed, self.failed = self.failed, []
        for found, given in failed:
            worlds = doubts.failing(found, given)
            if worlds and self.handled:
                self.unfound += self.doubts.found_nothing([worlds], given)
            elif worlds:
                line, search = self.line or node.lineno, searched(given)
                self.doubts.add(line, ast.unparse(node), worlds, given, condition=self.condition, search=search)

    def since(self) -> Callable[..., None]:
        """Return what takes all that was read of the tools since for unknown, or back if it is not what goes on."""
        held = [(tool, dict(vars(tool))) for tool in self.runs]

        def unsettle(*, back: bool = False) -> None:
            known = {id(tool): before for tool, before in held}
            for tool in self.runs:
                before = known.get(id(tool))
                if before is not None and all(getattr(tool, name) is value for name, value in before.items()):
                    continue
                if before is not None and back:
                    vars(tool).update(before)
                    continue
                # Who has read all that both ways print reads on at the same place.
                buffer = tool.buffer
                kept = buffer is not None and before is not None and before["buffer"] == buffer
                known_once = buffer is not None or (before is not None and before["buffer"] is not None)
                forget(tool)
                tool.buffer, tool.lost = (buffer, tool.lost) if kept else (None, tool.lost or known_once)

        return unsettle

    def not_followed(self, node: ast.Call) -> None:
        """Leave a call to a person."""
        self.left(node.lineno, f"is not followed: {ast.unparse(node)}")

    def effects(self) -> Callable[[], bool]:
        """Return what says whether anything was done to a tool since, and then takes it back."""
        steps, runs, count = list(self.builder.steps), list(self.runs), self.builder.runs
        endings = list(self.builder.endings)
        tools = [(tool, dict(vars(tool)), None if tool.dialogue is None else tool.dialogue.state()) for tool in runs]

        def undone() -> bool:
            done = self.builder.steps != steps or len(self.runs) != len(runs)
            for tool, held, dialogue in tools:
                done = done or any(getattr(tool, name) is not value for name, value in held.items())
                vars(tool).update(held)
                if tool.dialogue is not None and dialogue is not None:
                    tool.dialogue.restore(dialogue)
            self.builder.steps[:], self.runs[:], self.builder.runs = steps, runs, count
            self.builder.endings[:] = endings
            return done

        return undone

    @staticmethod
    def all_read(tool: Tool) -> Value:
        """Return all that was not read yet."""
        if tool.dialogue is None:
            return tool.before
        found = tool.buffer
        tool.buffer = None
        tool.ahead = 0
        fixed, tool.fixed = tool.fixed, ""
        return Opaque(fixed) if found is None else Sampled(found)

    def wait(self, node: ast.Call, name: str, tool: Tool, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Wait for what a tool prints, as pexpect does, or read it."""
        self.builder.mark(node.lineno, script.CONTEXT, "waits")
        if name in ("read", "readlines", "readline", "waitnoecho"):
            if name == "read":
                return self.all_read(tool)
            tool.buffer = None
            return Opaque()
        given = arguments[0] if arguments else named.get("pattern") or named.get("pattern_list") or Const("")
        alternatives: list[Value] = list(given.items) if isinstance(given, Seq) else [given]
        exact = name == "expect_exact"
        first = alternatives[0] if alternatives else None
        shown = patterns.short(str(unpacked(first.value))) if isinstance(first, Const) else ""
        counted = len(alternatives) == 1 and self._counts(node, shown)
        unread = tool.buffer
        found = self._matched(tool, alternatives, exact=exact)
        if found is not None:
            self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            missed = isinstance(found, Sampled) and FAILED in found.values
            if missed and len(alternatives) == 1 and not counted:
                note = f'waits for "{shown}", which is not checked'
                if self.handled:
                    self.builder.by_hand(node.lineno, note, stops=False)
                else:
                    given, condition = Sampled(unread or ()), self.condition
                    worlds = doubts.failing(found, [given])
                    self.doubts.add(node.lineno, note, worlds, [given], note=note, condition=condition)
            return found
        if (tool.buffer is not None or tool.lost) and shown:
            what = "and it is not known what comes" if tool.lost else "which is not expected"
            text = f'waits for "{shown}", {what} there'
            self.builder.by_hand(self.line or node.lineno, text, stops=False, before=len(self.builder.steps))
        self._misses(node, tool, alternatives, shown, exact=exact)
        forget(tool)
        tool.before = tool.after = tool.match = Opaque(_passed(tool, alternatives, exact=exact))
        return self._index(node, tool, alternatives)

    def _misses(self, node: ast.Call, tool: Tool, alternatives: list[Value], shown: str, *, exact: bool) -> None:
        """Leave a wait to a person that ends the program, as a question is open then or none is asked."""
        only = _compiled(alternatives[0], exact=exact) if len(alternatives) == 1 else None
        dialogue = tool.dialogue
        known = dialogue is not None and dialogue.session.tool == script.CMU and tool.ahead == 1
        if only is None or dialogue is None or not known or self.handled or self.condition or dialogue.ended:
            return
        meets_question = only.search(samples.fixed("createUser")) is not None
        if dialogue.confirms and only.search(_CMU_PROMPT) and not meets_question:
            dialogue.unanswered()
            self.left(node.lineno, f'waits for "{shown}" where a y or an n is asked for, which ends the program')
        elif meets_question and not dialogue.asks and dialogue.last >= 0:
            name = self.builder.steps[dialogue.last].name
            if name == "deleteUser" and not only.search(_CMU_PROMPT):
                self.left(node.lineno, f'waits for "{shown}", which {name} does not ask: that ends the program')

    def _matched(self, tool: Tool, alternatives: list[Value], *, exact: bool) -> Value | None:
        """Look for patterns in the samples of what was not read yet; None if they are found in none of them."""
        compiled = [_compiled(item, exact=exact) for item in alternatives]
        if tool.buffer is None or None in compiled:
            return None
        hits = [_first(compiled, text) for text in tool.buffer]
        late = next((index for index, item in enumerate(alternatives) if _is(item, "TIMEOUT")), None)
        ended = tool.dialogue is None or tool.dialogue.ended
        if not any(hits):
            if ended or late is None:
                return self._at_end(tool, alternatives)
            # What was not printed up to now comes no more.
            tool.before, tool.after, tool.match = Sampled(tool.buffer), sampled(FAILED), sampled(FAILED)
            return sampled(late)
        if ended or late is None:
            late = None
            self.raised = self.raised or None in hits
        pieces = [(text, hit[1] if hit else None) for text, hit in zip(tool.buffer, hits, strict=True)]
        tool.before = Sampled(tuple(FAILED if match is None else text[: match.start()] for text, match in pieces))
        tool.after = Sampled(tuple(FAILED if match is None else match.group() for _, match in pieces))
        tool.match = Sampled(tuple(FAILED if match is None else match for _, match in pieces))
        missed = [text if late is not None else "" for text in tool.buffer]
        tool.buffer = tuple(
            rest if match is None else text[match.end() :] for rest, (text, match) in zip(missed, pieces, strict=True)
        )
        return Sampled(tuple(hit[0] if hit else FAILED if late is None else late for hit in hits))

    def _counts(self, node: ast.Call, shown: str) -> bool:
        """Take a wait for a number of keys that a search finds, which the translation checks."""
        steps = self.builder.steps
        place = next((number for number in reversed(range(len(steps))) if steps[number].name != doubts.GUARD), None)
        count = re.search(r"Total number of keys present: (\d+)(?!\d)", shown)
        if not count or place is None or steps[place].name != "findKey":
            return False
        checks = (*steps[place].checks, f"{outputs.COUNT} == {count[1]}")
        steps[place] = replace(steps[place], checks=checks)
        self.builder.mark(node.lineno, script.CHECK, "counts keys")
        self.read.add(node.lineno)
        return True

    def _at_end(self, tool: Tool, alternatives: list[Value]) -> Value | None:
        names = ["EOF" if _is(item, "EOF") else "" for item in alternatives]
        if "EOF" not in names or tool.dialogue is None or not tool.dialogue.ended:
            return None
        tool.before, tool.after, tool.match = self.all_read(tool), Opaque(), Opaque()
        return sampled(names.index("EOF"))

    def _tell_not_up(self, node: ast.Call, tool: Tool, alternatives: list[Value]) -> None:
        """Say that a program looks whether cloudhsm_mgmt_util comes up, which the translation cannot."""
        dialogue = tool.dialogue
        if dialogue is None or dialogue.session.tool != script.CMU or dialogue.last >= 0 or dialogue.ended:
            return
        if any(_is(item, "EOF") or (isinstance(item, Const) and _NOT_UP in str(item.value)) for item in alternatives):
            told = (
                "asks whether cloudhsm_mgmt_util comes up, which it does not if one HSM does not answer: the new script"
                " does not notice, so look for cluster-coverage other than full in key list --verbose"
            )
            self.builder.by_hand(node.lineno, told, stops=False)

    def _index(self, node: ast.Call, tool: Tool, alternatives: list[Value]) -> Value:
        """Return which of the patterns is met where all goes well, told by their words."""
        good = []
        for index, item in enumerate(alternatives):
            if isinstance(item, Path) and item.dotted in _ENDS:
                continue
            text = words.shown(self.names.word(item)) if isinstance(item, Const | Text) else ast.unparse(node)
            if len(alternatives) == 1 or not (patterns.FAILURE.search(text) or _NOT_UP in text):
                good.append((index, text))
        if len(alternatives) == 1 and good:
            self._look(node, good[0][1])
        if len(good) == 1:
            if len(alternatives) > 1:
                self._tell_not_up(node, tool, alternatives)
                self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            return sampled(good[0][0])
        ends = [
            index for index, item in enumerate(alternatives) if isinstance(item, Path) and item.dotted.endswith("EOF")
        ]
        if not good and ends:
            return sampled(ends[0])
        return Opaque()

    def _look(self, node: ast.Call, pattern: str) -> None:
        """Say what is waited for if that is more than success."""
        if not self.builder.steps or not re.search(r"[A-Za-z]{3}", pattern):
            return
        shown = patterns.short(pattern)
        if "Key Handle" in pattern or "key handle" in pattern:
            self.left(node.lineno, f"takes a handle out of the output, which is JSON now: {shown}")
        elif patterns.FAILURE.search(pattern) and not patterns.JUST_SUCCESS.search(pattern):
            self.builder.mark(node.lineno, script.CHECK, "waits for a failure")
            self.builder.by_hand(node.lineno, f'waits for a failure, "{shown}": the translation stops at it')


def _passed(tool: Tool, alternatives: list[Value], *, exact: bool) -> str | None:
    """Return what is read up to a wait whatever became of a command, None if nobody can tell how much that is."""
    compiled = [item for given in alternatives if (item := _compiled(given, exact=exact)) is not None]
    if any(item.search(samples.fixed("createUser")) for item in compiled):
        # All that stands before a question is read with it.
        found, tool.fixed, tool.ahead = tool.fixed, "", 1
        return found
    if not any(item.search(_CMU_PROMPT) for item in compiled):
        return tool.fixed
    tool.ahead -= 1
    if tool.ahead:
        return None
    found, tool.fixed = tool.fixed, ""
    return found


def forget(tool: Tool) -> None:
    """Take what a tool prints, and what was read of it, for unknown."""
    tool.buffer = None
    tool.before = tool.after = tool.match = Opaque()


def _is(item: Value, end: str) -> bool:
    """Return whether an alternative is one of pexpect's own: the end of the output, or of the time."""
    return isinstance(item, Path) and item.dotted.rpartition(".")[2] == end


def _compiled(item: Value, *, exact: bool) -> re.Pattern[str] | None:
    """Return a pattern that is waited for, one that is never met for the end of a tool; None if it is not known."""
    if isinstance(item, Path) and item.dotted in _ENDS:
        return _NEVER
    if not isinstance(item, Const):
        return None
    given = item.value.pattern if isinstance(item.value, re.Pattern) else item.value
    flags = item.value.flags if isinstance(item.value, re.Pattern) else re.DOTALL
    text = unpacked(given)
    if not isinstance(text, str) or not (exact or searchable(text, int(flags))):
        return None
    # The samples have plain line ends, whether a terminal is between or not.
    for end in ("\r\n", "\r"):
        text = text.replace(end, "\n") if exact else text.replace(end, "\n").replace(repr(end)[1:-1], r"\n")
    try:
        return re.compile(re.escape(text) if exact else text, flags & ~re.UNICODE)
    except (re.error, OverflowError, RecursionError, ValueError):
        return None


def _first(compiled: list[re.Pattern[str] | None], text: str) -> tuple[int, Any] | None:
    """Return the alternative that stands first in a text, and its match."""
    found = [
        (match.start(), index, match)
        for index, item in enumerate(compiled)
        if item is not None and (match := item.search(text))
    ]
    if not found:
        return None
    _, index, match = min(found, key=lambda hit: hit[:2])
    return index, match
