"""Running a script so that nothing of it outlives the rehearsal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from shared.installation.place import HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A killed process may take seconds to go on a machine that is busy; one that waits for a device never does.
_ROUNDS = 200
_PAUSE = 0.05


class Ended(NamedTuple):
    """How a program ended: its status (-n for signal n), what it printed, and whether its time was up."""

    status: int
    out: str
    err: str
    timed_out: bool = False


class Program:
    """One program in a process group of its own, its output in files, which nothing it leaves running can hold open.

    OSError if it cannot be started.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: str) -> None:
        self._home = env[HOME_VARIABLE]
        self._out, self._err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 - open until its end
        self._process = subprocess.Popen(  # noqa: S603 - the script is what is to be run
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )

    def wait(self, seconds: float) -> Ended:
        """Wait for its end, or end it when the time is up; whatever it has left running is ended too."""
        timed_out = False
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        self.end()
        return Ended(self._process.wait(), _text(self._out), _text(self._err), timed_out)

    def end(self) -> None:
        """End the program and whatever it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        end_all(self._home)


def end_all(home: str) -> None:
    """End every process that works on an installation, known by its environment; without /proc there is none to see.

    A tool on a terminal of its own, as expect gives it, is in no group of ours.
    """
    for _ in range(_ROUNDS):
        found = _working_on(home)
        for number in found:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if not found:
            return
        time.sleep(_PAUSE)


def _working_on(home: str) -> list[int]:
    mark = os.fsencode(f"{HOME_VARIABLE}={home}")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            # It has ended meanwhile, or belongs to somebody else.
            continue
    return found


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "surrogateescape")
