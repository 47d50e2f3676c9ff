"""Shell scripts: each call of a tool is found with what is typed at it and what is done with its output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import invocation, outputs, script, words
from migration.dialogue import Builder, Dialogue
from migration.places import Places
from migration.readers import heredocs, shell_tree, shell_words
from migration.readers.plain import signature_of
from migration.script import Call, Rewrite, Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell_tree import Node
    from migration.source import Source
    from migration.words import Word

_ALL_WORDS = frozenset("@*")
_DEPTH = 4


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
        self.functions: dict[str, list[Word]] = {}
        self.function_spans: list[tuple[int, int]] = []
        self.written: dict[str, list[Word]] = {}
        self.answers: dict[str, int] = {}
        self.signatures: dict[str, str] = {}
        self.files: set[str] = set()
        self.signing: list[tuple[int, int, str]] = []

    def read(self) -> Script:
        nodes = list(shell_tree.nodes(self.bare))
        self._context(nodes)
        for node in nodes:
            if node.type == "command":
                self._command(node)
        self._signed_tokens()
        self._checks(nodes)
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
            signatures=self.signatures,
        )

    def lookup(self, name: str) -> Word | None:
        return self.values.get(name)

    def _context(self, nodes: Sequence[Node]) -> None:
        """Note what variables, functions and files hold before anything is called."""
        for node in nodes:
            if node.type == "variable_assignment" and (name := node.child_by_field_name("name")):
                value = node.child_by_field_name("value")
                word = shell_words.word(value) if value else words.EMPTY
                known = shell_words.source(name)
                self.values[known] = None if known in self.values and self.values[known] != word else word
            elif node.type == "redirected_statement":
                self._note_written(node)
            if node.type == "command" and (found := signature_of(shell_words.source(node))):
                self.signatures[found[0]] = found[1]
                self.signing.append((node.start_byte, node.end_byte, shell_words.source(node).split()[-1]))
        for node in nodes:
            if node.type == "function_definition":
                self._note_function(node)

    def _note_written(self, node: Node) -> None:
        body, redirects = node.child_by_field_name("body"), node.children_by_field_name("redirect")
        if body is None or body.type != "command" or len(redirects) != 1 or redirects[0].type != "file_redirect":
            return
        target = redirects[0].child_by_field_name("destination")
        lines = shell_words.printed(self._words(body))
        if target is not None and lines is not None and shell_words.source(redirects[0]).startswith(">"):
            self.written[words.shown(shell_words.word(target))] = lines

    def _note_function(self, node: Node) -> None:
        """Note a function that only hands its arguments to a tool: a call of it is a call of the tool."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        inside = [child for child in body.named_children if child.type != "comment"] if body else []
        if name is None or len(inside) != 1 or inside[0].type != "command":
            return
        found = self._words(inside[0])
        if (
            found
            and invocation.of(found)
            and any(part.text in _ALL_WORDS for part in found[-1] if part.kind == words.VARIABLE)
        ):
            self.functions[shell_words.source(name)] = found[:-1]
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
            found = [*self.functions[name or ""], *found[1:]]
        return found

    def _split(self, word: Word, *, quoted: bool, depth: int) -> list[Word]:
        only = word[0] if len(word) == 1 and word[0].kind == words.VARIABLE else None
        value = self.values.get(only.text) if only else None
        if only is None or value is None or quoted or not depth:
            if quoted and only is not None and value is not None and "/" in (words.literal(value) or ""):
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
        call = invocation.of(found)
        if call is None:
            if (words.literal(found[0]) or "").rpartition("/")[2] == "expect":
                self._expect(node, found)
            return
        if call.tool == script.HOST:
            session = script.Session(script.HOST, self.builder.runs)
            self.builder.steps.append(script.Step(line, call.name, (words.text(call.name), *call.arguments), session))
            self._add(node, [len(self.builder.steps) - 1], node.start_byte, node.end_byte)
        elif call.commands is not None:
            before = len(self.builder.hand_work)
            steps = invocation.run_words(self.builder, call, line, self.lookup)
            if steps:
                self._around(node, steps)
            else:
                gap = (
                    self.builder.hand_work[before].text
                    if len(self.builder.hand_work) > before
                    else "no command is given"
                )
                self._around(node, [], gap)
        else:
            self._typed(node, call, line)

    def _typed(self, node: Node, call: invocation.Invocation, line: int) -> None:
        """Take what is typed at a tool: a here-document, a here-string, a file or a pipe."""
        first = len(self.builder.steps)
        dialogue = Dialogue(self.builder, call.tool, self.lookup, cfg=call.cfg)
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
            for text in (
                shell_words.printed(
                    [words.text("printf"), words.text("%s\n"), shell_words.word(herestring.named_children[0])]
                )
                or []
            ):
                dialogue.feed(text, line, marked=False)
        elif source is not None:
            target = source.child_by_field_name("destination")
            name = words.shown(shell_words.word(target)) if target else ""
            gap = self._feed(
                self.written.get(name), dialogue, line, f"its commands are in {name}: plan and translate that file"
            )
        elif before is not None:
            lines = shell_words.printed(self._words(before)) if before.type == "command" else None
            gap = self._feed(
                lines, dialogue, line, f"its commands come from: {shell_words.source(before).splitlines()[0]}"
            )
        else:
            gap = "a person types here: use cloudhsm-cli interactive"
        self._around(node, list(range(first, len(self.builder.steps))), gap)

    def _feed(self, lines: list[Word] | None, dialogue: Dialogue, line: int, gap: str) -> str:
        for text in lines or []:
            dialogue.feed(text, line, marked=False)
        return "" if lines is not None else gap

    def _heredoc_of(self, statement: Node | None) -> heredocs.HereDocument | None:
        redirects = statement.children_by_field_name("redirect") if statement else []
        return next((self.heredocs[item.start_byte] for item in redirects if item.start_byte in self.heredocs), None)

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
        from migration.readers.expect import read_into

        first = len(self.builder.steps)
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
        if len(self.builder.steps) > first:
            self._around(node, list(range(first, len(self.builder.steps))))

    def _around(self, node: Node, steps: list[int], gap: str = "") -> None:
        """Add the call with the redirections and the pipeline that it stands in."""
        statement = node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
        outer = statement or node
        redirects = self._redirects(statement) if statement else ""
        start, end, pipeline = outer.start_byte, outer.end_byte, ""
        if outer.parent is not None and outer.parent.type == "pipeline":
            stages = outer.parent.named_children
            behind = [child for child in stages if child.start_byte >= outer.end_byte]
            pipeline = (
                self.content[behind[0].start_byte : outer.parent.end_byte].decode("utf-8", "surrogateescape")
                if behind
                else ""
            )
            # What feeds a call that stays undone must stay, too: it may be the end of a loop.
            start, end = (outer if gap and not steps else outer.parent).start_byte, outer.parent.end_byte
        elif outer.parent is not None and outer.parent.type == "redirected_statement":
            redirects += self._redirects(outer.parent)
            start, end = outer.parent.start_byte, outer.parent.end_byte
        holder = shell_tree.ancestor(node, "pipeline")
        if (
            pipeline
            and holder is not None
            and holder.parent is not None
            and holder.parent.type == "redirected_statement"
        ):
            pipeline += " " + self._redirects(holder.parent)
            end = holder.parent.end_byte
        last = self.builder.steps[steps[-1]].name if steps else ""
        reading = outputs.reading(pipeline, last) if pipeline else None
        if pipeline and reading is None and not gap:
            gap = f"its output goes to: {pipeline.strip()}"
        self._capture(node, steps, reading)
        self._add(node, steps, start, end, reading.jq if reading else "", redirects, gap)

    def _redirects(self, statement: Node) -> str:
        """Return what stands behind the command, inputs left out."""
        kept = statement.children_by_field_name("redirect")
        return " ".join(
            shell_words.source(item)
            for item in kept
            if item.type == "file_redirect" and not shell_words.source(item).startswith("<")
        )

    def _capture(self, node: Node, steps: list[int], reading: outputs.Reading | None) -> None:
        """Note which variable takes the output, or a handle out of it."""
        substitution = shell_tree.ancestor(node, "command_substitution")
        assignment = shell_tree.ancestor(substitution, "variable_assignment") if substitution is not None else None
        name = assignment.child_by_field_name("name") if assignment is not None else None
        if name is None or not steps:
            return
        if reading is None:
            self.answers[shell_words.source(name)] = steps[-1]
        elif reading.what in ("handle", "public", "private"):
            self.builder.capture(steps[-1], shell_words.source(name), reading.what)

    def _add(  # noqa: PLR0917 - what a call is
        self, node: Node, steps: list[int], start: int, end: int, pipeline: str = "", redirects: str = "", gap: str = ""
    ) -> None:
        self.calls.append(Call(start, end, tuple(steps), pipeline, redirects, gap))
        self.files |= set(re.findall(r"(?<![&\d])>>? *([\w./-]+)", redirects)) - {"/dev/null"}
        line = node.start_point[0] + 1
        commands = {self.builder.steps[step].line for step in steps}
        self.builder.mark(line, script.COMMAND if line in commands or not steps else script.CONTEXT, "calls a tool")
        last = self.places.line(end - len(self.content[start:end]) + len(self.content[start:end].rstrip(b"\n")) - 1)
        for number in range(line + 1, last + 1):
            self.builder.mark(number, script.CONTEXT, "belongs to the call above")

    def _signed_tokens(self) -> None:
        """Leave out what signs a token of old: tokens are signed where they are used."""
        names = ("getToken", "registerQuorumPubKey")
        used = (word for step in self.builder.steps if step.name in names for word in step.words[3:4])
        tokens = set(map(words.shown, used))
        for start, end, file in self.signing:
            if file.strip("'\"") in tokens:
                self.rewrites.append(Rewrite(start, end, ": 'the token is signed where it is used'"))
                self.builder.mark(self.places.line(start), script.CONTEXT, "signs a token")

    def _checks(self, nodes: Sequence[Node]) -> None:
        """Find what reads a tool's output elsewhere: greps of a variable or a file, regular expressions."""
        covered = bytearray(len(self.content))
        for call in self.calls:
            covered[call.start : call.end] = b"c" * (call.end - call.start)
        for node in nodes:
            start, end = node.start_byte, node.end_byte
            if node.type not in ("pipeline", "command", "test_command") or covered.find(b"c", start, end) >= 0:
                continue
            text = shell_words.source(node)
            if not self._reads_output(text) or any(done.start <= start and end <= done.end for done in self.rewrites):
                continue
            if node.type == "command" and not re.match(
                r"(?:sudo )?(?:grep|egrep|sed|awk|cut|test|jq|head|tail|cat)\b", text
            ):
                continue
            self._check(node, text)

    def _reads_output(self, text: str) -> bool:
        """Return whether a command reads what a tool printed: by its patterns, a variable or a file."""
        if outputs.LEGACY.search(text):
            return True
        named = {found[1] for found in re.finditer(r"\$\{?(\w+)", text)} & set(self.answers)
        if named and re.search(r"\b(?:grep|sed|awk|cut|tr|head|tail|wc)\b|=~", text):
            return True
        return any(file in text.split() for file in self.files)

    def _check(self, node: Node, text: str) -> None:
        line = node.start_point[0] + 1
        self.builder.mark(line, script.CHECK, "reads a tool's output")
        head = re.match(r"(?:echo|printf '%s\\n'|printf '%s') \"?\$\{?(\w+)\}?\"? *\| *(.*)", text, re.DOTALL)
        if head and head[1] in self.answers:
            step = self.answers[head[1]]
            reading = outputs.reading(head[2], self.builder.steps[step].name)
            if reading is not None:
                self.rewrites.append(Rewrite(node.start_byte, node.end_byte, f'{reading.jq} <<< "${head[1]}"'))
                self._capture_later(node, step, reading)
                return
        matched = re.match(r"\[\[ \"?\$\{?(\w+)\}?\"? =~ (.*) \]\]", text, re.DOTALL)
        if matched and matched[1] in self.answers:
            command = self.builder.steps[self.answers[matched[1]]].name
            reading = outputs.reading(matched[2].replace("\\", ""), command)
            if reading is not None and reading.what in ("handle", "public", "private"):
                found = f'[[ $({reading.jq} <<< "${matched[1]}") =~ ^(0x[0-9a-f]+)$ ]]'
                self.rewrites.append(Rewrite(node.start_byte, node.end_byte, found))
                return
        what = " ".join(text.split())
        self.rewrites.append(Rewrite(node.start_byte, node.end_byte, "", f"reads what a legacy tool printed: {what}"))
        self.builder.by_hand(line, f"reads what a legacy tool printed, which is JSON now: {what}")

    def _capture_later(self, node: Node, step: int, reading: outputs.Reading) -> None:
        if reading.what in ("handle", "public", "private"):
            self._capture(node, [step], reading)

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


def read_shell(source: Source) -> Script:
    """Read a shell script: here-documents, singlecmd, pipes from echo and printf, expect scripts inside it."""
    return _Reader(source).read()
