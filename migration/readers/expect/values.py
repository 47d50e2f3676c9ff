"""What a variable of an expect script holds, and what all do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from migration.readers.expect.files import Read
    from migration.readers.expect.takings import State as TakingsState
    from migration.readers.expect.tcl import Token
    from migration.words import Word


class Gathered(NamedTuple):
    """What a loop over the lines of a file has put into a list: its variable, the file, its body, what that needs."""

    line: str
    read: Read
    body: Token
    needs: dict[str, Value | None]


class Value(NamedTuple):
    """What a variable holds: a word, None if only a run knows; its elements, if they are known for themselves.

    One that is ``kept`` stays a variable of the translation; ``name`` is what stands for one that is not known.
    ``assumed`` says that it holds this where all goes well, and perhaps something else where not; ``first`` is the
    argument from which on it holds all of them, as bash counts, 0 for anything else. ``read`` is what it holds of a
    file, ``cut`` the variable of the translation that ``split`` cuts at a sign into the list that it is,
    ``gathered`` how it was put together of the lines of a file.
    """

    word: Word | None
    items: tuple[Word, ...] | None = None
    kept: bool = False
    name: str = ""
    assumed: bool = False
    first: int = 0
    read: Read | None = None
    cut: tuple[str, str] | None = None
    gathered: Gathered | None = None


Scope = dict[str, Value]
# Where a name leads to that stands for another variable: the place of its scope, and its name there.
Links = dict[str, tuple[int, str]]
# What expect itself looks for among the variables of the script, if a procedure has none of its own.
SHARED = ("spawn_id", "timeout", "expect_out", "user_spawn_id", "argv", "argv0", "argc", "env")


class State(NamedTuple):
    """What all variables hold, what names lead to, how many arguments were shifted away, what the output gave."""

    scopes: list[Scope]
    links: list[Links]
    shifted: int | None
    taken: TakingsState
