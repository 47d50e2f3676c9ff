"""Python's three ways to put a value into a text, with values that may be known only when the program runs."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from migration import words
from migration.readers.python.values import (
    FAILED,
    Const,
    Map,
    NotKnown,
    Sampled,
    Seq,
    Text,
    concrete,
    pure,
    worlds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.python.values import Value

    Left = Callable[[str, Text], Value]

_DIRECTIVE = re.compile(r"%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d*)(\.(?:\*|\d*))?[hlL]?(.)", re.DOTALL)
# A wider field would only take memory.
_WIDE = re.compile(r"\d{4,}")
_CONVERSIONS: dict[str, Callable[..., str]] = {"r": repr, "s": str, "a": ascii}


def fields(form: str) -> list[str]:
    """Return the names in ``form.format(...)``.

    Raises:
        NotKnown: the form is none.
    """
    try:
        found = [name for _, name, _, _ in Formatter().parse(form) if name]
    except ValueError as error:
        raise NotKnown from error
    return [name for name in found if name.isidentifier()]


def percent(form: str, values: Value, left: Left) -> list[Value]:
    """Return the pieces of ``form % values``; ``left`` gives a variable for a value that is wanted in another form.

    Raises:
        NotKnown: they cannot be told.
    """
    given = list(values.items) if isinstance(values, Seq) and values.kind is tuple else [values]
    named = dict(_keys(values)) if isinstance(values, Map) else None
    pieces: list[Value] = []
    end = 0
    for found in _DIRECTIVE.finditer(form):
        pieces.append(Const(form[end : found.start()]))
        end = found.end()
        key, flags, width, precision, kind = found.groups()
        if kind == "%":
            pieces.append(Const("%"))
            continue
        if "*" in f"{width}{precision}" or _WIDE.search(f"{width}{precision}"):
            raise NotKnown
        if key is not None:
            if named is None or key not in named:
                raise NotKnown
            value = named[key]
        elif given:
            value = given.pop(0)
        else:
            raise NotKnown
        plain = kind in "sdi" and not (flags or width or precision)
        pieces.append(_piece(f"%{flags}{width}{precision or ''}{kind}", value, left, plain=plain))
    if named is None and given:
        raise NotKnown  # Python refuses values that are left over
    rest = form[end:]
    if "%" in rest:
        raise NotKnown
    return [*pieces, Const(rest)]


def braces(form: str, positional: Sequence[Value], named: dict[str, Value], left: Left) -> list[Value]:
    """Return the pieces of ``form.format(...)``; ``left`` is that of ``percent``.

    Raises:
        NotKnown: they cannot be told.
    """
    pieces: list[Value] = []
    automatic = 0
    try:
        parsed = list(Formatter().parse(form))
    except ValueError as error:
        raise NotKnown from error
    for text, name, spec, conversion in parsed:
        pieces.append(Const(text))
        if name is None:
            continue
        first = re.split(r"[.\[]", name, maxsplit=1)[0]
        rest = name.removeprefix(first)
        if not first:
            first, automatic = str(automatic), automatic + 1
        value = _argument(first, positional, named)
        if rest:
            value = pure(lambda item, rest=rest: Formatter().get_field(f"0{rest}", (item,), {})[0], [value])
        pieces.append(field(value, conversion or "", spec or "", left))
    return pieces


def _argument(name: str, positional: Sequence[Value], named: dict[str, Value]) -> Value:
    if name.isdecimal() and int(name) < len(positional):
        return positional[int(name)]
    if name not in named:
        raise NotKnown
    return named[name]


def field(value: Value, conversion: str, spec: str, left: Left) -> Value:
    """Return a value as a replacement field gives it.

    Raises:
        NotKnown: it cannot be told.
    """
    if _WIDE.search(spec) or "{" in spec:
        raise NotKnown
    if conversion in ("r", "a"):
        if isinstance(value, Text):
            return left(f"!{conversion}", value)
        value = pure(_CONVERSIONS[conversion], [value])
    return _piece(spec, value, left, plain=spec in ("", "s", "d"))


def _piece(form: str, value: Value, left: Left, *, plain: bool) -> Value:
    if plain and (isinstance(value, Text | Sampled) or (isinstance(value, Const) and value.word is not None)):
        return value
    if isinstance(value, Text):
        return left(form, value)
    return pure(lambda item: form % (item,) if form.startswith("%") else format(item, form), [value])


def joined(pieces: Sequence[Value]) -> Value | None:
    """Return the text that pieces give together if all are known, sampled or a variable's text; None if one is not."""
    pieces = [piece for piece in pieces if not (isinstance(piece, Const) and piece.value == "")]
    if all(isinstance(piece, Const) for piece in pieces):
        spelled = [piece.word or words.text(str(piece.value)) for piece in pieces if isinstance(piece, Const)]
        some = any(isinstance(piece, Const) and piece.word for piece in pieces)
        return Const("".join(str(concrete(piece)) for piece in pieces), words.join(spelled) if some else None)
    if all(isinstance(piece, Const | Sampled) for piece in pieces) and (count := worlds(pieces)):
        values = []
        for world in range(count):
            found = [concrete(piece, world) for piece in pieces]
            values.append(FAILED if FAILED in found else "".join(map(str, found)))
        return Sampled(tuple(values), tuple(pieces))
    return None


def _keys(values: Map) -> list[tuple[str, Value]]:
    return [(str(concrete(key)), value) for key, value in values.pairs if isinstance(key, Const)]
