"""How values stand in an output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.reading.kinds import (
    COUNT,
    COUNT_CO,
    COUNT_CU,
    FIRST,
    HANDLE,
    LAST,
    LIST,
    NAMES,
    NAMES_CO,
    NAMES_CU,
    OPENING,
    PRIVATE,
    PUBLIC,
    USERS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migration.reading.samples import Values

# Who is listed, by the types of users.
USER_NAMES = {NAMES: ("CO", "PCO", "AU", "CU"), NAMES_CU: ("CU",), NAMES_CO: ("CO",)}


class Layout(NamedTuple):
    """What is before the first value, between two if there are two, behind the last, and at the end of the output."""

    before: str
    between: str | None
    behind: str
    end: str


def gives(kind: str, values: Values, output: str) -> Layout | None:
    """Return how an output holds the values of a kind, and nothing else; None if it does not."""
    if kind in USER_NAMES:
        wanted = [user.name for user in values.users if user.type in USER_NAMES[kind]]
    elif kind == OPENING:
        wanted = [f"{values.found[0]}{',' * (len(values.found) > 1)}"]
    else:
        wanted = [str(item) for item in _wanted(kind, values)]
    items = list(map(re.escape, wanted))
    between = r"(?P<between>[,\s]*)" if len(items) > 1 else ""
    rest = between + r"(?P=between)".join(items[1:]) if between else ""
    found = re.fullmatch(rf"(?P<before>[ \t]*){items[0]}{rest}(?P<behind>[ \t,]*)(?P<end>\s*)", output)
    if found is None:
        return None
    return Layout(found["before"], found["between"] if between else None, found["behind"], found["end"])


def common(layouts: Iterable[Layout | None]) -> Layout | None:
    """Return the layout that several outputs have, None if they have not the same."""
    found = list(layouts)
    between = {layout.between for layout in found if layout is not None} - {None}
    around = {layout and layout._replace(between=None) for layout in found}
    one = around.pop()
    return one._replace(between="".join(filter(None, between))) if one and not around and len(between) <= 1 else None


def _wanted(kind: str, values: Values) -> Sequence[int]:
    return {
        LIST: values.found,
        HANDLE: (values.handle,),
        PUBLIC: (values.public,),
        PRIVATE: (values.private,),
        FIRST: values.found[:1],
        LAST: values.found[-1:],
        COUNT: (len(values.found),),
        USERS: (len(values.users),),
        COUNT_CU: (_users(values, NAMES_CU),),
        COUNT_CO: (_users(values, NAMES_CO),),
    }[kind]


def _users(values: Values, kind: str) -> int:
    return sum(user.type in USER_NAMES[kind] for user in values.users)
