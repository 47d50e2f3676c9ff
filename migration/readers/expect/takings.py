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
    from migration.script import Test
    from migration.words import Word

_OUT = "expect_out({},string)"
BUFFER = "expect_out(buffer)"
_GROUPS = 9


class Told(NamedTuple):
    """What is known of a condition: its truth where all goes well, None if it depends on more.

    ``sampled`` says that it asks for a tool's output, of the step ``step``; ``counts`` are the numbers of keys or users
    with which it is true, and those with which it is not; ``assumed`` that something else may hold where a tool failed.
    """

    truth: bool | None
    sampled: bool = False
    step: int = -1
    counts: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    assumed: bool = False


Taking = dict[str, Taken]
# What a procedure returns, whether it is that only where all goes well, and the test under which it does.
Returned = tuple["Word | Taken | None", bool, "Test | None"]


class State(NamedTuple):
    """What was waited for last, and how far the output was read."""

    out: Taking
    eaten: dict[int, tcl_taken.Eaten]


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
        # What was read of the output of the last step that was read of.
        self._eaten: dict[int, tcl_taken.Eaten] = {}
        self._held: Taking = {}
        # Which variable takes what: its name, the step, what it takes; and those that take several things.
        self._names: dict[tuple[str, int, str], str] = {}
        self._lists: set[str] = set()
        # Variables whose value nobody could tell, with their line.
        self._unknown: dict[str, tuple[int, str]] = {}
        self.visible: Callable[[], dict[str, str]] = dict
        self.taboo: Callable[[str], bool] = lambda _: False
        self.given: set[str] = set()
        # Whether what is read now is done only under a condition.
        self.perhaps = False
        # The variables of the translation that bash can ask for: what a search has perhaps found, an argument.
        self.asked: set[str] = set()
        # Lists of all that a search has found, perhaps none.
        self.searched: set[str] = set()
        # Those that hold what was taken on the way that was gone.
        self.joined: set[str] = set()
        # Those that only tell how many keys were found.
        self.counts: set[str] = set()

    def state(self) -> State:
        """Return what was waited for last, to take it back."""
        return State(dict(self._out), dict(self._eaten))

    def restore(self, state: State) -> None:
        """Take back what was waited for since."""
        self._out, self._eaten = dict(state.out), dict(state.eaten)

    def enter(self) -> Taking:
        """Begin a procedure, which has what it waits for for itself; return what ``leave`` needs."""
        before, self._out = self._out, {}
        return before

    def leave(self, before: Taking) -> None:
        """End a procedure."""
        self._out = before

    def merge(self, ways: Sequence[State]) -> None:
        """Keep of several ways what is waited for alike on all."""
        first = ways[0].out
        self._out = {name: taken for name, taken in first.items() if all(way.out.get(name) == taken for way in ways)}
        if any(way.eaten != ways[0].eaten for way in ways):
            # Nobody knows how far it was read.
            self._eaten = {step: ((None, False),) for way in ways for step in way.eaten}

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

    def waited(self, pattern: str, step: int, regex: re.Pattern[str] | None, *, groups: bool, again: bool) -> bool:
        """Take a pattern that is waited for; return whether it matches the output of a step and has groups.

        What a group held before stays, as expect has it, if the pattern has none of that number. What was read up to
        here is gone; with ``again`` the pattern is waited for as often as it comes.
        """
        count = tcl_taken.count(pattern) if groups else 0
        for number in range(_GROUPS + 1 if count is None else count + 1):
            self._out.pop(_OUT.format(number), None)
        self._out.pop(BUFFER, None)
        if step < 0 or not self._builder.steps[step].name:
            return False
        eaten = self._eaten.get(step, ())
        self._eaten = {step: (*eaten, (regex, again))}
        self._out[BUFFER] = Taken(step, lambda output: tcl_taken.through(tcl_taken.rest(output, eaten), regex))
        (one,) = meaning.ran(self._builder.steps[step : step + 1])
        if not groups or not tcl_taken.matches(pattern, tcl_taken.rest(meaning.on_terminal(one), eaten)):
            return False
        for number in range((count or 0) + 1):
            self._out[_OUT.format(number)] = _behind(tcl_taken.group(step, pattern, number), eaten)
        return True

    def left(self, step: int) -> str:
        """Return what nobody has read yet of the outputs before that of a step, if none of this one was read."""
        steps = self._builder.steps
        if step < 0 or step in self._eaten:
            return ""
        run = steps[step].session.run
        ran = [place for place in range(max(self._eaten, default=-1), step) if place >= 0]
        texts = []
        for place in ran:
            doing = steps[place].name and not steps[place].mistake and not steps[place].condition
            if doing and steps[place].session.run == run:
                (one,) = meaning.ran(steps[place : place + 1])
                try:
                    texts.append(tcl_taken.rest(meaning.on_terminal(one), self.eaten(place)))
                except UnknownError:
                    continue
        return "".join(texts)

    def eaten(self, step: int) -> tcl_taken.Eaten:
        """Return what was read of the output of a step up to here."""
        return self._eaten.get(step, ())

    def unread(self) -> None:
        """Note that what was waited for last is over."""
        for name in [BUFFER, *(_OUT.format(number) for number in range(_GROUPS + 1))]:
            self._out.pop(name, None)

    def drop(self, name: str) -> None:
        """Note that a variable holds something else now."""
        self._out.pop(name, None)

    def is_list(self, given: str) -> bool:
        """Return whether a variable of the translation is a list to which handles were added one by one."""
        return given in self._lists

    def is_captured(self, given: str) -> bool:
        """Return whether a variable of the translation is a list of all handles of a search."""
        return any(item.variable == f"{given}{LIST}" for step in self._builder.steps for item in step.captures)

    def holds(self, given: str) -> bool:
        """Return whether a variable of the translation is set by what is taken out of an output."""
        return given in self._held or given in self._lists

    def hold(self, name: str, taken: Taken) -> None:
        """Note what something in brackets takes out of the output."""
        self._out[name] = taken

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
            more = before in self._lists
            given = before if more else self.fresh(name)
            self._lists.add(given)
            if more:
                # It is no longer what one step gives.
                self._held.pop(given, None)
                self._builder.capture(taken.step, f"{given}{LIST}", kind)
                return given, True
        else:
            key = (name, taken.step, kind)
            given = self._names[key] = self._names.get(key) or self.fresh(name)
        self._held[given] = taken
        variable = f"{given}{LIST}" if appends or kind == kinds.LIST else given
        # A key that was asked for is made, or the command fails; one that was looked for may not be there.
        perhaps = (self.perhaps or taken.perhaps) and kind in (kinds.FIRST, kinds.LAST)
        self._builder.capture(taken.step, variable, kind, perhaps=perhaps)
        return given, True

    def is_count(self, given: str) -> bool:
        """Return whether a variable of the translation is the number of keys that a search has found."""
        made = [item for step in self._builder.steps for item in step.captures if item.variable == given]
        return given in self._held and {item.what for item in made} == {kinds.COUNT}

    def counted(self, step: int) -> str:
        """Return the variable of the translation that holds how many keys a step has found."""
        key = ("keys_found", step, kinds.COUNT)
        name = self._names[key] = self._names.get(key) or self.fresh(key[0])
        self._builder.capture(step, name, kinds.COUNT)
        self.counts.add(name)
        return name

    def either(self, results: Sequence[Returned]) -> Taken | None:
        """Return what a procedure gives that gives something of what a search has found, or nothing if it finds none.

        None for another procedure.
        """
        found = [item for item, *_ in results if isinstance(item, Taken)]
        tests = [test.text if test is not None else "" for item, _, test in results if item == words.EMPTY]
        if len(found) != 1 or len(tests) != 1 or len(results) != len(found) + len(tests):
            return None
        name, taken = self.counted(found[0].step), found[0].or_nothing()
        shown = worlds.of(self._builder.steps[taken.step], "")
        given = all(bool(taken.of(world.text)) == bool(world.number) for world in shown)
        return taken if given and tests[0] in (f'"${name}" -eq 0', f'! "${name}" -gt 0') else None

    def kept(self, held: set[Word | None], step: int) -> Word | None:
        """Return the one variable of several words that is empty where a step finds nothing, if others are empty."""
        word = max((word for word in held if word), default=())
        name = word[0].text if len(word) == 1 and held == {(), word} else ""
        found = self._builder.steps[step : step + 1] if step >= 0 and name else []
        listed = any(item.variable == f"{name}{LIST}" for item in (found[0].captures if found else ()))
        if not listed and not any(name in one.perhaps for one in found):
            return None
        # What it holds is no longer what the output gives in any case.
        self._held.pop(name, None)
        (self.searched if listed else self.asked).add(name)
        return word

    def join(self, name: str, held: Sequence[Word | None], begun: int) -> Word | None:
        """Return one variable for what several ways have taken that begin at a step; None if it is not known of each.

        The step of each way sets it, so that the last one that is done has the word: but for one way, which may have
        it from before, each has it from a step that is done on that way only.
        """
        steps, found = self._builder.steps, []
        for word in held:
            given = word[0].text if word and len(word) == 1 and word[0].kind == words.VARIABLE else ""
            places = [
                (place, item) for place, step in enumerate(steps) for item in step.captures if item.variable == given
            ]
            inside = [steps[place].when is not None and place >= begun for place, _ in places]
            if not places or (any(inside) and not all(inside)) or any(steps[place].loop for place, _ in places):
                return None
            found.append((inside[0], places))
        if sum(not inside for inside, _ in found) > 1:
            return None
        joined = self.fresh(name)
        for place, item in [one for _, places in found for one in places]:
            self._builder.capture(place, joined, item.what, perhaps=item.variable in steps[place].perhaps)
        self.joined.add(joined)
        self.asked.add(joined)
        return words.variable(joined)

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
        used = {name: known[name] for name in known if re.search(rf"\$\{{?{re.escape(name)}(?![\w(:])", text)}
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
        unclear: set[str] = set()
        for world in worlds.of(self._builder.steps[step], self._hint(text, lookup)):
            evaluator = Evaluator(tcl_taken.here(used, lookup, world.text, unclear), run)
            try:
                found[evaluator.truth(text)].add(world.number)
            except UnknownError:
                continue
            finally:
                for pattern, hit in evaluator.asked.items():
                    asked[pattern] = asked.get(pattern, False) or hit
        never = any(not hit and not patterns.FAILURE.search(pattern) for pattern, hit in asked.items())
        counts = (frozenset(found[True]), frozenset(found[False]))
        # What is not known of another variable leaves all open, what is not found in some outputs is not asked there.
        if never or unclear or (not counts[0] and not counts[1]):
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


def _behind(taken: Taken, eaten: tcl_taken.Eaten) -> Taken:
    return Taken(taken.step, lambda output: taken.of(tcl_taken.rest(output, eaten)))


def _joined(of: Callable[[str], str]) -> Callable[[str], str]:
    return lambda output: ",".join(item.strip(" ,") for item in tcl.items(of(output)))
