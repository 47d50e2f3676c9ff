"""What is replaced in a shell script beside its calls, and what is left to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.bash.lines import hand
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.pipes import STATEMENT
from migration.script import CHECK, Rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migration.dialogue import Builder
    from migration.places import Places
    from migration.readers.shell.tree import Node
    from migration.script import Call

_COMMANDS = ("command", "pipeline", "redirected_statement")


class Edits:
    """The places of a script that something else stands for."""

    def __init__(self, builder: Builder, places: Places, calls: list[Call], rewrites: list[Rewrite], end: int) -> None:
        """Take the calls and the rewrites of a script, whose last byte is before ``end``; both lists grow."""
        self._builder = builder
        self._places = places
        self._calls = calls
        self._rewrites = rewrites
        self._done = bytearray(end)
        self._seen = [0, 0]

    def is_done(self, node: Node) -> bool:
        """Return whether something in a node is replaced already."""
        for calls, place in ((self._calls, 0), (self._rewrites, 1)):
            for done in calls[self._seen[place] :]:
                self._done[done.start : done.end] = b"x" * (done.end - done.start)
            self._seen[place] = len(calls)
        return self._done.find(b"x", node.start_byte, node.end_byte) >= 0

    def is_at(self, place: int) -> bool:
        """Return whether a byte is replaced already."""
        calls = any(call.start <= place < call.end for call in self._calls)
        return calls or any(made.start <= place < made.end for made in self._rewrites)

    def reads_output(self, node: Node) -> None:
        """Leave what reads a tool's output to a person, with the test that it is in."""
        test = next((above for above in shell_tree.above(node) if above.type == "test_command"), node)
        self.by_hand(node if self.is_done(test) else test, "reads what a legacy tool printed, which is JSON now")

    def by_hand(self, node: Node, why: str, *, needed_if_used: bool = False) -> None:
        """Leave a command, a test or a word to a person, unless something in it is replaced already.

        Nothing goes on without it if its output or status is asked for, or if it is a test, but for ``needed_if_used``.
        """
        if self.is_done(node):
            return
        line = self._places.line(node.start_byte)
        told = " ".join(shell_words.source(node).split())
        told = f"{why}: {told}" if node.type != "function_definition" else why
        word = node.type not in (*_COMMANDS, "test_command", "function_definition", "list", "variable_assignment")
        needed = word or (node.type == "test_command" and not needed_if_used) or shell_pipes.use(node) != STATEMENT
        self._builder.mark(line, CHECK, "reads a tool's output" if "printed" in why else why)
        self._builder.by_hand(line, told)
        self._rewrites.append(
            Rewrite(node.start_byte, node.end_byte, "", told.replace(", which is JSON now", ""), needed, word)
        )

    def insert(self, node: Node, line: str) -> None:
        """Put a line before a node."""
        self._rewrites.append(Rewrite(node.start_byte, node.start_byte, f"{line}\n"))

    def go_on(self, node: Node) -> None:
        """Let the script go on behind a statement that fails, with its status, unless something in it is replaced."""
        if not self.is_done(node):
            self.behind(node, " && true")

    def behind(self, node: Node, text: str) -> None:
        """Put something behind a node."""
        self._rewrites.append(Rewrite(node.end_byte, node.end_byte, text))

    def between(self, place: int, text: str) -> None:
        """Put something between two bytes."""
        self._rewrites.append(Rewrite(place, place, text))

    def passes(self, node: Node) -> None:
        """Let a command of a pipeline pass for a good one, unless it is replaced, or passes already."""
        begin = Rewrite(node.start_byte, node.start_byte, "{ ")
        if not self.is_done(node) and begin not in self._rewrites:
            self._rewrites.append(begin)
            self._rewrites.append(Rewrite(node.end_byte, node.end_byte, " || true; }"))

    def may_be_unset(self, found: Iterable[tuple[Node, str]]) -> None:
        """Take what is not given for nothing, as without set -u, unless it is replaced."""
        for node, name in found:
            if not self.is_done(node):
                self._rewrites.append(Rewrite(node.start_byte, node.end_byte, f"${{{name}-}}"))

    def say(self, node: Node, told: str) -> None:
        """Say what a person must see to, if anything, without stopping there."""
        if told:
            self._builder.by_hand(self._places.line(node.start_byte), told, stops=False)

    def replace(self, node: Node, text: str, remark: str) -> None:
        """Put something else in the place of a node."""
        self.put(node.start_byte, node.end_byte, text, remark)

    def put(self, start: int, end: int, text: str, remark: str) -> None:
        """Put something else in the place of some bytes."""
        self._rewrites.append(Rewrite(start, end, text))
        self._builder.mark(self._places.line(start), CHECK, remark)

    def retell(self, start: int, end: int, text: str) -> None:
        """Put something else in the place of some bytes than what stands for them already."""
        for place, done in enumerate(self._rewrites):
            if (done.start, done.end) == (start, end):
                self._rewrites[place] = done._replace(text=text)

    def rest(self, node: Node, end: int, why: str) -> None:
        """Leave the rest of a pipeline, from one of its commands on, to a person."""
        told = f"{why}: {' '.join(shell_words.source(node).split())}"
        line = self._places.line(node.start_byte)
        self._builder.mark(line, CHECK, "reads a tool's output")
        self._builder.by_hand(line, told)
        self._rewrites.append(Rewrite(node.start_byte, end, "", told, needed=True))

    def before(self, node: Node, why: str) -> None:
        """Stop for a person before the statement that a node is in."""
        place = shell_pipes.statement_of(node)
        line = self._places.line(place.start_byte)
        self._builder.mark(line, CHECK, "reads a tool's output")
        self._builder.by_hand(line, why)
        text = f"{hand(line, why, needed=True)}\n"
        self._rewrites.append(Rewrite(place.start_byte, place.start_byte, text))
