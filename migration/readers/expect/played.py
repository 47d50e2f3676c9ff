"""What of an expect is met where the last command goes well: played on samples of what that shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.expect.meaning import SENDS
from migration.readers.expect.taken import looked_for, rest
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.taken import Eaten
    from migration.readers.expect.tcl import Alternative
    from migration.readers.expect.worlds import World

# What is shown of these where they go well depends on nothing but numbers; of others nobody knows enough.
_WHOLE = frozenset(
    re.findall(
        r"\w+",
        """loginHSM logoutHSM createUser deleteUser changePswd genSymKey genRSAKeyPair genECCKeyPair genDSAKeyPair
        importPubKey importPrivateKey imSymKey exSymKey exportPubKey exportPrivateKey wrapKey unWrapKey deleteKey sign
        verify""",
    )
)
_MOST = 20
_DECIDES = re.compile(rf"\b(?:if|switch|while|for|foreach|catch|eval|{'|'.join(SENDS)})\b")
# Nothing more is met, and the script waits until its time is over.
NEVER = -1


def knows(name: str) -> bool:
    """Return whether it is known what is shown of a command that goes well."""
    return name in _WHOLE


def played(items: Sequence[tuple[Alternative, str]], worlds: Sequence[World], eaten: Eaten) -> tuple[int, ...] | None:
    """Return the places of the alternatives that are met, in order, each once; ``NEVER`` stands for the end of time.

    ``items`` have their patterns, ``eaten`` is what was read before. None if it is not known, or not the same always.
    """
    regexes = [looked_for(pattern, item.kind, ignore_case=item.nocase) for item, pattern in items]
    going = [item.goes_on for item, _ in items]
    unclear = [
        on and item.body is not None and bool(_DECIDES.search(item.body.text))
        for on, (item, _) in zip(going, items, strict=True)
    ]
    found = {_order(world.text, regexes, going, unclear, eaten) for world in worlds}
    order = found.pop() if len(found) == 1 else None
    return order if order is not None and len(set(order)) == len(order) else None


def _order(
    text: str, regexes: Sequence[re.Pattern[str] | None], going: Sequence[bool], unclear: Sequence[bool], eaten: Eaten
) -> tuple[int, ...] | None:
    try:
        text = rest(text, eaten)
    except UnknownError:
        return None
    order: tuple[int, ...] = ()
    while len(order) < _MOST:
        met = _first(text, regexes)
        if met is None:
            return None
        place, text = met
        if place == NEVER:
            return (*order, NEVER)
        order = (*order, place)
        if unclear[place]:
            return None
        if not going[place]:
            return order
    return None


def _first(text: str, regexes: Sequence[re.Pattern[str] | None]) -> tuple[int, str] | None:
    """Return the place of the first pattern that is found, and what is left behind it; None if that is not known."""
    for place, regex in enumerate(regexes):
        if regex is None:
            return None
        if hit := regex.search(text):
            return place, text[hit.end() :]
    return NEVER, text
