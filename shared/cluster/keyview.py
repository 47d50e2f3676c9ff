"""A key as the cluster has it: what its HSMs tell of it, folded into one answer (reference sdk5-cli.md, 2.2)."""

from __future__ import annotations

from shared import attribute_names
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.hsm.modern import Seen
    from shared.store.records import Key


class UserCoverage(Record):
    """A user who owns or shares a key, and whether that is so on every HSM."""

    name: str
    full: bool


class KeyView(Record):
    """A key, as the first HSM that has it tells, and who owns and shares it on any.

    ``full`` says that it is on every HSM and the same everywhere; ``holders`` counts the HSMs that have it. In
    ``flags`` is each boolean attribute by its name, None where HSMs differ.
    """

    key: Key
    owners: tuple[UserCoverage, ...]
    sharers: tuple[UserCoverage, ...]
    full: bool
    holders: int
    flags: dict[str, bool | None]


def fold(seen: Sequence[Seen], hsms: int) -> KeyView:
    """Return what HSMs that have a key, at least one of ``hsms``, tell of it.

    A session key is on the HSM that made it, and is whole there.
    """
    first = seen[0].key
    expected = 1 if first.session is not None else hsms
    owners = _covered([(one.owner,) for one in seen], expected)
    sharers = _covered([one.sharers for one in seen], expected)
    same = all(_in_step(one.key) == _in_step(first) for one in seen)
    complete = all(user.full for user in (*owners, *sharers))
    flags = {}
    for name in attribute_names.BOOLEANS:
        values = {attribute_names.value(one.key.flags, name) for one in seen}
        flags[name] = values.pop() if len(values) == 1 else None
    return KeyView(first, owners, sharers, len(seen) >= expected and same and complete, len(seen), flags)


def _covered(names: Sequence[Sequence[str]], hsms: int) -> tuple[UserCoverage, ...]:
    """Return the users named by any HSM, in the order in which they come up."""
    counts: dict[str, int] = {}
    for group in names:
        for name in group:
            counts[name] = counts.get(name, 0) + 1
    return tuple(UserCoverage(name, count >= hsms) for name, count in counts.items())


def _in_step(key: Key) -> Key:
    # Owners are compared by name: their ids may differ from HSM to HSM.
    return key._replace(hsm="", owner=0)
