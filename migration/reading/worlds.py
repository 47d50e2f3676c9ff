"""What the HSMs hold in the samples that tests are tried on, and how the commands fail in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.reading import samples
from migration.reading.samples import HARMLESS, User, Values
from migration.script import KMU

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.reading.samples import Ran

OFFICERS = (User("CO", "zq1vx"), User("AU", "zq2vx"))
PLAIN_USERS = (*OFFICERS, User("CU", "zq0vx"))
FEW = Values(262151, 262163, 262164, (524300, 786445, 917518), PLAIN_USERS)
# In no order of their names, those of each type neither, so that who sorts them is not taken for who does not; and
# not as many of one type as of another, as they may be counted.
OTHER_USERS = (
    User("CO", "zq4vx", second_factor=True),
    User("CO", "zq3vx"),
    User("CU", "zq6vx", quorum_key=True, failures=3),
    User("CU", "zq7vx"),
    User("CU", "zq5vx", second_factor=True),
)
MANY = Values(393225, 458778, 524315, (655390, 851999, 7, 720993), (*PLAIN_USERS, *OTHER_USERS))
ONE = FEW._replace(found=(983074,))
NOTHING = FEW._replace(found=())
# Handles of all numbers of digits.
DIGITS = FEW._replace(found=(262151, 26215, 2621, 262, 26, 2))
# More keys than stand on one line.
LONG = FEW._replace(found=tuple(524300 + 37 * (number * 5 % 17) for number in range(17)))
ROW = LONG._replace(found=LONG.found[: samples.PER_LINE])


def sets(servers: int) -> tuple[Values, ...]:
    """Return what is printed of few keys and users, of more, and of one key, by so many HSMs."""
    return tuple(values._replace(servers=servers) for values in (FEW, MANY, ONE))


def failures(run: Sequence[Ran], step: int) -> Iterator[dict[int, int]]:
    """Yield the ways in which a command fails; after a failed login all that follows fails, too."""
    if run[step].name == "loginHSM":
        refused = 2 if run[step].tool == KMU else 1
        yield {number: refused for number, one in enumerate(run) if number >= step and one.name not in HARMLESS}
        return
    for failure in (0, 1) if run[step].tool == KMU else (0, 2):
        yield {step: failure}
