"""What is so of a test of a run's output, whatever it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.reading import samples, worlds
from migration.reading.kinds import FIRST, LAST, LIST, OPENING, ROW, ROW_LAST, Reading
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.reading import filters
    from migration.reading.meaning import Test
    from migration.reading.samples import Ran


def is_silent(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out nothing, so that only its status can be meant."""
    try:
        return not any(test.of(samples.text(run, values, {}, words=words))[0] for values in (worlds.FEW, worlds.MANY))
    except UnknownError:
        return False


def is_silent_of_failures(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out nothing, whatever becomes of the commands."""
    return not any(output for output, _ in _of_failures(run, test, words=words)) and is_silent(run, test, words=words)


def is_always_good(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test has the status of success whatever is found, and whatever becomes of the commands."""
    try:
        found = [test.of(samples.text(run, values, {}, words=words)) for values in (worlds.FEW, worlds.NOTHING)]
    except UnknownError:
        return False
    return all(status == 0 for _, status in (*found, *_of_failures(run, test, words=words)))


def chooses_lines(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out nothing but lines of what is printed, blanks around them left alone."""
    texts = [samples.text(run, values, {}, words=words) for values in (worlds.FEW, worlds.MANY)]
    try:
        outputs = [test.of(text)[0] for text in texts]
    except UnknownError:
        return False
    pairs = zip(outputs, texts, strict=True)
    return all(
        set(map(str.strip, output.split("\n"))) <= {"", *map(str.strip, text.split("\n"))} for output, text in pairs
    )


def keeps_text(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out all of what is printed, in which only blanks and line ends are others."""
    texts = [samples.text(run, values, {}, words=words) for values in (worlds.FEW, worlds.MANY)]
    try:
        return bool(run) and all(test.of(text)[0].split() and _bare(test.of(text)[0]) == _bare(text) for text in texts)
    except UnknownError:
        return False


def _bare(text: str) -> str:
    return "".join(text.split())


def lets_pass(test: Test, text: str) -> bool:
    """Return whether a test puts out a text as it is."""
    try:
        return test.of(text)[0] == text
    except UnknownError:
        return False


def is_constant(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out the same of all answers."""
    try:
        found = {
            test.of(samples.text(run, values, {}, words=words))[0]
            for servers in (1, 2)
            for values in worlds.sets(servers)
        }
    except UnknownError:
        return False
    return len(found) == 1


def _of_failures(run: Sequence[Ran], test: Test, *, words: bool) -> list[filters.Result]:
    """Return what a test gives where one of the commands fails; nothing if that is not known."""
    judged = [number for number, one in enumerate(run) if one.name not in samples.HARMLESS]
    failed = [each for step in judged for each in worlds.failures(run, step)]
    try:
        return [test.of(samples.text(run, worlds.FEW, each, words=words)) for each in failed]
    except UnknownError:
        return []


def is_known(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether all that a test does is known, whatever it means."""
    try:
        test.of(samples.text(run, worlds.FEW, {}, words=words))
    except UnknownError:
        return False
    return True


def is_same(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test gives the same of one HSM and of several, of which each puts out its own answer."""
    try:
        one, two = (
            [test.of(samples.text(run, values, {}, words=words)) for values in worlds.sets(servers)]
            for servers in (1, 2)
        )
    except UnknownError:
        return False
    return one == two


def fails_on_nothing(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a pipeline fails where a search finds nothing."""
    try:
        return test.of(samples.text(run, worlds.NOTHING, {}, words=words))[1] != 0
    except UnknownError:
        return False


def fails_without(run: Sequence[Ran], test: Test, found: Reading, *, words: bool) -> bool:
    """Return whether a pipeline that gives a value fails where there is none."""
    missing = {} if found.kind in (FIRST, OPENING, LAST, ROW_LAST, LIST, ROW) else {found.step: 0}
    try:
        return test.of(samples.text(run, worlds.NOTHING, missing, words=words))[1] != 0
    except UnknownError:
        return False
