"""The calls of tools in a shell script, each with what stands around it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from migration import script
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.asking import Asked
from migration.readers.shell.remarks import compared, remark
from migration.script import Call, Rewrite

if TYPE_CHECKING:
    from migration.dialogue import Builder
    from migration.invocation import Each
    from migration.places import Places
    from migration.readers.shell.output import Output
    from migration.readers.shell.tree import Node
    from migration.readers.shell.wrappers import Wrapper
    from migration.reading.kinds import Reading


_STATUS = (
    "asks for the status of a tool, which was 0 whatever became of a command behind a good login, and tells it now"
)


class Calls:
    """Adds calls to those of a script; ``xargs`` are the places of commands that call a tool for each word."""

    def __init__(  # noqa: PLR0917 - what a reader has collected
        self,
        builder: Builder,
        places: Places,
        content: bytes,
        calls: list[Call],
        rewrites: list[Rewrite],
        output: Output,
    ) -> None:
        """Take what a reader has collected; both lists grow."""
        self._builder = builder
        self._places = places
        self._content = content
        self._calls = calls
        self._rewrites = rewrites
        self._output = output
        self.xargs: set[int] = set()

    def around(
        self,
        node: Node,
        steps: list[int],
        gap: str = "",
        *,
        takes: bool = False,
        wrapper: Wrapper | None = None,
        body: str = "",
        within: str = "",
    ) -> None:
        """Add the call with the redirections and the pipeline that it stands in.

        ``wrapper`` is the function that runs it; ``body`` stands for the call in such a function. ``within`` are
        redirections of a function that types what it is given.
        """
        statement = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
        outer = statement or node
        redirects = " ".join(filter(None, map(self.redirects, (node, *([statement] if statement else ())))))
        start, end = outer.start_byte, outer.end_byte
        whole, asked = outer, Asked(None)
        behind: list[Node] = []
        if outer.parent is not None and outer.parent.type == "pipeline":
            whole = outer.parent
            # What feeds a call that stays undone must stay, too: it may be the end of a loop.
            start, end = (outer if gap and not steps else whole).start_byte, whole.end_byte
            behind = [child for child in whole.named_children if child.start_byte >= outer.end_byte]
            if whole.parent is not None and whole.parent.type == "redirected_statement":
                # The grammar hangs what is behind the last command on the whole pipeline.
                whole = whole.parent
                end = whole.end_byte
            if behind:
                arguments = bool(steps) and self._builder.steps[steps[-1]].session.words
                asked = self._output.asking.piped(whole, behind, steps, self.xargs, arguments=arguments)
                end = asked.end if asked.reading is not None and asked.rest else end
            elif whole is not outer.parent:
                redirects = f"{redirects} {self.redirects(whole)}".strip()
        elif outer.parent is not None and outer.parent.type == "redirected_statement":
            redirects += self.redirects(outer.parent)
            whole, start, end = outer.parent, outer.parent.start_byte, outer.parent.end_byte
        redirects = f"{redirects} {within}".strip()
        if wrapper is not None and not wrapper.transparent and (asked.reading or asked.shown):
            asked = Asked(None, f"its output goes through {wrapper.name}")
        gap = gap or asked.gap
        lines = self._output.asking.goes_on(whole, behind, steps) if gap else (False, "")
        call = Call(start, end, tuple(steps), asked.reading, redirects=redirects, behind=asked.redirects, gap=gap)
        name = wrapper.name if wrapper is not None else ""
        call = call._replace(through=asked.through, takes=takes, wrapper=name, body=body)
        needed = bool(gap) and shell_pipes.use(whole) != shell_pipes.STATEMENT
        opaque = wrapper is not None and not wrapper.transparent
        self._keep(node, whole, call._replace(needed=needed), asked, opaque=opaque, lines=lines)
        if asked.reading is not None:
            self._builder.mark(self._places.line(node.start_byte), script.CHECK, remark(asked.reading, self._builder))
            self._output.edits.say(node, compared(asked.reading, whole))

    def each(self, node: Node, steps: list[int], loop: Each) -> None:
        """Add the call that an xargs makes in each turn of a loop; what is redirected there stays as it is."""
        whole = shell_tree.pipeline_of(node)
        # The values that are asked for before it stand on lines of their own.
        lines = any(
            call.reading is not None and whole.start_byte <= call.start and call.end <= node.start_byte
            for call in self._calls
        )
        gap = self._unread_each(node, whole)
        if not lines and (not loop.splits or any(item.type.endswith("_redirect") for item in node.named_children)):
            gap = "is run by xargs in a way that is not read: write it as a loop"
        needed = bool(gap) and shell_pipes.use(whole) != shell_pipes.STATEMENT
        call = Call(node.start_byte, node.end_byte, tuple(steps), gap=gap, needed=needed, each=loop.variable)
        self.add(node, call._replace(splits="" if lines else loop.splits))
        self._output.made(len(self._calls) - 1, shell_pipes.STATEMENT)

    def _unread_each(self, node: Node, whole: Node) -> str:
        """Return what is left to a person of what the calls of an xargs print, and note where it goes."""
        holders = [node, *takewhile(lambda holder: holder is not whole, shell_tree.above(node)), whole]
        self._output.written(" ".join(map(self.redirects, holders)), node, -1, shell_pipes.STATEMENT)
        if name := shell_tree.assigned(node):
            self._output.keep(name, node, -1, ())
        stages = [stage for holder in holders if holder.type == "pipeline" for stage in holder.named_children]
        behind = [stage for stage in stages if stage.start_byte >= node.end_byte and stage.type != "comment"]
        if any(not re.match(r"(?:cat|tee)\b", shell_words.source(stage)) for stage in behind):
            return f"its output goes to: {' | '.join(map(shell_words.source, behind))}"
        read = shell_pipes.use(whole) == shell_pipes.VALUE and not name and not shell_pipes.is_only_shown(whole)
        return "its output is used in a way that is not read" if read else ""

    @staticmethod
    def redirects(statement: Node) -> str:
        """Return what stands behind the command, inputs left out."""
        kept = statement.children_by_field_name("redirect")
        return " ".join(
            shell_words.source(item)
            for item in kept
            if item.type == "file_redirect" and not shell_words.source(item).startswith("<")
        )

    def _keep(
        self, node: Node, whole: Node, call: Call, asked: Asked, *, opaque: bool, lines: tuple[bool, str]
    ) -> None:
        """Add a call, with what becomes of its status and its output; if it is ``opaque``, nobody knows the latter.

        ``lines`` says of one that is left to a person whether its lines go on as they are, and which redirections,
        and calls of tee, take them.
        """
        assigned = shell_tree.assigned(node)
        purpose = shell_pipes.use(whole)
        # What stands for a call that is left to a person, only that person knows.
        number = -1 if call.gap else len(self._calls)
        if call.reading is not None and purpose == shell_pipes.VALUE:
            call = self._looked_at(call, call.reading, assigned, asked)
        elif call.reading is None and assigned and not opaque and (lines[0] if call.gap else call.steps):
            self._output.keep(assigned, node, number, asked.respaced)
        self._capture(node, whole, call, asked)
        goes_on = not self._output.asking.ends
        stated = call.steps and not call.gap and purpose == shell_pipes.STATEMENT
        if goes_on and stated and not asked.rest and shell_pipes.status_follows(whole):
            call = call._replace(ending=" && true")
        if call.through:
            self._output.written(shell_sources.tees(call.through), node, number, purpose)
        if call.reading is None and not opaque and (call.steps or lines[0]):
            self._output.written(f"{call.redirects} {call.behind}", node, number, purpose)
        self._output.written(lines[1], node, number, purpose)
        unread = not opaque and purpose == shell_pipes.VALUE and call.steps and call.reading is None and not call.gap
        if unread and not assigned and not shell_pipes.is_only_shown(whole):
            call = call._replace(gap="its output is used in a way that is not read", needed=True)
        asks = purpose == shell_pipes.STATUS or shell_pipes.status_follows(whole)
        self.add(node, call, _STATUS if call.steps and call.reading is None and asks else "calls a tool")
        self._output.made(len(self._calls) - 1, purpose)
        if lines[0]:
            self._output.unread.add(len(self._calls) - 1)
        if goes_on and assigned and purpose == shell_pipes.VALUE and shell_pipes.status_follows_assignment(node):
            end = shell_pipes.statement_end(node)
            self._rewrites.append(Rewrite(end, end, " && true"))

    def _looked_at(self, call: Call, reading: Reading, assigned: str, asked: Asked) -> Call:
        """Return a call behind whose failure the script goes on, if it looks at the value that an assignment takes."""
        tested = bool(assigned) and assigned in self._output.tested and not (reading.strict or asked.rest)
        return call._replace(ending=" || true") if tested or reading.counted else call

    def _capture(self, node: Node, whole: Node, call: Call, asked: Asked) -> None:
        """Note what takes the value that is asked for, if it is that value."""
        if call.reading is None or asked.changed:
            return
        if shell_pipes.use(whole) == shell_pipes.VALUE or asked.rest:
            self._output.captures.take(node if asked.rest else whole, call.reading)

    def add(self, node: Node, call: Call, told: str = "calls a tool") -> None:
        """Add a call, and say what its lines are."""
        self._calls.append(call)
        line, steps = node.start_point[0] + 1, call.steps
        commands = {self._builder.steps[step].line for step in steps}
        self._builder.mark(line, script.COMMAND if line in commands or not steps else script.CONTEXT, told)
        text = self._content[call.start : call.end]
        last = self._places.line(call.end - len(text) + len(text.rstrip(b"\n")) - 1)
        for number in range(line + 1, last + 1):
            self._builder.mark(number, script.CONTEXT, "belongs to the call above")
