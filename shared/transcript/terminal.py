"""A tool on a pseudo-terminal, typed to when it asks."""

import contextlib
import enum
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pexpect

from shared.transcript.child import Child
from shared.transcript.prompts import END_OF_INPUT, INTERRUPT, asked
from shared.transcript.screen import Screen

SIZE = (24, 200)
_CHUNK = 65_536
_LARGEST = 4_000_000  # bytes after which a tool counts as running wild
_QUIET = 0.5  # seconds after which a prompt that nobody expected counts as a question
_NO_ECHO = 1.0  # seconds a tool gets to switch echo off after a hidden prompt
_EXIT = 1.0  # seconds between the last output and the exit


def keystrokes(lines: Sequence[str], *, end: bool) -> bytes:
    """Return what types all `lines`, and then the end of the input if `end`."""
    typed = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
    return typed + b"\x04" if end else typed


class State(enum.Enum):
    """What waiting for a prompt came to."""

    ASKED = "asked"
    OTHER = "another prompt"
    SILENT = "no prompt in time"
    ENDED = "ended"


class Terminal:
    """One process on a terminal of its own, and what is typed `ahead` of it. Raises OSError if it cannot be started."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        child_class: type[Child] = Child,
        *,
        ahead: bytes = b"",
    ) -> None:
        try:
            child = child_class(argv[0], list(argv[1:]), ahead=ahead, env=env, cwd=str(cwd), dimensions=SIZE)
        except pexpect.ExceptionPexpect as error:
            raise OSError(str(error).partition("\n")[0]) from None
        # The type stubs do not know ptyproc, which alone has the delays of closing.
        self.child = cast("Any", child)
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0
        self.child.ptyproc.delayafterterminate = 0
        self.screen = Screen()
        self._ended = False

    def wait(self, prompt: str | None, seconds: float) -> State:
        """Read until the tool stands at `prompt` (None: at any known one) since the last input.

        Another prompt counts once the tool has been quiet for half a second; at most `seconds` pass.
        """
        limit = time.monotonic() + seconds
        while True:
            line = self.screen.last_line()
            if prompt is not None and line == prompt:
                return State.ASKED
            question = asked(line)
            at_prompt = question is not None and not question.typed
            left = limit - time.monotonic()
            if left <= 0 or len(self.screen) > _LARGEST:
                return State.SILENT
            pause = _QUIET if at_prompt else left
            if self._read(min(pause, left)):
                continue
            if self._ended:
                return State.ENDED
            if at_prompt:
                return State.ASKED if prompt is None else State.OTHER

    def type(self, text: str) -> None:
        """Type a line, or end the input if `text` is `^D`; a `^C` in it interrupts instead of Enter.

        At a hidden prompt it waits until echo is off, and puts the text on the screen itself.
        """
        question = asked(self.screen.last_line())
        self.screen.begin_input()
        if text == END_OF_INPUT:
            self.screen.insert(END_OF_INPUT + "\n")
            self._send(None)
            return
        line, interrupt, _ = text.partition(INTERRUPT)
        if question and question.prompt.hidden:
            self._wait_no_echo()
            self.screen.insert(line)
        keys = line.encode("utf-8", "surrogateescape")
        if not interrupt:
            self._send(keys + b"\n")
            return
        self._send(keys)
        # An interrupt drops what the terminal has not shown yet, the echo of this line included.
        while self.screen.since_input() < len(keys) and self._read(_QUIET):
            pass
        self._send(b"\x03")

    def close(self) -> int:
        """End the process if it has not ended; return its exit status, 128 + n for signal n."""
        limit = time.monotonic() + (_EXIT if self._ended else 0)
        while not self._exited():
            if time.monotonic() >= limit:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.child.pid, signal.SIGKILL)
                os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOWAIT)
                break
            time.sleep(0.001)
        self.child.close()
        return int(128 + self.child.signalstatus if self.child.exitstatus is None else self.child.exitstatus)

    def _exited(self) -> bool:
        try:
            return os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def _read(self, seconds: float) -> bool:
        """Read once; False if nothing came in time or nothing can come any more."""
        if self._ended:
            return False
        # pexpect's own reading may block for ever on a child that closed its terminal and lives on.
        if not self._ready(seconds):
            if not self._exited():
                return False
            # It may have written between the last look and its exit.
            if not self._ready(0):
                self._ended = True
                return False
        try:
            data = os.read(self.child.child_fd, _CHUNK)
        except OSError:
            data = b""
        self.screen.add(data)
        self._ended = not data
        return bool(data)

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self.child.child_fd], [], [], seconds)[0])

    def _send(self, data: bytes | None) -> None:
        with contextlib.suppress(OSError):
            if data is None:
                self.child.sendeof()
            else:
                self.child.send(data)

    def _wait_no_echo(self) -> None:
        limit = time.monotonic() + _NO_ECHO
        with contextlib.suppress(OSError):
            while self.child.getecho() and time.monotonic() < limit and not self._exited():
                time.sleep(0.001)
