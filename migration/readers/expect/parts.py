"""What the reader of expect scripts carries along."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from migration.readers.expect.tcl import Token
    from migration.words import Word


class Proc(NamedTuple):
    """A procedure: its parameters with their defaults, and its body."""

    parameters: tuple[tuple[str, str | None], ...]
    body: Token


class Frame(NamedTuple):
    """Where a piece of script is read: values of parameters, the condition, the line that calls it."""

    values: dict[str, Word]
    condition: str = ""
    line: int = 0
    active: tuple[str, ...] = ()
    silent: bool = False
    loop: tuple[str, str] | None = None
