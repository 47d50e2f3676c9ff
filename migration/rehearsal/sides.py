"""The two runs: the script by its own interpreter on one copy, its translation by bash on the other."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration.bash import lines
from migration.bash.hands import SAID
from migration.bash.script import rendered
from migration.rehearsal.processes import Program
from migration.rehearsal.programs import called
from migration.rehearsal.shelter import behind
from migration.rehearsal.stops import TRANSLATION, WATCH, failures, last_said, origin, stopped, waiting
from migration.rehearsal.surroundings import environment, placed, unplaced
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
_FAILURES, _TRAP, _HANDS = "failures", "trap.sh", "by-hand"
_SHELL = re.compile(r"#!.*?\b(bash|dash|ksh|zsh|sh)\b((?:[ \t]+[-+]\w+)*)")


class Run(NamedTuple):
    """How a side ended: status, both outputs, whether its time was up, and the line of the script that it stopped at.

    ``line`` is a line of the legacy script, 0 if the run came to its end; ``message`` what was said there.
    ``unrehearsed`` says what was not rehearsed, where the run ended at what only a person can give. ``shared`` says
    that it ended where the script ends as well, if it has the same status. ``legacy_tools`` are those that a
    translation has called, each with the line, ``hand_work`` what it has said to be done by hand.
    """

    status: int
    out: str
    err: str
    timed_out: bool = False
    line: int = 0
    message: str = ""
    unrehearsed: str = ""
    shared: bool = False
    legacy_tools: tuple[tuple[int, str], ...] = ()
    hand_work: str = ""


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
    own = {"expect": ["expect"], "shell": _interpreter(script)[:1]}.get(script.language, [])
    return [name for name in dict.fromkeys((*own, *NEEDED)) if shutil.which(name) is None]


def _interpreter(script: Script) -> list[str]:
    """Return the shell of a script with the options in its first line."""
    found = _SHELL.match(script.text)
    return [found[1], *found[2].split()] if found else ["bash"]


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
    content = placed(script.original or script.text, copy).encode("utf-8", "surrogateescape")
    replace_files([(path, content, 0o700)])
    own = {"expect": ["expect", "-f"], "shell": _interpreter(script), "python": [sys.executable]}
    run = _run(_start(side, [*own[script.language], path, *arguments], copy, {}).wait(seconds))
    return run._replace(message=_said(run, copy)) if run.status else run


def translated(
    side: Side, copy: Copy, translation: Translation, arguments: Sequence[str], seconds: float, *, in_session: bool
) -> Run:
    """Run the translation; where something is left to a person it says so and goes on."""
    body = rendered(_in_session(translation) if in_session else translation, allow_gaps=True)
    path, watch = f"{copy.scripts}/{TRANSLATION}", f"{copy.programs}/{_TRAP}"
    told, hands = f"{copy.programs}/{_FAILURES}", f"{copy.programs}/{_HANDS}"
    content = placed(body.text.replace(SAID, f'{SAID[:-4]} | tee -a "$REHEARSAL_HANDS" >&2'), copy).encode(
        "utf-8", "surrogateescape"
    )
    replace_files([(path, content, 0o700), (watch, WATCH.encode(), 0o600), (told, b"", 0o600), (hands, b"", 0o600)])
    extra = {"BASH_ENV": watch, "REHEARSAL_FAILURES": told, "REHEARSAL_HANDS": hands}
    run = _run(_start(side, ["bash", path, *arguments], copy, extra).wait(seconds))
    tools = tuple((origin(body.origins, number).line, name) for number, name in called(copy))
    hand_work = Path(hands).read_text("utf-8", "surrogateescape")
    run = run._replace(legacy_tools=tuple(dict.fromkeys(tools)), hand_work=hand_work)
    if not run.status:
        return run
    first = next((outcome.step.line for outcome in translation.outcomes), 0)
    found = failures(Path(told).read_text("utf-8", "surrogateescape"))
    return waiting(run, body.origins, first) or stopped(run, body.origins, found, translation.script, _said(run, copy))


def _said(run: Run, copy: Copy) -> str:
    """Return what a run has said last, with the paths of the script."""
    said = last_said(run.err).encode("utf-8", "surrogateescape")
    return unplaced(said, copy).decode("utf-8", "surrogateescape")


def sessions(translation: Translation) -> bool:
    """Return whether a rehearsal runs the translation in one session a login: a long list does, nothing else."""
    return translation.script.language != "shell" and len(translation.outcomes) >= SESSION_FROM


def _in_session(translation: Translation) -> Translation:
    outcomes = (replace(found, in_session=found.in_session or lines.is_login(found)) for found in translation.outcomes)
    return replace(translation, outcomes=tuple(outcomes))


def _start(side: Side, argv: list[str], copy: Copy, extra: dict[str, str]) -> Program:
    try:
        program = Program(behind(argv, copy.hiding, copy.place.prefix), environment(copy, extra), copy.work)
    except OSError as error:
        raise RefusedError(f"{argv[0]}: {error.strerror}") from error
    side.start(program)
    return program


def _run(ended: Ended) -> Run:
    return Run(*ended)
