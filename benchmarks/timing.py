"""Measuring: interleaved runs, medians, peak memory, commands over a terminal."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pexpect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RUNS = 11
SECONDS = 60

# A small process starts the one that is measured: what a process grew to before exec counts as its own.
_PEAK = (
    "import os, sys; null = os.open(os.devnull, os.O_RDWR);"
    "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, "
    "file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]);"
    "_, status, usage = os.wait4(pid, 0); print(status, usage.ru_maxrss)"
)


class Work(NamedTuple):
    """One thing to time. ``before`` is done in each round, untimed."""

    name: str
    run: Callable[[], object]
    before: Callable[[], object] | None = None


class BenchmarkError(Exception):
    """A command failed, so its time would say nothing."""


def interleaved(works: Sequence[Work], runs: int = RUNS) -> dict[str, float]:
    """Run everything in turn, round by round, and return the median of each in milliseconds; one round is unmeasured.

    Turn about, so that a machine that slows down for a while slows all of them.
    """
    times: dict[str, list[float]] = {work.name: [] for work in works}
    for number in range(runs + 1):
        for work in works:
            if work.before is not None:
                work.before()
            start = time.perf_counter()
            work.run()
            if number:
                times[work.name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def process(words: Sequence[str], env: Mapping[str, str] | None = None, wanted: str = "") -> Callable[[], None]:
    """Return a function that runs a whole process, which must end with 0 and print ``wanted``."""

    def run() -> None:
        done = subprocess.run(words, env=clean(env), capture_output=True, check=False, timeout=SECONDS)
        if done.returncode or wanted.encode() not in done.stdout:
            raise BenchmarkError(f"{' '.join(words)}: {done.returncode}\n{(done.stdout + done.stderr).decode()[-500:]}")

    return run


def clean(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment as a tool should see it: compiled modules are kept."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLOUDHSM_SIM_"))}
    return own | dict(env or {})


class Typist:
    """A tool on a terminal, at its prompt."""

    def __init__(self, words: Sequence[str], prompt: str) -> None:
        self._prompt = prompt
        # None as the delay before sending: pexpect's own default costs fifty milliseconds a command.
        self._child: pexpect.spawn[bytes] = pexpect.spawn(words[0], list(words[1:]), env=clean(), timeout=SECONDS)
        self._child.delaybeforesend = None
        self._child.expect_exact(prompt)

    def type(self, line: str, wanted: str = "") -> None:
        """Type a line and wait for the next prompt."""
        self._child.sendline(line)
        self._child.expect_exact(self._prompt)
        if wanted.encode() not in (self._child.before or b""):
            raise BenchmarkError(f"{line}: {self._child.before!r}")

    def enter(self, line: str, prompt: str) -> None:
        """Type a line that changes the prompt, and wait for the new one."""
        self._prompt = prompt
        self.type(line)

    def end(self, line: str) -> None:
        """Type the line that ends the tool and wait for its end."""
        self._child.sendline(line)
        self._child.expect(pexpect.EOF)
        self._child.wait()
        self._child.close()


def peak_megabytes(words: Sequence[str]) -> float:
    """Return the most memory that a process had resident."""
    command = [sys.executable, "-I", "-S", "-c", _PEAK, *words]
    done = subprocess.run(command, env=clean(), capture_output=True, check=True, text=True, timeout=SECONDS)
    status, kilobytes = map(int, done.stdout.split())
    if status:
        raise BenchmarkError(f"{' '.join(words)}: {status}")
    return kilobytes / 1024
