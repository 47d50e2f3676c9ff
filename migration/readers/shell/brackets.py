"""``[[ $out =~ ... ]]`` and ``[[ $out == *...* ]]`` of a variable that holds a tool's output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.matches import glob_test, regex_test

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.matches import Match
    from migration.readers.shell.tree import Node
    from migration.reading.meaning import Test
    from migration.words import Word

_TEST = re.compile(r"\[\[ \"?\$\{?(\w+)\}?\"? (=~|==|=|!=) (.*) \]\]", re.DOTALL)
_NAMED = re.compile(r"\$\{?(\w+)\}?")
_NUMBER = "([0-9]+)"
_TAKEN = re.compile(r"\$\{BASH_REMATCH\[(\d+)\]\}")


class Question(NamedTuple):
    """The command that asks an answer what a test asks of a text, and what a plan says of it."""

    text: str
    remark: str


class Brackets:
    """The tests of a script, and who takes what they find."""

    def __init__(
        self,
        nodes: Sequence[Node],
        lookup: Callable[[str], Word | None],
        ask: Callable[[str, Test, Node, bool], Question | None],
    ) -> None:
        """Take a script's nodes, and what gives a variable's value.

        ``ask`` gives the question that a test is of the variable of a name, at a node: for its status, or a number.
        """
        self._lookup = lookup
        self._ask = ask
        self._tests = [
            node.start_byte
            for node in nodes
            if node.type == "test_command" and "=~" in node.text.decode("utf-8", "replace")
        ]
        self._takes = [node for node in nodes if node.type == "variable_name" and node.text == b"BASH_REMATCH"]

    def translated(self, node: Node) -> Question | None:
        """Return what stands for a test; None if that is not known, or if it is of something else."""
        found = _TEST.fullmatch(shell_words.source(node))
        if found is None:
            return None
        name, sign, pattern = found.groups()
        match = self._match(sign, pattern)
        if match is None:
            return None
        used = self._used(node) if sign == "=~" else set()
        if used or len(match.values) == 2:  # noqa: PLR2004 - all of it, and one group
            taken = self._taken(name, match, sorted(used) or [1], node)
            if taken is not None or used:
                return taken
        question = self._ask(name, match.status, node, True)
        return question and question._replace(text=f"! {question.text}" if sign == "!=" else question.text)

    def _match(self, sign: str, pattern: str) -> Match | None:
        if sign != "=~":
            return glob_test(pattern)
        named = _NAMED.fullmatch(pattern)
        return regex_test((named and words.literal(self._lookup(named[1]))) or pattern)

    def _used(self, node: Node) -> set[int]:
        """Return the groups of a match that the script takes, up to its next match; -1 for what is no group."""
        end = next((place for place in self._tests if place > node.start_byte), None)
        found: set[int] = set()
        for taken in self._takes:
            if node.start_byte < taken.start_byte and (end is None or taken.start_byte < end):
                holder = next((above for above in tree.above(taken) if above.type == "expansion"), None)
                group = _TAKEN.fullmatch(shell_words.source(holder)) if holder is not None else None
                found.add(int(group[1]) if group else -1)
        return found

    def _taken(self, name: str, match: Match, groups: list[int], node: Node) -> Question | None:
        """Return the test of the numbers that groups of a match take, which takes them into the same groups."""
        if not 0 <= groups[0] <= groups[-1] < len(match.values) or (groups[0] == 0 and len(groups) > 1):
            return None
        asked = {group: self._ask(name, match.values[group], node, False) for group in groups}
        found = {group: question for group, question in asked.items() if question is not None}
        if len(found) < len(groups):
            return None
        values = " ".join(f"$({question.text})" for question in found.values())
        if len(groups) == 1 and groups[0] <= 1:
            return Question(f"[[ {values} =~ ^{_NUMBER}$ ]]", found[groups[0]].remark)
        # Groups that nobody takes keep their places.
        pieces = ["()" if group not in found else _NUMBER for group in range(1, groups[-1] + 1)]
        for group in groups[1:]:
            pieces[group - 1] = f"\\ {_NUMBER}"
        return Question(f'[[ "{values}" =~ ^{"".join(pieces)}$ ]]', found[groups[0]].remark)
