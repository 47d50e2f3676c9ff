"""What a rule gives: CloudHSM CLI commands, what differs, or what to do where there is no equivalent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from migration import words

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.scene import Scene
    from migration.words import Word

# What a rule comes to.
TRANSLATED, NOT_NEEDED, NONE, UNRESOLVED, NO_EFFECT = (
    "translated",
    "not needed",
    "no equivalent",
    "not resolved",
    "no effect",
)


class Row(NamedTuple):
    """A line of the matrix: a legacy form, its CLI form (none: empty), the SDK 5 version, what to do instead."""

    legacy: str
    cli: str
    since: str = ""
    note: str = ""


class Note(NamedTuple):
    """Something that differs; ``item`` is its number in the list of differences, 0 for none of them."""

    text: str
    item: int = 0


class Action(NamedTuple):
    """One thing that the translated script does.

    ``argv`` is a CloudHSM CLI command without the program's name. ``helper`` is the function of the prelude that runs
    it, and ``leading`` the words before the command. ``binds`` are variables taken out of its answer: name and part
    (``handle``, ``public``, ``private``, ``count``, ``first``). ``shown`` is what people read instead of ``argv``;
    ``program`` is another one than cloudhsm-cli. ``then`` is a jq filter whose lines go to ``to``, or to the screen.
    ``before`` are lines of bash that come before it.
    """

    argv: tuple[Word, ...] = ()
    helper: str = ""
    leading: tuple[Word, ...] = ()
    binds: tuple[tuple[str, str], ...] = ()
    shown: str = ""
    program: str = ""
    then: str = ""
    to: Word | None = None
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a legacy command becomes; ``instead`` says what to do where ``verdict`` is NONE or UNRESOLVED."""

    verdict: str
    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
    instead: str = ""
    flags: tuple[str, ...] = ()


class Rule(Protocol):
    """What a command's file offers: its lines of the matrix, and itself."""

    ROWS: tuple[Row, ...]

    def rule(self, command: Parsed, scene: Scene) -> Result:
        """Return what the command becomes; Unresolved if something must be known first."""
        ...


class Unresolved(Exception):  # noqa: N818 - it is an outcome
    """What keeps a command from being translated; the message says how to go on."""


def unnamed(what: str, number: Word) -> Unresolved:
    """Return that a number of the legacy tools has no name in CloudHSM CLI, or is not known, and so its name is not."""
    if words.literal(number) is None:
        return Unresolved(f"{what} {words.shown(number)}: its number is not known, and CloudHSM CLI takes its name")
    return Unresolved(f"{what} {words.shown(number)} has no name in CloudHSM CLI")


def cli(*pieces: str | Word) -> Action:
    """Return a CLI command: a text gives its words, anything else is one word."""
    found: list[Word] = []
    for piece in pieces:
        found += [words.text(text) for text in piece.split()] if isinstance(piece, str) else [piece]
    return Action(tuple(found))


def translated(*actions: Action, notes: tuple[Note, ...] = (), flags: tuple[str, ...] = ()) -> Result:
    """Return the result of a command that has a CLI form."""
    return Result(TRANSLATED, actions, notes, flags=flags)


def none(instead: str, *notes: Note) -> Result:
    """Return the result of a command without an equivalent."""
    return Result(NONE, notes=notes, instead=instead)


def not_needed(why: str, item: int = 0) -> Result:
    """Return the result of a command that the CLI does without."""
    return Result(NOT_NEEDED, notes=(Note(why, item),))


def no_effect(why: str) -> Result:
    """Return the result of a command that changes nothing in the legacy tool either."""
    return Result(NO_EFFECT, notes=(Note(why),))
