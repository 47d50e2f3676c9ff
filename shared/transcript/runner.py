"""Replay of a golden transcript and its comparison with what really happened."""

import os
import signal
import subprocess
from contextlib import suppress

from shared.transcript.align import align, salvage
from shared.transcript.dialogue import Step, steps, typed_lines, without_echo
from shared.transcript.golden import Golden, Line, Section
from shared.transcript.outcome import Mode, Outcome, Result
from shared.transcript.patterns import Bindings, names, substitute, to_lines
from shared.transcript.prompts import END_OF_INPUT, INTERRUPT
from shared.transcript.terminal import State, Terminal, keystrokes
from shared.transcript.workspace import Host, SetUpError, Workspace

_ENDS = 3  # ends of input a tool may ask for: at a question, in server mode, at its prompt
_LONGEST_AHEAD = 4000  # bytes; a terminal holds no more unread input than 4096


def modes(golden: Golden) -> list[Mode]:
    """Return the modes in which the header wants the transcript to run."""
    header = golden.header
    return [Mode.PTY, *[Mode.PIPE] * header.pipe, *[Mode.TYPEAHEAD] * header.typeahead]


def run(golden: Golden, host: Host, mode: Mode = Mode.PTY) -> Result:
    """Replay `golden` in a fresh installation on `host` and return what came of it.

    Raises nothing for a tool that misbehaves: it is stopped after the time allowed for a prompt.
    """
    bindings: Bindings = {}
    outcomes: list[Outcome] = []
    try:
        with Workspace(golden.header, host) as place:
            for section in golden.sections:
                outcomes.append(_Run(section, place, mode, bindings).outcome())  # noqa: PERF401 - keeps partial
    except (SetUpError, OSError) as error:
        return Result(golden, mode, outcomes, str(error))
    return Result(golden, mode, outcomes)


def finish(terminal: Terminal, seconds: float) -> str | None:
    """End the tool's input until it ends; return None, or what to note if it still runs after `seconds`."""
    for _ in range(_ENDS):
        state = terminal.wait(None, seconds)
        if state is State.ENDED:
            return None
        if state is State.SILENT:
            return f"stopped: still running after {seconds:g} s"
        terminal.type(END_OF_INPUT)
    ended = terminal.wait(None, seconds) is State.ENDED
    return None if ended else f"stopped: still running after {_ENDS} ends of input"


class _Run:
    """One section on its way through one mode."""

    def __init__(self, section: Section, place: Workspace, mode: Mode, bindings: Bindings) -> None:
        self.section, self.place, self.mode, self.bindings = section, place, mode, bindings
        self.lines = section.expected()
        self.notes: list[str] = []

    def outcome(self) -> Outcome:
        before = dict(self.bindings)
        expected, (text, status) = self._expected(), self._play()
        actual = to_lines(self.place.shown(text))
        if self.section.status is not None:
            end = self.section.number + len(self.section.lines) + 1
            expected = [*expected, Line(f"? {self.section.status}", end)]
            actual.append(f"? {status}")
        raw = [line.raw for line in expected]
        pairs = align(raw, actual, before)
        self.bindings.update(before)
        salvage(raw, actual, pairs, self.bindings)
        return Outcome(self.section, expected, actual, pairs, dict(self.bindings), self.notes)

    def _expected(self) -> list[Line]:
        if self.mode is Mode.PTY:
            return self.lines
        plain = without_echo(self.lines, terminal=self.mode is Mode.TYPEAHEAD)
        if self.mode is Mode.PIPE:
            return plain
        return [Line(text, self.section.number) for text in typed_lines(self.lines)] + plain

    def _play(self) -> tuple[str, int]:
        raw = typed_lines(self.lines)
        if not raw and (operated := self.place.operate(self.section, self.bindings)) is not None:
            return operated
        argv = self.place.argv(self.section, self.bindings)
        if self.mode is Mode.PTY:
            return self._on_terminal(argv, None)
        typed = [self.place.real(substitute(line, self.bindings)) for line in raw]
        unknown = [key for line in typed for key in names(line)]
        if unknown:
            self.notes.append(f"[{unknown[0]}] is typed before its value is known: not for {self.mode.value}")
        if any(INTERRUPT in line for line in typed):
            self.notes.append(f"an interrupt is typed: not for {self.mode.value}")
        if self.mode is Mode.TYPEAHEAD and sum(map(len, typed)) > _LONGEST_AHEAD:
            self.notes.append(f"more than {_LONGEST_AHEAD} characters are typed: not for {self.mode.value}")
        if self.notes:
            return "", 0
        return self._through_pipe(argv, typed) if self.mode is Mode.PIPE else self._on_terminal(argv, typed)

    def _on_terminal(self, argv: list[str], ahead: list[str] | None) -> tuple[str, int]:
        ends = any(step.question.ends_input for step in steps(self.lines))
        typed = b"" if ahead is None else keystrokes(ahead, end=ends)
        terminal = Terminal(argv, self.place.env, self.place.directory, self.place.child, ahead=typed)
        try:
            if ahead is None:
                self._converse(terminal)
            note = None if self.notes else finish(terminal, self.place.timeout)
            self.notes += [note] if note else []
        finally:
            status = terminal.close()
        return terminal.screen.text(), status

    def _converse(self, terminal: Terminal) -> None:
        for number, step in enumerate(steps(self.lines)):
            state = terminal.wait(substitute(step.question.text, self.bindings), self.place.timeout)
            self._learn(step, terminal, first=number == 0)
            if state is State.SILENT:
                self.notes.append(f"stopped: no '{step.question.text}' within {self.place.timeout:g} s")
            if state in (State.SILENT, State.ENDED):
                return
            terminal.type(self.place.real(substitute(step.question.typed, self.bindings)))

    def _learn(self, step: Step, terminal: Terminal, *, first: bool) -> None:
        if all(key in self.bindings for raw in step.before for key in names(raw)):
            return
        lines = self.place.shown(terminal.screen.text(since_input=True)).split("\n")
        # The first line is the rest of the one that was typed on, the last one the prompt.
        actual = to_lines("".join(line + "\n" for line in lines[0 if first else 1 : -1]))
        salvage(step.before, actual, align(step.before, actual, self.bindings), self.bindings)

    def _through_pipe(self, argv: list[str], typed: list[str]) -> tuple[str, int]:
        data = "".join(line + "\n" for line in typed).encode("utf-8", "surrogateescape")
        process = subprocess.Popen(  # noqa: S603 - running what the file says is the purpose
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.place.env,
            cwd=self.place.directory,
            start_new_session=True,
        )
        limit = self.place.timeout * max(1, len(typed))
        try:
            output = process.communicate(data, limit)[0]
        except subprocess.TimeoutExpired:
            self.notes.append(f"stopped: still running after {limit:g} s")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
        status = process.returncode
        return output.decode("utf-8", "surrogateescape"), 128 - status if status < 0 else status
