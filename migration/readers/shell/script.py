"""Shell scripts: each call of a tool is found with what is typed at it and what is done with its output."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, script, words
from migration.bash.lines import credentials
from migration.dialogue import Builder, Dialogue
from migration.places import Places
from migration.readers.plain import signature_of
from migration.readers.shell import feeds, heredocs
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.calls import Calls, Wrapper
from migration.readers.shell.leftovers import Leftovers
from migration.readers.shell.loose import Loose, quoted
from migration.readers.shell.output import Output
from migration.readers.shell.written import Written
from migration.script import Call, Rewrite, Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.tree import Node
    from migration.source import Source
    from migration.words import Part, Word

_ALL_WORDS = frozenset("@*")
_DEPTH = 4
_POSITIONS = tuple("123456789")
# A variable that may be set from outside: what it is otherwise. A program that is looked for: its name.
_OTHERWISE = re.compile(
    r"\"?(?:\$\{\w+:?[-=]([^}$`'\"]+)\}|\$\((?:command -v|which|type -p) ([\w./-]+)(?: 2> ?/dev/null)?\))\"?"
)
_ALL = re.compile(r"\$\{(\w+)\[[@*]\]\}")


class _Reader:
    """One shell script while it is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.content = source.text.encode("utf-8", "surrogateescape")
        self.places = Places(self.content)
        self.bare, self.heredocs = heredocs.take_out(self.content)
        self.builder = Builder(source.text)
        self.calls: list[Call] = []
        self.rewrites: list[Rewrite] = []
        self.values: dict[str, Word | None] = {}
        self.arrays: dict[str, list[Word]] = {}
        self.functions: dict[str, list[Word]] = {}
        self.function_spans: list[tuple[int, int]] = []
        self.wrappers: dict[str, Wrapper] = {}
        # Variables that hold what is assumed only if nothing else is set.
        self.assumed: set[str] = set()
        # Functions that cut what they are given at blanks.
        self.cutting: set[str] = set()
        self.signatures: dict[str, str] = {}
        self.signing: list[tuple[int, int, str]] = []
        # What stands in quotes among the words of the steps of calls.
        self.worded: dict[int, set[Part]] = {}

    def read(self) -> Script:
        nodes = list(shell_tree.nodes(self.bare))
        self.portable = not re.match(r"#!.*\bbash\b", self.source.text) and self.source.text.startswith("#!")
        self.output = Output(self.builder, self.places, self.calls, self.rewrites, nodes, self.lookup)
        self.made = Calls(self.builder, self.places, self.content, self.calls, self.rewrites, self.output)
        self._context(nodes)
        self.written = Written(nodes, self._words, self._heredoc_of, _is_call, portable=self.portable)
        commands = [node for node in nodes if node.type == "command"]
        self.made.xargs = {node.start_byte for node in commands if self._calls_each(node)}
        self.wrappers = self._wrappers(nodes)
        within = {wrapper.node.start_byte for wrapper in self.wrappers.values()}
        for node in commands:
            if node.start_byte not in within:
                self._command(node)
        for wrapper in self.wrappers.values():
            self._wrapper(wrapper)
        self._signed_tokens()
        functions = {*self.functions, *self.wrappers}
        interpreter = (re.match(r"#!.*?(\w+)(?: -.*)?$", self.source.text.partition("\n")[0]) or ["", ""])[1]
        leftovers = Leftovers(self.output.edits, nodes, self._words, self.lookup, functions, interpreter)
        leftovers.names()
        self.output.attributes(self.builder.steps)
        self.output.checks()
        leftovers.calls(self.source.folder)
        leftovers.others()
        self.output.unpad()
        loose = Loose(nodes, self.output.taken, self.output.captured)
        for index, step in enumerate(self.builder.steps):
            if index in self.worded:
                found = loose.of(step.words, self.worded[index])
                self.builder.steps[index] = replace(step, loose=found)
        self._describe(nodes)
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
            parameters=self.values,
            arguments=_POSITIONS,
            signatures=self.signatures,
        )

    def lookup(self, name: str) -> Word | None:
        return self.values.get(name)

    def known(self, name: str) -> Word | None:
        """Return what a variable holds whatever is set from outside."""
        return None if name in self.assumed else self.values.get(name)

    def _context(self, nodes: Sequence[Node]) -> None:
        """Note what variables, functions and files hold before anything is called."""
        for node in nodes:
            if node.type == "variable_assignment" and (name := node.child_by_field_name("name")):
                value = node.child_by_field_name("value")
                word = shell_words.word(value) if value else words.EMPTY
                if value is not None and (otherwise := _OTHERWISE.fullmatch(shell_words.source(value))):
                    word = words.text(otherwise[1] or otherwise[2])
                    if otherwise[1] and "/" not in otherwise[1]:
                        self.assumed.add(shell_words.source(name))
                if value is not None and value.type == "array" and not re.search(r"\$\(|`", shell_words.source(value)):
                    self.arrays[shell_words.source(name)] = list(map(shell_words.word, value.named_children))
                known = shell_words.source(name)
                self.values[known] = None if known in self.values and self.values[known] != word else word
                if value is None or shell_words.source(node)[len(known) :].startswith("+="):
                    self.values[known] = None if known in self.values else word
            elif node.type == "for_statement" and (name := node.child_by_field_name("variable")):
                self.values[shell_words.source(name)] = None
            if node.type == "command" and (found := signature_of(shell_words.source(node))):
                self.signatures[found[0]] = found[1]
                self.signing.append((node.start_byte, node.end_byte, shell_words.source(node).split()[-1]))
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
        handed_on = bool(found) and _hands_on(inside[0], found[-1])
        if handed_on and not shell_words.source(inside[0]).endswith('"'):
            self.cutting.add(shell_words.source(name))
        if call is not None and (handed_on or (call.tool != script.HOST and call.commands is None)):
            self.functions[shell_words.source(name)] = found[:-1] if handed_on else found
            self.function_spans.append((node.start_byte, node.end_byte))
            self.rewrites.append(
                Rewrite(node.start_byte, node.end_byte, f": # {shell_words.source(name)} was a call of a legacy tool")
            )
            for number in range(node.start_point[0] + 1, node.end_point[0] + 2):
                self.builder.mark(number, script.CONTEXT, f"{shell_words.source(name)} calls a tool")

    def _words(self, node: Node) -> list[Word]:
        """Return a command's words; a variable without quotes gives the words that it is known to hold."""
        found: list[Word] = []
        for child in node.named_children:
            if child.type in ("file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment"):
                continue
            inner = child.named_children[0] if child.type == "command_name" and child.named_children else child
            found += self._split(shell_words.word(inner), quoted=inner.type in ("string", "raw_string"), depth=_DEPTH)
        if found and (name := words.literal(found[0])) in self.functions:
            rest = found[1:]
            if name in self.cutting:
                rest = [piece for item in rest for piece in words.split(item)]
            found = [*self.functions[name or ""], *rest]
        return found

    def _split(self, word: Word, *, quoted: bool, depth: int) -> list[Word]:
        array = _ALL.fullmatch(word[0].text) if len(word) == 1 else None
        if array and array[1] in self.arrays and depth:
            return [
                item for piece in self.arrays[array[1]] for item in self._split(piece, quoted=False, depth=depth - 1)
            ]
        only = word[0] if len(word) == 1 and word[0].kind == words.VARIABLE else None
        value = self.known(only.text) if only else None
        if only is None or value is None or quoted or not depth:
            if quoted and only is not None and value is not None:
                if "/" in (words.literal(value) or "") or invocation.of([value]) is not None:
                    return [value]  # "$KMU" in quotes is still the tool
            return [word]
        pieces = words.split(value)
        is_tool = invocation.of(pieces) is not None
        if len(pieces) > 1 or is_tool:
            return [item for piece in pieces for item in self._split(piece, quoted=False, depth=depth - 1)]
        return [word]

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
        wrapper = self.wrappers.get(words.literal(found[0]) or "")
        rest = found[1:]
        if wrapper is not None and wrapper.name in self.cutting:
            rest = [piece for item in rest for piece in words.split(item)]
        call = invocation.of([*wrapper.words, *rest] if wrapper is not None else found)
        if call is None:
            if (words.literal(found[0]) or "").rpartition("/")[2] == "expect":
                self._expect(node, found)
            return
        if doubt := shell_tree.doubt(node):
            self.made.around(node, [], doubt)
            return
        if call.tool == script.HOST:
            whole = shell_tree.pipeline_of(node)
            if shell_pipes.behind(node, whole) or shell_pipes.use(whole) == shell_pipes.VALUE:
                what = "configure" if call.name == "configure" else "the client daemon, which is there no more,"
                self.output.edits.by_hand(whole, f"reads what {what} says")
                return
            session = script.Session(script.HOST, self.builder.runs)
            self.builder.steps.append(script.Step(line, call.name, (words.text(call.name), *call.arguments), session))
            self.made.add(node, Call(node.start_byte, node.end_byte, (len(self.builder.steps) - 1,)))
        elif call.commands is not None:
            before = len(self.builder.hand_work)
            steps = invocation.run_words(self.builder, call, line, self.known)
            whole = set() if shell_words.source(node.children[0]) in self.cutting else quoted(node)
            self.worded.update(dict.fromkeys(steps, whole))
            if steps:
                self.made.around(node, steps, wrapper=wrapper)
                if wrapper is not None:
                    wrapper.runs.append(steps)
            else:
                gap = (
                    self.builder.hand_work[before].text
                    if len(self.builder.hand_work) > before
                    else "no command is given"
                )
                self.made.around(node, [], gap)
        else:
            self._typed(node, call, line)

    def _wrappers(self, nodes: Sequence[Node]) -> dict[str, Wrapper]:
        """Return the functions that run a tool with whatever they are given, and do something with its output."""
        found: dict[str, Wrapper] = {}
        for node in nodes:
            name = node.child_by_field_name("name") if node.type == "function_definition" else None
            if name is None or shell_words.source(name) in self.functions:
                continue
            inside = [inner for inner in shell_tree.walk(node) if inner.type == "command"]
            calls = [(inner, self._words(inner)) for inner in inside]
            calls = [(inner, told) for inner, told in calls if told and invocation.of(told) is not None]
            if len(calls) != 1:
                continue
            inner, told = calls[0]
            call = invocation.of(told)
            handed_on = _hands_on(inner, told[-1])
            rest = shell_words.source(node).replace(shell_words.source(inner), "")
            if call is None or call.commands is None or not handed_on or re.search(r"\bshift\b|\bset --", rest):
                continue
            if re.search(r"\$\{?[1-9@*]", rest):
                told_of = f"{shell_words.source(name)} looks at its arguments, which are those of another command now"
                self.builder.by_hand(node.start_point[0] + 1, told_of, stops=False)
            whole = shell_tree.pipeline_of(inner)
            tees = shell_pipes.filters_of(shell_pipes.behind(inner, whole)) if whole is not inner else None
            plain = shell_pipes.use(whole) == shell_pipes.STATEMENT and not re.search(
                r"(?<![2&])>(?!&)", re.sub(r"2>&1|2> *\S+", "", shell_words.source(whole))
            )
            transparent = plain and (whole.type == "command" or (tees is not None and not tees.stages))
            known = shell_words.source(name)
            if not shell_words.source(inner).endswith('"'):
                self.cutting.add(known)
            found[known] = Wrapper(known, inner, told[:-1], transparent, [])
            if transparent:
                self.output.transparent.add(known)
        return found

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
        call = invocation.of(taken[1]) if taken is not None else None
        return call is not None and bool(call.commands)

    def _each(self, node: Node, line: int) -> None:
        """Take an xargs that calls a tool once for each word: a loop."""
        taken = invocation.each(self._words(node))
        call = invocation.of(taken[1]) if taken is not None else None
        if taken is None or call is None:
            return
        steps = invocation.run_words(self.builder, call, line, self.known)
        whole = shell_tree.pipeline_of(node)
        redirects = self.made.redirects(whole) if whole.type == "redirected_statement" else ""
        end = whole.end_byte if redirects else node.end_byte
        for step in steps:
            self.builder.capture(step, taken[0], "each")
        self.made.add(node, Call(node.start_byte, end, tuple(steps), redirects=redirects, each=taken[0]))
        self.output.made(len(self.calls) - 1, shell_pipes.STATEMENT)

    def _typed(self, node: Node, call: invocation.Invocation, line: int) -> None:
        """Take what is typed at a tool: a here-document, a here-string, a file or a pipe."""
        first = len(self.builder.steps)
        dialogue = Dialogue(self.builder, call.tool, self.known, cfg=call.cfg)
        gap = ""
        statement = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
        redirects = [*(statement.children_by_field_name("redirect") if statement else []), *node.named_children]
        heredoc = self._heredoc_of(statement)
        herestring = next((item for item in redirects if item.type == "herestring_redirect"), None)
        source = next(
            (item for item in redirects if item.type == "file_redirect" and shell_words.source(item).startswith("<")),
            None,
        )
        before = shell_tree.previous_stage(node, statement)
        if heredoc is not None:
            self._heredoc(heredoc, dialogue)
        elif herestring is not None and herestring.named_children:
            for text in shell_words.typed(shell_words.word(herestring.named_children[0])):
                dialogue.feed(text, line, marked=False)
        elif source is not None:
            target = source.child_by_field_name("destination")
            name = words.shown(shell_words.word(target)) if target else ""
            gap = self._feed(
                self.written.lines(name, node),
                dialogue,
                line,
                f"its commands are in {name}: plan and translate that file",
            )
        elif before is not None:
            gap = self._feed(
                feeds.printed(before, self._words, self._heredoc_taken, portable=self.portable),
                dialogue,
                line,
                f"its commands come from: {shell_words.source(before).split(chr(10))[0]}",
            )
        else:
            gap = "a person types here: use cloudhsm-cli interactive"
        self.worded.update({step: set() for step in range(first, len(self.builder.steps))})
        self.made.around(node, list(range(first, len(self.builder.steps))), gap)

    def _feed(self, lines: list[Word] | None, dialogue: Dialogue, line: int, gap: str) -> str:
        for text in lines or []:
            dialogue.feed(text, line, marked=False)
        return "" if lines is not None else gap

    def _heredoc_of(self, statement: Node | None) -> heredocs.HereDocument | None:
        redirects = statement.children_by_field_name("redirect") if statement else []
        return next((self.heredocs[item.start_byte] for item in redirects if item.start_byte in self.heredocs), None)

    def _heredoc_taken(self, statement: Node) -> heredocs.HereDocument | None:
        document = self._heredoc_of(statement)
        if document is not None:
            self._take(document)
        return document

    def _heredoc(self, document: heredocs.HereDocument, dialogue: Dialogue) -> None:
        for number, text in enumerate(document.lines, document.line):
            dialogue.feed(words.text(text) if document.verbatim else shell_words.expanded(text), number)
        self._take(document)

    def _take(self, document: heredocs.HereDocument) -> None:
        """Leave the here-document out of the translation."""
        self.rewrites.append(Rewrite(document.start, document.end, ""))
        for number in range(document.line, document.line + len(document.lines)):
            self.builder.mark(number, script.CONTEXT, "typed at the tool")
        self.builder.mark(document.line + len(document.lines), script.CONTEXT, "the end of what is typed")

    def _expect(self, node: Node, found: Sequence[Word]) -> None:
        """Read an expect script inside the shell script: a here-document or ``-c``."""
        from migration.readers.expect.script import read_into

        first, said = len(self.builder.steps), len(self.builder.hand_work)
        statement = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
        document = self._heredoc_of(statement)
        line = node.start_point[0] + 1
        if document is not None:
            text = "\n".join(document.lines)
            read_into(text if document.verbatim else text.replace("\\$", "$"), self.builder, document.line - 1)
            self._take(document)
        elif [words.literal(word) for word in found[1:2]] == ["-c"] and len(found) > 2:  # noqa: PLR2004 - the script
            read_into(words.shown(found[2]), self.builder, line - 1)
        else:
            name = next((words.shown(word) for word in found[1:] if not words.shown(word).startswith("-")), "")
            self.builder.mark(line, script.CHECK, "runs an expect script")
            self.builder.by_hand(line, f"runs the expect script {name}: plan and translate that file")
            return
        steps = list(range(first, len(self.builder.steps)))
        gap = next((work.text for work in self.builder.hand_work[said:] if work.stops), "")
        if any(self.builder.steps[step].loop for step in steps):
            gap = gap or "a loop over handles, in an expect script"
        if steps:
            self.made.around(node, steps, gap, takes=True)

    def _signed_tokens(self) -> None:
        """Leave out what signs a token of old: tokens are signed where they are used."""
        names = ("getToken", "registerQuorumPubKey")
        used = (word for step in self.builder.steps if step.name in names for word in step.words[3:4])
        tokens = set(map(words.shown, used))
        for start, end, file in self.signing:
            if file.strip("'\"") in tokens:
                self.rewrites.append(Rewrite(start, end, ": 'the token is signed where it is used'"))
                self.builder.mark(self.places.line(start), script.CONTEXT, "signs a token")

    def _describe(self, nodes: Sequence[Node]) -> None:
        """Say of lines that no call is on what they are."""
        for node in nodes:
            line = node.start_point[0] + 1
            if node.type == "ERROR":
                if not any(call.start <= node.start_byte < call.end for call in self.calls):
                    self.builder.mark(line, script.UNKNOWN, "bash would not read this")
            elif node.type == "comment":
                self.builder.mark(line, script.IRRELEVANT, "a comment")
            elif node.type == "variable_assignment" and re.search(
                r"cloudhsm_(?:mgmt_util|client)\.cfg", shell_words.source(node)
            ):
                self.builder.mark(line, script.CONTEXT, "names a configuration file")
            elif node.type == "variable_assignment" and invocation.of(words.split(shell_words.word(node.children[-1]))):
                self.builder.mark(line, script.CONTEXT, "names a tool")


def _is_call(found: Sequence[Word]) -> bool:
    return bool(found) and invocation.of(found) is not None


def _hands_on(node: Node, last: Word) -> bool:
    """Return whether a command's last word is all that it is given."""
    names = [part.text for part in last if part.kind == words.VARIABLE]
    return any(name in _ALL_WORDS for name in names) and not shell_words.source(node).endswith(('"$*"', '"${*}"'))


def read_shell(source: Source) -> Script:
    """Read a shell script: here-documents, singlecmd, pipes from echo and printf, expect scripts inside it."""
    return _Reader(source).read()
