"""What an expression of a Python program gives, as far as the program tells it.

A value is known, or it comes out of a tool's output, or only a run tells it. What a tool prints depends on the HSMs, so
its output is held as samples from several worlds, in which handles, numbers of HSMs and numbers of keys differ: what
comes out as the handle in each of them is the handle, however the program takes it out.
"""

from __future__ import annotations

import ast
import itertools
import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from migration.dialogue import Dialogue
    from migration.words import Word

Definition = ast.FunctionDef | ast.AsyncFunctionDef
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
}
# Numbers and texts above these would only cost time and memory: no script types them.
_LARGE, _LONG = 10_000, 100_000


class Failed:
    """What a world has in which the program would have failed before."""


FAILED = Failed()


@dataclass(frozen=True, eq=False)
class Const:
    """A value that is known; ``word`` is how it is written if variables of the script stay in it."""

    value: Any
    word: Word | None = None


_numbers = itertools.count()


def later() -> int:
    """Return a number above all that were returned before."""
    return next(_numbers)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A value out of a tool's output, one for every world.

    ``pieces`` are what it was put together from; ``name`` is the first variable that held it. ``search`` is the only
    step that searches for keys of whose output it can be, -1 if that is not known.
    """

    values: tuple[Any, ...]
    pieces: tuple[Value, ...] = ()
    name: str = ""
    search: int = -1


@dataclass(frozen=True, eq=False)
class Text:
    """A text with variables."""

    word: Word


@dataclass(frozen=True, eq=False)
class Opaque:
    """Output of a tool of which only success or failure is known.

    ``fixed`` is what stands in it whatever becomes of a command, like the words of a question; None if it is not known.
    """

    fixed: str | None = None


@dataclass(frozen=True, eq=False)
class Path:
    """A name of a module: ``pexpect.TIMEOUT``, ``sys.argv``."""

    dotted: str


@dataclass(eq=False)
class Seq:
    """A list or tuple; ``unsure`` once something was added that depends on a condition.

    ``once`` says that it is an iterator, whose items are gone when they were taken; ``of`` are the lists and
    dictionaries that Python would ask only then. ``made`` tells what was made later from what was made before.
    """

    items: list[Value]
    kind: type = list
    unsure: bool = False
    once: bool = False
    of: tuple[Seq | Map, ...] = ()
    made: int = field(default_factory=later)

    def taken(self) -> Seq:
        """Return what it holds, of which an iterator has nothing left then."""
        if not self.once:
            return self
        found = Seq(self.items, self.kind, self.unsure)
        self.items = []
        return found


@dataclass(eq=False)
class Map:
    """A dictionary; ``made`` is as that of a list."""

    pairs: list[tuple[Value, Value]]
    unsure: bool = False
    made: int = field(default_factory=later)


@dataclass(eq=False)
class Instance:
    """An object of a class of the script, or that class; ``made`` is as that of a list."""

    kind: ast.ClassDef
    attributes: dict[str, Value] = field(default_factory=dict)
    made: int = field(default_factory=later)


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the script, or a method with its object, and the variables around its definition.

    ``defaults`` are those of its parameters, which Python works out once, where it defines it.
    """

    node: Definition
    of: Instance | None = None
    closure: tuple[dict[str, Value], ...] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Begun:
    """A call of a generator: nothing of it is done before somebody asks for its values, which are gone then."""

    node: ast.Call
    function: Function
    arguments: list[Value]
    named: dict[str, Value]
    spent: bool = False


class Called(NamedTuple):
    """A call: what is called, what its method is one of, and what it is given."""

    node: ast.Call
    function: Value | None
    holder: Value | None
    arguments: list[Value]
    named: dict[str, Value]


@dataclass(eq=False)
class Tool:
    """A run of a tool: what of its output was not read yet, one text for every world or None, and what was matched.

    ``lost`` says that nobody can tell where in its output the program reads on. ``fixed`` are the texts not read yet
    that stand there whatever becomes of a command, ``ahead`` how many prompts were not read. ``closed`` says that the
    program types no more at it.
    """

    dialogue: Dialogue | None
    echoes: bool
    buffer: tuple[str, ...] | None = None
    lost: bool = False
    fixed: str = ""
    ahead: int = 1
    closed: bool = False
    before: Value = field(default_factory=Opaque)
    after: Value = field(default_factory=Opaque)
    match: Value = field(default_factory=Opaque)


@dataclass(frozen=True, eq=False)
class Done:
    """A run of a tool that has ended: its output."""

    output: Value


@dataclass(eq=False)
class File:
    """A file that the program has opened, and what of it was not read yet, None if only a run tells that."""

    name: Word
    writes: bool
    line: int
    rest: str | None = None
    begun: bool = False
    told: bool = False


@dataclass(frozen=True, eq=False)
class Bound:
    """A method of a run of a tool that has a name of its own."""

    tool: Tool
    method: str


Value = Begun | Bound | File | Const | Sampled | Text | Opaque | Path | Seq | Map | Instance | Function | Tool | Done


class NotKnown(Exception):  # noqa: N818 - it is an outcome
    """What keeps an expression from being worked out."""


class Fails(NotKnown):
    """What Python raises an error for, whatever the tools print."""


def is_sampled(value: Value) -> bool:
    """Return whether a value depends on a tool's output."""
    if isinstance(value, Seq):
        return any(map(is_sampled, value.items))
    if isinstance(value, Map):
        return any(is_sampled(item) for pair in value.pairs for item in pair)
    return isinstance(value, Sampled)


def concrete(value: Value, world: int | None = None) -> Any:
    """Return Python's own value in a world; without one, what it is in all of them.

    Raises:
        NotKnown: only a run tells it.
    """
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Sampled) and world is not None:
        return value.values[world]
    if isinstance(value, Seq) and not value.unsure:
        found = [concrete(item, world) for item in value.items]
        return FAILED if FAILED in found else value.kind(found)
    if isinstance(value, Map) and not value.unsure:
        pairs = [(concrete(key, world), concrete(item, world)) for key, item in value.pairs]
        return FAILED if any(FAILED in pair for pair in pairs) else dict(pairs)
    raise NotKnown


def lifted(found: Any) -> Value:
    """Return the value of something that is known."""
    if isinstance(found, list | tuple):
        return Seq([lifted(item) for item in found], type(found) if type(found) in (list, tuple) else list)
    if isinstance(found, dict):
        return Map([(lifted(key), lifted(item)) for key, item in found.items()])
    return Const(found)


def across(found: Sequence[Any], search: int = -1) -> Value:
    """Return the value of what came out in each world: a list of values if there are as many in each."""
    kinds = {type(item) for item in found}
    if len(kinds) == 1 and kinds <= {list, tuple} and len({len(item) for item in found}) == 1:
        return Seq([across(items, search) for items in zip(*found, strict=True)], kinds.pop())
    return Sampled(tuple(found), search=search)


def searched(values: Sequence[Value]) -> int:
    """Return the only search of whose output something can be that is made of values, -1 if that is not known."""
    found = {item.search for item in outputs_in(values)}
    return found.pop() if len(found) == 1 else -1


def outputs_in(values: Iterable[Value]) -> Iterator[Sampled]:
    """Go through all values out of the tools' outputs that are among values, and in lists and objects."""
    seen: set[int] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Sampled):
            yield value
        elif isinstance(value, Seq):
            waiting += value.items
        elif isinstance(value, Map):
            waiting += [item for pair in value.pairs for item in pair]
        elif isinstance(value, Instance):
            waiting += value.attributes.values()
        elif isinstance(value, Tool | Done):
            waiting += [value.before, value.after, value.match] if isinstance(value, Tool) else [value.output]


def pure(function: Callable[..., Any], arguments: Sequence[Value], named: dict[str, Value] | None = None) -> Value:
    """Return what a function without effects gives, in every world if its arguments depend on one.

    Raises:
        NotKnown: an argument is not known, the function fails, or it would take long.
    """
    keywords = named or {}
    every = [item.taken() if isinstance(item, Seq) else item for item in (*arguments, *keywords.values())]
    if not any(map(is_sampled, every)):
        return lifted(_run(function, [concrete(item) for item in every], list(keywords)))
    found: list[Any] = []
    for world in range(worlds(every)):
        given = [_coerced(concrete(item, world)) for item in every]
        try:
            found.append(FAILED if FAILED in given else _run(function, given, list(keywords)))
        except NotKnown:
            found.append(FAILED)
    if all(item is FAILED for item in found):
        raise Fails
    return across(found, searched(every))


def worlds(values: Sequence[Value]) -> int:
    """Return how many worlds the samples among values have."""
    for value in values:
        if isinstance(value, Sampled):
            return len(value.values)
        if isinstance(value, Seq) and (count := worlds(value.items)):
            return count
        if isinstance(value, Map) and (count := worlds([item for pair in value.pairs for item in pair])):
            return count
    return 0


def projected(value: Value, world: int) -> Value:
    """Return a value as it is in one world."""
    if isinstance(value, Sampled):
        return lifted(value.values[world])
    if isinstance(value, Seq) and is_sampled(value):
        return Seq([projected(item, world) for item in value.items], value.kind, value.unsure)
    return value


def truth(value: Value) -> bool | None:
    """Return whether a value is true, None if that is not known or differs from world to world."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Seq | Map) and not value.unsure:
        return bool((value.items or value.once) if isinstance(value, Seq) else value.pairs)
    if isinstance(value, Sampled) and FAILED not in value.values:
        found = {bool(item) for item in value.values}
        return found.pop() if len(found) == 1 else None
    return None


def _coerced(item: Any) -> Any:
    # Samples are text, so a program that handles bytes finds text in their place.
    return item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item


def _run(function: Callable[..., Any], given: list[Any], names: list[str]) -> Any:
    if any(isinstance(item, int) and abs(item) > _LARGE for item in given) and function is not str:
        sizes = [item for item in given if isinstance(item, int)]
        if len(given) > 1 and len(sizes) < len(given):
            raise NotKnown
    count = len(given) - len(names)
    try:
        result = function(*given[:count], **dict(zip(names, given[count:], strict=True)))
    except Exception as error:
        # Whatever a function of Python raises, the program would have ended or handled it here.
        raise Fails from error
    if isinstance(result, str | bytes | list | tuple | dict) and len(result) > _LONG:
        raise NotKnown
    return result


def name_of(node: ast.Call) -> str:
    """Return the last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
