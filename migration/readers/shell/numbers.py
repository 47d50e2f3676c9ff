"""Numbers that stand for names in CloudHSM CLI, held by a variable that a shell script sets once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.script import KMU

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migration.script import Step
    from migration.words import Word

# Options of key_mgmt_util with the number of a class, a type, a curve, an attribute, a mechanism, of users.
_OPTIONS = ("-c", "-t", "-kc", "-kt", "-i", "-a", "-m", "-mech", "-u", "-sess", "-m_value")
# Where cloudhsm_mgmt_util takes the number of an attribute, a user, a service, a yes or no.
_PLACES = {
    "getAttribute": (2,),
    "setAttribute": (2, 3),
    "shareKey": (2, 3),
    "findAllKeys": (1, 2),
    "getMValue": (1,),
    "setMValue": (1, 2),
    "getToken": (1,),
    "syncUser": (1,),
}
_NUMBERS = re.compile(r"\d+(?:,\d+)*")


def told(step: Step, constant: Callable[[str, int], Word | None]) -> Step:
    """Return a step with the numbers written out that variables hold; ``constant`` gives a value at a line."""
    found = list(step.words)
    for place in _places(step):
        only = found[place][0] if len(found[place]) == 1 else None
        value = constant(only.text, step.line) if only is not None and only.kind == words.VARIABLE else None
        if value is not None and _NUMBERS.fullmatch(words.literal(value) or ""):
            found[place] = value
    return replace(step, words=tuple(found))


def _places(step: Step) -> Iterator[int]:
    if step.tool != KMU:
        yield from (place for place in _PLACES.get(step.name, ()) if place < len(step.words))
    elif step.name != "loginHSM":
        for place, word in enumerate(step.words[1:-1], 1):
            if words.literal(word) in _OPTIONS:
                yield place + 1
