"""What a pipeline asks of a legacy tool's output: found by trying it out on samples, not by how it looks."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from migration.reading import filters, identities, samples, traits, worlds
from migration.reading.kinds import (
    ALL_OK,
    ANY_FAILED,
    COUNT,
    COUNT_CO,
    COUNT_CU,
    COUNT_IS,
    FAILED,
    FIRST,
    FOUND,
    HANDLE,
    ID,
    LAST,
    LIST,
    NONE_FOUND,
    OK,
    OPENING,
    PRIVATE,
    PUBLIC,
    ROW,
    ROW_LAST,
    USER,
    USERS,
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
# What is asked of the first line of such a list.
_OF_ROW = {LIST: ROW, LAST: ROW_LAST}
_NAME = re.compile(r"[A-Za-z_][\w.@-]*")
_PROMPTS = {KMU: "\r\nCommand:  ", CMU: "aws-cloudhsm>"}
# What stands for a variable while a pipeline is tried out.
_PLACEHOLDER = "Qz{}x"
Stages = tuple[tuple[str, ...], ...]


class Test(NamedTuple):
    """A way to ask something of a text: gives an output and a status; ``patterns`` are the words in it."""

    of: Callable[[str], filters.Result]
    patterns: tuple[str, ...]


def behind(first: Test, then: Test) -> Test:
    """Return the test of what another one puts out."""
    return Test(lambda output: then.of(first.of(output)[0]), (*first.patterns, *then.patterns))


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
    return sum((USERS if kind in (USER, ID, *USER_NAMES) else kind) in named(one) for one in run)


def on_terminal(one: Ran, *, many: bool = False) -> str:
    """Return what a terminal shows from a command that was typed to the next prompt, if it goes well."""
    printed = samples.command(one, worlds.MANY if many else worlds.FEW).replace("\n", "\r\n")
    return f"{one.typed}\r\n{printed}{_PROMPTS[one.tool]}"


def taken(one: Ran, of: Callable[[str], str]) -> str:
    """Return what is taken out of what a terminal shows of a command: a kind of value, empty if it is not known."""
    try:
        outputs = [(values, of(on_terminal(one, many=values is worlds.MANY))) for values in (worlds.FEW, worlds.MANY)]
    except UnknownError:
        return ""
    possible = (kind for kind in named(one) if kind not in (OPENING, COUNT_CU, COUNT_CO))
    return next((kind for kind in possible if all(gives(kind, values, output) for values, output in outputs)), "")


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
            outputs = [(values, self._out(values)[0]) for values in worlds.sets(servers)]
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
                        repeated=one.tool == CMU and not traits.is_same(self._run, self._test, words=self._words),
                    )
                    return self._of_many(found) if one.name == "findKey" else found
        return self._long_enough() or self._identity()

    def _identity(self) -> Reading | None:
        """Return whose id is taken, if a failure gives none."""
        failures = [failed for step in self._judged for failed in self._failures(step)]
        if len(self._user_lists) != 1 or any(self._out(worlds.FEW, failed)[0].strip() for failed in failures):
            return None
        return identities.identity(self._out, self._names(), self._user_lists[0])

    def _long_enough(self) -> Reading | None:
        """Return that the handles of so many digits are taken, and no others."""
        for number, one in enumerate(self._run):
            if one.tool != KMU or one.name != "findKey":
                continue
            every = samples.moved(worlds.DIGITS, number).found
            taken = re.findall(r"\d+", self._out(worlds.DIGITS)[0])
            least = 10 ** (len(taken[-1]) - 1) if taken and int(taken[-1]) in every else 0
            layouts = []
            for values in (worlds.DIGITS, *worlds.sets(1), worlds.LONG):
                whole = samples.moved(values, number)
                wanted = whole._replace(found=tuple(handle for handle in whole.found if handle >= least))
                layouts.append(gives(LIST, wanted, self._out(values)[0]))
            layout = common(layouts) if least > 1 else None
            if layout is not None and not layout.end.strip("\n"):
                around = layout.before, layout.behind
                return Reading(LIST, number, layout.between or "", around=around, end=layout.end, least=least)
        return None

    def _of_many(self, found: Reading) -> Reading | None:
        """Return what is taken out of a list of more keys than stand on one line."""
        output = self._out(worlds.LONG)[0]
        layout = gives(found.kind, samples.moved(worlds.LONG, found.step), output)
        if layout is not None and (layout.before, layout.behind, layout.end) == (*found.around, found.end):
            return found if layout.between in (None, found.extra) else None
        row = gives(found.kind, samples.moved(worlds.ROW, found.step), output) if found.kind in _OF_ROW else None
        if row is not None:
            as_short = row == Layout(found.around[0], row.between and found.extra, found.around[1], found.end)
            return found._replace(kind=_OF_ROW[found.kind], ragged=not as_short)
        if found.kind != LIST:
            return None
        numbers = re.findall(r"\d+", output) if not output.strip("0123456789, \t\n") else []
        return (
            found._replace(uneven=True)
            if numbers == list(map(str, samples.moved(worlds.LONG, found.step).found))
            else None
        )

    def status(self) -> Reading | None:
        asked = [self._status(values) for values in (worlds.FEW, worlds.MANY, worlds.ONE)]
        none = self._status(worlds.NOTHING)
        lists = [number for number in self._judged if self._run[number].name == "findKey"]
        if len(set(asked)) > 1 or (asked[0] != none and len(lists) != 1):
            return self._counted(lists[0]) if len(lists) == 1 else None
        if asked[0] != none:
            return Reading(FOUND if asked[0] else NONE_FOUND, lists[0]) if self._is_so(lists[0], asked[0]) else None
        if self._user_lists and self._status(worlds.FEW._replace(users=worlds.OFFICERS)) != none:
            return None
        counted = self._counted(lists[0]) if len(lists) == 1 and not none else None
        return counted or self._outcome(base=none) or self._user()

    def _status(self, values: Values, failed: dict[int, int] | None = None) -> bool:
        return self._out(values, failed)[1] == 0

    def _is_so(self, step: int, found: bool) -> bool:
        """Return whether a failure counts as nothing found, as it does for jq."""
        return not found or not any(self._status(worlds.FEW, failed) for failed in self._failures(step))

    def _failures(self, step: int) -> Iterator[dict[int, int]]:
        return worlds.failures(self._run, step)

    def _outcome(self, *, base: bool) -> Reading | None:
        """Return which command's success or failure the test tells."""
        deciding = []
        for step in self._judged:
            told = {self._status(worlds.FEW, failed) for failed in self._failures(step)}
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
        found = trial._outcome(base=trial._status(worlds.FEW))
        return found is not None and found.kind == kind

    def _counted(self, step: int) -> Reading | None:
        for number in sorted({int(found) for word in self._test.patterns for found in re.findall(r"\d+", word)}):
            if number > 1000:  # noqa: PLR2004 - more than a sample should hold
                continue
            exact, more, fewer = (
                self._status(worlds.FEW._replace(found=tuple(range(262200, 262200 + count))))
                for count in (number, number + 1, max(number - 1, 0))
            )
            if exact and not more and (not fewer or not number):
                return Reading(COUNT_IS, step, str(number)) if self._is_so(step, found=True) else None
        return None

    def _names(self) -> set[str]:
        """Return the names of users that the test may look for."""
        # What a pattern begins with a backslash is no part of a name.
        patterns = [re.sub(r"\\[A-Za-z]", " ", word) for word in self._test.patterns]
        return {name for word in patterns for name in _NAME.findall(word)} - {"CU", "CO", "AU", "PCO"}

    def _user(self) -> Reading | None:
        """Return which user the test looks for: one name, in its own spelling, and no other."""
        if len(self._user_lists) != 1:
            return None
        named = self._names()
        failures = [failed for step in self._judged for failed in self._failures(step)]
        found: list[tuple[list[str], str]] = []
        for name in sorted(named, key=len, reverse=True):
            told = {kind: self._with_user(kind, name) for kind in identities.ROLES}
            has = [kind for kind in identities.ROLES if told[kind] is True]
            if None in told.values() or (has and self._with_user(has[0], name.swapcase()) is not False):
                return None
            # A name in which another one is that does it, too, is but longer.
            if has and not any(name in longer for _, longer in found):
                found.append((has, name))
        if len(found) != 1 or self._status(worlds.FEW) or any(self._status(worlds.FEW, failed) for failed in failures):
            return None
        ((has, name),) = found
        where = self._where(has[0], name)
        if where is None:
            return None
        return Reading(
            USER, self._user_lists[0], identities.ROLES[has[0]] if len(has) == 1 else "", text(name), where=where
        )

    def _where(self, kind: str, name: str) -> str | None:
        """Return where a name that the test looks for may stand in a user's name, None if that is not known."""
        if not self._with_user(kind, name, quorum_key=True, failures=3, second_factor=True):
            return None
        return identities.PLACES.get(tuple(self._with_user(kind, one) for one in identities.longer(name)))

    def _with_user(self, kind: str, name: str, **others: Any) -> bool | None:
        users = (*worlds.PLAIN_USERS, User(kind, name, **others))
        told = {self._status(worlds.FEW._replace(users=users, servers=servers)) for servers in (1, 2)}
        return told.pop() if len(told) == 1 else None


def named(one: Ran) -> tuple[str, ...]:
    """Return what may be taken out of a command's output."""
    if one.tool == KMU and one.name == "findKey":
        return COUNT, FIRST, OPENING, LAST, LIST
    if one.name == "listUsers":
        return USERS, *USER_NAMES, COUNT_CU, COUNT_CO
    if one.tool == CMU:
        return ()
    if one.name in PAIRS:
        return PUBLIC, PRIVATE
    return (HANDLE,) if one.name in _MADE else ()
