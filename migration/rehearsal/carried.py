"""Which legacy commands a script has carried out, held against those that were read in it.

Whatever it is that was misread on the way that ran, a loop, a branch, a word: a command that ran and that was not read,
or one that was read and did not run, shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from migration import legacy, words
from migration.masking import masked
from migration.rehearsal.difference import CARRIED, RUN, Difference
from migration.rehearsal.programs import typed_at
from migration.rehearsal.surroundings import unplaced
from migration.script import CMU, KMU, Session, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from migration.rehearsal.copies import Copy
    from migration.rehearsal.facts import Facts
    from migration.rehearsal.privacy import Privacy
    from migration.words import Word

_ENDINGS = ("quit", "exit", "logoutHSM")
# There the steps are in the order in which they are done, each as often as that is; a shell script stays what it is.
_FOLLOWED = ("python", "expect")
_BLANKS = re.compile(r"\s+")


class Carried(NamedTuple):
    """A command that was carried out: by which process, its tool, its name, what was typed, whether it was refused.

    Only of a key_mgmt_util is it known that it has refused one.
    """

    process: str
    tool: str
    name: str
    typed: tuple[str, ...]
    refused: bool = False


def carried_out(copy: Copy) -> list[Carried]:
    """Return the commands that the legacy tools of a copy were given, in order, with the paths of the script."""
    found: list[Carried] = []
    for record in unplaced(typed_at(copy), copy).decode("utf-8", "surrogateescape").split("\0")[:-1]:
        kind, process, tool, *typed = record.split("\x1f")
        if kind == "-" and found:
            found[-1] = found[-1]._replace(refused=True)
        name = legacy.full_name(tool, typed[0]) if kind == "+" and typed else None
        if name is not None and name not in _ENDINGS:
            found.append(Carried(process, tool, name, tuple(typed)))
    return found


def misread(facts: Facts, carried: Sequence[Carried]) -> Iterator[Difference]:
    """Yield commands that ran and were not read, those in another order, and those that were read and did not run."""
    script = facts.translation.script
    if script.language not in (*_FOLLOWED, "shell"):
        return
    steps = _steps(facts)
    yield from _not_read(carried, steps, facts.telling.privacy)
    if script.language in _FOLLOWED:
        yield from _in_another_order(steps)
        if not (facts.legacy.status or facts.legacy.timed_out) and facts.printed is not None:
            shut_out = any(command.refused and command.name == "loginHSM" for command in carried)
            yield from _not_run(steps, shut_out=shut_out)


def stop(facts: Facts, carried: Sequence[Carried]) -> int:
    """Return the line of the last command that a script that failed has run, if some behind it certainly did not run.

    0 if it came to its end, or nobody knows.
    """
    if facts.translation.script.language not in _FOLLOWED or not facts.legacy.status or facts.legacy.timed_out:
        return 0
    steps = _steps(facts)
    list(_not_read(carried, steps, facts.telling.privacy))
    last = max((step for step in steps if step.ran), key=lambda step: step.number, default=None)
    if last is None or not any(step.is_certain and step.number > last.number for step in steps):
        return 0
    return last.step.line


def _steps(facts: Facts) -> list[_Read]:
    """Return what was read, that first of which most is written out."""
    script = facts.translation.script
    # Variables of other scripts may hold something else later.
    lookup = facts.lookup if script.language == "python" else _nothing
    steps = [
        _Read(number, step, lookup, once=script.language in _FOLLOWED)
        for number, step in enumerate(script.steps)
        if step.tool in (CMU, KMU)
    ]
    return sorted(steps, key=lambda step: -step.written)


def _not_read(carried: Sequence[Carried], steps: Sequence[_Read], privacy: Privacy) -> Iterator[Difference]:
    """Find the step of each command, and yield those that have none."""
    unread: Counter[str] = Counter()
    for number, command in enumerate(carried):
        fitting = [step for step in steps if step.could_be(command)]
        # What is done under a condition is done as often as that holds, so what is done once comes first.
        free = [step for step in fitting if step.is_free]
        step = next((step for step in free if step.is_certain), next(iter(free), None))
        if step is None:
            unread[_shown(command, privacy)] += 1
        else:
            step.ran.append((number, command))
            step.is_sure = step.is_sure and all(other.is_sure for other in fitting)
    for text, count in unread.items():
        often = f"{text}, {count} times" if count > 1 else text
        why = f"the script ran {often}, which was not read"
        yield Difference(RUN, "script", CARRIED, f"ran {often}", "not read", why=why)


def _in_another_order(steps: Sequence[_Read]) -> Iterator[Difference]:
    """Yield the first command that ran before one that was read before it, of one run or of single commands."""
    sure = sorted((step for step in steps if step.is_sure and step.ran), key=lambda step: step.number)
    for before, step in pairwise(sure):
        single = before.step.session.words and step.step.session.words
        (earlier, own), (later, other) = before.ran[0], step.ran[0]
        if (single or own.process == other.process) and earlier > later:
            text, first = masked(step.step), masked(before.step)
            why = f"{text} was read behind {first} of line {before.step.line}, and the script ran it before"
            yield Difference(RUN, "script", CARRIED, "earlier", "later", line=step.step.line, why=why)
            return


def _not_run(steps: Sequence[_Read], *, shut_out: bool) -> Iterator[Difference]:
    """Yield what was read as done in any case, and did not run; ``shut_out``: a single command could not log in."""
    for read in sorted(steps, key=lambda step: step.number):
        if read.is_certain and not read.ran and not (shut_out and read.step.session.words):
            text = masked(read.step)
            why = f"{text} was read, and the script did not run it"
            yield Difference(RUN, "script", CARRIED, "not run", f"read {text}", line=read.step.line, why=why)


def _nothing(_: str) -> None:
    return None


class _Read:
    """A step as a pattern of the commands that it may be, and those that it was."""

    def __init__(self, number: int, step: Step, lookup: Callable[[str], Word | None], *, once: bool) -> None:
        self.number = number
        self.step = step
        self.ran: list[tuple[int, Carried]] = []
        self.is_certain = bool(step.name) and step.name not in _ENDINGS and not (step.condition or step.loop)
        self._once = once and self.is_certain
        found = [words.settled(word, lookup) for word in step.words[1:]]
        parts = [part for word in found for part in word]
        # How much of it is written out: of two steps that may be a command it is the one that says more.
        self.written = sum(len(part.text) for part in parts if part.kind == words.TEXT)
        # Whether a command that may be this step can be no other.
        self.is_sure = self._once and all(part.kind == words.TEXT for part in parts)
        self._form = re.compile(_between(map(_form, found)), re.DOTALL)

    @property
    def is_free(self) -> bool:
        """Whether it can be one more command: one that is done once is not done again."""
        return not (self._once and self.ran)

    def could_be(self, command: Carried) -> bool:
        """Return whether a command may be this step."""
        if self.step.tool != command.tool or self.step.name not in ("", command.name):
            return False
        typed = _BLANKS.sub(" ", " ".join(command.typed[1:])).strip()
        return not self.step.name or self._form.fullmatch(typed) is not None


def _between(forms: Iterable[str]) -> str:
    """Return the pattern of several words; one that may be nothing needs no blank before it."""
    text = ""
    for form in forms:
        text += f"(?: {form})?" if form == ".*" else f" {form}"
    return text.replace(" ", " ?", 1) if text else ""


def _form(word: Word) -> str:
    """Return a pattern of what a word may be: variables hold anything, several words or none, too."""
    return "".join(re.escape(_BLANKS.sub(" ", part.text)) if part.kind == words.TEXT else ".*" for part in word)


def _shown(command: Carried, privacy: Privacy) -> str:
    """Return a command as a report may show it: its tool and name at least."""
    step = Step(0, command.name, tuple(map(words.text, command.typed)), Session(command.tool, 0))
    rest = masked(step).partition(" ")[2]
    line = privacy.line(privacy.without_secrets(rest).encode("utf-8", "surrogateescape")) if rest else ""
    return f"{command.name} {'...' if line is None else line}".strip()
