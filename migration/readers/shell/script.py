"""Shell scripts: each call of a tool is found with what is typed at it and what is done with its output."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.bash.lines import credentials
from migration.dialogue import Builder
from migration.places import Places
from migration.readers.shell import backquotes, feeds, grammar, heredocs, identified, unset
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.arguments import Arguments
from migration.readers.shell.calls import Calls
from migration.readers.shell.describe import describe
from migration.readers.shell.going_on import let_go_on
from migration.readers.shell.handed import handed
from migration.readers.shell.hidden import hide
from migration.readers.shell.leftovers import Leftovers
from migration.readers.shell.loose import Loose, quoted
from migration.readers.shell.output import Output
from migration.readers.shell.piped import let_pass
from migration.readers.shell.signing import Signing
from migration.readers.shell.typed import Reading, Typed
from migration.readers.shell.variables import Variables, constants
from migration.readers.shell.wrappers import Wrapper, hands_on, wrappers
from migration.script import Call, Rewrite, Script
from migration.words import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.handed import Handed
    from migration.readers.shell.tree import Node
    from migration.source import Source
    from migration.words import Word

_POSITIONS = tuple("123456789")


class _Reader:
    """One shell script while it is read."""

    def __init__(self, source: Source) -> None:
        self.original = source.text
        self.source = source = source._replace(text=backquotes.opened(source.text))
        self.content = source.text.encode("utf-8", "surrogateescape")
        self.places = Places(self.content)
        self.bare, self.heredocs = heredocs.take_out(self.content)
        self.builder = Builder(source.text)
        self.calls: list[Call] = []
        self.rewrites: list[Rewrite] = []
        self.functions: dict[str, list[Word]] = {}
        self.function_spans: list[tuple[int, int]] = []
        self.wrappers: dict[str, Wrapper] = {}
        # Functions that cut what they are given at blanks.
        self.cutting: set[str] = set()
        # What stands in quotes among the words of the steps of calls.
        self.worded: dict[int, set[Part]] = {}

    def read(self) -> Script:
        nodes = list(grammar.nodes(self.bare))
        self.portable = not re.match(r"#!.*\bbash\b", self.source.text) and self.source.text.startswith("#!")
        self.variables = Variables(nodes)
        lookup = self.variables.lookup
        self.output = Output(self.builder, self.places, self.calls, self.rewrites, nodes, lookup)
        self.made = Calls(self.builder, self.places, self.content, self.calls, self.rewrites, self.output)
        self._context(nodes)
        reading = Reading(
            self.builder,
            self._words,
            self.heredocs,
            self.variables.known,
            self.rewrites,
            self.worded,
            self.portable,
        )
        self.typed = Typed(reading, self.made, nodes, _is_call)
        self.arguments = Arguments(nodes, self.source.text)
        self.handed = handed(nodes, self._words, self.typed.document_of, self.source.text, portable=self.portable)
        for function in self.handed.values():
            self._instead(function.name, function.node)
        commands = [node for node in nodes if node.type == "command"]
        self.made.xargs = {node.start_byte for node in commands if self._calls_each(node)}
        self.wrappers = wrappers(nodes, self._words, self.functions, self.builder)
        self.cutting |= {wrapper.name for wrapper in self.wrappers.values() if wrapper.cuts}
        self.output.transparent |= {wrapper.name for wrapper in self.wrappers.values() if wrapper.transparent}
        within = {wrapper.node.start_byte for wrapper in self.wrappers.values()}
        for node in commands:
            if node.start_byte not in within:
                self._command(node)
        for wrapper in self.wrappers.values():
            self._wrapper(wrapper)
        signing = Signing(nodes, self._words, lookup)
        for node in signing.of_tokens(self.builder.steps):
            self.rewrites.append(Rewrite(node.start_byte, node.end_byte, ": 'the token is signed where it is used'"))
            self.builder.mark(node.start_point[0] + 1, script.CONTEXT, "signs a token")
        functions = {*self.functions, *self.wrappers, *self.handed}
        interpreter = (re.match(r"#!.*?(\w+)(?: -.*)?$", self.source.text.partition("\n")[0]) or ["", ""])[1]
        leftovers = Leftovers(self.output.edits, nodes, self._words, lookup, functions)
        leftovers.names()
        leftovers.looks()
        self.output.attributes(self.builder.steps)
        self.output.checks()
        leftovers.calls(self.source.folder)
        leftovers.documents(self.heredocs)
        leftovers.others(interpreter)
        if not self.output.asking.ends:
            let_go_on(nodes, self.output.edits, self.output.tested)
        if not self.output.asking.pipefail:
            let_pass(nodes, self.output.edits, ends=self.output.asking.ends)
        self.output.captures.unpad()
        self.output.edits.may_be_unset(unset.unset(nodes, self.source.text))
        loose = Loose(nodes, self.output.captures.taken, self.output.captures.captured)
        for index, step in enumerate(self.builder.steps):
            if index in self.worded:
                found = loose.of(step.words, self.worded[index])
                self.builder.steps[index] = replace(step, loose=found)
        backquotes.close(nodes, self.output.edits, self.calls, self.rewrites)
        describe(nodes, self.builder, self.calls)
        hide(self.builder, self.calls, self.rewrites)
        builder = self.builder
        return Script(
            self.source.name,
            "shell",
            self.source.text,
            builder.lines(script.IRRELEVANT, "stays as it is"),
            tuple(builder.steps),
            tuple(self.calls),
            tuple(self.rewrites),
            tuple(builder.hand_work),
            parameters=self.variables.values,
            constants=constants(nodes, self.content, self.places),
            arguments=_POSITIONS,
            signatures=signing.keys(),
            names=identified.names(nodes, self.output.captures.identified),
            original=self.original,
        )

    def _context(self, nodes: Sequence[Node]) -> None:
        """Note what variables, functions and files hold before anything is called."""
        for node in nodes:
            if node.type == "function_definition":
                self._note_function(node)

    def _note_function(self, node: Node) -> None:
        """Note a function that only hands its arguments to a tool: a call of it is a call of the tool."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        inside = [child for child in body.named_children if child.type != "comment"] if body else []
        if name is None or len(inside) != 1 or inside[0].type != "command":
            return
        found = self._words(inside[0])
        call = invocation.of(found) if found else None
        handed_on = bool(found) and hands_on(inside[0], found[-1])
        if handed_on and not shell_words.source(inside[0]).endswith('"'):
            self.cutting.add(shell_words.source(name))
        if call is not None and (handed_on or (call.tool != script.HOST and call.commands is None)):
            self.functions[shell_words.source(name)] = found[:-1] if handed_on else found
            self._instead(shell_words.source(name), node)

    def _instead(self, name: str, node: Node) -> None:
        """Leave a function out, each call of which is one of a tool."""
        self.function_spans.append((node.start_byte, node.end_byte))
        told = f"{name} was a call of a legacy tool"
        # A comment would take what is behind it on the line.
        is_last = re.match(rb"[ \t]*(?:#[^\n]*)?(?:\n|\Z)", self.content[node.end_byte :])
        self.rewrites.append(Rewrite(node.start_byte, node.end_byte, f": # {told}" if is_last else f": '{told}'"))
        for number in range(node.start_point[0] + 1, node.end_point[0] + 2):
            self.builder.mark(number, script.CONTEXT, f"{name} calls a tool")

    def _words(self, node: Node) -> list[Word]:
        """Return a command's words; a variable without quotes gives the words that it is known to hold."""
        found: list[Word] = []
        for child in node.named_children:
            if child.type in ("file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment"):
                continue
            inner = child.named_children[0] if child.type == "command_name" and child.named_children else child
            quoted_whole = inner.type in ("string", "raw_string")
            found += self.variables.split(shell_words.word(inner), quoted=quoted_whole)
        if found and (name := words.literal(found[0])) in self.functions:
            found = [*self.functions[name or ""], *self._cut(name, found[1:])]
        return found

    def _cut(self, name: str | None, found: list[Word]) -> list[Word]:
        """Return what a function hands on of the words that it is given."""
        return [piece for item in found for piece in words.split(item)] if name in self.cutting else found

    def _command(self, node: Node) -> None:
        if any(start <= node.start_byte < end for start, end in self.function_spans):
            return
        found = self._words(node)
        if not found:
            return
        line = node.start_point[0] + 1
        if node.start_byte in self.made.xargs:
            self._each(node, line)
            return
        name = words.literal(found[0]) or ""
        wrapper, function = self.wrappers.get(name), self.handed.get(name)
        rest = self._cut(name, found[1:])
        call = invocation.of([*wrapper.words, *rest] if wrapper is not None else found)
        call = call if function is None else function.call
        if call is not None:
            self._call(node, call, wrapper, function)
        elif name.rpartition("/")[2] == "expect":
            self._expect(node, found)

    def _call(self, node: Node, call: invocation.Invocation, wrapper: Wrapper | None, function: Handed | None) -> None:
        """Take a call of a tool, or of a function that runs one with what it is given."""
        found, line = self._words(node), node.start_point[0] + 1
        doubt, before = grammar.doubt(node) or backquotes.doubt(node, self.content), len(self.calls)
        ends = shell_pipes.ends_script(node, self.content) if words.literal(found[0]) == "exec" else None
        if doubt := doubt or ("the script ends with it, for exec" if ends is False else ""):
            self.made.around(node, [], doubt)
        elif call.tool == script.HOST:
            self._host(node, call, line)
        elif call.commands is not None:
            self._single(node, call, line, wrapper)
        elif function is not None:
            self.typed.by(node, function, found[1:], line)
        else:
            self.typed.at(node, call, line)
        if ends and not doubt and len(self.calls) > before:
            self.calls[-1] = self.calls[-1]._replace(ending="; exit")

    def _host(self, node: Node, call: invocation.Invocation, line: int) -> None:
        """Take a call of configure or of the client daemon."""
        whole = shell_tree.pipeline_of(node)
        if shell_pipes.behind(node, whole) or shell_pipes.use(whole) == shell_pipes.VALUE:
            what = "configure" if call.name == "configure" else "the client daemon, which is there no more,"
            self.output.edits.by_hand(whole, f"reads what {what} says")
            return
        session = script.Session(script.HOST, self.builder.runs)
        self.builder.steps.append(script.Step(line, call.name, (words.text(call.name), *call.arguments), session))
        self.made.add(node, Call(node.start_byte, node.end_byte, (len(self.builder.steps) - 1,)))

    def _single(self, node: Node, call: invocation.Invocation, line: int, wrapper: Wrapper | None) -> None:
        """Take a call that has its commands as arguments."""
        before = len(self.builder.hand_work)
        if wrapper is None and self._chosen(node, call, line):
            return
        steps = invocation.run_words(self.builder, call, line, self.variables.known)
        for step in steps:
            self.builder.steps[step] = self.arguments.told(self.builder.steps[step], node)
        inside = set[Part]() if shell_words.source(node.children[0]) in self.cutting else quoted(node)
        self.worded.update(dict.fromkeys(steps, inside))
        if not steps:
            said = [work.text for work in self.builder.hand_work[before:]]
            self.made.around(node, [], next(iter(said), "no command is given"))
            return
        self.made.around(node, steps, feeds.doubt(node), wrapper=wrapper)
        if wrapper is not None:
            wrapper.runs.append(steps)

    def _chosen(self, node: Node, call: invocation.Invocation, line: int) -> bool:
        """Take a call whose command a variable holds, that the script sets to one of several; False if it is none."""
        commands = call.commands or ()
        hidden = commands[-1][0] if commands and commands[-1] else words.EMPTY
        part = hidden[0] if len(hidden) == 1 else None
        if part is None or part.kind != words.VARIABLE:
            return False
        inside = quoted(node)
        choices = list(filter(str.strip, self.variables.choices(part.text, self.source.text)))
        if part in inside and any(" " in choice for choice in choices):
            return False
        runs: list[tuple[str, tuple[int, ...]]] = []
        for choice in choices:
            found = (*map(words.text, choice.split()), *commands[-1][1:])
            chosen = call._replace(commands=(*commands[:-1], found))
            steps = invocation.run_words(self.builder, chosen, line, self.variables.known)
            self.worded.update(dict.fromkeys(steps, inside))
            runs.append((choice, tuple(steps)))
        if not runs:
            return False
        self.output.asking.runs[runs[0][1]] = [list(steps) for _, steps in runs]
        self.made.around(node, list(runs[0][1]), feeds.doubt(node))
        self.calls[-1] = self.calls[-1]._replace(chosen=part.text, choices=tuple(runs))
        return True

    def _wrapper(self, wrapper: Wrapper) -> None:
        """Add the call in a function that runs what it is given."""
        if not wrapper.runs:
            self._command(wrapper.node)
            return
        first = wrapper.runs[0]
        login = self.builder.steps[first[0]]
        arguments = '"$@"'
        body = f"hsm_as {credentials(login)} {arguments}" if login.name == "loginHSM" else arguments
        self.output.asking.runs[tuple(first)] = wrapper.runs
        self.made.around(wrapper.node, first, body=body)

    def _calls_each(self, node: Node) -> bool:
        taken = invocation.each(self._words(node))
        call = invocation.of(taken.command) if taken is not None else None
        return call is not None and bool(call.commands)

    def _each(self, node: Node, line: int) -> None:
        """Take an xargs that calls a tool once for each word: a loop."""
        taken = invocation.each(self._words(node))
        call = invocation.of(taken.command) if taken is not None else None
        if taken is None or call is None:
            return
        steps = invocation.run_words(self.builder, call, line, self.variables.known)
        for step in steps:
            self.builder.capture(step, taken.variable, "each")
        self.made.each(node, steps, taken)

    def _expect(self, node: Node, found: Sequence[Word]) -> None:
        """Read an expect script inside the shell script: a here-document or ``-c``."""
        from migration.readers.expect.around import within
        from migration.readers.expect.script import read_into

        first, said = len(self.builder.steps), len(self.builder.hand_work)
        statement = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
        document = self.typed.document_of(statement)
        line, whole = node.start_point[0] + 1, self.source.text
        if document is not None:
            inside = [words.text(text) if document.verbatim else shell_words.expanded(text) for text in document.lines]
            text = words.join([piece for word in inside for piece in (word, words.text("\n"))])
            read_into(
                text, self.builder, document.line - 1, within(found[1:], whole, document.lines, self.variables.lookup)
            )
            self.typed.take(document)
        elif [words.literal(word) for word in found[1:2]] == ["-c"] and len(found) > 2:  # noqa: PLR2004 - the script
            inner = words.shown(found[2]).split("\n")
            read_into(found[2], self.builder, line - 1, within(None, whole, inner, self.variables.lookup))
        else:
            name = next((words.shown(word) for word in found[1:] if not words.shown(word).startswith("-")), "")
            self.builder.mark(line, script.CHECK, "runs an expect script")
            self.made.around(node, [], f"runs the expect script {name}: plan and translate that file")
            return
        steps = list(range(first, len(self.builder.steps)))
        gap = next((work.text for work in self.builder.hand_work[said:] if work.stops), "")
        if any(self.builder.steps[step].loop for step in steps):
            gap = gap or "a loop over handles, in an expect script"
        if steps:
            self.made.around(node, steps, gap, takes=True)


def _is_call(found: Sequence[Word]) -> bool:
    return bool(found) and invocation.of(found) is not None


def read_shell(source: Source) -> Script:
    """Read a shell script: here-documents, singlecmd, pipes from echo and printf, expect scripts inside it."""
    return _Reader(source).read()
