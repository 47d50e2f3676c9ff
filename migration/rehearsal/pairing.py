"""Which keys of both sides stand for each other, and what they are called: those that are gone by the end, too."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from migration.rehearsal.moments import matched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from migration.rehearsal.state import HsmState, KeyState, State

Pair = tuple[int | None, int | None]
_TEENS, _ORDINALS = (11, 12, 13), {1: "st", 2: "nd", 3: "rd"}


def pairs(before: Sequence[HsmState], own: Sequence[HsmState], other: Sequence[HsmState]) -> list[Pair]:
    """Return the handles of keys of a cluster that stand for each other: old ones by handle, new ones by their making.

    Of new ones with the same label, class and type the first made stands for the first made, whether or not it was
    deleted since. A key that the other side never had comes with None.
    """
    known = dict.fromkeys(key.handle for hsm in before for key in hsm.keys)
    ours, theirs = _made(own), _made(other)
    found: list[Pair] = [
        (handle if handle in ours else None, handle if handle in theirs else None)
        for handle in known
        if handle in ours or handle in theirs
    ]
    waiting: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for key in theirs.values():
        if key.handle not in known:
            waiting[key.label, key.kind].append(key.handle)
    for key in ours.values():
        if key.handle not in known:
            alike = waiting[key.label, key.kind]
            found.append((key.handle, alike.pop(0) if alike else None))
    left = [handle for alike in waiting.values() for handle in alike]
    moved = dict(_by_moment([own for own, other in found if other is None and own not in known], left, ours, theirs))
    found = [(own, moved.get(own, other) if own is not None else other) for own, other in found]
    return found + [(None, handle) for handle in left if handle not in moved.values()]


def _by_moment(
    own: Iterable[int | None], other: Iterable[int], ours: Mapping[int, KeyState], theirs: Mapping[int, KeyState]
) -> list[tuple[int, int]]:
    """Return which keys stand for each other whose labels differ by nothing but the time that is in them."""
    sides = [
        {handle: f"{held[handle].kind} {held[handle].label}" for handle in handles if handle is not None}
        for handles, held in ((own, ours), (other, theirs))
    ]
    return matched(*sides)


def _made(hsms: Iterable[HsmState]) -> dict[int, KeyState]:
    """Return the keys that a cluster has or had, by handle, in order of their making, which is that of the slots."""
    found: dict[int, KeyState] = {}
    for part in ([hsm.keys for hsm in hsms], [hsm.gone for hsm in hsms]):
        for keys in part:
            for key in keys:
                found.setdefault(key.handle, key)
    return dict(sorted(found.items(), key=lambda item: (item[1].slot, item[0])))


class Names:
    """What the keys of both sides are called: keys that stand for each other alike, and no others."""

    def __init__(self, before: State, own: State, other: State) -> None:
        sides: tuple[defaultdict[int, list[str]], ...] = (defaultdict(list), defaultdict(list))
        for cluster, then in before.items():
            where = f" in {cluster}" if len(before) > 1 else ""
            states = own.get(cluster, ()), other.get(cluster, ())
            for pair, name in _named(pairs(then, *states), *map(_made, states)):
                for handle, side in zip(pair, sides, strict=True):
                    if handle is not None:
                        side[handle].append(name + where)
        self.own, self.other = ({handle: " or ".join(names) for handle, names in side.items()} for side in sides)


def _named(
    found: Sequence[Pair], ours: Mapping[int, KeyState], theirs: Mapping[int, KeyState]
) -> Iterable[tuple[Pair, str]]:
    """Yield pairs with a name each; keys that are alike are numbered in order of their making."""
    alike: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        key = ours[pair[0]] if pair[0] is not None else theirs[pair[1] or 0]
        alike[key.name].append(pair)
    for name, several in alike.items():
        for number, pair in enumerate(several, 1):
            yield pair, name if len(several) == 1 else f"{name}, the {ordinal(number)} of {len(several)}"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd and so on."""
    return f"{number}{'th' if number % 100 in _TEENS else _ORDINALS.get(number % 10, 'th')}"
