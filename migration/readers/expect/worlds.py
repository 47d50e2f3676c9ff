"""What a terminal shows of a command that goes well, in worlds that differ in handles, counts and names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.reading import samples
from migration.reading.samples import Ran, User, Values
from migration.script import CMU, KMU

if TYPE_CHECKING:
    from migration.script import Step

_PROMPTS = {KMU: "\r\nCommand:  ", CMU: "aws-cloudhsm>"}
_COUNTS = (0, 1, 3, 17)
# More keys and users than an HSM of SDK 3 holds.
_LARGEST = 4000
_USERS = (User("CO", "zzadmin"), User("AU", "zzapp"), User("CU", "zzcarol"))
_NAME = re.compile(r"[A-Za-z_][\w.@-]*")
# Words that a pattern for a user's row holds beside the name.
_NO_NAMES = frozenset(
    [
        "CU",
        "CO",
        "AU",
        "PCO",
        "PRECO",
        "NO",
        "YES",
        "s",
        "S",
        "d",
        "w",
        "n",
        "r",
        "regexp",
        "string",
        "match",
        "first",
        "last",
        "nocase",
        "buffer",
        "expect_out",
        "info",
        "exists",
    ]
)
_SERVERS = 3


class World(NamedTuple):
    """How many keys or users there are, and what is shown."""

    number: int
    text: str


def prompt(step: Step) -> str:
    """Return what a tool shows when it waits for a command."""
    return _PROMPTS[step.tool]


def of(step: Step, hint: str) -> tuple[World, ...]:
    """Return what is shown in each world; none if the command's output is not known.

    ``hint`` is what is asked: worlds differ in what it names.
    """
    if not step.name or not samples.known(step.tool, step.name):
        return ()
    typed = " ".join(map(words.shown, step.words))
    ran = Ran(step.tool, step.name, typed)
    found = []
    for count, values in _values(step.name, hint):
        printed = samples.command(ran, values).replace("\n", "\r\n")
        found.append(World(count, f"{typed}\r\n{printed}{_PROMPTS[step.tool]}"))
    return tuple(found)


def _values(name: str, hint: str) -> list[tuple[int, Values]]:
    numbers = [int(number) for number in re.findall(r"(?<!\d)\d{1,4}(?!\d)", hint)][:8]
    near = {number + off for number in numbers for off in (-1, 0, 1)}
    counts = sorted({*_COUNTS, *(number for number in near if 0 <= number <= _LARGEST)})
    plain = Values(262151, 262163, 262164, (524300, 786445, 917518), _USERS, _SERVERS)
    if name == "findKey":
        return [(count, plain._replace(found=tuple(range(786445, 786445 + count)))) for count in counts]
    if name == "listUsers":
        sets = [tuple(User("CU", f"zz{number}") for number in range(count)) for count in counts if count]
        named = [word for word in dict.fromkeys(_NAME.findall(hint)) if word not in _NO_NAMES][:8]
        sets += [(*_USERS, User(kind, word)) for word in named for kind in ("CU", "CO")]
        return [(len(users), plain._replace(users=users)) for users in sets]
    other = plain._replace(handle=8, public=27, private=28)
    return [(0, plain), (0, other)]
