"""Functions of a shell script that run a tool with whatever they are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migration import invocation, words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from migration.dialogue import Builder
    from migration.readers.shell.tree import Node
    from migration.words import Word

_ALL_WORDS = frozenset("@*")


@dataclass
class Wrapper:
    """A function of the script that runs a tool with whatever it is given, and does more.

    ``node`` is the call in it, ``words`` are its words without the arguments; ``transparent`` says that what the tool
    prints is what the function prints, ``cuts`` that it cuts what it is given at blanks. ``runs`` are the steps of each
    call of the function.
    """

    name: str
    node: Node
    words: list[Word]
    transparent: bool
    runs: list[list[int]]
    cuts: bool = False


def wrappers(
    nodes: Sequence[Node],
    words_of: Callable[[Node], list[Word]],
    functions: Container[str],
    builder: Builder,
) -> dict[str, Wrapper]:
    """Return the functions that run a tool with whatever they are given, and do something with its output."""
    found: dict[str, Wrapper] = {}
    for name, node in shell_tree.functions(nodes):
        if name in functions:
            continue
        inside = [inner for inner in shell_tree.walk(node) if inner.type == "command"]
        calls = [(inner, words_of(inner)) for inner in inside]
        calls = [(inner, told) for inner, told in calls if told and invocation.of(told) is not None]
        if len(calls) != 1:
            continue
        inner, told = calls[0]
        call = invocation.of(told)
        handed_on = hands_on(inner, told[-1])
        rest = shell_words.source(node).replace(shell_words.source(inner), "")
        if call is None or call.commands is None or not handed_on or re.search(r"\bshift\b|\bset --", rest):
            continue
        if re.search(r"\$\{?[1-9@*]", rest):
            told_of = f"{name} looks at its arguments, which are those of another command now"
            builder.by_hand(node.start_point[0] + 1, told_of, stops=False)
        whole = shell_tree.pipeline_of(inner)
        tees = shell_pipes.filters_of(shell_pipes.behind(inner, whole)) if whole is not inner else None
        plain = shell_pipes.use(whole) == shell_pipes.STATEMENT and not re.search(
            r"(?<![2&])>(?!&)", re.sub(r"2>&1|2> *\S+", "", shell_words.source(whole))
        )
        transparent = plain and (whole.type == "command" or (tees is not None and not tees.stages))
        cuts = not shell_words.source(inner).endswith('"')
        found[name] = Wrapper(name, inner, told[:-1], transparent, [], cuts)
    return found


def hands_on(node: Node, last: Word) -> bool:
    """Return whether a command's last word is all that it is given."""
    names = [part.text for part in last if part.kind == words.VARIABLE]
    return any(name in _ALL_WORDS for name in names) and not shell_words.source(node).endswith(('"$*"', '"${*}"'))
