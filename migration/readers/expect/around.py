"""The shell script around an expect script: what it gives, and what it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.words import Word

# What a shell script calls a function of its own, and what takes or redirects the output of a call.
_FUNCTION = re.compile(r"^\s*(?:function\s+([\w-]+)|([\w-]+)\s*\(\s*\))", re.MULTILINE)
_TAKES = (
    r"(?:\$\(|`)\s*(?:\w+=\S*\s+)*(?:\S*/)?(?:{0})\b"
    r"|\b(?:{0})\b[^\n]*?(?:[^|]\|(?!\|)|[^0-9&>]>>?(?!\s*/dev/null|&))"
)


class Within(NamedTuple):
    """The shell script around an expect script: the arguments that it gives, None if they are not known.

    ``words`` are all of its words, so that none is taken for a variable; ``lookup`` tells what one of its own holds.
    ``taken`` says that it may take what the expect script prints.
    """

    arguments: Sequence[Word] | None
    words: frozenset[str]
    lookup: Callable[[str], Word | None]
    taken: bool = False


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
