"""Which variables of a shell script hold one word, so that it is the same with and without quotes."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from migration.readers.shell.tree import Node
    from migration.words import Part, Word

_EXPANSIONS = ("simple_expansion", "expansion", "command_substitution")
_ALWAYS = frozenset("#?$!")
_ONE = re.compile(
    r"\$\{HOME\}|\$\(\(.*\)\)|\$\(date \+[^ )]+\)|`date \+[^ `]+`|\$\{#\w+\}|\$\{!?\w+:\?[^}]*\}", re.DOTALL
)
_BLANKS = re.compile(r"IFS=(?:\$?'(?:\\[nrt]|\s)*'|\"\s*\")?")
_PLAIN = re.compile(r"[^\s*?\[\]\\{}]+")
_COUNTER = re.compile(r"\b(\w+)\s*(?:=|\+\+)")
_READ = re.compile(r"\b(?:read|mapfile|readarray|getopts|select)\b([^;|&<>()\n]*)")


class Loose:
    """The variables of a script that are known to hold one word."""

    def __init__(self, nodes: Sequence[Node], taken: Container[int], captured: set[str]) -> None:
        """Take a script's nodes, the places of assignments of one handle or number, and loop variables over these."""
        self._bound: dict[str, list[list[Part] | None]] = {}
        self._array_quoted: set[str] = set()
        read = {
            name
            for node in nodes
            if node.type == "command"
            for found in _READ.finditer(shell_words.source(node))
            for name in re.findall(r"\w+", found[1])
        }
        separators = [
            shell_words.source(node.parent)
            for node in nodes
            if node.type == "variable_name"
            and shell_words.source(node) == "IFS"
            and node.parent is not None
            and node.parent.type == "variable_assignment"
            and not (node.parent.parent is not None and node.parent.parent.type == "command")
        ]
        splits = not separators
        # Words that end at other signs than blanks may be several without a blank in them.
        self._knows = all(_BLANKS.fullmatch(text) for text in separators)
        for node in nodes:
            if node.type == "variable_assignment":
                self._assignment(node, taken)
            elif node.type == "for_statement" and splits:
                self._loop(node)
            elif node.type == "c_style_for_statement":
                for found in _COUNTER.finditer(shell_words.source(node).partition("do")[0]):
                    self._bound.setdefault(found[1], []).append([])
            elif node.type == "string" and node.parent is not None and node.parent.type == "array":
                self._array_quoted.update(words.names(shell_words.word(node)))
        self._bound.update({name: [None] for name in read if name not in captured})
        self._bound.update({name: [[]] for name in captured if name in read or name not in self._bound})

    def _assignment(self, node: Node, taken: Container[int]) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return
        added = "+=" in shell_words.source(node)[: len(shell_words.source(name)) + 2]
        needs = [] if node.start_byte in taken else self._needs(value) if value is not None and not added else None
        self._bound.setdefault(shell_words.source(name), []).append(needs)

    def _loop(self, node: Node) -> None:
        variable = node.child_by_field_name("variable")
        if variable is None:
            return
        values = node.children_by_field_name("value")
        for value in values:
            cut = value.type in ("simple_expansion", "expansion", "command_substitution")
            needs = [] if cut else self._needs(value)
            self._bound.setdefault(shell_words.source(variable), []).append(needs)
        if not values:
            self._bound.setdefault(shell_words.source(variable), []).append(None)

    @staticmethod
    def _needs(value: Node) -> list[Part] | None:
        """Return what of a value must be one word so that the value is one, None if it may be none or several."""
        found = shell_words.word(value)
        texts = "".join(part.text for part in found if part.kind == words.TEXT)
        if not found or (texts and not _PLAIN.fullmatch(texts)):
            return None
        return [part for part in found if part.kind != words.TEXT]

    def is_one(self, part: Part, depth: int = 5) -> bool:
        """Return whether a part of a word is one word in any case."""
        if part.kind == words.CODE:
            return bool(_ONE.fullmatch(part.text))
        if part.text in _ALWAYS or part.text in ("RANDOM", "UID", "EUID", "PPID", "SECONDS", "LINENO"):
            return True
        bound = self._bound.get(part.text) if self._knows else None
        if not bound or not depth:
            return False
        return all(needs is not None and all(self.is_one(need, depth - 1) for need in needs) for needs in bound)

    def of(self, found: Sequence[Word], quoted: Container[Part]) -> frozenset[tuple[Part, bool]]:
        """Return the parts of a command's words that may be none or several words; ``quoted`` ones are one.

        With each goes whether it is all of a word, and must not be empty.
        """
        parts = {part for word in found for part in word if part.kind != words.TEXT}
        return frozenset(
            (part, (part,) in found)
            for part in parts
            if part not in quoted and part.text not in self._array_quoted and not self.is_one(part)
        )


def quoted(node: Node) -> set[Part]:
    """Return the variables and substitutions that stand in a command's words in quotes, and nowhere else."""
    inside: set[Part] = set()
    outside: set[Part] = set()
    for word in shell_tree.walk(node):
        # Quotes around the command are none of its words.
        holders = [above.type for above in takewhile(lambda above: above is not node, shell_tree.above(word))]
        if word.type == "string" and "string" not in holders:
            inside.update(part for part in shell_words.word(word) if part.kind != words.TEXT)
        elif word.type in _EXPANSIONS and not {"string", "command_substitution"} & {*holders}:
            outside.update(shell_words.word(word))
    return inside - outside
