"""What typing and contextlib offer, without the twelve milliseconds that importing them takes (decision 6).

To a type checker most are the originals. At run time ``Record`` is a tuple with names for its places, as a NamedTuple
is, ``contextmanager`` and ``suppress`` do what they always do, and what only tells of types does nothing.
"""

from __future__ import annotations

import sys

__all__ = ["Generic", "Protocol", "Record", "TypeVar", "contextmanager", "standing_in", "suppress"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import contextmanager, suppress
    from types import TracebackType
    from typing import Any, Generic, Protocol, Self, TypeVar
    from typing import NamedTuple as Record
else:
    from _operator import itemgetter

    class Record(tuple):
        """A tuple whose places have the annotated names of its class; what the class gives a name is its default."""

        __slots__ = ()
        _fields = ()
        _make = classmethod(tuple.__new__)

        def __init_subclass__(cls) -> None:
            cls._fields = tuple(cls.__annotations__)
            cls._defaults = {field: getattr(cls, field) for field in cls._fields if hasattr(cls, field)}
            for place, field in enumerate(cls._fields):
                setattr(cls, field, property(itemgetter(place)))

        def __new__(cls, *values: Any, **named: Any) -> Self:
            """Make a record; TypeError for a field too few or too many."""
            if named or len(values) != len(cls._fields):
                open_fields = cls._fields[len(values) :]
                given = {**cls._defaults, **named}
                if len(values) > len(cls._fields) or not named.keys() <= set(open_fields) <= given.keys():
                    raise TypeError(f"{cls.__name__} has the fields {', '.join(cls._fields)}")
                values += tuple([given[field] for field in open_fields])
            return tuple.__new__(cls, values)

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **changes: Any) -> Self:
            return type(self)(**{**self._asdict(), **changes})

    class Generic:
        """Stands for a generic class: ``Generic[T]`` is this class itself."""

        __slots__ = ()

        def __class_getitem__(cls, _: object) -> type:
            return cls

    Protocol = object

    def TypeVar(name: str, **_: object) -> str:  # noqa: N802 - it stands for the class
        """Return something to put between brackets."""
        return name

    def contextmanager(function: Callable[..., Generator[Any]]) -> Callable[..., _Block]:
        """Make a context manager of a function that yields once."""
        return lambda *args, **named: _Block(function(*args, **named))

    class _Block:
        """A with statement around a function that yields once."""

        def __init__(self, steps: Generator[Any]) -> None:
            self._steps = steps

        def __enter__(self) -> Any:
            return next(self._steps)

        def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> bool:
            try:
                if error is None:
                    next(self._steps)
                else:
                    self._steps.throw(error)
            except StopIteration:
                return error is not None
            except BaseException as raised:
                # A generator cannot pass on a StopIteration: it wraps it.
                if raised is not error and not (isinstance(error, StopIteration) and raised.__cause__ is error):
                    raise
                error.__traceback__ = trace
                return False
            raise RuntimeError("a context manager yields once")

    class suppress:  # noqa: N801 - its name in contextlib
        """Ends a block quietly at an exception of one of the types."""

        def __init__(self, *types: type[BaseException]) -> None:
            self._types = types

        def __enter__(self) -> None:
            return None

        def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
            return kind is not None and issubclass(kind, self._types)


@contextmanager
def standing_in(name: str, **content: Any) -> Iterator[None]:
    """Let a small module stand for a large one while the block imports what needs little of it.

    It gives way to the real one as soon as anything else is asked of it.
    """
    if name in sys.modules:
        yield
        return
    stand_in = type(sys)(name)

    def give_way(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)  # an import statement asks whether it is a package
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(__import__(name), attribute)

    stand_in.__dict__.update(content, __getattr__=give_way)
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
