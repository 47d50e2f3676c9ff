"""What a program does to its variables, lists and objects while it is run in one world after another.

A sample's value is no value of the program: where statements are followed world by world, all that they changed comes
back as one value out of every world, or is forgotten. So nothing out of one world is taken for what is so in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migration.readers.python.values import (
    FAILED,
    Const,
    Done,
    Function,
    Instance,
    Map,
    NotKnown,
    Sampled,
    Seq,
    across,
    concrete,
    lifted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from migration.readers.python.values import Value

_Table = dict[str, "Value"]


class Worlds:
    """All that a program holds, before and after what is followed once in each world."""

    def __init__(self, scopes: Sequence[_Table], unknown: Callable[[str], Value]) -> None:
        """Keep what there is. ``unknown`` gives a variable for what cannot be told."""
        found = list(_reached(value for scope in scopes for value in scope.values()))
        self._unknown = unknown
        # Variables and attributes have names; items of lists and dictionaries have none.
        self._tables = [*scopes, *(item.attributes for item in found if isinstance(item, Instance))]
        self._holders = [item for item in found if isinstance(item, Seq | Map)]
        self._before = [dict(table) for table in self._tables]
        self._kept = [contents(holder) for holder in self._holders]
        self._values: list[tuple[list[_Table], list[Any]]] = []
        self._changed: set[tuple[int, str]] = set()
        self._grown: set[int] = set()
        self._world = 0

    def back(self) -> None:
        """Put everything back as it was."""
        for table, before in zip(self._tables, self._before, strict=True):
            table.clear()
            table.update(before)
        for holder, kept in zip(self._holders, self._kept, strict=True):
            _put(holder, kept)

    def enter(self, world: int) -> None:
        """Put everything back, as it is in one world."""
        self.back()
        self._world = world
        for table in self._tables:
            table.update({name: _projected(value, world) for name, value in table.items()})
        for holder in self._holders:
            items, unsure = contents(holder)
            _put(holder, ([_projected(item, world) for item in items], unsure))

    def leave(self) -> None:
        """Note what the world has made of everything."""
        for number, (table, before) in enumerate(zip(self._tables, self._before, strict=True)):
            self._changed |= {
                (number, name)
                for name, value in table.items()
                if name not in before or not self._is_still(value, before[name])
            }
        for number, (holder, (items, unsure)) in enumerate(zip(self._holders, self._kept, strict=True)):
            now, doubt = contents(holder)
            if doubt != unsure or len(now) != len(items) or not all(map(self._is_still, now, items)):
                self._grown.add(number)
        tables = [dict(table) for table in self._tables]
        self._values.append((tables, [worked(holder, self._world) for holder in self._holders]))

    def _is_still(self, value: Value, before: Value) -> bool:
        if value is before or (isinstance(before, Done) and isinstance(value, Done)):
            return True
        if not isinstance(before, Const | Sampled):
            return False
        found, known = worked(value, self._world), worked(before, self._world)
        return type(found) is type(known) and found is not NotKnown and bool(found == known)

    def join(self) -> None:
        """Put together what all worlds have made of everything."""
        self.back()
        for number, name in sorted(self._changed):
            now = [tables[number].get(name, Const(FAILED)) for tables, _ in self._values]
            alias = now[0] if all(value is now[0] for value in now) and not isinstance(now[0], Const) else None
            self._tables[number][name] = alias or self._named(
                [worked(value, world) for world, value in enumerate(now)], name
            )
        for number in sorted(self._grown):
            self._settle(self._holders[number], [values[number] for _, values in self._values])

    def _named(self, found: Sequence[Any], name: str) -> Value:
        if NotKnown in found:
            return self._unknown(name)
        value = across(found)
        return Sampled(value.values, name=name) if isinstance(value, Sampled) else value

    def _settle(self, holder: Seq | Map, found: Sequence[Any]) -> None:
        """Give a list or a dictionary what all worlds have made of it."""
        known = None if NotKnown in found else across(found)
        if isinstance(holder, Seq) and isinstance(known, Seq):
            holder.items = known.items
        elif isinstance(holder, Map) and _alike(found):
            holder.pairs = [(lifted(key), across([item[key] for item in found])) for key in found[0]]
        elif not isinstance(known, Sampled) or not self._instead(holder, known):
            holder.unsure = True

    def _instead(self, holder: Seq | Map, known: Sampled) -> bool:
        """Let variables that hold a list hold one of another length in each world; False if more than they hold it."""
        if any(item is holder for other in self._holders for item in contents(other)[0]):
            return False
        for table in self._tables:
            table.update({name: Sampled(known.values, name=name) for name, item in table.items() if item is holder})
        return True


def _reached(values: Iterable[Value]) -> Iterator[Seq | Map | Instance]:
    """Go through all lists, dictionaries and objects that values hold."""
    seen: set[int] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Function) and value.of is not None:
            value = value.of
        if isinstance(value, Seq | Map | Instance) and id(value) not in seen:
            seen.add(id(value))
            yield value
            waiting += value.attributes.values() if isinstance(value, Instance) else contents(value)[0]


def contents(holder: Seq | Map) -> tuple[list[Value], bool]:
    """Return what a list or a dictionary holds, and whether that is not certain."""
    items = list(holder.items) if isinstance(holder, Seq) else [item for pair in holder.pairs for item in pair]
    return items, holder.unsure


def _put(holder: Seq | Map, kept: tuple[list[Value], bool]) -> None:
    items, holder.unsure = kept
    if isinstance(holder, Seq):
        holder.items = list(items)
    else:
        holder.pairs = list(zip(items[::2], items[1::2], strict=True))


def _projected(value: Value, world: int) -> Value:
    if isinstance(value, Done):
        return Done(_projected(value.output, world))
    return lifted(value.values[world]) if isinstance(value, Sampled) else value


def worked(value: Value, world: int) -> Any:
    """Return Python's own value in a world; ``NotKnown`` itself if there is none."""
    try:
        return concrete(value, world)
    except (NotKnown, TypeError):
        return NotKnown


def _alike(found: Sequence[Any]) -> bool:
    """Return whether there is a dictionary with the same keys in every world."""
    return all(isinstance(item, dict) and list(item) == list(found[0]) for item in found)
