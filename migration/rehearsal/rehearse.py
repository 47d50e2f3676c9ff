"""A rehearsal from its beginning to its report."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration import words
from migration.called import given
from migration.rehearsal import causes, sides
from migration.rehearsal.beginning import Beginning, fitting
from migration.rehearsal.candidates import candidates
from migration.rehearsal.carried import carried_out, misread, stop
from migration.rehearsal.compare import Passwords, differences, in_step
from migration.rehearsal.copies import copies
from migration.rehearsal.facts import Facts
from migration.rehearsal.files import compare_files, compare_outputs, kept_files
from migration.rehearsal.pairing import Names
from migration.rehearsal.privacy import privacy
from migration.rehearsal.programs import printed, watch
from migration.rehearsal.state import read_state, users_by_id
from migration.rehearsal.surroundings import furnish, unplaced
from migration.rehearsal.texts import Telling
from migration.translate import Knowledge, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migration.rehearsal.copies import Copy
    from migration.rehearsal.difference import Found
    from migration.rehearsal.sides import Run
    from migration.rehearsal.state import State
    from migration.script import Script
    from migration.translate import Translation
    from migration.words import Word


class Wanted(NamedTuple):
    """What is rehearsed and how: ``beginning`` is None for a fresh cluster that fits the script.

    ``files`` are what the translation knows beside the script, ``folder`` where files lie that it names; ``seconds``
    is the time that each side gets, or a single command that is typed; ``hiding`` is that of the copies.
    """

    script: Script
    folder: str
    files: Mapping[str, str]
    users: Mapping[int, str]
    beginning: Beginning | None
    arguments: tuple[str, ...] = ()
    keep: str | None = None
    seconds: float = 300.0
    session: bool | None = None
    hiding: tuple[str, ...] = ()


class Rehearsal(NamedTuple):
    """What came of it: both runs, how many users, keys and files were compared, and the differences.

    ``steps`` says of each cluster whether its HSMs were in step before, after the script, after the translation.
    """

    wanted: Wanted
    beginning: Beginning
    translation: Translation
    in_session: bool
    legacy: Run
    translated: Run
    counts: Mapping[str, int]
    steps: Mapping[str, tuple[bool, bool, bool]]
    found: tuple[Found, ...]

    @property
    def unexplained(self) -> int:
        """How many differences have no cause."""
        return sum(found.cause is None for found in self.found)


def rehearse(wanted: Wanted, progress: Callable[[str, int, int], None]) -> Rehearsal:
    """Run both sides and compare; ``progress`` is told the stage, how much of it is done, and how much there is.

    Raises:
        RefusedError: a program is missing, or there is nothing to begin with.
        InstallationError, StoreError: an installation cannot be copied or read.
    """
    script = wanted.script
    missing = sides.missing(script)
    if missing:
        raise RefusedError(f"not installed, and needed to rehearse {script.name}: {', '.join(missing)}")
    lookup = _lookup(script, wanted.arguments)
    beginning = wanted.beginning or fitting(script, lookup, {**script.users, **wanted.users})
    progress("laying out two copies", 0, 0)
    with copies(beginning, wanted.keep, wanted.hiding) as (own, other):
        for copy in (own, other):
            furnish(copy, script.text, wanted.folder, wanted.arguments)
        watch(own)
        known = {**wanted.users, **users_by_id(own.place)} if beginning != Beginning() else wanted.users
        translation = translate(script, Knowledge(known, wanted.files))
        in_session = sides.sessions(translation) if wanted.session is None else wanted.session
        before = read_state(own.place)
        files = kept_files(own), kept_files(other)
        runs = _both(own, other, wanted, translation, progress, in_session=in_session)
        progress("comparing", 0, 0)
        after = read_state(own.place), read_state(other.place)
        passwords = Passwords(candidates(script, wanted.arguments, lookup))
        telling = Telling(Names(before, *after), privacy(script, wanted.arguments, lookup))
        by_tools = printed(own)
        by_tools = None if by_tools is None else unplaced(by_tools, own)
        facts = Facts(translation, before, *after, *runs, lookup, by_tools, telling)
        carried = carried_out(own)
        facts = facts._replace(stop=stop(facts, carried))
        compared = compare_files(own, other, files, facts)
        found = [
            *facts.gaps(),
            *facts.runs(),
            *misread(facts, carried),
            *differences(before, *after, passwords, facts.passing(files[0])),
            *compared.differences,
            *compare_outputs(own, other, facts),
        ]
        counts = {**_counts(*after), "files": compared.number}
        steps = {
            name: (
                in_step(hsms, passwords),
                in_step(after[0].get(name, ()), passwords),
                in_step(after[1].get(name, ()), passwords),
            )
            for name, hsms in before.items()
        }
        told = tuple(causes.explained(found, facts))
    return Rehearsal(wanted, beginning, translation, in_session, *runs, counts, steps, told)


def _both(
    own: Copy,
    other: Copy,
    wanted: Wanted,
    translation: Translation,
    progress: Callable[[str, int, int], None],
    *,
    in_session: bool,
) -> tuple[Run, Run]:
    """Run both sides at once, each on its copy; what interrupts one ends both."""
    first, second = sides.Side(), sides.Side()
    total, done = len(wanted.script.steps), iter(range(1, len(wanted.script.steps) + 1))
    progress("running both sides", 0, total)

    def advance() -> None:
        progress("running both sides", next(done, total), total)

    with ThreadPoolExecutor(2) as pool:
        try:
            futures = (
                pool.submit(sides.legacy, first, own, wanted.script, wanted.arguments, wanted.seconds, advance),
                pool.submit(
                    sides.translated,
                    second,
                    other,
                    translation,
                    wanted.arguments,
                    wanted.seconds,
                    in_session=in_session,
                ),
            )
            wait(futures, return_when=FIRST_EXCEPTION)
            return futures[0].result(), futures[1].result()
        finally:
            first.end()
            second.end()


def _lookup(script: Script, arguments: tuple[str, ...]) -> Callable[[str], Word | None]:
    """Return what tells the value of a variable at the start: an argument, the environment, or the script itself."""
    held = given(script, arguments)

    def lookup(name: str) -> Word | None:
        if name in held:
            return held[name]
        inner = words.bash_name(name)
        if inner in os.environ:
            return words.text(os.environ[inner])
        value = script.parameters.get(name)
        return None if value is None else words.settled(value, lambda other: None if other == name else lookup(other))

    return lookup


def _counts(own: State, other: State) -> dict[str, int]:
    users, keys = set(), 0
    for name in own:
        for ours, theirs in zip(own[name], other.get(name, ()), strict=False):
            users |= {(name, user) for user in (*ours.users, *theirs.users)}
            keys = max(keys, len(ours.keys), len(theirs.keys))
    return {"HSMs": sum(len(hsms) for hsms in own.values()), "users": len(users), "keys": keys}
