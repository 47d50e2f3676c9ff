"""What key_mgmt_util prints when all goes well, in worlds that differ in handles, numbers of HSMs and of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.readers.python.values import COMPARISONS, NotKnown, Sampled, concrete
from migration.reading import kinds, meaning, samples
from migration.reading.samples import Ran, Values
from migration.script import KMU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.python.values import Value

# The first handle, the number of HSMs, and how many keys a search finds, in each world. Nobody writes these handles, so
# that one which gets into a command all the same is seen there.
_SHAPES = ((48611, 3, 1), (275699, 1, 3), (1310983, 2, 17), (7043, 4, 0))
WORLDS = len(_SHAPES)


def _listed(first: int, count: int) -> tuple[int, ...]:
    """Return the handles that a search finds: they come in the order of their places, not of their numbers."""
    turned = count // 3
    return (*range(first + turned, first + count), *range(first, first + turned))


_VALUES = tuple(Values(first, first, first + 1, _listed(first, found), (), nodes) for first, nodes, found in _SHAPES)
BANNER = (
    "\n\tCfm3Initialize() returned app id : 01000000 \n\n\tsession_handle 1000000 \n"
    "\n\tCurrent FIPS mode is: 00000002\n"
)
# What is below this in a sample is a number of keys or HSMs, and no handle.
_COUNTS = 1000
PROMPT = "\nCommand:  "


def known(name: str) -> bool:
    """Return whether the output of a command is known."""
    return samples.known(KMU, name)


def output(name: str, step: int) -> tuple[str, ...]:
    """Return what a command prints, in each world; ``step`` makes its handles different from those of others."""
    return tuple(samples.command(Ran(KMU, name), samples.moved(values, step)) for values in _VALUES)


def fixed(name: str) -> str:
    """Return what cloudhsm_mgmt_util prints for a command whatever becomes of it; without a name, for any of them."""
    return samples.FIXED.get(name, "") if name else "".join(dict.fromkeys(samples.FIXED.values()))


def parts(name: str, step: int) -> dict[str, tuple[int | None, ...]]:
    """Return what can be taken out of a command's output: each part's number in each world."""
    worlds = [samples.moved(values, step) for values in _VALUES]
    taken: dict[str, list[int | None]] = {
        kinds.HANDLE: [values.handle for values in worlds],
        kinds.PUBLIC: [values.public for values in worlds],
        kinds.PRIVATE: [values.private for values in worlds],
        kinds.COUNT: [len(values.found) for values in worlds],
        kinds.FIRST: [next(iter(values.found), None) for values in worlds],
        kinds.LAST: [next(reversed(values.found), None) for values in worlds],
    }
    return {kind: tuple(taken[kind]) for kind in meaning.named(Ran(KMU, name)) if kind in taken}


def found(step: int) -> tuple[tuple[int, ...], ...]:
    """Return the handles that a search finds, in each world."""
    return tuple(samples.moved(values, step).found for values in _VALUES)


def numbers(steps: int) -> frozenset[int]:
    """Return all handles that stand in the samples of so many commands."""
    return frozenset(
        number
        for step in range(steps)
        for values in (samples.moved(values, step) for values in _VALUES)
        for number in (values.handle, values.public, values.private, *values.found)
    )


def decide(sign: type, sides: Sequence[Value]) -> None:
    """Let a comparison of a number go by the worlds only if it is so for all numbers, where it is alike in all worlds.

    The worlds have few numbers of keys and HSMs, and a program may ask for another one.

    Raises:
        NotKnown: it is another one for other numbers.
    """
    if len(sides) == 2 and not _is_decided(sign, *sides):  # noqa: PLR2004 - a comparison of two
        raise NotKnown


def _is_decided(sign: type, left: Value, right: Value) -> bool:
    counted, other = (left, right) if isinstance(left, Sampled) else (right, left)
    values = counted.values if isinstance(counted, Sampled) else ()
    if not values or not all(type(item) is int and item < _COUNTS for item in values) or len(set(values)) == 1:
        return True
    try:
        given = concrete(other)
        asked = [item for item in (given if isinstance(given, list | tuple) else [given]) if type(item) is int]
        most = min(max([*values, *asked]), _COUNTS) + 1
        pairs = [(item, given) if counted is left else (given, item) for item in range(min(values), most + 1)]
        everywhere = {COMPARISONS[sign](*pair) for pair in pairs}
        here = {COMPARISONS[sign](*((item, given) if counted is left else (given, item))) for item in values}
    except (NotKnown, KeyError, TypeError):
        return True
    return len(here) > 1 or here == everywhere
