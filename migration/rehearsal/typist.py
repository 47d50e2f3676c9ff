"""Typing a list of commands at the tools as a person does: one after another, each question answered."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, cast

from migration import legacy, words
from migration.rehearsal.processes import Ended, end_all
from migration.rehearsal.shelter import behind
from migration.rehearsal.surroundings import environment, placed
from migration.script import CMU, HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from migration.rehearsal.copies import Copy
    from migration.script import Step

_PROMPTS = (r"aws-cloudhsm>", r"server\d+>", r"Command:  ")
_FAILURE = r"\((?:R/I/A|R/B/I)\):"
_CONFIRM = r"\(y/n\)\?"
_ASKED = (r"[Pp]assword: ?", r"\(0 or 1\):", r"Enter filename: ", r"pass phrase:")
_ABORT = {"(R/I/A):": "A", "(R/B/I):": "I"}
_HANDLES = re.compile(r"(?:[Kk]ey [Hh]andle|key handle|New Key Handle):\s*(\d+)")
# A tool takes its own time over a key pair, and nothing takes longer.
_WINDOW = 200
_COLUMNS = 4000


class Typist:
    """Types the steps of a list or transcript at the tools of a copy, a run of a tool after another."""

    def __init__(self, copy: Copy, steps: Sequence[Step], seconds: float, done: Callable[[], None]) -> None:
        self._copy = copy
        self._steps = steps
        self._seconds = seconds
        self._done = done
        self._handles: dict[str, str] = {}
        self._shown: list[str] = []
        self._child: Any = None
        self._ended = False

    def run(self) -> Ended:
        """Type everything; the status is that of the last tool, as of the last command of a script."""
        import pexpect

        status = 0
        try:
            for (tool, *_), group in groupby(self._steps, key=_run_of):
                steps = list(group)
                # The daemon of the client runs in the foreground, and nothing here needs it.
                if not self._ended and (tool != HOST or steps[0].name != "cloudhsm_client"):
                    status = self._tool(steps)
        except pexpect.TIMEOUT:
            return Ended(-9, "".join(self._shown), "", timed_out=True)
        finally:
            self.end()
        return Ended(status, "".join(self._shown), "")

    def end(self) -> None:
        """End the tool that is open, if one is, and whatever was started, as a daemon; begin no other."""
        self._ended = True
        if self._child is not None:
            self._child.close(force=True)
        end_all(self._copy.place.prefix)

    def _tool(self, steps: list[Step]) -> int:
        import pexpect

        argv = behind(self._argv(steps[0]), self._copy.hiding, self._copy.place.prefix)
        child = pexpect.spawn(
            argv[0],
            argv[1:],
            env=environment(self._copy),
            cwd=self._copy.work,
            timeout=self._seconds,
            encoding="utf-8",
            codec_errors="surrogateescape",
            dimensions=(24, _COLUMNS),
        )
        self._child = child
        child.delaybeforesend = None
        cast("Any", child).ptyproc.delayafterclose = 0
        cast("Any", child).ptyproc.delayafterterminate = 0
        asked = [re.compile(f"(?:{pattern})$") for pattern in (*_PROMPTS, _FAILURE, _CONFIRM, *_ASKED)]
        place = self._next(asked)
        for step in [] if steps[0].tool == HOST else steps:
            if place is None:
                break
            place = self._step(step, asked)
            self._done()
        if place is not None:
            child.sendline("quit" if steps[0].tool == CMU else "exit")
            while (place := self._next(asked)) is not None:
                child.sendeof()
        child.close()
        return int(child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 0))

    def _argv(self, step: Step) -> list[str]:
        place = self._copy.place
        if step.tool == HOST:
            found = [placed(words.shown(word), self._copy) for word in step.words]
            folder = self._copy.programs if step.name == "service" else place.bin_dir
            return [f"{folder}/{found[0].rpartition('/')[2]}", *found[1:]]
        if step.tool == CMU:
            return [f"{place.bin_dir}/{CMU}", placed(step.session.cfg, self._copy) or place.mgmt_cfg]
        return [f"{place.bin_dir}/{step.tool}"]

    def _step(self, step: Step, asked: list[re.Pattern[str]]) -> str | None:
        """Type a command and answer what it asks; return the prompt behind it, None if the tool has ended."""
        answers = _answers(step)
        self._child.sendline(" ".join(self._known(placed(words.shown(word), self._copy)) for word in step.words))
        before = len(self._shown)
        found = self._next(asked)
        while found is not None and not any(re.fullmatch(pattern, found) for pattern in _PROMPTS):
            if found in _ABORT:
                answer = _ABORT[found]
            elif found.endswith("(y/n)?"):
                answer = "n" if step.declined else "y"
            else:
                answer = placed(next(answers, ""), self._copy)
            self._child.sendline(answer)
            found = self._next(asked)
        made = _HANDLES.findall("".join(self._shown[before:]))
        self._handles |= dict(zip(map(str, step.created), made, strict=False))
        return found

    def _known(self, word: str) -> str:
        """Return a word with the handle that a key has here in place of the one in a recorded session."""
        return ",".join(self._handles.get(piece, piece) for piece in word.split(",")) if word else word

    def _next(self, asked: list[re.Pattern[str]]) -> str | None:
        """Return the prompt or question that the tool stands at, None at its end."""
        import pexpect

        number = self._child.expect_list([*asked, pexpect.EOF], searchwindowsize=_WINDOW)
        ended = number == len(asked)
        self._shown += [self._child.before or "", "" if ended else self._child.after]
        return None if ended else str(self._child.after)


def _run_of(step: Step) -> tuple[str, int, int]:
    """Return what the steps of one run have in common; what starts no shell is one of its own."""
    return step.tool, step.session.run, step.line if step.tool == HOST else 0


def _answers(step: Step) -> Iterator[str]:
    """Yield what is typed at the questions for a value, in their order."""
    typed = iter(step.answers)
    parsed = legacy.parse(step.tool, step.name, step.words[1:]) if step.name and step.tool != HOST else None
    questions = [] if parsed is None else legacy.questions(step.tool, parsed)
    for question in questions:
        if question != legacy.CONFIRM:
            yield words.shown(next(typed, ()))
