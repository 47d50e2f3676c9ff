"""Where the output of functions and groups of a shell script goes that print what a tool prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.bash.answers import asked
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.functions import Functions
from migration.readers.shell.pipes import STATEMENT, VALUE
from migration.readers.shell.remarks import remark
from migration.readers.shell.sources import Answer
from migration.reading import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migration.dialogue import Builder
    from migration.readers.shell.output import Output
    from migration.readers.shell.tree import Node
    from migration.script import Call

# What prints nothing beside the call in a function.
_QUIET = ("variable_assignment", "declaration_command", "comment")
_TO_FILE = re.compile(r"(?<![2&])>")
_SHOWS = re.compile(r"(?:cat|tee|less|more)\b")
# What the failure of the function, which is that of the pipe now, would turn around.
_TURNED = (kinds.FAILED, kinds.ALL_OK, kinds.ANY_FAILED)


class Following:
    """Follows what functions and groups print."""

    def __init__(
        self,
        output: Output,
        builder: Builder,
        nodes: Sequence[Node],
        calls: list[Call],
        purposes: Mapping[int, str],
    ) -> None:
        """Take the outputs of a script's calls, its steps and nodes, and what each call is for, by its number."""
        self._output = output
        self._builder = builder
        self._calls = calls
        self._purposes = purposes
        self._functions = Functions(nodes, self._puts_out)
        defined = shell_tree.functions(nodes)
        names = [name for name, _ in defined]
        self._single = {name: self._only_call(node) for name, node in defined if names.count(name) == 1}

    def follow(self, transparent: set[str]) -> None:
        """Take the calls of functions, and groups; ``transparent`` are functions whose calls are those of a tool."""
        for node, name in self._functions.taken():
            if name in transparent:
                continue
            number = self._single.get(name, -1)
            if number < 0 or not self._taken(node, number):
                self.opaque(node, self._functions.taker(node))
        for body in self._functions.groups():
            self.opaque(body, "")
        for group, reader in self._functions.piped():
            self._group_read(group, reader, self._functions.taker(group))

    def opaque(self, node: Node, taker: str) -> None:
        """Note a variable or a file that holds what only a person can read."""
        if taker:
            self._output.hold(taker, Answer(node.start_byte, node, -1, VALUE))
        whole = shell_tree.pipeline_of(node)
        if whole.type == "redirected_statement":
            texts = [shell_words.source(item) for item in whole.children_by_field_name("redirect")]
            self._output.written(" ".join(texts), node, -1, STATEMENT)
        behind = shell_pipes.behind(node, whole)
        if not all(_SHOWS.match(shell_words.source(stage)) for stage in behind):
            self._output.edits.reads_output(whole)

    def _puts_out(self, node: Node) -> bool:
        """Return whether a call in a node puts a whole answer out."""
        return any(
            (call.steps or number in self._output.unread)
            and call.reading is None
            and self._purposes.get(number) == STATEMENT
            and not _TO_FILE.search(f"{call.redirects} {call.behind}")
            for number, call in self._inside(node)
        )

    def _inside(self, node: Node) -> list[tuple[int, Call]]:
        return [item for item in enumerate(self._calls) if node.start_byte <= item[1].start < node.end_byte]

    def _only_call(self, function: Node) -> int:
        """Return the number of the call that is all that a function prints, below 0 if it is not known for certain."""
        body, inside = function.child_by_field_name("body"), self._inside(function)
        if body is None or len(inside) != 1 or not self._puts_out(function):
            return -1
        number, call = inside[0]
        if call.gap or call.behind or call.through or call.wrapper or call.body or call.each or call.takes:
            return -1
        others = [part for part in body.named_children if not part.start_byte <= call.start < part.end_byte]
        own = next((part for part in body.named_children if part.start_byte <= call.start < part.end_byte), None)
        if own is None or own.type not in ("command", "redirected_statement"):
            return -1
        return number if all(part.type in _QUIET for part in others) else -1

    def _taken(self, node: Node, number: int) -> bool:
        """Take what is asked of the output of a function that prints one answer; False if that is not known."""
        whole = shell_tree.pipeline_of(node)
        behind = shell_pipes.behind(node, whole)
        taker = self._functions.taker(node)
        if not behind:
            if whole.type == "redirected_statement" or not taker or shell_pipes.assignment_of(node) is None:
                return False
            self._output.hold(taker, Answer(node.start_byte, node, number, VALUE, given=True))
            return True
        call = self._calls[number]
        arguments = bool(self._builder.steps[call.steps[-1]].session.words)
        found = self._output.asking.piped(whole, behind, call.steps, arguments=arguments)
        reading = found.reading
        if reading is None or found.through or reading.kind in _TURNED or self._output.edits.is_done(behind[0]):
            return False
        if not arguments and not self._output.gives(number, reading):
            return False
        text = f"{asked(reading)} {found.redirects}".strip()
        takes = shell_pipes.use(whole) == VALUE
        looked_at = taker in self._output.tested and not reading.strict and not found.rest
        if takes and (looked_at or reading.counted):
            text += " || true"
        self._calls[number] = call._replace(answer=reading.step)
        end = found.end if found.rest else whole.end_byte
        self._output.edits.put(behind[0].start_byte, end, text, remark(reading, self._builder))
        if (takes or found.rest) and not found.changed:
            self._output.captures.take(node if found.rest else whole, reading)
        return True

    def _group_read(self, group: Node, reader: Node, taker: str) -> None:
        """Leave what reads the answers of a group of commands to a person."""
        why = "reads what several legacy commands printed, which is JSON now"
        if reader.type == "command_substitution":
            if taker:
                self._output.hold(taker, Answer(group.start_byte, group, -1, VALUE))
        elif reader.type == "process_substitution":
            self._output.edits.before(reader, why)
        elif re.match(r"tee\b", shell_words.source(reader)) and reader.parent is not None:
            self._output.written(shell_sources.tees(shell_words.source(reader.parent)), group, -1, STATEMENT)
            behind = [stage for stage in reader.parent.named_children if stage.start_byte >= reader.end_byte]
            if behind:
                self._group_read(group, behind[0], taker)
        elif shell_words.source(reader) != "cat" and reader.parent is not None:
            self._output.edits.rest(reader, reader.parent.end_byte, why)
