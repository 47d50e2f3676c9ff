"""The two runs: the script by its own interpreter on one copy, its translation by bash on the other."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration.bash import lines
from migration.bash.script import render
from migration.rehearsal.processes import Program
from migration.rehearsal.surroundings import environment, placed
from migration.rehearsal.typist import Typist
from shared.installation.files import replace_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.rehearsal.copies import Copy
    from migration.rehearsal.processes import Ended
    from migration.script import Script
    from migration.translate import Translation

TYPED = ("list", "transcript")
NEEDED = ("bash", "jq", "openssl")
# A shell's start, and jq's, cost more than a command in a session: from here on one login serves all, where it can.
SESSION_FROM = 50
TRANSLATION = "translated.sh"
_FAILURES, _TRAP = "failures", "trap.sh"
_SHELL = re.compile(r"#!.*?\b(bash|dash|ksh|zsh|sh)\b")
_LINE = re.compile(r"#\s+line (\d+): ")
# What a translation ends with at a check that is left to a person, and what it says there.
_LEFT = 3
_CHECK = re.compile(r"to be done by hand: line (\d+): .*")
# What bash says of ${name:?must be set} and of ${1:?name is argument 1}.
_UNSET = re.compile(rf"/{re.escape(TRANSLATION)}: line (\d+): (\w+: (?:must be set|\w+ is argument \d+))$")
# Tells the line of every command whose failure ends the script; a failure that the script expects tells nothing.
_WATCH = """unset BASH_ENV
set -E
trap 'printf "%s\\n" "$LINENO" >> "$REHEARSAL_FAILURES"' ERR
"""


class Run(NamedTuple):
    """How a side ended: status, both outputs, whether its time was up, and the line of the script that it stopped at.

    ``line`` is a line of the legacy script, 0 if the run came to its end; ``message`` what was said there.
    ``unrehearsed`` says what was not rehearsed, where the run ended at what only a person can give.
    """

    status: int
    out: str
    err: str
    timed_out: bool = False
    line: int = 0
    message: str = ""
    unrehearsed: str = ""


class Side:
    """One side, which can be ended from elsewhere while it runs."""

    def __init__(self) -> None:
        self._running: Program | Typist | None = None
        self._ended = False

    def start(self, running: Program | Typist) -> None:
        """Note what runs; end it at once if the side was ended meanwhile."""
        self._running = running
        if self._ended:
            running.end()

    def end(self) -> None:
        """End what runs."""
        self._ended = True
        if self._running is not None:
            self._running.end()


def missing(script: Script) -> list[str]:
    """Return the programs that a rehearsal of a script needs and that are not installed."""
    own = {"expect": ["expect"], "shell": [_interpreter(script)]}.get(script.language, [])
    return [name for name in dict.fromkeys((*own, *NEEDED)) if shutil.which(name) is None]


def _interpreter(script: Script) -> str:
    found = _SHELL.match(script.text)
    return found.group(1) if found else "bash"


def legacy(  # noqa: PLR0917 - what a run needs
    side: Side, copy: Copy, script: Script, arguments: Sequence[str], seconds: float, done: Callable[[], None]
) -> Run:
    """Run the script itself, or type its commands if it is a list; RefusedError if it cannot be started."""
    if script.language in TYPED:
        typist = Typist(copy, script.steps, seconds, done)
        side.start(typist)
        return _run(typist.run())
    name = os.path.basename(script.name) if os.path.isfile(script.name) else "script"
    path = f"{copy.scripts}/{name}"
    content = placed(script.text, copy).encode("utf-8", "surrogateescape")
    replace_files([(path, content, 0o700)])
    own = {"expect": ["expect", "-f"], "shell": [_interpreter(script)], "python": [sys.executable]}
    return _run(_start(side, [*own[script.language], path, *arguments], copy, {}).wait(seconds))


def translated(
    side: Side, copy: Copy, translation: Translation, arguments: Sequence[str], seconds: float, *, in_session: bool
) -> Run:
    """Run the translation; where something is left to a person it says so and goes on."""
    text = render(_in_session(translation) if in_session else translation, allow_gaps=True)
    path, watch = f"{copy.scripts}/{TRANSLATION}", f"{copy.programs}/{_TRAP}"
    failures = f"{copy.programs}/{_FAILURES}"
    content = placed(text, copy).encode("utf-8", "surrogateescape")
    replace_files([(path, content, 0o700), (watch, _WATCH.encode(), 0o600), (failures, b"", 0o600)])
    extra = {"BASH_ENV": watch, "REHEARSAL_FAILURES": failures}
    ended = _start(side, ["bash", path, *arguments], copy, extra).wait(seconds)
    with open(failures, encoding="utf-8") as file:
        found = [int(line) for line in file.read().split()]
    run = _run(ended)
    if not ended.status:
        return run
    first = next((outcome.step.line for outcome in translation.outcomes), 0)
    return waiting(run, text, first) or run._replace(line=_legacy_line(text, found), message=_said(ended.err, copy))


def waiting(run: Run, text: str, first: int) -> Run | None:
    """Return how a run ended for want of a person: at a check that is left to one, or for a variable nobody set.

    ``first`` is the line of the first command, before which variables are asked for. None for any other end.
    """
    last = next((line.strip() for line in reversed(run.err.splitlines()) if line.strip()), "")
    if run.status == _LEFT and (found := _CHECK.search(last)) is not None:
        line = int(found[1])
        what = f"what follows line {line} was not rehearsed: it depends on what is left to a person there"
        return run._replace(line=line, message=found[0], unrehearsed=what)
    if (found := _UNSET.search(last)) is None:
        return None
    line = _legacy_line(text, [int(found[1])])
    behind = f"what follows line {line} was not rehearsed" if line else "nothing was rehearsed"
    return run._replace(line=line or first, message=found[2], unrehearsed=f"{behind}: {found[2]}")


def sessions(translation: Translation) -> bool:
    """Return whether a rehearsal runs the translation in one session a login: a long list does, nothing else."""
    return translation.script.language != "shell" and len(translation.outcomes) >= SESSION_FROM


def _in_session(translation: Translation) -> Translation:
    outcomes = (replace(found, in_session=found.in_session or lines.is_login(found)) for found in translation.outcomes)
    return replace(translation, outcomes=tuple(outcomes))


def _start(side: Side, argv: list[str], copy: Copy, extra: dict[str, str]) -> Program:
    try:
        program = Program(argv, environment(copy, extra), copy.work)
    except OSError as error:
        raise RefusedError(f"{argv[0]}: {error.strerror}") from error
    side.start(program)
    return program


def _run(ended: Ended) -> Run:
    return Run(*ended)


def _legacy_line(text: str, failures: list[int]) -> int:
    """Return the line of the legacy script that a comment above the last failure names."""
    own = text.split("\n")
    for number in reversed(failures):
        for line in reversed(own[: min(number, len(own))]):
            if (found := _LINE.match(line.strip())) is not None:
                return int(found.group(1))
            if line == "}":
                break
    return 0


def _said(errors: str, copy: Copy) -> str:
    """Return the last thing that was said: the text of an error object, else the last line."""
    found = re.findall(r'^  "data": "(.*)"$', errors, re.MULTILINE)
    said = found[-1] if found else next((line for line in reversed(errors.splitlines()) if line.strip()), "")
    said = re.sub(rf"^{re.escape(copy.scripts)}/{TRANSLATION}: line \d+: ", "", said.strip())
    return said.replace(copy.place.prefix, "/opt/cloudhsm").replace(copy.work, ".")
