"""Methods of lists and dictionaries that change them, as Python does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.readers.python.values import Const, Map, NotKnown, Seq

if TYPE_CHECKING:
    from migration.readers.python.values import Value

CHANGING = frozenset(
    (
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    )
)
_KEPT = Const(None)


def changed(holder: Seq | Map, name: str, arguments: list[Value], named: dict[str, Value], *, unsure: bool) -> Value:
    """Change a list or a dictionary, and return what the method gives; ``unsure`` if that depends on a condition.

    Raises:
        NotKnown: what it gives is not known, and the list or dictionary is not either now.
    """
    doubt = unsure or holder.unsure
    holder.unsure = True
    if isinstance(holder, Map):
        found = _of_map(holder, name, arguments, named)
    else:
        found = _of_list(holder, name, arguments, named, sure=not doubt)
    holder.unsure = doubt
    if doubt and found is not _KEPT:
        raise NotKnown
    return found


def _of_list(  # noqa: C901, PLR0911, PLR0912 - one return a method
    holder: Seq, name: str, arguments: list[Value], named: dict[str, Value], *, sure: bool
) -> Value:
    first = arguments[0] if arguments else None
    if name in ("append", "add", "appendleft") and first is not None:
        if name == "add" and (
            not isinstance(first, Const) or not all(isinstance(item, Const) for item in holder.items)
        ):
            raise NotKnown
        if name != "add" or not any(is_same(item, first) for item in holder.items):
            holder.items.insert(0 if name == "appendleft" else len(holder.items), first)
        return _KEPT
    if name in ("extend", "update") and isinstance(first, Seq) and not first.unsure:
        holder.items.extend(first.items)
        return _KEPT
    if name == "insert" and len(arguments) > 1 and isinstance(first, Const) and isinstance(first.value, int):
        holder.items.insert(first.value, arguments[1])
        return _KEPT
    if not sure:
        raise NotKnown
    if name == "clear":
        holder.items.clear()
        return _KEPT
    if name in ("pop", "popleft") and holder.items:
        place = 0 if name == "popleft" else first.value if isinstance(first, Const) else None if first else -1
        if not isinstance(place, int) or not -len(holder.items) <= place < len(holder.items):
            raise NotKnown
        return holder.items.pop(place)
    if name == "reverse":
        holder.items.reverse()
        return _KEPT
    known = [item.value for item in holder.items if isinstance(item, Const)]
    if len(known) < len(holder.items):
        raise NotKnown
    if name in ("remove", "discard") and isinstance(first, Const) and first.value in known:
        del holder.items[known.index(first.value)]
        return _KEPT
    if name == "sort" and not named:
        try:
            holder.items[:] = [Const(item) for item in sorted(known)]
        except TypeError as error:
            raise NotKnown from error
        return _KEPT
    raise NotKnown


def _of_map(holder: Map, name: str, arguments: list[Value], named: dict[str, Value]) -> Value:
    first = arguments[0] if arguments else None
    if name == "clear":
        holder.pairs.clear()
        return _KEPT
    if name == "update" and (first is None or (isinstance(first, Map) and not first.unsure)):
        more = [*(first.pairs if isinstance(first, Map) else ()), *((Const(key), item) for key, item in named.items())]
        if all(isinstance(key, Const) for key, _ in more):
            for key, item in more:
                put(holder, key, item)
            return _KEPT
    if (
        isinstance(first, Const)
        and name in ("pop", "setdefault")
        and all(isinstance(key, Const) for key, _ in holder.pairs)
    ):
        found = next((item for key, item in holder.pairs if is_same(key, first)), None)
        if name == "pop":
            holder.pairs = [pair for pair in holder.pairs if not is_same(pair[0], first)]
        elif found is None:
            found = arguments[1] if len(arguments) > 1 else Const(None)
            put(holder, first, found)
        if found is not None or len(arguments) > 1:
            return arguments[1] if found is None else found
    raise NotKnown


def put(holder: Map, key: Value, item: Value) -> None:
    """Let a key of a dictionary have a value, at its place if it had one."""
    for number, (known, _) in enumerate(holder.pairs):
        if is_same(known, key):
            holder.pairs[number] = (known, item)
            return
    holder.pairs.append((key, item))


def is_same(key: Value, wanted: Value) -> bool:
    """Return whether two values are known, and the same."""
    return (
        isinstance(key, Const)
        and isinstance(wanted, Const)
        and type(key.value) is type(wanted.value)
        and bool(key.value == wanted.value)
    )


def held_by(holder: Seq | Map) -> list[Value]:
    """Return by what each item of a list or a dictionary is had: its place or its key."""
    if isinstance(holder, Map):
        return [key for key, _ in holder.pairs]
    return [Const(number) for number in range(len(holder.items))]
