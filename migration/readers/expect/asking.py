"""What an expect script does under a condition that bash can ask, too: as its translation does it."""

from __future__ import annotations

import operator
from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

from migration import outputs
from migration.readers.expect.base import ENDINGS
from migration.readers.expect.beside import Beside
from migration.readers.expect.parts import FATAL
from migration.reading import kinds
from migration.script import Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.arguments import Given, Unset
    from migration.readers.expect.parts import Flow, Frame, State

# What later commands depend on.
_HELD = frozenset({"loginHSM", "server", ""})
_NUMBERS = {"-eq": operator.eq, "-ne": operator.ne, "-gt": operator.gt, "-le": operator.le}
_TOKENS = ("getToken", "approveToken", "delToken")


class Asking(Beside):
    """Finds what bash can ask."""

    def finish(self) -> None:
        """Say what is left to a person, now that everything is read."""
        steps = self.builder.steps
        turns_back = any(after.session.run < before.session.run for before, after in pairwise(steps))
        if turns_back or any(step.name in _TOKENS for step in steps):
            # Who turns back to a tool may have to log in again, and the first that needs a token uses it up.
            steps[:] = [replace(step, when=None) for step in steps]
        held = {step.when for step in steps if step.name in _HELD}
        steps[:] = [replace(step, when=None) if step.when in held else step for step in steps]
        super().finish()
        asked = [step.when for step in steps if step.when is not None] + [
            ending.test for ending in self.builder.endings
        ]
        used = {name for test in asked for name in test.names}
        for place, step in enumerate(steps):
            kept = tuple(item for item in step.captures if item.variable not in self.takings.counts - used)
            counts = {f'"${item.variable}" -eq 0' for item in kept}
            perhaps = step.perhaps
            if any(ending.test.text in counts for ending in self.builder.endings):
                # The script is at its end where there is nothing to take.
                perhaps |= {item.variable for item in kept if item.what in (kinds.FIRST, kinds.LAST)}
            steps[place] = replace(step, captures=kept, perhaps=perhaps)

    def check_count(self, step: int, ending: set[int] | frozenset[int], going: set[int] | frozenset[int]) -> bool:
        """Check that keys are found, or none, if that is what tells whether the script ends; return whether it is."""
        if ending == {0} and 0 not in going:
            check = outputs.FOUND
        elif going == {0} and 0 not in ending:
            check = outputs.NONE_FOUND
        else:
            return False
        steps = self.builder.steps
        if check not in steps[step].checks:
            steps[step] = replace(steps[step], checks=(*steps[step].checks, check))
        return True

    def found_test(
        self, step: int, true: set[int] | frozenset[int], false: set[int] | frozenset[int], frame: Frame
    ) -> Test | None:
        """Return how bash asks whether a search has found keys, or none, if that tells a condition; None if not."""
        if step < 0 or self.is_inside(frame):
            return None
        searched = self.builder.steps[step]
        known = searched.name == "findKey" and not (searched.condition or searched.loop or searched.mistake)
        if not known or not true or not false or true & false or {0} not in (true, false):
            return None
        name = self.takings.counted(step)
        return Test(f'"${name}" {"-eq" if true == {0} else "-gt"} 0', (name,))

    def count_test(
        self, step: int, true: set[int] | frozenset[int], false: set[int] | frozenset[int], frame: Frame
    ) -> Test | None:
        """Return how bash asks for the number of keys that a search has found; None if it is not that which tells.

        The samples must have the numbers on both sides of the one that is asked for.
        """
        searched = self.builder.steps[step] if step >= 0 else None
        if searched is None or self.is_inside(frame) or not true or not false or true & false:
            return None
        if searched.name != "findKey" or searched.condition or searched.loop or searched.mistake:
            return None
        seen = true | false
        for number, (sign, holds) in product(sorted(seen), _NUMBERS.items()):
            beside = {number + 1, number, max(number - 1, 0)}
            if beside <= seen and all(holds(other, number) is (other in true) for other in seen):
                name = self.takings.counted(step)
                return Test(f'"${name}" {sign} {number}', (name,))
        return None

    def together(
        self,
        states: Sequence[State],
        condition: str,
        line: int,
        *,
        defaults: Given | Unset | None = None,
        searched: int = -1,
        begun: int = -1,
    ) -> None:
        """Go on with what is the same on several ways; what the step ``searched`` has found is empty on the others.

        The ways begin at the step ``begun``, if bash takes the same.
        """
        self.restore(states[0])
        runs = {id(state.dialogue): state.dialogue for state in states}
        if len(runs) > 1:
            tools = {run and run.session.tool for run in runs.values()}
            self.dialogue = states[-1].dialogue if len(tools) == 1 else None
        if self.dialogue is not None and len(states) > 1:
            self.dialogue.settle()
        for state in states:
            self.spawned.update(state.spawned)
        variables = [state.variables for state in states]
        self.variables.merge(variables, condition, line, defaults=defaults, searched=searched, begun=begun)

    def is_inside(self, frame: Frame) -> bool:
        """Return whether a test of bash has no place there: in a shell script, in a loop of bash, behind a failure."""
        return self.variables.is_within or frame.loop is not None or frame.silent

    def settled_ways(self, begun: int, flow: Flow) -> None:
        """Leave to a person what a branch does from a step on if bash cannot do it under its condition.

        A login, or the end of a tool behind which the script goes on, would hold for what follows the branch, too.
        """
        steps = self.builder.steps
        self.variables.tested |= {name for step in steps[begun:] if step.when for name in step.when.names}
        done = {step.name for step in steps[begun:]}
        if done & _HELD or (done & set(ENDINGS) and flow.ends not in FATAL):
            steps[begun:] = [replace(step, when=None) for step in steps[begun:]]
