"""Tests that end a Python program: the translation refuses to begin, stops there, or stops of itself."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers import patterns
from migration.readers.python import asking, usage
from migration.readers.python.doubts import GUARD, place_of
from migration.readers.python.ends import EXIT, FAIL, RETURN
from migration.readers.python.regex import stands_in
from migration.readers.python.searches import Searches
from migration.readers.python.values import FAILED, Const, Function, Path, Sampled, Text, name_of, truth
from migration.reading.samples import HARMLESS, MANAGEMENT_READS
from migration.script import Ending, Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.ends import Flow
    from migration.readers.python.values import Value
    from migration.words import Word

_READS = ("findKey", "findSingleKey", *MANAGEMENT_READS)


class Guards(Searches):
    """Follows tests that end the program."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        # What each function that is followed has returned.
        self.returns: list[list[Value]] = []
        # Tests of bash for numbers of arguments that end the program, with its status then.
        self.refusals: dict[str, int] = {}
        # The function that the program calls as its last act, and whether its value is the status.
        self.main = ("", False)
        # What that function gives on the ways that nothing in the translation ends.
        self.main_gives: list[Value] = []
        # Steps that stand for a test whether some files are there, with these.
        self.wanted: list[tuple[script.Step, list[Word]]] = []
        self._needed: list[Word] = []

    def guard(self, line: int, test: ast.expr, value: Value, *, holds: bool, status: int = 1) -> None:
        """Let the translation stop where a program ends if something is so; ``holds`` if it ends if not."""
        if truth(value) is not None or self._refuses(test, holds=holds, status=status):
            return
        self._needed = []
        usual = self._is_usual(test, holds=holds)
        shown = " ".join(ast.unparse(test).split())
        reason = f"ends the program if {f'not ({shown})' if holds else shown}, which is not checked"
        empty = self._emptiness(test, holds=holds) if usual else None
        asked = empty or (None if usual else self._asked(test, holds=holds))
        usual = (usual or asked is not None) and not (asked and self.condition)
        if usual and not self._needed:
            if usage.is_about_machine(shown):
                self.builder.by_hand(line, reason, stops=False)
            if asked:
                # One that a command needs anyway is asked for before all others.
                unless = empty.names[0] if empty and len(empty.names) == 1 else ""
                self._ends_if(line, reason.removesuffix(", which is not checked"), asked, status, unless)
            return
        if self.condition:
            reason += f" ({self.condition})"
        if _asks_for_failure(test) and any(map(self.comes_late, self.read_in(test))):
            self.builder.by_hand(line, reason, stops=False)
            return
        if self._ends_as_found(line, test, value, holds=holds, status=status):
            return
        searches = [] if self.condition else self.doubts.searches(value, self.read_in(test))
        if isinstance(value, Sampled) and FAILED not in value.values and status == 1:
            # Where the program ends as a search found nothing, so does the translation.
            ending = frozenset(world for world, item in enumerate(value.values) if bool(item) is not holds)
            told = f"ends the program if {f'not ({shown})' if holds else shown}"
            given, condition, search = self.read_in(test), self.condition, value.search
            self.doubts.add(self.line or line, shown, ending, given, told=told, condition=condition, search=search)
            self.doubts.tested(searches, ends=True)
            self.builder.mark(line, script.CHECK, "ends the program")
            return
        step = self._stops(line, f"{'assert' if holds else 'if'} {shown}", reason)
        self.doubts.tested(searches, ends=True)
        if usual:
            self.wanted.append((step, self._needed))

    def _ends_as_found(self, line: int, test: ast.expr, value: Value, *, holds: bool, status: int) -> bool:
        """Let bash end the script where a search has found keys, or none and that does not end it by itself."""
        given = self.read_in(test)
        search, asked = (-1, None) if self.condition else self.found_asked(test, value, given)
        if search < 0 or asked is None:
            return False
        nothing = self.doubts.is_true_of_nothing(value, search) is not holds
        behind = {step.name for step in self.builder.steps[search + 1 :]}
        silent = status == 1 and not self.says(test)
        alone = self.search_of(value, given) == search
        if alone and nothing and silent and behind <= {GUARD, "loginHSM", *HARMLESS, *_READS}:
            # What finds nothing ends the translation itself.
            return False
        shown = " ".join(ast.unparse(test).split())
        self.doubts.tested([search], ends=nothing)
        self.take_count(search)
        if alone:
            asked = self.count_test(search, nothing=nothing)
        elif holds:
            asked = asking.opposite(asked)
        self._ends_if(line, f"ends the program if {f'not ({shown})' if holds else shown}", asked, status)
        self.builder.mark(line, script.CHECK, "ends the program")
        return True

    @abstractmethod
    def says(self, test: ast.expr) -> bool:
        """Return whether the program says something where a test ends it."""

    def status_of(self, body: Sequence[ast.stmt]) -> int:
        """Return the status with which a block ends the program, -1 if a function that it calls is told which."""
        last = body[-1]
        call = last.value if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else None
        held = self.lookup(name_of(call)) if call else None
        if call is None or not isinstance(held, Function):
            return usage.status(body)
        ending = [item for item in ast.walk(held.node) if isinstance(item, ast.Call) and usage.ends(item)]
        given = [usage.told_to(call, held.node, argument) for item in ending for argument in item.args]
        told = {ast.unparse(argument): argument for argument in given}
        if len(told) > 1 or not all(isinstance(argument, ast.Constant) for argument in given):
            return -1
        return usage.status_in(held.node.body, *told.values())

    def guard_search(self, handler: ast.ExceptHandler, unfound: list[int], status: int) -> None:
        """Let the translation stop where a handler ends the program with another status as a search found nothing."""
        if not unfound or self.condition or status == 1:
            return
        kind = ast.unparse(handler.type) if handler.type else "anything"
        self._stops(handler.lineno, f"except {kind}", f"ends the program if {kind} is raised, which is not checked")
        self.doubts.tested(unfound, ends=True)

    def _stops(self, line: int, head: str, reason: str) -> script.Step:
        # A step of its own, as it must stand before what it guards, wherever that is written.
        session = script.Session(script.HOST, self.builder.runs)
        step = script.Step(
            self.line or line, GUARD, (words.text(head),), session, condition=self.condition, unclear=reason
        )
        self.builder.steps.append(step)
        self.builder.mark(line, script.CHECK, "ends the program")
        return step

    def _asked(self, test: ast.expr, *, holds: bool) -> Test | None:
        """Return how bash asks whether arguments end the program, None if it asks for more than them."""
        found = asking.asked(test, self.variable_of)
        return asking.opposite(found) if found and holds else found

    def _ends_if(self, line: int, told: str, asked: Test, status: int, unless: str = "") -> None:
        place, known = len(self.builder.steps), self.carried(line, told.removeprefix("ends the program "), status)
        self.builder.endings.append(Ending(self.line or line, told, asked, str(known), place, unless=unless))

    def carried(self, line: int, reason: str, status: int) -> int:
        """Return the status with which the translation ends; one that nobody can tell before is said."""
        if status < 0:
            told = f"ends the program with a status of its own {reason}, which is not carried over"
            self.builder.by_hand(line, told, stops=False)
        return abs(status)

    def _refuses(self, test: ast.expr, *, holds: bool, status: int) -> bool:
        """Let the translation refuse a number of arguments that ends the program before its first command."""
        found = None
        if not self.condition and not self.builder.steps:
            found = usage.refused(self._spelled(test), holds=holds)
            if found is None:
                return self._refuses_files(test, holds=holds, status=status)
        if found is not None:
            self.refusals[found] = self.carried(test.lineno, f"if {ast.unparse(test)}", status)
        return found is not None

    def _refuses_files(self, test: ast.expr, *, holds: bool, status: int) -> bool:
        """Let the translation ask for files that the program asks for before its first command."""
        names: list[str] = []

        def spelled(path: ast.expr) -> str | None:
            value = self.value(path)
            word = words.text(value.value) if isinstance(value, Const) and isinstance(value.value, str) else None
            word = word or (value.word if isinstance(value, Text) else words.EMPTY)
            names.extend(words.names(word))
            # Where the legacy tools are, no file tells anything now.
            return words.bash(word) if word and "cloudhsm" not in words.shown(word) else None

        found = usage.file_test(test, spelled)
        if found is None or any(name in self.names.derived for name in names):
            return False
        asked = Test(f"! {found}" if holds else found, tuple(names))
        if not any(ending.test == asked for ending in self.builder.endings):
            known = self.carried(test.lineno, f"if {asked.text}", status)
            told = f"ends the program if {asked.text}"
            self.builder.endings.append(Ending(self.line or test.lineno, told, asked, str(known), 0))
        return True

    def refused(self, node: ast.If, value: Value, first: Flow, second: Flow) -> bool:
        """Let the translation refuse arguments where one side of an if ends the program at once."""
        ends, other, body = (first, second, node.body) if first.ends else (second, first, node.orelse)
        if not ends.ends or other.ends or ends.may != {ends.ends} or ends.ends in other.may:
            return False
        holds = bool(second.ends)
        if ends.ends == RETURN:
            return self._ends_main(node, value, holds=holds)
        asked = None if self.condition or ends.ends != EXIT else self._asked(node.test, holds=holds)
        status = 0 if ends.ends == EXIT else self.status_of(body)
        if asked and not self._refuses(node.test, holds=holds, status=status):
            shown = " ".join(ast.unparse(node.test).split())
            self._ends_if(node.lineno, f"ends the program if {f'not ({shown})' if holds else shown}", asked, status)
        if (
            asked is None
            and ends.ends == EXIT
            and self._ends_as_found(node.lineno, node.test, value, holds=holds, status=status)
        ):
            return True
        return asked is not None or (ends.ends in (EXIT, FAIL) and self._refuses(node.test, holds=holds, status=status))

    def variable_of(self, node: ast.expr) -> Word | None:
        """Return the variable that an expression is, if the script has it from its beginning on."""
        found = self.value(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) else None
        names = words.names(found.word) if isinstance(found, Text) else []
        if not isinstance(found, Text) or len(names) != 1 or names[0] in {*self.names.derived, *self.turned}:
            return None
        return found.word

    def ask(self, begun: int, condition: str, test: Test | None) -> None:
        """Let bash ask for the condition of the steps since, if it can, and of those within for both."""
        steps = self.builder.steps
        for number in range(begun, len(steps)):
            step = steps[number]
            when = None if step.answers else self.asked_within(step.condition, step.when, condition, test)
            steps[number] = replace(step, when=when)

    @staticmethod
    def asked_within(own: str, when: Test | None, condition: str, test: Test | None) -> Test | None:
        """Return how bash asks for a condition within another one, for which it asks by a test, None if it cannot."""
        if test is not None and own == condition:
            return test
        within = test is not None and when is not None and own.startswith(f"{condition}, ")
        return asking.both(test, when) if within and test is not None and when is not None else None

    def without_turns(self, begun: int, runs: int) -> None:
        """Leave the sides of an if to a person of which one changes what the other commands depend on.

        ``runs`` is how many runs of tools there were before: a run within a side may log in there, if it ends there.
        """
        steps = self.builder.steps
        for step in steps[begun:]:
            alone = step.session.run > runs and (step.session.words or self._is_over(step.session.run))
            if step.name in asking.TURNING and not (alone and step.name in asking.LOGINS):
                steps[begun:] = [replace(step, when=None) for step in steps[begun:]]
                return

    def _is_over(self, run: int) -> bool:
        """Return whether a run of a tool ends wherever it has begun, so that nothing more is typed at it."""
        if any(tool.closed for tool in self.runs if tool.dialogue and tool.dialogue.session.run == run):
            return True
        found = [step for step in self.builder.steps if step.session.run == run]
        return found[-1].name in ("quit", "exit") and found[-1].condition == found[0].condition

    def is_main(self) -> bool:
        """Return whether the function that is followed is what the program calls as its last act."""
        return len(self.active) == 1 and self.active[-1].node.name == self.main[0]

    def _ends_main(self, node: ast.If, value: Value, *, holds: bool) -> bool:
        """Let the translation refuse arguments, or stop, where that which is the program returns at once."""
        if not self.is_main() or not self.returns[-1]:
            return False
        exits = self.main[1]
        given = self.returns[-1][-1]
        number = given.value if isinstance(given, Const) else ""
        if exits and not (number is None or isinstance(number, int)):
            return False
        status = int(number or 0) & 0xFF if exits else 0
        if status:
            self.guard(node.lineno, node.test, value, holds=holds, status=status)
        elif not self._refuses(node.test, holds=holds, status=status) and not self._ends_as_found(
            node.lineno, node.test, value, holds=holds, status=status
        ):
            return False
        self.returns[-1].pop()
        return True

    def _spelled(self, test: ast.expr) -> ast.expr:
        """Return a test with ``sys.argv`` in place of the variables that hold it."""
        named = [node.id for node in ast.walk(test) if isinstance(node, ast.Name)]
        held = {name: value.dotted for name in named if isinstance(value := self.lookup(name), Path)}
        shown = {name: dotted for name, dotted in held.items() if dotted.startswith("sys.argv")}
        return usage.Renamed(shown).visit(ast.parse(ast.unparse(test), mode="eval").body) if shown else test

    def read_in(self, test: ast.expr) -> list[Value]:
        """Return what the variables in an expression hold."""
        found = [self.lookup(item.id) for item in ast.walk(test) if isinstance(item, ast.Name)]
        return [value for value in found if value is not None]

    def _is_usual(self, test: ast.expr, *, holds: bool) -> bool:
        """Return whether a test is about how a program is called and where it runs: the new script does that itself."""
        if isinstance(test, ast.BoolOp):
            return all(self._is_usual(item, holds=holds) for item in test.values)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._is_usual(test.operand, holds=not holds)
        shown = ast.unparse(test)
        if usage.is_about_itself(shown):
            return True
        if (path := usage.path_of(test)) is not None:
            # What is missing stops the command that reads it, if there is one.
            self._needed.append(self.names.word(self.value(path)))
            return holds
        return self._emptiness(test, holds=holds) is not None

    def _emptiness(self, test: ast.expr, *, holds: bool) -> Test | None:
        """Return how bash asks whether arguments or variables of the environment are empty; None for another test."""
        if isinstance(test, ast.BoolOp):
            asked = [self._emptiness(item, holds=holds) for item in test.values]
            found = [item for item in asked if item is not None]
            # Where the program ends if the test is false, one that is false is enough for an `and`.
            sign = " || " if isinstance(test.op, ast.And) is holds else " && "
            text = sign.join(f"({item.text})" if " " in item.text[3:] else item.text for item in found)
            names = dict.fromkeys(name for item in found for name in item.names)
            return Test(text, tuple(names)) if len(found) == len(asked) else None
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._emptiness(test.operand, holds=not holds)
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is):
            none = ast.unparse(test.comparators[0]) == "None"
            return self._emptiness(test.left, holds=not holds) if none else None
        word = self.variable_of(test) if holds else None
        return None if word is None else Test(f"-z {words.bash(word)}", tuple(words.names(word)))

    def needed_files(self) -> list[script.Step]:
        """Return the tests whether a file is there which a command names, or which is one of the tools' own."""
        return [
            self.builder.steps[place_of(guard, self.builder.steps)]
            for guard, files in self.wanted
            if all("cloudhsm" in words.shown(file) or self._stops_at(guard, file) for file in files)
        ]

    def _stops_at(self, guard: script.Step, file: Word) -> bool:
        """Return whether the first command behind a test that changes something is one that reads the file."""
        steps = self.builder.steps
        place = place_of(guard, steps)
        behind = (step for step in steps[place:] if step.name not in (GUARD, "loginHSM", *HARMLESS, *_READS))
        return file in next((step.words for step in behind), ())


def _asks_for_failure(test: ast.expr) -> bool:
    """Return whether a test looks whether a tool failed, at which the translation stops anyway."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return False
    text = test.left.value if isinstance(test.left, ast.Constant) and isinstance(test.left.value, str) else ""
    return bool(patterns.FAILURE.search(text) or patterns.TOLD.search(text)) and not stands_in(text, None)
