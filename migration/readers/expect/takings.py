"""The variables of an expect script that hold something of a tool's output, and what is known of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.map.scene import LIST
from migration.readers import patterns
from migration.readers.expect import taken as tcl_taken
from migration.readers.expect import tcl, worlds
from migration.readers.expect.expression import Evaluator
from migration.readers.expect.taken import Taken
from migration.reading import kinds, meaning
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.tcl import Token

_OUT = "expect_out({},string)"
BUFFER = "expect_out(buffer)"
_GROUPS = 9


class Told(NamedTuple):
    """What is known of a condition: its truth where all goes well, None if it depends on more.

    ``sampled`` says that it asks for a tool's output, of the step ``step``; ``counts`` are the numbers of keys or users
    with which it is true, and those with which it is not.
    """

    truth: bool | None
    sampled: bool = False
    step: int = -1
    counts: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())


Taking = dict[str, Taken]


class Takings:
    """What has been taken out of the output so far.

    Each value that is taken has a variable of its own in the translation, as a variable of the script may hold one
    after another, and another one in each procedure.
    """

    def __init__(self, builder: Builder, text: str) -> None:
        """Begin; ``visible`` gives the variables of the translation by the script's that stand for them here."""
        self._builder = builder
        self._words = frozenset(re.findall(r"\w+", text))
        # What ``expect_out`` holds, and what each variable of the translation does.
        self._out: Taking = {}
        self._held: Taking = {}
        # Which variable takes what: its name, the step, what it takes; and those that take several things.
        self._names: dict[tuple[str, int, str], str] = {}
        self._lists: set[str] = set()
        # Variables whose value nobody could tell, with their line.
        self._unknown: dict[str, tuple[int, str]] = {}
        self.visible: Callable[[], dict[str, str]] = dict
        self.taboo: Callable[[str], bool] = lambda _: False
        self.given: set[str] = set()

    def state(self) -> Taking:
        """Return what was waited for last, to take it back."""
        return dict(self._out)

    def restore(self, state: Taking) -> None:
        """Take back what was waited for since."""
        self._out = dict(state)

    def merge(self, ways: Sequence[Taking]) -> None:
        """Keep of several ways what is waited for alike on all."""
        self._out = {name: taken for name, taken in ways[0].items() if all(way.get(name) == taken for way in ways)}

    def known(self) -> dict[str, Taken]:
        """Return what is taken, by the names that mean it here."""
        names = self.visible().items()
        return {**self._out, **{name: self._held[given] for name, given in names if given in self._held}}

    def why(self, name: str) -> tuple[int, str] | None:
        """Return the line at which it was lost what a variable of the translation holds, and how; None if not."""
        return self._unknown.get(name)

    def fresh(self, name: str) -> str:
        """Return a name for a variable of the translation that holds what one of the script holds from here on."""
        base = words.bash_name(name)
        found, number = base, 1
        while found in self.given or self.taboo(found) or (number > 1 and found in self._words):
            number += 1
            found = f"{base}_{number}"
        self.given.add(found)
        return found

    def output(self, step: int) -> Taken:
        """Return the whole output of a step."""
        return Taken(step, lambda output: output)

    def waited(self, pattern: str, step: int) -> bool:
        """Take a pattern that is waited for; return whether it matches the output of a step and has groups."""
        self.unread()
        if step < 0 or not self._builder.steps[step].name:
            return False
        self._out[BUFFER] = self.output(step)
        (one,) = meaning.ran(self._builder.steps[step : step + 1])
        if not tcl_taken.matches(pattern, meaning.on_terminal(one)):
            return False
        for number in range(_GROUPS + 1):
            self._out[_OUT.format(number)] = tcl_taken.group(step, pattern, number)
        return True

    def unread(self) -> None:
        """Note that what was waited for last is over."""
        for name in [BUFFER, *(_OUT.format(number) for number in range(_GROUPS + 1))]:
            self._out.pop(name, None)

    def of(self, token: Token) -> Taken | None:
        """Return what a word takes out of the output, None if there is nothing of it in the word."""
        if token.braced:
            return None
        return tcl_taken.spelled(token, self.known())

    def computed(self, script: str) -> Taken | None:
        """Return what a script in brackets takes out of the output, None if there is nothing of it in it."""
        return tcl_taken.computed(script, self.known())

    def assign(self, name: str, taken: Taken, line: int, source: str, *, appends: bool = False) -> tuple[str, bool]:
        """Let a variable hold something that is taken; return its name in the translation, whether it is known what."""
        (one,) = meaning.ran(self._builder.steps[taken.step : taken.step + 1])
        kind = meaning.taken(one, taken.of)
        if not kind or (appends and kind == kinds.LIST):
            given = self.lost(name, line, f"takes something out of the output, which is JSON now: {source}")
            self._held[given] = taken
            return given, False
        if appends:
            before = self.visible().get(name, "")
            given = before if before in self._lists else self.fresh(name)
            self._lists.add(given)
        else:
            key = (name, taken.step, kind)
            given = self._names[key] = self._names.get(key) or self.fresh(name)
        self._held[given] = taken
        self._builder.capture(taken.step, f"{given}{LIST}" if appends or kind == kinds.LIST else given, kind)
        return given, True

    def lost(self, name: str, line: int, why: str) -> str:
        """Note that nobody can tell what a variable holds from here on; return what stands for it."""
        given = self.fresh(name)
        self._unknown[given] = line, why
        return given

    def regexp(self, match: tcl_taken.Match, line: int) -> dict[str, str]:
        """Take what a regexp command sets; return the variables, with what stands for them."""
        found = tcl_taken.groups(match)
        source = f"regexp {{{match.pattern}}}"
        return {name: self.assign(name, taken, line, source)[0] for name, taken in found.items()}

    def told(
        self, text: str, lookup: Callable[[str], str], run: Callable[[str, list[str]], str | None] | None = None
    ) -> Told:
        """Return what is known of a condition; ``lookup`` and ``run`` give what is written out."""
        known = self.known()
        used = {name: known[name] for name in known if re.search(rf"\$\{{?{re.escape(name)}(?![\w(])", text)}
        if not used:
            try:
                return Told(Evaluator(lookup, run).truth(text))
            except UnknownError:
                return Told(None)
        steps = {taken.step for taken in used.values()}
        if len(steps) != 1:
            return Told(None, sampled=True)
        step = steps.pop()
        return self._tried(text, step, used, lookup, run)

    def _tried(
        self,
        text: str,
        step: int,
        used: dict[str, Taken],
        lookup: Callable[[str], str],
        run: Callable[[str, list[str]], str | None] | None,
    ) -> Told:
        asked: dict[str, bool] = {}
        found: dict[bool, set[int]] = {True: set(), False: set()}
        for world in worlds.of(self._builder.steps[step], self._hint(text, lookup)):

            def here(name: str, shown: str = world.text) -> str:
                return used[name].of(shown) if name in used else lookup(name)

            evaluator = Evaluator(here, run)
            try:
                found[evaluator.truth(text)].add(world.number)
            except UnknownError:
                continue
            finally:
                for pattern, hit in evaluator.asked.items():
                    asked[pattern] = asked.get(pattern, False) or hit
        never = any(not hit and not patterns.FAILURE.search(pattern) for pattern, hit in asked.items())
        counts = (frozenset(found[True]), frozenset(found[False]))
        if never or (not counts[0] and not counts[1]):
            return Told(None, sampled=True, step=step)
        if counts[0] and counts[1]:
            return Told(None, sampled=True, step=step, counts=counts)
        return Told(bool(counts[0]), sampled=True, step=step)

    @staticmethod
    def _hint(text: str, lookup: Callable[[str], str]) -> str:
        pieces = [text]
        for name in re.findall(r"\$\{?(\w+)", text):
            try:
                pieces.append(lookup(name))
            except UnknownError:
                continue
        return " ".join(pieces)

    def listed(self, token: Token, line: int) -> str:
        """Return the list of handles that a loop goes over, empty if it does not go over one."""
        taken = self.of(token)
        if taken is None:
            return ""
        elements = Taken(taken.step, _joined(taken.of))
        name, known = self.assign(token.text.lstrip("$"), elements, line, token.text)
        return name if known else ""


def _joined(of: Callable[[str], str]) -> Callable[[str], str]:
    return lambda output: ",".join(item.strip(" ,") for item in tcl.items(of(output)))
