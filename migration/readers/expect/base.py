"""What all parts of the reader of expect scripts share: its state, its marks, what it says at the end."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import TYPE_CHECKING

from migration import masking, script, words
from migration.dialogue import login_of
from migration.masking import MASK
from migration.readers.expect import tcl
from migration.readers.expect.conditions import both
from migration.readers.expect.ledger import Ledger
from migration.readers.expect.meaning import ASIDE_HARMLESS, SENDS
from migration.readers.expect.parts import FATAL, Aside, Flow, Frame, Guard, LeftError, Proc, State
from migration.readers.expect.variables import Variables
from migration.reading.regexes import UnknownError
from migration.script import Ending

if TYPE_CHECKING:
    from migration.dialogue import Builder, Dialogue
    from migration.readers.expect.taken import Taken
    from migration.readers.expect.takings import Returned
    from migration.readers.expect.tcl import Alternative, Command, Token
    from migration.script import Test
    from migration.words import Word

# How many bodies of procedures, branches and loops are followed; a script that holds more would never end.
_BODIES = 5000
ENDINGS = ("quit", "exit", "logoutHSM")
_SETS = re.compile(
    r"\b(?:set|append|incr|lappend|unset)\s+(?:-\w+\s+)*([\w:]+(?:\([^)\s]*\))?)|\b(?:array|dict)\s+\w+\s+([\w:]+)"
)
_SETS_MORE = re.compile(r"\b(?:lassign|gets|foreach|regexp|regsub|scan|catch|read|for|upvar)\b([^\n]*)")
_SECRET = re.compile(
    r"(\$\{?\w*(?:pw|pass|pin|secret)\w*\}?\s*(?:==|!=|eq|ne)\s*)(?:\"[^\"]+\"|\{[^}]+\})", re.IGNORECASE
)
_NUMBER = re.compile(r"0|[1-9]\d{0,3}")
# What a variable for passwords holds and is shorter, is a sign or a word that messages need.
_SHORTEST_SECRET = 6


class Base(ABC):
    """The state of the reader."""

    def __init__(self, text: str, builder: Builder, first: int = 0) -> None:
        """Begin with the script of a file, or one in a here-document, behind ``first`` lines of the file."""
        self.text = text
        self.builder = builder
        self.first = first
        self.starts = [0, *(index + 1 for index, sign in enumerate(text) if sign == "\n")]
        self.own = len(text)
        # Where texts begin that are no part of the file, as they were made by it, each with the line that runs it.
        self.foreign: list[tuple[int, int]] = []
        self.procs: dict[str, Proc] = {}
        self.called: set[str] = set()
        self.skipped: list[str] = []
        self.dialogue: Dialogue | None = None
        # The runs of tools by the variables that hold their spawn ids.
        self.spawned: dict[str, Dialogue | None] = {}
        self.variables = Variables(text, builder)
        self.takings = self.variables.takings
        self.bodies = 0
        self.flow = Flow()
        self.guards: list[Guard] = []
        self.asides: list[Aside] = []
        self.ledger = Ledger()
        # What the procedures that are followed have returned, whether only where all goes well, and under which test.
        self.returned: list[list[Returned]] = []
        # What the last command has given: a word, or what is taken out of the output; None if nobody knows.
        self.result: Word | Taken | None = None
        # What may be left by what stands in brackets, how many were run, how many of their values were kept.
        self.brought = Flow()
        self.ran = self.temporary = 0
        self._in_condition = False
        # What ``expect_before`` and ``expect_after`` wait for.
        self.beside: dict[str, list[Alternative]] = {"expect_before": [], "expect_after": []}
        self.at_end: dict[str, list[Alternative]] = {"expect_before": [], "expect_after": []}
        self.later: dict[str, list[Alternative]] = {"expect_before": [], "expect_after": []}
        # What the script ends without.
        self.awaited: set[Alternative] = set()
        # The variables that depend on how a step ends, by its index.
        self.touched: dict[int, set[str]] = {}
        # The steps whose failure is passed over, by what is said of the variables that tell it.
        self.unsettled: dict[str, int] = {}
        # The lines at which something was typed last, and at which the script was ended.
        self.typed_at = 0
        self.ended_at = 0
        # Whether it types something behind its end, which it reaches only where something fails.
        self.types_behind = False
        # The variables of the translation for those of loops over handles.
        self.turns: dict[str, str] = {}
        # How many programs beside the tools were run.
        self.programs = 0

    def run(self, start: int, end: int, frame: Frame) -> Flow:
        """Read the commands between two places, up to one that leaves them."""
        self.bodies += 1
        if self.bodies > _BODIES:
            self.builder.by_hand(self.line(start), "procedures and loops are too many to be followed")
            return Flow()
        # What may leave this block before is a condition of what follows, beside that of the block.
        ends, may, outer, inner = Flow(), Flow(), frame, Frame()
        for command in list(tcl.commands(self.text, start, end)):
            if command.comment:
                self.mark(command, script.IRRELEVANT, "a comment")
                continue
            if ends.ends:
                self._behind(command, ends, frame)
                continue
            flow = self.one(command, frame)
            if flow.may:
                may = Flow(may=may.may | flow.may, reason=may.reason or flow.reason)
                frame, inner = frame.under(flow.reason, flow.when), inner.under(flow.reason, flow.when)
            if flow.ends:
                ends = flow.unless(may.may, caught=outer.caught)
                if ends != flow:
                    self.guard(self.at(command.start, outer), inner.asked, outer, flow, inner.when)
        return Flow(ends.ends, ends.status, may.may | ends.may, may.reason or ends.reason, told=ends.told)

    def one(self, command: Command, frame: Frame, *, inside: bool = False) -> Flow:
        """Read one command; return how it ends. One ``inside`` another leaves its lines to that if it may."""
        outer = self.brought
        self.flow, self.brought, self.result = Flow(), Flow(), None
        self.variables.leant, self.variables.line = False, self.at(command.start, frame)
        self.ledger.follow(command, self.variables.line, frame, self.variables.text)
        before, self.takings.perhaps = self.takings.perhaps, self.takings.perhaps or bool(frame.condition)
        try:
            kind, remark = self.command(command, frame)
        except LeftError as left:
            kind, remark, self.flow = script.CONTEXT, "is left before it is done", left.flow
        except UnknownError as error:
            told = str(error) if str(error).startswith("which variable") else "what Tcl makes of this"
            kind, remark = script.UNKNOWN, f"{told} is not known"
        if not inside or kind != script.CONTEXT:
            self.mark(command, kind, remark)
        if kind == script.UNKNOWN:
            self.ledger.settle(command.start, command.end)
        if kind == script.UNKNOWN and not frame.silent:
            self.builder.by_hand(self.line(command.start), remark, before=len(self.builder.steps))
        self.takings.perhaps = before
        flow, brought = self.flow, self.brought
        self.flow, self.brought = Flow(), outer
        when = None if brought.may else flow.when
        return flow._replace(may=flow.may | brought.may, reason=flow.reason or brought.reason, when=when)

    def _behind(self, command: Command, ends: Flow, frame: Frame) -> None:
        """Take a command behind the end of a block, which is reached, if at all, only where something failed."""
        self.skipped.append(self.text[command.start : command.end])
        self.mark(command, script.IRRELEVANT, "is not reached")
        if not ends.told:
            self.ledger.settle(command.start, command.end)
            return
        state, flow, result = self.state(), self.flow, self.result
        self.types_behind = self.types_behind or (ends.ends in FATAL and self.sends(self.skipped[-1]))
        self.one(command, frame._replace(silent=True))
        self.restore(state)
        self.flow, self.result = flow, result

    def body(self, token: Token, frame: Frame) -> Flow:
        """Read the commands of a body."""
        return self.run(token.start, token.start + len(token.text), frame)

    @abstractmethod
    def command(self, command: Command, frame: Frame) -> tuple[str, str]:
        """Read one command; return what its lines are."""

    def mark(self, command: Command, kind: str, remark: str) -> None:
        """Say what the lines of a command are."""
        if command.start >= self.own:
            self.builder.mark(self.line(command.start), kind, remark)
            return
        for number in range(self.line(command.start), self.line(max(command.end - 1, command.start)) + 1):
            self.builder.mark(number, kind, remark)

    def line(self, position: int) -> int:
        """Return the line of a place in the script."""
        if position >= self.own and self.foreign:
            return next((line for begun, line in reversed(self.foreign) if begun <= position), self.foreign[0][1])
        return self.first + bisect_right(self.starts, position)

    def at(self, position: int, frame: Frame) -> int:
        """Return the line that is told for a place: where a procedure is called, that of the call."""
        return frame.line or self.line(position)

    def made(self, code: str, line: int) -> Token:
        """Return a text that the script has made as a body that can be read."""
        self.text += "\n"
        start = len(self.text)
        self.text += code + "\n"
        self.foreign.append((start, line))
        return tcl.Token(code, start, braced=True)

    def sends(self, text: str) -> bool:
        """Return whether a piece of script types something, starts a tool, or calls what does."""
        return self._holds(text, re.compile(r"\b(?:exp_)?(?:send|spawn)\b|\bsend_tty\b"), set()) or bool(
            re.search(r"singlecmd|\bconfigure\b|cloudhsm-client", text)
        )

    def leaves(self, text: str, kinds: str = "exit|return|break|continue|error|throw") -> bool:
        """Return whether a piece of script may leave a block, by one of some kinds, or calls what does."""
        return self._holds(text, re.compile(rf"(?<![\w$-])(?:{kinds})(?![\w(]|\s+-onexit)"), set())

    def sets(self, text: str) -> set[str]:
        """Return the variables that a piece of script may set, those of the script with colons."""
        found = {first or second for first, second in _SETS.findall(text)}
        for line in _SETS_MORE.findall(text):
            found |= set(re.findall(r"(?<![\w$(:\\])[A-Za-z_]\w*", line))
        seen: set[str] = set()
        waiting = [text]
        while waiting:
            used = self.named_in(waiting.pop()) - seen
            seen |= used
            waiting += [self.procs[name].body.text for name in used]
        for name in seen:
            body = self.procs[name].body.text
            names = {first or second for first, second in _SETS.findall(body)}
            shared = {word for line in re.findall(r"\b(?:global|variable|upvar)\b(.*)", body) for word in line.split()}
            found |= {f"::{item.removeprefix('::')}" for item in names if item.startswith("::") or item in shared}
        return found - {"spawn_id", "timeout", "::timeout", "::spawn_id"}

    def unsettle(self, step: int, line: int) -> None:
        """Note that nobody can tell what depends on how a step ends, if the script goes on where it failed."""
        if step < 0 or not self.builder.steps[step].may_fail:
            return
        failed = self.builder.steps[step]
        for name in sorted(self.touched.pop(step, ())):
            told = f"{name.removeprefix('::')} depends on whether {failed.name} of line {failed.line} failed"
            self.unsettled[told] = step
            self.variables.unclear(name, line, told)

    def failing(self, text: str) -> frozenset[int]:
        """Return the steps whose failure is passed over, and on which a variable of a piece of script depends."""
        named = re.findall(r"\$\{?((?:::)?\w+)", text)
        held = [name for item in named for name in words.names(self.variables.reference(item))]
        said = [why[1] for why in map(self.takings.why, held) if why is not None]
        return frozenset(self.unsettled[item] for item in said if item in self.unsettled)

    def _holds(self, text: str, wanted: re.Pattern[str], seen: set[str]) -> bool:
        if wanted.search(text):
            return True
        used = self.named_in(text) - seen
        seen |= used
        return any(self._holds(self.procs[name].body.text, wanted, seen) for name in sorted(used))

    def named_in(self, text: str) -> set[str]:
        """Return the procedures that a piece of script names, by their full names or by their last."""
        said = set(re.findall(r"[A-Za-z_][\w:]*", text))
        last = {word.rpartition("::")[2] for word in said}
        return {name for name in self.procs if name in said or name.rpartition("::")[2] in last}

    def skip(self, body: Token, why: str) -> None:
        """Pass over what is not done."""
        self.skipped.append(body.text)
        self.ledger.settle(body.start, body.start + len(body.text))
        for command in tcl.commands(self.text, body.start, body.start + len(body.text)):
            self.mark(command, script.IRRELEVANT, "a comment" if command.comment else why)

    # What everything behind depends on.

    def guard(
        self, line: int, condition: str, frame: Frame, flow: Flow, test: Test | None = None, *, place: int = -1
    ) -> None:
        """Say that the script ends if something is so; ``test`` is how bash asks for it."""
        if frame.silent or flow.ends not in FATAL:
            return
        outer = f", {frame.condition}" if frame.condition else ""
        text = f"ends the script if {condition}{outer}: go on from here only if that is not so"
        if frame.condition and test is not None:
            test = frame.when and both(frame.when, test)
        test = test if flow.status.isdigit() and len(flow.status) <= 3 else None  # noqa: PLR2004 - what bash takes
        self.variables.tested |= set(test.names if test is not None else ())
        plain, before = " ".join(text.split()), len(self.builder.steps)
        failed = self.failing(condition)
        self.guards.append(Guard(line, plain, before, flow.status, test, frame.loop, place, failed))

    def counted(self, condition: str) -> str:
        """Return a condition with numbers in place of variables that hold one: of the arguments, or one written out."""

        def named(found: re.Match[str]) -> str:
            value = self.variables.find(found[1])
            if value is None or value.word is None:
                return found[0]
            plain = words.literal(self.variables.expanded(value.word)) or ""
            return "$argc" if value.word == words.variable("argc") else plain if _NUMBER.fullmatch(plain) else found[0]

        return re.sub(r"\$(\w+)(?![\w(:])", named, condition)

    def aside(self, command: Command, text: str, frame: Frame, *, channel: str = "", known: bool = False) -> None:
        """Note what is done beside the tools, and is not carried over."""
        if not frame.silent:
            opens = command.tokens[0].text == "open"
            tokens = command.tokens[1:2] if opens else command.tokens
            plain = {piece for token in tokens for piece in re.findall(r"[^\s\"{}\[\]$;,]+", token.text)}
            given = {words.shown(self.variables.expanded(self.variables.word(token))) for token in tokens}
            kept = frozenset(plain | given) - (frozenset() if opens else ASIDE_HARMLESS)
            line = self.at(command.start, frame)
            self.asides.append(Aside(line, " ".join(text.split()), kept, len(self.builder.steps), channel, known))

    def state(self) -> State:
        """Return all that a piece of script may change, to take it back."""
        dialogues = {id(item): item for item in (self.dialogue, *self.spawned.values()) if item is not None}
        kept = [(item, item.state()) for item in dialogues.values()]
        return State(self.variables.state(), self.dialogue, dict(self.spawned), kept)

    def restore(self, state: State) -> None:
        """Take back what was changed since."""
        self.variables.restore(state.variables)
        self.dialogue, self.spawned = state.dialogue, dict(state.spawned)
        for dialogue, kept in state.dialogues:
            dialogue.restore(kept)

    # The end.

    def finish(self) -> None:
        """Say what is left to a person, now that everything is read."""
        self._uncalled()
        for dialogue in {id(item): item for item in (self.dialogue, *self.spawned.values()) if item}.values():
            if dialogue.begun and self.builder.texts:
                told = f'"{words.shown(dialogue.begun)}" is typed without a line end, and never reaches the tool'
                self.builder.by_hand(self.typed_at, told, before=len(self.builder.steps))
        steps = self.builder.steps
        last = max((index for index, step in enumerate(steps) if step.name not in ENDINGS), default=-1)
        for guard in self.guards:
            if guard.before <= last and guard.test is not None:
                text = guard.text.partition(": go on")[0]
                unless = dict(enumerate(self.variables.arguments)).get(guard.place, "")
                ending = Ending(guard.line, text, guard.test, guard.status, guard.before, guard.loop, unless)
                asked = [(item.test, item.before, item.loop) for item in self.builder.endings]
                if (ending.test, ending.before, ending.loop) not in asked:
                    self.builder.endings.append(ending)
            elif guard.before <= last:
                self.builder.by_hand(guard.line, guard.text, before=guard.before, needed=True)
            elif guard.status not in ("", "0"):
                text = f"{guard.text.partition(': go on')[0]} with status {guard.status}, which is left out"
                # Perhaps it asks for a failure that is passed over.
                passes = any(step.may_fail for step in steps)
                self.builder.by_hand(guard.line, text, stops=passes, before=len(steps) if passes else -1, needed=passes)
        self._refused()
        self._elsewhere()
        self._mask()

    def _refused(self) -> None:
        """Say what the old tool refused as somebody was logged in at another one."""
        there: dict[int, str] = {}
        for step in self.builder.steps:
            run, login = step.session.run, login_of(step)
            others = {user for other, user in there.items() if other != run}
            if step.name in ("changePswd", "deleteUser") and len(step.words) > 2:  # noqa: PLR2004 - the type, the name
                user = words.shown(step.words[2])
                if user in others:
                    told = f"{user} is logged in at another tool here: the old one refused this, CloudHSM CLI does it"
                    self.builder.by_hand(step.line, told, stops=False)
            if login is not None and not step.session.words and not step.condition:
                there[run] = words.shown(login.user)
            elif step.name in ENDINGS:
                there.pop(run, None)

    def _elsewhere(self) -> None:
        """Say where a tool is started with another configuration than before, which may be that of another cluster."""
        first = ""
        for index, step in enumerate(self.builder.steps):
            file = step.session.cfg
            first = first or file
            if file and file != first and "$" not in first + file:
                told = f"is done with {file}, others with {first}: if that is another cluster, configure the CLI for it"
                self.builder.by_hand(step.line, told, before=index, needed=True)
                return

    def _uncalled(self) -> None:
        waiting = [*self.skipped]
        while waiting:
            for name in self.named_in(waiting.pop()) - self.called:
                self.called.add(name)
                waiting.append(self.procs[name].body.text)
        bodies = {proc.body for name, proc in self.procs.items() if name in self.called}
        for name, proc in self.procs.items():
            if proc.body not in bodies and self.sends(proc.body.text):
                bodies.add(proc.body)
                line = self.line(proc.body.start)
                self.builder.by_hand(line, f"procedure {name} sends commands and is never called here")

    def _mask(self) -> None:
        """Take passwords that are written out from what is said."""
        held = [piece for value in self.variables.secrets() for piece in (value, *value.split())]
        secrets = {text for text in held if len(text) >= _SHORTEST_SECRET}
        masking.hide(self.builder, secrets)


def shown(condition: str) -> str:
    """Return a condition for people: on one line, without what a password is compared with."""
    return " ".join(_SECRET.sub(rf"\1{MASK}", condition).split())


__all__ = ["SENDS", "Base", "shown"]
