"""Collects the golden transcripts of this folder: `pytest golden`."""
# ruff: noqa: INP001 - a folder of transcripts is no package

import os
import shlex
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from laid_out import SetUps
from ready import ReadyChild

from cloudhsm_sim.commands.transcript import TOOL_CMD, operate, simulator
from shared.crypto import passwords
from shared.transcript.golden import Golden, load, save
from shared.transcript.header import STATUSES, GoldenError
from shared.transcript.outcome import Mode, Result
from shared.transcript.rewrite import updated
from shared.transcript.runner import modes, run
from shared.transcript.workspace import OPERATOR

FOLDER = Path(__file__).parent
PROPERTY = "golden"
SET_UPS = pytest.StashKey[SetUps]()


def pytest_configure(config: pytest.Config) -> None:
    """Make passwords cheap to check: ten thousand are made in a run, and nobody guesses them. Remember set-ups."""
    passwords.COST = 2
    config.stash[SET_UPS] = SetUps(operate)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the golden transcripts."""
    group = parser.getgroup("golden transcripts")
    group.addoption("--golden-update", action="store_true", help="write what the tools print now to the transcripts")
    group.addoption(
        "--tool-cmd",
        type=shlex.split,
        default=os.environ.get(TOOL_CMD, ""),
        metavar="WORDS",
        help=f"start real tools behind these words (default: ${TOOL_CMD})",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "GoldenFile | None":
    """Take every transcript for a test file."""
    return GoldenFile.from_parent(parent, path=file_path) if file_path.suffix == ".golden" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say for every command how many transcripts of each status pass."""
    passed: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == PROPERTY:
                    command, status = value
                    file = report.nodeid.partition("::")[0]
                    known = passed[command][status]
                    known[file] = known.get(file, True) and outcome == "passed"
    if passed:
        terminalreporter.section("golden transcripts: passing / all")
        for line in coverage(passed):
            terminalreporter.write_line(line)


def coverage(passed: dict[str, dict[str, dict[str, bool]]]) -> Iterator[str]:
    """Yield the table of the coverage report from command -> status -> file -> passed."""
    width = max(map(len, [*passed, "command"]))
    yield f"{'command':{width}}" + "".join(f"{status:>11}" for status in STATUSES)
    totals: dict[str, list[bool]] = defaultdict(list)
    for command in sorted(passed):
        cells = [list(passed[command].get(status, {}).values()) for status in STATUSES]
        yield f"{command:{width}}" + "".join(map(cell, cells))
        for status, results in zip(STATUSES, cells, strict=True):
            totals[status] += results
    yield f"{'all':{width}}" + "".join(cell(totals[status]) for status in STATUSES)


def cell(results: list[bool]) -> str:
    """Return one cell of the coverage report."""
    return f"{f'{sum(results)}/{len(results)}' if results else '-':>11}"


class GoldenFile(pytest.File):
    """One transcript."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one test for each mode; a transcript that cannot be read is one failing test."""
        try:
            golden = load(self.path)
        except GoldenError as error:
            yield BrokenItem.from_parent(self, name="format", error=error)
            return
        for mode in modes(golden):
            yield GoldenItem.from_parent(self, name=mode.value, golden=golden, mode=mode)


class DifferenceError(Exception):
    """A transcript and the tools disagree; the message is the account of it."""


class BrokenItem(pytest.Item):
    """A transcript that is malformed or has no status."""

    def __init__(self, *, error: GoldenError, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type] # what from_parent passes on is pytest's
        self.error = error

    def runtest(self) -> None:
        """Fail."""
        raise self.error

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] # text is all that is shown
        """Return the one line that says what is wrong."""
        return f"{self.path}: {excinfo.value}"


class GoldenItem(pytest.Item):
    """One transcript in one mode."""

    def __init__(self, *, golden: Golden, mode: Mode, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type] # what from_parent passes on is pytest's
        self.golden, self.mode = golden, mode
        folder = self.path.parent
        command = str(folder.relative_to(FOLDER)) if folder.is_relative_to(FOLDER) else str(folder)
        self.user_properties.append((PROPERTY, [command, golden.header.status]))

    def runtest(self) -> None:
        """Replay the transcript; bring it up to date instead if that is asked for."""
        words = self.config.getoption("--tool-cmd")
        if words and any(section.command.split()[0] == OPERATOR for section in self.golden.sections):
            pytest.skip("needs the simulator")
        # The operator's tool is started where it is what the transcript is about.
        host = replace(simulator(words), set_up=self.config.stash[SET_UPS], child=ReadyChild)
        host = replace(host, operate=None) if self.path.is_relative_to(FOLDER / "sim") else host
        result = run(self.golden, host, self.mode)
        if self.config.getoption("--golden-update") and self.mode is Mode.PTY:
            self._update(result)
        elif not result.ok:
            raise DifferenceError("\n".join(result.account()))

    def _update(self, result: Result) -> None:
        try:
            fresh = updated(result)
        except ValueError:
            raise DifferenceError("\n".join(result.account())) from None
        if fresh != self.golden:
            save(fresh, self.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] # text is all that is shown
        """Return the account of a difference, and pytest's own for anything else."""
        if isinstance(excinfo.value, DifferenceError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the transcript as the place of this test."""
        return self.path, 0, f"{self.path.name} ({self.mode.value})"
