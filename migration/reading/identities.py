"""Ids of users that are taken out of a listing by a name, which is all that CloudHSM CLI knows of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.reading import worlds
from migration.reading.kinds import (
    BEGINNING,
    END,
    FIRST_WORD,
    ID,
    LAST_WORD,
    PART,
    WHOLE,
    WORD,
    Reading,
)
from migration.reading.samples import User
from migration.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migration.reading import filters
    from migration.reading.samples import Values

ROLES = {"CU": "crypto-user", "CO": "admin"}
# Where a name may stand, by which longer ones do it, too: those with a letter on both sides, behind it, before it, and
# with a sign behind it, before it, on both sides.
PLACES: dict[tuple[bool | None, ...], str] = {
    (False,) * 6: WHOLE,
    (True,) * 6: PART,
    (False, True, False, True, False, False): BEGINNING,
    (False, False, True, False, True, False): END,
    (False, False, False, True, True, True): WORD,
    (False, False, False, True, False, False): FIRST_WORD,
    (False, False, False, False, True, False): LAST_WORD,
}
_FIRST_ID = 41


def longer(name: str) -> tuple[str, ...]:
    """Return names that hold another one, in the order of ``PLACES``."""
    return f"x{name}x", f"{name}x", f"x{name}", f"{name}-x", f"x-{name}", f"x.{name}.x"


def identity(out: Callable[[Values], filters.Result], names: Iterable[str], step: int) -> Reading | None:
    """Return whose id a test takes out of the listing of a step, None if it takes something else.

    ``out`` is what the test gives where the HSMs hold some values, ``names`` are those that it may look for.
    """
    if _of(out, ()) != [""]:
        return None
    for name in sorted(names, key=len, reverse=True):
        told = {kind: _gives(out, kind, name) for kind in ROLES}
        has = [kind for kind, found in told.items() if found]
        if None in told.values() or not has:
            continue
        where = PLACES.get(tuple(_gives(out, has[0], one) for one in longer(name)))
        if where is None or _gives(out, has[0], name.swapcase()) is not False:
            return None
        twice = _of(out, (User(has[0], name, id=_FIRST_ID), User(has[0], name, id=_FIRST_ID + 2)))
        if twice not in ([f"{_FIRST_ID}\n"], [f"{_FIRST_ID}\n{_FIRST_ID + 2}\n"]):
            return None
        role = ROLES[has[0]] if len(has) == 1 else ""
        # Of none, grep fails.
        strict = out(_listing((), 1))[1] != 0
        return Reading(ID, step, role, text(name), where=where, first="\n" not in twice[0].strip(), strict=strict)
    return None


def _gives(out: Callable[[Values], filters.Result], kind: str, name: str) -> bool | None:
    """Return whether a user's id is given, wherever the user stands among others; None if something else is."""
    told: set[bool | None] = set()
    for before in (0, 4):
        others = tuple(User("CU", f"zq{number}w", id=_FIRST_ID + number) for number in range(before))
        user = User(kind, name, quorum_key=bool(before), failures=before, id=_FIRST_ID + before * 3)
        given = _of(out, (*others, user, User("CO", "zq9w", id=77)))
        told.add(True if given == [f"{user.id}\n"] else False if given == [""] else None)
    return told.pop() if len(told) == 1 else None


def _of(out: Callable[[Values], filters.Result], users: tuple[User, ...]) -> list[str]:
    """Return what is given of users, beside those whom every HSM has, by one HSM and by two, once if it is the same."""
    return list(dict.fromkeys(out(_listing(users, servers))[0] for servers in (1, 2)))


def _listing(users: tuple[User, ...], servers: int) -> Values:
    return worlds.FEW._replace(users=(*worlds.OFFICERS, *users), servers=servers)
