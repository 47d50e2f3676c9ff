"""What the reader of expect scripts carries along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.expect.tcl import Token
    from migration.words import Word

RETURN, BREAK, CONTINUE, EXIT, ERROR = "return", "break", "continue", "exit", "error"
# What ends the program, and what only leaves a block of it.
FATAL = frozenset({EXIT, ERROR})
LEAVES = frozenset({RETURN, BREAK, CONTINUE})


class Proc(NamedTuple):
    """A procedure: its parameters with their defaults, and its body."""

    parameters: tuple[tuple[str, str | None], ...]
    body: Token


class Flow(NamedTuple):
    """How a block ends: by what for certain, with which status, and by what perhaps.

    ``reason`` says when what follows is done, if something may leave the block before; ``told`` that it ends so as all
    went well, and perhaps in another way where not.
    """

    ends: str = ""
    status: str = ""
    may: frozenset[str] = frozenset()
    reason: str = ""
    told: bool = False


class Within(NamedTuple):
    """The shell script around an expect script: the arguments that it gives, None if they are not known.

    ``words`` are all of its words, so that none is taken for a variable; ``lookup`` tells what one of its own holds.
    ``taken`` says that it may take what the expect script prints.
    """

    arguments: Sequence[Word] | None
    words: frozenset[str]
    lookup: Callable[[str], Word | None]
    taken: bool = False


# What a shell script calls a function of its own, and what takes or redirects the output of a call.
_FUNCTION = re.compile(r"^\s*(?:function\s+([\w-]+)|([\w-]+)\s*\(\s*\))", re.MULTILINE)
_TAKES = (
    r"(?:\$\(|`)\s*(?:\w+=\S*\s+)*(?:\S*/)?(?:{0})\b"
    r"|\b(?:{0})\b[^\n]*?(?:[^|]\|(?!\|)|[^0-9&>]>>?(?!\s*/dev/null|&))"
)


def within(
    given: Sequence[Word] | None, text: str, inside: Sequence[str], lookup: Callable[[str], Word | None]
) -> Within:
    """Return what stands around an expect script in a shell script, from what expect is given, None for ``-c``.

    ``text`` is the shell script, ``inside`` are the lines of the other. ``-c`` has no arguments, and a script from
    standard input only those behind a ``-`` or ``-f -``.
    """
    rest = [*given] if given is not None else [words.text("-c")]
    begun = [words.literal(word) for word in rest[:2]]
    options = 2 if begun == ["-f", "-"] else int(begun[:1] == ["-"])
    several = any(part.text in ("@", "*") or part.kind == words.CODE for word in rest for part in word)
    outside = "\n".join(line for line in text.split("\n") if line not in inside)
    known = not several and (options > 0 or not rest)
    arguments = [_settled(word) for word in rest[options:]] if known else None
    names = {"expect", *(first or second for first, second in _FUNCTION.findall(outside))}
    taken = re.search(_TAKES.format("|".join(map(re.escape, names))), outside) is not None
    return Within(arguments, frozenset(re.findall(r"\w+", outside)), lookup, taken)


def _settled(word: Word) -> Word:
    """Return a word of a shell script whose variables keep the names that they have there."""
    return words.join(
        words.code(f"${{{part.text}}}")
        if part.kind == words.VARIABLE and words.bash_name(part.text) != part.text
        else (part,)
        for part in word
    )


def unfolded(text: Word) -> tuple[str, dict[str, Word]]:
    """Return a script that a shell has put together: what the shell filled in is what ``env`` gives, with its words.

    So it is not mixed up with the variables of the script, and is no piece of its syntax.
    """
    source = ""
    given: dict[str, Word] = {}
    for part in text:
        if part.kind == words.TEXT:
            source += part.text
            continue
        plain = part.kind == words.VARIABLE and part.text.isidentifier()
        name = f"env({part.text if plain else f'shell_{len(given)}'})"
        given[name] = _settled((part,))
        source += f"${name}"
    return source, given


class Way(NamedTuple):
    """One of several ways that a script may take: what holds on it, how it ends, the state behind it."""

    condition: str
    flow: Flow
    state: dict[str, object]


class LeftError(Exception):
    """What stands in brackets ends more than itself."""

    def __init__(self, flow: Flow) -> None:
        """Begin with how it ends."""
        super().__init__(flow.ends)
        self.flow = flow


class Frame(NamedTuple):
    """Where a piece of script is read: the condition, the line that calls it, the procedures that are followed.

    ``silent`` says that it is done only where something failed, ``plain`` that it is done once, whatever happens.
    """

    condition: str = ""
    line: int = 0
    active: tuple[str, ...] = ()
    silent: bool = False
    loop: tuple[str, str] | None = None
    plain: bool = True

    def under(self, condition: str) -> Frame:
        """Return the frame of what is done under a condition; one that is known already stays."""
        return self._replace(condition=self.condition or condition, plain=False)


class Guard(NamedTuple):
    """A place where the script ends, perhaps: everything behind the first ``before`` steps depends on it."""

    line: int
    text: str
    before: int
    status: str


class Aside(NamedTuple):
    """What the script does beside the tools: the words in it tell what it is about."""

    line: int
    text: str
    words: frozenset[str]
    before: int


def negated(condition: str) -> str:
    """Return the condition that holds where another does not."""
    plain = condition.removeprefix("only if ")
    for one, other in (("it reads ", "it does not read "), ("it does not read ", "it reads ")):
        if plain.startswith(one):
            return f"only if {other}{plain.removeprefix(one)}"
    inner = re.fullmatch(r"not \((.*)\)", plain)
    if inner and ") and not (" not in plain:
        return f"only if {inner[1]}"
    return f"only if not ({plain})" if condition.startswith("only if ") else f"only if not {condition}"
