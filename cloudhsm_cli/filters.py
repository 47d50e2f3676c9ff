"""Filters: one key reference, or attributes that a key must all have (reference sdk5-cli.md, 11 and 12)."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.texts import CommandError
from shared import attribute_names as names
from shared import attributes as a
from shared import mechanisms as m
from shared.numbers import INT64_MAX, decimal
from shared.store.protocol import Criteria

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_REFERENCE = "key-reference"
_ATTRIBUTE = "attr."
_NOTHING = Criteria(handle=0)
_EDWARDS = (m.KEY_EC, m.KEY_ED25519)


def criteria(words: Sequence[str]) -> Criteria:
    """Return what a filter asks for; no words ask for all keys, contradictory ones for a key that there is not.

    Raises:
        CommandError: a word is no filter, or a reference is not alone.
    """
    found: dict[str, Any] = {}
    agree = True
    for word in words:
        name, equals, value = word.partition("=")
        if name == _REFERENCE and equals:
            if len(words) > 1:
                raise CommandError(key_texts.REFERENCE_ALONE)
            return Criteria(handle=_handle(word, value))
        if not equals or not name.startswith(_ATTRIBUTE):
            raise CommandError(key_texts.BAD_FILTER.format(word=word))
        for column, wanted in _conditions(name.removeprefix(_ATTRIBUTE), value).items():
            if column.startswith("flags"):
                found[column] = found.get(column, 0) | wanted
            elif column == "key_types":
                found[column] = tuple(kind for kind in wanted if kind in found.get(column, wanted))
                agree = agree and bool(found[column])
            else:
                agree = agree and found.get(column, wanted) == wanted
                found[column] = wanted
    agree = agree and not found.get("flags_on", 0) & found.get("flags_off", 0)
    return Criteria(**found) if agree else _NOTHING


def _handle(word: str, value: str) -> int:
    """Return a reference, in hexadecimal with or without leading zeros, or in decimal."""
    number = None
    if value.startswith(("0x", "0X")):
        try:
            number = min(int(value, 16), INT64_MAX) if "_" not in value else None
        except ValueError:
            number = None
    else:
        number = decimal(value)
    if number is None:
        raise CommandError(key_texts.BAD_FILTER.format(word=word))
    return number


def _conditions(name: str, value: str) -> dict[str, Any]:
    """Return the columns of ``Criteria`` that an attribute and its value stand for."""
    if name in names.BOOLEANS:
        wanted = boolean(name, value) != (name == names.MODIFIABLE)
        return {"flags_on" if wanted else "flags_off": a.with_flag(0, names.BOOLEANS[name], True)}
    read = _READERS.get(name)
    if read is None and name in names.OTHERS:
        raise CommandError(key_texts.NOT_IN_FILTER.format(name=name))
    if read is None:
        raise CommandError(key_texts.UNKNOWN_ATTRIBUTE.format(name=name))
    try:
        return read(value)
    except (ValueError, KeyError) as error:
        raise CommandError(key_texts.BAD_VALUE.format(name=name, value=value)) from error


def boolean(name: str, value: str) -> bool:
    """Return ``true`` or ``false``; CommandError for anything else."""
    if value not in ("true", "false"):
        raise CommandError(key_texts.BAD_VALUE.format(name=name, value=value))
    return value == "true"


def hexadecimal(value: str) -> bytes:
    """Return bytes that were given as ``0x...``; ValueError for anything else."""
    if not value.startswith(("0x", "0X")) or not value.isascii() or any(character.isspace() for character in value):
        raise ValueError(value)
    return bytes.fromhex(value[2:])


def _number(value: str) -> int:
    number = decimal(value)
    if number is None:
        raise ValueError(value)
    return number


def _types(value: str) -> tuple[int, ...]:
    kind = names.KEY_TYPES[value]
    return _EDWARDS if kind == m.KEY_EC else (kind,)


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "key-type": lambda value: {"key_types": _types(value)},
    "label": lambda value: {"label": value.encode("utf-8", "surrogateescape")},
    "id": lambda value: {"key_id": hexadecimal(value)},
    "check-value": lambda value: {"kcv": hexadecimal(value)},
    "class": lambda value: {"key_class": names.CLASSES[value]},
    "key-length-bytes": lambda value: {"value_len": _number(value)},
    "public-exponent": lambda value: {"public_exponent": hexadecimal(value).lstrip(b"\0")},
    "modulus": lambda value: {"modulus": hexadecimal(value), "key_types": (m.KEY_RSA,)},
    "modulus-size-bits": lambda value: {"modulus_bits": _number(value), "key_types": (m.KEY_RSA,)},
    "ec-point": lambda value: {"modulus": hexadecimal(value), "key_types": _EDWARDS},
    "curve": lambda value: {"modulus_bits": names.NIDS[value], "key_types": _EDWARDS},
    "mldsa-algorithm": lambda value: {"modulus_bits": names.ML_DSA[value], "key_types": (m.KEY_ML_DSA,)},
}
