"""What a Python program has beside the tools: files that it reads and writes, other programs that it runs."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from migration import script, words
from migration.readers.python import usage
from migration.readers.python.functions import Functions
from migration.readers.python.values import Const, File, NotKnown, Opaque, Path, Text, concrete, lifted
from migration.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Called, Value

_OPENS = ("open", "io.open", "codecs.open")
_WRITES = ("write", "writelines", "writerow", "writerows", "writeheader", "write_text", "write_bytes")
_NOW = re.compile(r"time\.strftime|(?:datetime\.)?(?:datetime\.(?:now|utcnow|today)|date\.today)\(\)\.strftime")
_STAMP = re.compile(r"(?:[\w.:/-]|%[YmdHMSjyFTsUV])*")
_WRITERS = ("csv.writer", "csv.DictWriter")
# Programs that change nothing and whose output is for people.
_HARMLESS = (
    "sleep",
    "echo",
    "printf",
    "clear",
    "date",
    "true",
    "ps",
    "pgrep",
    "ls",
    "which",
    "hostname",
    "whoami",
    "id",
)


class _Beside(NamedTuple):
    """Something that is left out: its line, how many commands were before it, which files it may be about."""

    line: int
    before: int
    files: frozenset[str]
    text: str


class Files(Functions):
    """Follows what is done beside the tools."""

    def __init__(self, builder: Builder, folder: str) -> None:
        super().__init__(builder)
        self.folder = folder
        self._beside: list[_Beside] = []
        self._written: set[str] = set()
        # Of these, files of what a tool prints.
        self._outputs: set[str] = set()
        # Files that are opened to be written, each with how many commands were before, and how that is spelled.
        self.opened: list[tuple[File, int, str]] = []
        # Whether other programs are run, which see what the program puts into the environment.
        self.programs = False

    def of_file(self, call: Called) -> Value | None:  # noqa: PLR0911 - one return a kind
        """Return what a call gives that is about a file; None if it is about none."""
        node, function, holder, arguments, named = call
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        dotted = function.dotted if isinstance(function, Path) else ""
        if name in ("read_text", "read_bytes") and isinstance(node.func, ast.Attribute):
            path = usage.path_in(node.func.value)
            self._reads_of_tool(node, self.names.word(self.value(path)))
        if name == "strftime" and (found := self._stamp(node, arguments)) is not None:
            return found
        if dotted in _OPENS and arguments:
            return self._opened(node, arguments, named)
        if name in _WRITES and (isinstance(holder, File) or name.startswith("write_")):
            return self._writes(node, holder, [*arguments, *named.values()])
        if isinstance(holder, File):
            return self._read(name, holder)
        file = next((item for item in (*arguments, *named.values()) if isinstance(item, File)), None)
        if file is None:
            return None
        if dotted in _WRITERS:
            return file
        if dotted in ("csv.reader", "csv.DictReader", "json.load"):
            return self._parsed(dotted, file, arguments[1:], named)
        if file.writes and (name == "dump" or ast.unparse(node.func) == "print"):
            return self._writes(node, file, arguments)
        return None

    def _stamp(self, node: ast.Call, arguments: list[Value]) -> Value | None:
        """Return the time of the run in a form, which bash has from date; None if that is not the same."""
        spelled = ast.unparse(node.func)
        form = arguments[0].value if arguments and isinstance(arguments[0], Const) else None
        if not _NOW.fullmatch(spelled) or not isinstance(form, str) or not _STAMP.fullmatch(form):
            return None
        if len(node.args) > 1 and ast.unparse(node.args[1]) != "time.localtime()":
            return None
        name = self.names.new("stamp")
        universal = "-u " if "utcnow" in spelled else ""
        self.names.parameters[name] = words.code(f"$(date {universal}'+{form}')")
        return Text(words.variable(name))

    def _opened(self, node: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
        given = named.get("mode") or (arguments[1] if len(arguments) > 1 else Const("r"))
        mode = str(given.value) if isinstance(given, Const) else "w"
        word = self.names.word(arguments[0])
        writes = any(sign in mode for sign in "wax+")
        name = words.literal(word)
        if writes and name is not None:
            self._written.add(name)
        if not writes:
            self._reads_of_tool(node, word)
        file = File(word, writes, self.line or node.lineno)
        if writes:
            self.opened.append((file, len(self.builder.steps), " ".join(ast.unparse(node).split())))
        return file

    def _reads_of_tool(self, node: ast.Call, name: words.Word) -> None:
        """Say that a program reads a file which a command before it names: what it makes of that is not followed."""
        # Those of the texts of which a path was made that is read now.
        texts = self.ledger.texts(node) if isinstance(node.func, ast.Attribute) else []
        names = {name, *map(words.text, texts)} - {words.EMPTY}
        step = next((step for step in reversed(self.builder.steps) if names & set(step.words[1:])), None)
        if step is not None:
            shown = " ".join(ast.unparse(node).split())
            told = f"what is made of the file of {step.name}, and printed, is left out: {shown}"
            self.builder.by_hand(node.lineno, told, stops=False)

    def _content(self, file: File) -> str:
        """Return what of a file was not read yet.

        Raises:
            NotKnown: only a run tells it.
        """
        if file.rest is None and not file.begun and not file.writes:
            file.rest = self._on_disk(words.literal(file.name), file.line)
        file.begun = True
        if file.rest is None or self.unsure():
            raise NotKnown
        return file.rest

    def _on_disk(self, name: str | None, line: int) -> str | None:
        """Return what a file beside the program holds, if nothing in the program makes it; that it was read is said."""
        if name is None or os.path.isabs(name) or name in self._written or self._is_named(name, 0):
            return None
        path = os.path.join(self.folder, name)
        try:
            if not os.path.isfile(path) or os.path.getsize(path) > MAX_BYTES:
                return None
            with open(path, encoding="utf-8-sig") as file:
                found = file.read()
        except (OSError, ValueError):
            return None
        if "\0" in found:
            return None
        text = f"what {name} holds is written into the translation, as it was when the program was read"
        self.builder.by_hand(line, text, stops=False)
        return found

    def _is_named(self, name: str, since: int) -> bool:
        """Return whether a command names a file."""
        return any(words.literal(word) == name for step in self.builder.steps[since:] for word in step.words)

    def _read(self, name: str, file: File) -> Value | None:
        if name in ("close", "flush", "__enter__"):
            return Const(None) if name != "__enter__" else file
        if name not in ("read", "readlines", "readline"):
            return None
        fresh = not file.begun
        try:
            text = self._content(file)
        except NotKnown:
            if fresh and name != "readlines" and (read := self._read_late(name, file)) is not None:
                return read
            return Opaque() if words.literal(file.name) in self._outputs else None
        if name == "readline":
            first, _, rest = text.partition("\n")
            file.rest = rest
            return Const(first + "\n" if rest or text.endswith("\n") else first)
        file.rest = ""
        return Const(text) if name == "read" else lifted(text.splitlines(keepends=True))

    def _read_late(self, name: str, file: File) -> Value | None:
        """Return what the translation reads itself, before its first command; None if it cannot, or may be too late."""
        known = all(held not in self.names.derived for held in words.names(file.name))
        # What was done before may have made the file.
        if self.builder.steps or self._beside or self._written or self.unsure() or file.writes or not known:
            return None
        found = self.names.unknown("content")
        program = "cat" if name == "read" else "head -n 1"
        given = words.join([words.code(f'$({program} -- "'), file.name, words.code('")')])
        self.names.parameters[words.names(found.word)[0]] = given
        return found

    def _parsed(self, dotted: str, file: File, more: list[Value], named: dict[str, Value]) -> Value | None:
        try:
            text = self._content(file)
            options = {key: concrete(value) for key, value in named.items()}
            given = [concrete(item) for item in more]
        except NotKnown:
            return None
        file.rest = ""
        found: Any
        try:
            if dotted == "json.load":
                found = json.loads(text)
            else:
                reader = csv.reader if dotted == "csv.reader" else csv.DictReader
                found = list(reader(text.splitlines(keepends=True), *given, **options))
        except Exception as error:
            # Whatever is wrong with the file, the program would have ended or handled it here.
            raise NotKnown from error
        return lifted(found)

    def iterated(self, value: Value) -> Value:
        """Return what a loop over a value takes, as a list if that is known."""
        if not isinstance(value, File):
            return super().iterated(value)
        try:
            text = self._content(value)
        except NotKnown:
            return value
        value.rest = ""
        return lifted(text.splitlines(keepends=True))

    def _writes(self, node: ast.Call, file: Value | None, given: Sequence[Value]) -> Value:
        shown = " ".join(ast.unparse(node).split())
        held = list(dict.fromkeys(name for item in given for name in self.names.held(item)))
        what = f"what is done with {', '.join(f'${name}' for name in held)}" if held else "what it writes into a file"
        if isinstance(file, File):
            file.told = True
        name = words.literal(file.name) if isinstance(file, File) else None
        self.left_out(node.lineno, f"{what} is left out: {shown}", [name] if name else [])
        return Const(None)

    def left_out(self, line: int, text: str, files: Sequence[str], *, before: int = -1) -> None:
        """Note that something is left out; it stops the translation if a later command names one of its files.

        ``before`` says how many commands were before it, if that is not as many as there are now.
        """
        self.builder.mark(line, script.CONTEXT, "is left out")
        place = len(self.builder.steps) if before < 0 else before
        item = _Beside(line, place, frozenset(files), text)
        if item not in self._beside:
            self._beside.append(item)

    def said(self) -> list[str]:
        """Return all that is said of the program up to now."""
        steps = self.builder.steps
        named = {name for step in steps for word in (*step.words, *step.answers) for name in words.names(word)}
        found = [*(work.text for work in self.builder.hand_work), *(item.text for item in self._beside)]
        reasons = [text for name, text in self.names.reasons.items() if name in named]
        reasons += [text for name, text in self.names.derived.items() if name in named]
        return [*found, *(step.unclear for step in steps), *reasons]

    def output_left_out(self, line: int, file: str) -> None:
        """Note that what a tool prints is written into a file."""
        self._written.add(file)
        self._outputs.add(file)
        self.left_out(line, f"what a tool prints is written into {file}, which is left out", [file])

    def program_left_out(self, node: ast.Call, found: Sequence[words.Word]) -> None:
        """Note that another program is run."""
        texts = [words.shown(word) for word in found]
        program = next((text.rpartition("/")[2] for text in texts if text not in ("sudo", "env")), "")
        module = ast.unparse(node.func).partition(".")[0]
        if program in _HARMLESS or self.imports.get(module, "").partition(".")[0] not in (
            "subprocess",
            "os",
            "pexpect",
        ):
            return
        self.programs = True
        self.left_out(node.lineno, f"{program} is run, which is left out: {' '.join(texts)}", texts[1:])

    def perhaps_about_files(self, node: ast.Call, function: Value | None, arguments: Sequence[Value]) -> None:
        """Note a call that makes files other ones than they are by their names."""
        if not isinstance(function, Path) or function.dotted not in ("os.chdir", "os.umask"):
            return
        if not any("cloudhsm" in words.shown(self.names.word(item)) for item in arguments):
            self.builder.by_hand(node.lineno, f"is not carried over: {ast.unparse(node)}", stops=False)

    def tell_left_out(self) -> None:
        """Say what is left out, and let the translation stop before the first command that needs it."""
        steps = self.builder.steps
        for item in reversed(self._beside):
            needs = (number for number, step in enumerate(steps) if number >= item.before and _names(step, item.files))
            first = next(needs, None)
            if first is not None:
                session = script.Session(script.HOST, 0)
                head = words.text(f"(line {item.line})")
                self.builder.moved(first, 1)
                steps.insert(first, script.Step(steps[first].line, "beside", (head,), session, unclear=item.text))
            else:
                self.builder.by_hand(item.line, item.text, stops=False)


def _names(step: script.Step, files: frozenset[str]) -> bool:
    """Return whether a command names one of some files."""
    return any(words.literal(word) in files for word in step.words)
