"""Files that hold text of a shell script's own beside answers, which are no JSON as a whole then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.sources import Answer
    from migration.readers.shell.tree import Node
    from migration.script import Call
    from migration.words import Word

# What leaves a file empty, and what makes a name that no file has had.
_EMPTIES = re.compile(r"(?:(?::|true|cat /dev/null|truncate|rm|cp /dev/null)(?!\w)|>)")
_NEW = re.compile(r"mktemp|\$\$|RANDOM|%s|%N|%H%M")


class _Write(NamedTuple):
    """Where a file is written: at which byte, with text or emptied, behind what it holds, and whether in a function."""

    place: int
    empties: bool
    adds: bool
    anywhere: bool


class Mixed:
    """What a script itself writes into files."""

    def __init__(self, nodes: Sequence[Node], calls: Sequence[Call], lookup: Callable[[str], Word | None]) -> None:
        """Take a script's nodes, the calls of tools, and what gives a variable's value."""
        self._lookup = lookup
        self._writes: dict[str, list[_Write]] = {}
        spans = [(call.start, call.end) for call in calls]
        for node in nodes:
            if not any(start <= node.start_byte < end for start, end in spans):
                self._note(node)

    def holds_more(self, file: str, answer: Answer, node: Node) -> bool:
        """Return whether a file may hold more than an answer where a node reads it."""
        writes = [write for write in self._writes.get(file, []) if write.anywhere or write.place < node.start_byte]
        if not answer.appended:
            return any(
                write.adds and not write.empties and (write.anywhere or write.place > answer.place) for write in writes
            )
        empties = max((write.place for write in writes if write.empties and write.place < answer.place), default=-1)
        if any(not write.empties and (write.anywhere or write.place > empties) for write in writes):
            return True
        return empties < 0 and not self._is_new(file)

    def _is_new(self, file: str) -> bool:
        text = words.substitute(shell_words.expanded(file), self._lookup)
        return bool(_NEW.search(words.shown(text)))

    def _note(self, node: Node) -> None:
        source = shell_words.source(node)
        if node.type == "redirected_statement":
            redirects = " ".join(map(shell_words.source, node.children_by_field_name("redirect")))
            found = shell_sources.targets(redirects)
        elif node.type == "command" and re.match(r"tee\b", source):
            found = shell_sources.targets(shell_sources.tees(source))
        elif node.type == "command" and re.match(r"(?:rm|truncate)\b", source):
            files = map(words.shown, (shell_words.word(child) for child in node.named_children[1:]))
            found = [(file, False) for file in files]
        else:
            return
        function = any(above.type == "function_definition" for above in shell_tree.above(node))
        empties = bool(_EMPTIES.match(source))
        for file, adds in found:
            self._writes.setdefault(file, []).append(_Write(node.start_byte, empties and not adds, adds, function))
