"""Where a translation ends before it insists on anything: at tests for which the script has a status or words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.bash.placed import names
from migration.script import Ending, Printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from migration.bash.placed import Placed
    from migration.script import Script

_IS_SET = re.compile(r"-v (\w+)")
_INSISTS = ': "${'


def is_first(ending: Ending, script: Script) -> bool:
    """Return whether an ending comes before all that insists on something: it has a status or words of its own."""
    says = any((item.when, item.before, item.loop) == (ending.test, ending.before, None) for item in script.printed)
    return ending.before <= 0 and not ending.loop and (ending.status != "1" or says)


def split(
    assigned: Mapping[str, str], used: Mapping[str, Iterable[str]], first: Sequence[Placed], script: Script
) -> tuple[list[str], list[str]]:
    """Return what stands before the tests that come first, and what behind them.

    ``assigned`` are lines by their variables, each of which is set in it or insisted on, ``used`` the variables that
    these need. What a test asks for stands before it, with nothing for what may not be set.
    """
    asked, guarded = _asked(first, script)
    early, late = [], dict[str, str]()
    for name, line in assigned.items():
        insists = line.startswith(_INSISTS)
        behind = insists or bool(late.keys() & set(used[name]))
        if not first or not behind:
            early.append(line)
            continue
        if insists and name in asked - guarded:
            early.append(line.replace(":?", "?", 1))
        if insists or name not in asked:
            late[name] = line
        else:
            early.append(f"{name}={words.bash(_spared(script, name, guarded))}")
    return early, [*late.values()]


def _asked(first: Sequence[Placed], script: Script) -> tuple[set[str], set[str]]:
    """Return the variables that the tests need, and those of which they ask whether they are set at all."""
    endings = [item for item in first if isinstance(item, Ending)]
    tests = [item.test for item in endings]
    shown = [item for item in first if isinstance(item, Printed)]
    shown += [item for item in script.printed if item.when in tests and item.before <= 0]
    found = {name for test in tests for name in test.names} | {name for item in shown for name in names(item)}
    return found, {name for test in tests for name in _IS_SET.findall(test.text)}


def _spared(script: Script, name: str, unsure: set[str]) -> words.Word:
    return tuple(
        words.code(f"${{{part.text}-}}")[0] if part.kind == words.VARIABLE and part.text in unsure else part
        for part in script.parameters.get(name) or ()
    )
