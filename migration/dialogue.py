"""What a script types at a tool: which lines are commands, which are answers, who is logged in meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from migration import legacy, script, words
from migration.script import CMU, KMU, Capture, Ending, HandWork, Line, Login, Printed, Session, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.words import Word

_FAILURE_ANSWERS = frozenset("RIABriab")
_DIFFER = "the passwords differ: nothing is done"
HELPED = "the tool showed its help in the session, and did nothing"
REFUSED = "it was refused in the session, which went on"
_OTHER_ENDINGS = ("logout",)


class Builder:
    """What a reader collects: a kind for every line, the steps, what is left to a person."""

    def __init__(self, text: str) -> None:
        self.texts = text.removesuffix("\n").split("\n")
        self._kinds: dict[int, tuple[str, str]] = {}
        self.steps: list[Step] = []
        self.hand_work: list[HandWork] = []
        self.endings: list[Ending] = []
        self.printed: list[Printed] = []
        self.runs = 0

    def mark(self, line: int, kind: str, remark: str = "") -> None:
        """Say what a line is; of several sayings the strongest stands."""
        known = self._kinds.get(line)
        if 0 < line <= len(self.texts) and (
            known is None or script.STRENGTH.index(kind) > script.STRENGTH.index(known[0])
        ):
            self._kinds[line] = kind, remark

    def by_hand(self, line: int, text: str, *, stops: bool = True, before: int = -1, needed: bool = False) -> None:
        """Leave something to a person, once; ``before`` and ``needed`` are as those of the work."""
        work = HandWork(line, text, stops, before, needed)
        if work not in self.hand_work:
            self.hand_work.append(work)

    def moved(self, step: int, by: int) -> None:
        """Let what stands behind a step stay there, as a step is put before it or taken away."""
        self.hand_work = [
            work._replace(before=work.before + by) if work.before > step else work for work in self.hand_work
        ]
        self.printed = [item._replace(before=item.before + by) if item.before > step else item for item in self.printed]
        self.endings = [
            ending._replace(before=ending.before + by) if ending.before > step else ending for ending in self.endings
        ]

    def lines(self, otherwise: str = script.UNKNOWN, remark: str = "") -> tuple[Line, ...]:
        """Return all lines; blank ones that nothing was said of are irrelevant, others what ``otherwise`` says."""
        found = []
        for number, text in enumerate(self.texts, 1):
            rest = (otherwise, remark) if text.strip() else (script.IRRELEVANT, "empty")
            found.append(Line(number, *self._kinds.get(number, rest)))
        return tuple(found)

    def capture(self, step: int, variable: str, what: str, *, perhaps: bool = False) -> None:
        """Note that a variable takes something out of a step's output, ``perhaps``: only if it is there."""
        found, held = Capture(variable, what), self.steps[step]
        if found not in held.captures:
            new = held.perhaps | {variable} if perhaps else held.perhaps
            self.steps[step] = replace(held, captures=(*held.captures, found), perhaps=new)
        elif not perhaps:
            self.require(variable)

    def require(self, variable: str) -> None:
        """Note that the script does not go on where what a variable takes out of an output is not there."""
        for place, step in enumerate(self.steps):
            if variable in step.perhaps:
                self.steps[place] = replace(step, perhaps=step.perhaps - {variable})


class State(NamedTuple):
    """How far a run is: where, whether it has ended, open questions, its last step, what is typed so far."""

    session: Session
    ended: bool
    pending: tuple[str, ...]
    last: int
    begun: Word


class Dialogue:
    """One run of a tool, fed with what is typed at it."""

    def __init__(
        self,
        builder: Builder,
        tool: str,
        lookup: Callable[[str], Word | None] = lambda _: None,
        *,
        cfg: str = "",
        lenient: bool = False,
    ) -> None:
        """Start a run. ``lookup`` gives a variable's value; ``lenient`` takes a missing y for given."""
        builder.runs += 1
        self.builder = builder
        self.session = Session(tool, builder.runs, cfg)
        self.ended = False
        # What is typed and not yet followed by a line end.
        self.begun: Word = words.EMPTY
        # How many lines were typed since something was waited for, and whether something was since then.
        self.unread, self.heard = 0, True
        self._lookup = lookup
        self._lenient = lenient
        self._pending: list[str] = []
        self._last = -1

    @property
    def last(self) -> int:
        """The index of the step that was typed last, -1 if there is none."""
        return self._last

    @property
    def asks(self) -> bool:
        """Whether a question is open."""
        return bool(self._pending)

    @property
    def confirms(self) -> bool:
        """Whether a y or an n is asked for."""
        return self._pending[:1] == [legacy.CONFIRM]

    def settle(self) -> None:
        """Take all questions for answered."""
        self._pending.clear()

    def await_answers(self) -> None:
        """Let the last step ask what it asks, though it is done only under a condition."""
        step = self.builder.steps[self._last]
        if step.name and not step.mistake:
            self._pending = legacy.questions(step.tool, legacy.parse(step.tool, step.name, step.words[1:]))

    def state(self) -> State:
        """Return how far the run is, to take it back."""
        return State(self.session, self.ended, tuple(self._pending), self._last, self.begun)

    def restore(self, state: State) -> None:
        """Take the run back to where it was."""
        self.session, self.ended, self._last, self.begun = state[0], state[1], state[3], state[4]
        self._pending = list(state[2])

    def whole_lines(self, typed: Word) -> list[Word]:
        """Take what is typed; return the lines that are complete now. The rest waits for its line end."""
        whole = words.join([self.begun, typed])
        found = words.lines(whole)
        ended = bool(whole) and whole[-1].kind == words.TEXT and whole[-1].text.endswith(("\r", "\n"))
        self.begun = words.EMPTY if ended or not found else found.pop()
        self.unread, self.heard = len(found) + (0 if self.heard else self.unread), False
        return found

    def start_words(self) -> None:
        """Say that this run has its commands as arguments."""
        self.session = self.session._replace(words=True)

    def feed(  # noqa: PLR0911 - one return a kind of line
        self, line: Word, number: int, *, condition: str = "", at_prompt: bool = False, marked: bool = True
    ) -> int:
        """Take one line that is typed; return the index of its step, or -1.

        ``at_prompt`` says that the tool's prompt was seen, so that it is no answer; ``marked`` that the line of the
        file is to be described here.
        """
        mark = self.builder.mark if marked else _unmarked
        if at_prompt:
            self._pending.clear()
        if self._pending and self._answer(line, number, mark):
            return -1
        found = self._expanded(words.split(line))
        if not found:
            mark(number, script.CONTEXT, "an empty line")
            return -1
        first = words.literal(found[0])
        if first is None:
            mark(number, script.COMMAND, "which command it is depends on a variable")
            return self._add(Step(number, "", tuple(found), self.session, condition=condition))
        if first in "yYnN":
            mark(number, script.CONTEXT, "an answer to no question")
            return -1
        if len(first) == 1 and first in _FAILURE_ANSWERS:
            mark(number, script.CONTEXT, "an answer to the question after a failure")
            if 0 <= self._last < len(self.builder.steps) and first not in "Rr":
                self.builder.steps[self._last] = replace(self.builder.steps[self._last], may_fail=True)
            return -1
        name = legacy.full_name(self.session.tool, first, server_mode=self.session.server is not None)
        if name is None:
            if first in _OTHER_ENDINGS:
                mark(number, script.CONTEXT, f"{first} is no command; the tool goes on")
            else:
                told = f"{first} is no command of {self.session.tool}"
                mark(number, script.UNKNOWN, told)
                # The tool said so and did nothing.
                self.builder.by_hand(number, told, stops=False)
            return -1
        mark(number, script.COMMAND, name)
        return self.command(name, found, number, condition=condition)

    def command(self, name: str, found: Sequence[Word], number: int, *, condition: str = "") -> int:
        """Take one command whose name is known; return the index of its step."""
        parsed = legacy.parse(self.session.tool, name, found[1:])
        step = Step(number, name, tuple(found), self.session, condition=condition, mistake=parsed.mistake)
        if parsed.unresolved:
            step = replace(step, name="" if not parsed.values and not parsed.arguments else name)
        index = self._add(step)
        if not parsed.mistake and not condition:
            self._pending = legacy.questions(self.session.tool, parsed)
            self._follow(parsed)
        return index

    def _add(self, step: Step) -> int:
        self.builder.steps.append(step)
        self._last = len(self.builder.steps) - 1
        return self._last

    def _expanded(self, found: list[Word]) -> list[Word]:
        """Return the words with the value of a variable in place of one that hides the command."""
        for _ in range(4):
            if not found or words.literal(found[0]) is not None:
                break
            value = words.substitute(found[0], self._lookup)
            if value == found[0]:
                break
            found = [*words.split(value), *found[1:]]
        return found

    def answer(self, line: Word, number: int, *, confirms: bool = False) -> None:
        """Take a line that stands behind a question, whatever it looks like; ``confirms`` if it asks for a y."""
        while confirms and self._pending and self._pending[0] != legacy.CONFIRM:
            # What was asked before that was answered, and not shown.
            self._pending.pop(0)
        steps, typed = self.builder.steps, words.literal(line)
        if self._pending:
            self._answer(line, number, self.builder.mark, asked=True)
        elif 0 <= self._last < len(steps) and typed in (*"nN", *"IAia", *"Rr"):
            goes_on = typed in tuple("IAia")
            steps[self._last] = replace(steps[self._last], declined=typed in ("n", "N"), may_fail=goes_on)

    def unanswered(self) -> None:
        """Take it that nobody answers what is asked, so that nothing is done."""
        if self._pending:
            self._pending.clear()
            self.builder.steps[self._last] = replace(self.builder.steps[self._last], declined=True)

    def differ(self) -> None:
        """Take it that the two passwords typed for the last command were not the same."""
        if legacy.PASSWORD in self._pending and self._last >= 0:
            self._pending.clear()
            self.builder.steps[self._last] = replace(self.builder.steps[self._last], mistake=_DIFFER)

    def not_logged_in(self) -> None:
        """Take it that the last command, if it is a login, was refused."""
        steps = self.builder.steps
        if 0 <= self._last < len(steps) and steps[self._last].name == "loginHSM":
            steps[self._last] = replace(steps[self._last], mistake=REFUSED)
            self.session = self.session._replace(login=steps[self._last].session.login)

    def failed(self, name: str) -> None:
        """Take it that the last command failed, if it has that name or none is told, and that the tool went on."""
        steps = self.builder.steps
        if 0 <= self._last < len(steps) and (steps[self._last].name == name or not name):
            steps[self._last] = replace(steps[self._last], may_fail=True)

    def shows_help(self, name: str) -> None:
        """Take it that the tool showed its help over the last command, if that is its name."""
        steps = self.builder.steps
        if 0 <= self._last < len(steps) and steps[self._last].name == name:
            steps[self._last] = replace(steps[self._last], mistake=HELPED)

    def _is_command(self, first: str) -> bool:
        return legacy.full_name(self.session.tool, first, server_mode=self.session.server is not None) is not None

    def _answer(self, line: Word, number: int, mark: Callable[..., None], *, asked: bool = False) -> bool:
        """Take a line for the answer to what is asked; False if it is none after all."""
        question = self._pending[0]
        typed = words.literal(line)
        steps, last = self.builder.steps, self._last
        if question != legacy.CONFIRM:
            self._pending.pop(0)
            steps[last] = self._answered(steps[last], question, line)
            mark(number, script.CONTEXT, f"answers {steps[last].name}: {question}")
            self._login_again()
            return True
        answer = typed.strip() if typed is not None else None
        if answer in ("y", "Y", "n", "N"):
            self._pending.pop(0)
            mark(number, script.CONTEXT, f"answers {steps[last].name}: {answer}")
            steps[last] = replace(steps[last], declined=answer in ("n", "N"))
            if answer in ("n", "N"):
                self._pending.clear()
            return True
        if typed is None and len(words.split(line)) == 1:
            self._pending.pop(0)
            steps[last] = replace(steps[last], condition="the answer to its question is in a variable", when=None)
            mark(number, script.CONTEXT, f"answers {steps[last].name}: a variable")
            return True
        first = words.literal((words.split(line) or [words.EMPTY])[0]) or ""
        # A line that is a command, or answers what is asked next, stands behind a y that was left out.
        known = typed is None or first in _FAILURE_ANSWERS or self._is_command(first) or len(self._pending) > 1
        if self._lenient and not asked and known:
            self._pending.pop(0)
            return bool(self._pending) and self._answer(line, number, mark)
        if self._lenient and not asked and not first:
            return False
        mark(number, script.CONTEXT, f"is taken for an answer to {steps[last].name} and refused; it asks again")
        self._refused(number, certain=asked or not self._lenient)
        return True

    def _refused(self, number: int, *, certain: bool) -> None:
        """Take a line for a wrong answer; ``certain`` if no y was given that stands nowhere."""
        step = self.builder.steps[self._last]
        told = f"is no y or n, which {step.name} of line {step.line} asks for: it"
        self.builder.by_hand(number, f"{told} {'does nothing without' if certain else 'asks again'}", stops=False)
        if certain:
            self.builder.steps[self._last] = replace(step, declined=True)

    def _answered(self, step: Step, question: str, line: Word) -> Step:
        """Return a step with an answer; a new password that is repeated in another way is none."""
        if question == legacy.PASSWORD and step.answers:
            first, second = words.literal(step.answers[-1]), words.literal(line)
            if first is not None and second is not None and first != second:
                self._pending.clear()
                step = replace(step, mistake=_DIFFER)
            elif step.answers[-1] != line and not step.condition:
                step = replace(step, condition="only if both passwords are the same")
        return replace(step, answers=(*step.answers, line))

    def _follow(self, parsed: legacy.Parsed) -> None:
        name = parsed.name
        if name == "loginHSM":
            self._login_again()
        elif name == "logoutHSM":
            self.session = self.session._replace(login=None)
        elif name == "server":
            self.session = self.session._replace(server=parsed.arguments[0])
        elif name == "exit" and self.session.tool == CMU:
            self.session = self.session._replace(server=None)
        elif name in ("quit", "exit"):
            self.ended = True

    def _login_again(self) -> None:
        step = self.builder.steps[self._last]
        login = login_of(step)
        if login is None:
            return
        before = self.session.login
        if self.session.tool == CMU and before is not None and before.user != login.user:
            told = (
                f"{words.shown(before.user)} is still logged in: cloudhsm_mgmt_util refuses a second user, and goes on"
            )
            self.builder.by_hand(step.line, f"{told} as the first", stops=False)
        self.session = self.session._replace(login=login)


def login_of(step: Step) -> Login | None:
    """Return who is logged in after a step, None if it is no login."""
    if step.name != "loginHSM" or step.mistake:
        return None
    parsed = legacy.parse(step.tool, step.name, step.words[1:])
    if parsed.mistake or parsed.unresolved:
        return None
    typed = step.answers[0] if step.answers else None
    if step.tool == KMU:
        kind, user = parsed.get("-u"), parsed.get("-s")
        if kind is None or user is None:
            return None
        factor = words.EMPTY if parsed.has(legacy.SECOND_FACTOR) else None
        return Login(kind, user, parsed.get("-p") or typed, factor)
    kind, user, password, *rest = parsed.arguments
    hidden = words.literal(password) == legacy.HIDDEN
    return Login(kind, user, typed if hidden else password, rest[1] if len(rest) > 1 else None)


def _unmarked(*_: object) -> None:
    return None
