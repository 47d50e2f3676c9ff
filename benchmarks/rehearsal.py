"""cloudhsm-migrate rehearse: a list of a thousand commands, typed at the tools and translated, each on its copy."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.report import Budget, Row, milliseconds
from benchmarks.timing import BenchmarkError, clean

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = 1_000
LIMIT_SECONDS = 60
_FIRST_HANDLE = 6


def measure(folder: Path) -> tuple[list[Row], list[Budget]]:
    """Return the figure and the verdict of a rehearsal of a thousand commands."""
    path = folder / "thousand.txt"
    path.write_text("".join(f"{line}\n" for line in _lines()))
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "migration.main", "rehearse", "--format", "json", str(path)],
        env=clean(),
        capture_output=True,
        text=True,
        check=False,
    )
    spent = (time.perf_counter() - start) * 1000
    if done.returncode:
        raise BenchmarkError(done.stderr[-1000:])
    if json.loads(done.stdout)["differences"]:
        raise BenchmarkError("the rehearsal did not end equal")
    what = f"rehearsal of {COMMANDS:,} commands, in one session of each tool"
    return [Row(what, milliseconds(spent))], [
        Budget(f"{what}, under a minute", milliseconds(spent), spent < LIMIT_SECONDS * 1000)
    ]


def _lines() -> list[str]:
    """Return a login, keys that are made, found and looked at, and a logout: a thousand lines."""
    lines = ["loginHSM -u CU -s alice -p password1"]
    number = 0
    while len(lines) + 4 <= COMMANDS:
        lines += [
            f"genSymKey -t 31 -s 32 -l key-{number}",
            f"findKey -l key-{number}",
            f"getKeyInfo -k {_FIRST_HANDLE + number}",
        ]
        number += 1
    lines += [f"findKey -l key-{place}" for place in range(COMMANDS - len(lines) - 1)]
    return [*lines, "logoutHSM"]
