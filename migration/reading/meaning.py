"""What a pipeline asks of a legacy tool's output: found by trying it out on samples, not by how it looks."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from migration.reading import filters, samples
from migration.reading.kinds import (
    ALL_OK,
    ANY_FAILED,
    BEGINNING,
    COUNT,
    COUNT_IS,
    END,
    FAILED,
    FIRST,
    FIRST_WORD,
    FOUND,
    HANDLE,
    LAST,
    LAST_WORD,
    LIST,
    NONE_FOUND,
    OK,
    PART,
    PRIVATE,
    PUBLIC,
    ROW,
    ROW_LAST,
    USER,
    USERS,
    WHOLE,
    WORD,
    Reading,
)
from migration.reading.layouts import USER_NAMES, Layout, common, gives
from migration.reading.regexes import UnknownError
from migration.reading.samples import HARMLESS, PAIRS, Ran, User, Values
from migration.script import CMU, KMU
from migration.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from migration.script import Step
    from migration.words import Word

_MADE = (
    "genSymKey",
    "genPBEKey",
    "imSymKey",
    "importPrivateKey",
    "importPubKey",
    "createPublicKey",
    "unWrapKey",
    "insertMaskedObject",
)
_ROLES = {"CU": "crypto-user", "CO": "admin"}
_OFFICERS = (User("CO", "zq1vx"), User("AU", "zq2vx"))
_PLAIN_USERS = (*_OFFICERS, User("CU", "zq0vx"))
_FEW = Values(262151, 262163, 262164, (524300, 786445, 917518), _PLAIN_USERS)
# In no order of their names, those of each type neither, so that who sorts them is not taken for who does not.
_OTHER_USERS = (
    User("CO", "zq4vx", second_factor=True),
    User("CO", "zq3vx"),
    User("CU", "zq6vx", quorum_key=True, failures=3),
    User("CU", "zq5vx", second_factor=True),
)
_MANY = Values(393225, 458778, 524315, (655390, 851999, 17, 720993), (*_PLAIN_USERS, *_OTHER_USERS))
_ONE = _FEW._replace(found=(983074,))
_NOTHING = _FEW._replace(found=())
# More keys than stand on one line.
_LONG = _FEW._replace(found=tuple(524300 + 37 * (number * 5 % 17) for number in range(17)))
_ROW = _LONG._replace(found=_LONG.found[: samples.PER_LINE])
# What is asked of the first line of such a list.
_OF_ROW = {LIST: ROW, LAST: ROW_LAST}
_NAME = re.compile(r"[A-Za-z_][\w.@-]*")
_PROMPTS = {KMU: "\r\nCommand:  ", CMU: "aws-cloudhsm>"}
# Where a name may stand, by which longer ones do it, too: those with a letter on both sides, behind it, before it, and
# with a sign behind it, before it, on both sides.
_PLACES: dict[tuple[bool | None, ...], str] = {
    (False,) * 6: WHOLE,
    (True,) * 6: PART,
    (False, True, False, True, False, False): BEGINNING,
    (False, False, True, False, True, False): END,
    (False, False, False, True, True, True): WORD,
    (False, False, False, True, False, False): FIRST_WORD,
    (False, False, False, False, True, False): LAST_WORD,
}
# What stands for a variable while a pipeline is tried out.
_PLACEHOLDER = "Qz{}x"
Stages = tuple[tuple[str, ...], ...]


class Test(NamedTuple):
    """A way to ask something of a text: gives an output and a status; ``patterns`` are the words in it."""

    of: Callable[[str], filters.Result]
    patterns: tuple[str, ...]


def of_stages(stages: Sequence[Sequence[str]], *, pipefail: bool = False) -> Test:
    """Return the test that a pipeline is; with ``pipefail`` it fails where one of its stages does."""
    patterns = tuple(word for stage in stages for word in stage[1:])
    return Test(lambda output: filters.run(stages, output, pipefail=pipefail), patterns)


def placeholder(number: int) -> str:
    """Return the text that stands for a variable of a pipeline."""
    return _PLACEHOLDER.format(number)


def ran(steps: Sequence[Step], variables: Mapping[str, Word] = MappingProxyType({})) -> tuple[Ran, ...]:
    """Return the commands of a run as samples name them; ``variables`` are those of a test, by what stands for them."""
    from migration import words

    spelled = {part: key for key, word in variables.items() for part in word}

    def shown(word: Word) -> str:
        return "".join(spelled.get(part) or words.shown((part,)) for part in word)

    return tuple(Ran(step.tool, step.name, "  ".join(map(shown, step.words))) for step in steps)


def meaning(run: Sequence[Ran], test: Test, *, words: bool, status: bool) -> Reading | None:
    """Return what is asked of a run's output, None if that is not known.

    ``words`` says that the commands were arguments of the tool; ``status`` that the status of the pipeline is asked
    for, not its output.
    """
    if not run or any(not one.name for one in run):
        return None
    try:
        trial = _Trial(run, test, words=words)
        return trial.status() if status else trial.value()
    except UnknownError:
        return None


def sources(run: Sequence[Ran], kind: str) -> int:
    """Return how many commands of a run have in their answers what a value or a test of what was found asks for."""
    if kind in (FOUND, NONE_FOUND, COUNT_IS):
        kind = COUNT
    return sum((USERS if kind in (USER, *USER_NAMES) else kind) in named(one) for one in run)


def is_silent(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test puts out nothing, so that only its status can be meant."""
    try:
        return not any(test.of(samples.text(run, values, {}, words=words))[0] for values in (_FEW, _MANY))
    except UnknownError:
        return False


def on_terminal(one: Ran, *, many: bool = False) -> str:
    """Return what a terminal shows from a command that was typed to the next prompt, if it goes well."""
    printed = samples.command(one, _MANY if many else _FEW).replace("\n", "\r\n")
    return f"{one.typed}\r\n{printed}{_PROMPTS[one.tool]}"


def taken(one: Ran, of: Callable[[str], str]) -> str:
    """Return what is taken out of what a terminal shows of a command: a kind of value, empty if it is not known."""
    try:
        outputs = [(values, of(on_terminal(one, many=values is _MANY))) for values in (_FEW, _MANY)]
    except UnknownError:
        return ""
    return next((kind for kind in named(one) if all(gives(kind, values, output) for values, output in outputs)), "")


def is_known(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether all that a test does is known, whatever it means."""
    try:
        test.of(samples.text(run, _FEW, {}, words=words))
    except UnknownError:
        return False
    return True


def is_same(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a test gives the same of one HSM and of several, of which each puts out its own answer."""
    try:
        one, two = (
            [test.of(samples.text(run, values, {}, words=words)) for values in _sets(servers)] for servers in (1, 2)
        )
    except UnknownError:
        return False
    return one == two


def fails_on_nothing(run: Sequence[Ran], test: Test, *, words: bool) -> bool:
    """Return whether a pipeline fails where a search finds nothing."""
    try:
        return test.of(samples.text(run, _NOTHING, {}, words=words))[1] != 0
    except UnknownError:
        return False


def fails_without(run: Sequence[Ran], test: Test, found: Reading, *, words: bool) -> bool:
    """Return whether a pipeline that gives a value fails where there is none."""
    missing = {} if found.kind in (FIRST, LAST, ROW_LAST, LIST, ROW) else {found.step: 0}
    try:
        return test.of(samples.text(run, _NOTHING, missing, words=words))[1] != 0
    except UnknownError:
        return False


class _Trial:
    """A test while it is tried on the samples of one run."""

    def __init__(self, run: Sequence[Ran], test: Test, *, words: bool) -> None:
        self._run = run
        self._test = test
        self._words = words
        self._user_lists = [number for number, one in enumerate(run) if one.name == "listUsers"]
        self._judged = [number for number, one in enumerate(run) if one.name not in HARMLESS]

    def _out(self, values: Values, failed: dict[int, int] | None = None) -> filters.Result:
        return self._test.of(samples.text(self._run, values, failed or {}, words=self._words))

    def value(self) -> Reading | None:
        for servers in (1, 2):
            outputs = [(values, self._out(values)[0]) for values in _sets(servers)]
            for number, one in enumerate(self._run):
                for kind in named(one):
                    layout = common(gives(kind, samples.moved(values, number), output) for values, output in outputs)
                    if layout is None or layout.end.strip("\n"):
                        continue
                    found = Reading(
                        kind,
                        number,
                        layout.between or "",
                        around=(layout.before, layout.behind),
                        end=layout.end,
                        repeated=one.tool == CMU and not is_same(self._run, self._test, words=self._words),
                    )
                    return self._of_many(found) if one.name == "findKey" else found
        return None

    def _of_many(self, found: Reading) -> Reading | None:
        """Return what is taken out of a list of more keys than stand on one line."""
        output = self._out(_LONG)[0]
        layout = gives(found.kind, samples.moved(_LONG, found.step), output)
        if layout is not None and (layout.before, layout.behind, layout.end) == (*found.around, found.end):
            return found if layout.between in (None, found.extra) else None
        row = gives(found.kind, samples.moved(_ROW, found.step), output) if found.kind in _OF_ROW else None
        if row is not None:
            as_short = row == Layout(found.around[0], row.between and found.extra, found.around[1], found.end)
            return found._replace(kind=_OF_ROW[found.kind], ragged=not as_short)
        if found.kind != LIST:
            return None
        numbers = re.findall(r"\d+", output) if not output.strip("0123456789, \t\n") else []
        return (
            found._replace(uneven=True) if numbers == list(map(str, samples.moved(_LONG, found.step).found)) else None
        )

    def status(self) -> Reading | None:
        asked = [self._status(values) for values in (_FEW, _MANY, _ONE)]
        none = self._status(_NOTHING)
        lists = [number for number in self._judged if self._run[number].name == "findKey"]
        if len(set(asked)) > 1 or (asked[0] != none and len(lists) != 1):
            return self._counted(lists[0]) if len(lists) == 1 else None
        if asked[0] != none:
            return Reading(FOUND if asked[0] else NONE_FOUND, lists[0]) if self._is_so(lists[0], asked[0]) else None
        if self._user_lists and self._status(_FEW._replace(users=_OFFICERS)) != none:
            return None
        counted = self._counted(lists[0]) if len(lists) == 1 and not none else None
        return counted or self._outcome(base=none) or self._user()

    def _status(self, values: Values, failed: dict[int, int] | None = None) -> bool:
        return self._out(values, failed)[1] == 0

    def _is_so(self, step: int, found: bool) -> bool:
        """Return whether a failure counts as nothing found, as it does for jq."""
        return not found or not any(self._status(_FEW, failed) for failed in self._failures(step))

    def _failures(self, step: int) -> Iterator[dict[int, int]]:
        """Yield the ways in which a command fails; after a failed login all that follows fails, too."""
        if self._run[step].name == "loginHSM":
            refused = 2 if self._run[step].tool == KMU else 1
            yield {number: refused for number in self._judged if number >= step}
            return
        for failure in (0, 1) if self._run[step].tool == KMU else (0, 2):
            yield {step: failure}

    def _outcome(self, *, base: bool) -> Reading | None:
        """Return which command's success or failure the test tells."""
        deciding = []
        for step in self._judged:
            told = {self._status(_FEW, failed) for failed in self._failures(step)}
            if len(told) > 1:
                return None
            if told == {not base}:
                deciding.append(step)
        logins = [step for step in deciding if self._run[step].name == "loginHSM"]
        others = [step for step in deciding if step not in logins]
        relevant = [step for step in self._judged if self._run[step].name != "loginHSM"]
        one, every = (OK, ALL_OK) if base else (FAILED, ANY_FAILED)
        if len(others) == 1:
            # Where an earlier command fails, a tool that asks what to do never comes to this one.
            early = [step for step in relevant if step < others[0] and self._run[step].tool == CMU]
            # And one that needs no login goes well behind one that failed.
            alone = logins and self._run[others[0]].name == "listUsers"
            return None if one == FAILED and (early or alone) else Reading(one, others[0])
        if others:
            return Reading(every, others[-1]) if others == relevant else None
        return self._of_login(logins[0], relevant, one) if logins else None

    def _of_login(self, login: int, relevant: list[int], kind: str) -> Reading | None:
        """Take a test that the login alone answers for one of the command behind it, if it is one of that, too."""
        told = [step for step in relevant if self._alone(step, kind)]
        if not told:
            return Reading(kind, login)
        return Reading(kind, told[0], after_login=True) if len(relevant) == 1 else None

    def _alone(self, step: int, kind: str) -> bool:
        """Return whether the test would tell a command's outcome from its own output."""
        trial = _Trial([self._run[step]], self._test, words=False)
        found = trial._outcome(base=trial._status(_FEW))
        return found is not None and found.kind == kind

    def _counted(self, step: int) -> Reading | None:
        for number in sorted({int(found) for word in self._test.patterns for found in re.findall(r"\d+", word)}):
            if number > 1000:  # noqa: PLR2004 - more than a sample should hold
                continue
            exact, more, fewer = (
                self._status(_FEW._replace(found=tuple(range(262200, 262200 + count))))
                for count in (number, number + 1, max(number - 1, 0))
            )
            if exact and not more and (not fewer or not number):
                return Reading(COUNT_IS, step, str(number)) if self._is_so(step, found=True) else None
        return None

    def _user(self) -> Reading | None:
        """Return which user the test looks for: one name, in its own spelling, and no other."""
        if len(self._user_lists) != 1:
            return None
        # What a pattern begins with a backslash is no part of a name.
        patterns = [re.sub(r"\\[A-Za-z]", " ", word) for word in self._test.patterns]
        named = {name for word in patterns for name in _NAME.findall(word)} - {"CU", "CO", "AU", "PCO"}
        failures = [failed for step in self._judged for failed in self._failures(step)]
        found: list[tuple[list[str], str]] = []
        for name in sorted(named, key=len, reverse=True):
            told = {kind: self._with_user(kind, name) for kind in _ROLES}
            has = [kind for kind in _ROLES if told[kind] is True]
            if None in told.values() or (has and self._with_user(has[0], name.swapcase()) is not False):
                return None
            # A name in which another one is that does it, too, is but longer.
            if has and not any(name in longer for _, longer in found):
                found.append((has, name))
        if len(found) != 1 or self._status(_FEW) or any(self._status(_FEW, failed) for failed in failures):
            return None
        ((has, name),) = found
        where = self._where(has[0], name)
        if where is None:
            return None
        return Reading(USER, self._user_lists[0], _ROLES[has[0]] if len(has) == 1 else "", text(name), where=where)

    def _where(self, kind: str, name: str) -> str | None:
        """Return where a name that the test looks for may stand in a user's name, None if that is not known."""
        if not self._with_user(kind, name, quorum_key=True, failures=3, second_factor=True):
            return None
        longer = (f"x{name}x", f"{name}x", f"x{name}", f"{name}-x", f"x-{name}", f"x.{name}.x")
        return _PLACES.get(tuple(self._with_user(kind, one) for one in longer))

    def _with_user(self, kind: str, name: str, **others: Any) -> bool | None:
        users = (*_PLAIN_USERS, User(kind, name, **others))
        told = {self._status(_FEW._replace(users=users, servers=servers)) for servers in (1, 2)}
        return told.pop() if len(told) == 1 else None


def _sets(servers: int) -> tuple[Values, ...]:
    return tuple(values._replace(servers=servers) for values in (_FEW, _MANY, _ONE))


def named(one: Ran) -> tuple[str, ...]:
    """Return what may be taken out of a command's output."""
    if one.tool == KMU and one.name == "findKey":
        return COUNT, FIRST, LAST, LIST
    if one.name == "listUsers":
        return USERS, *USER_NAMES
    if one.tool == CMU:
        return ()
    if one.name in PAIRS:
        return PUBLIC, PRIVATE
    return (HANDLE,) if one.name in _MADE else ()
