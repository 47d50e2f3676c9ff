"""pexpect and subprocess programs: what they send, followed statement by statement as far as it is written out."""

from __future__ import annotations

import ast
import os
import re
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import legacy, masking, outputs, script, words
from migration.dialogue import Builder
from migration.readers import patterns
from migration.readers.python import samples, two
from migration.readers.python.arguments import Arguments
from migration.readers.python.branches import is_generator, reaches
from migration.readers.python.doubts import GUARD
from migration.readers.python.ends import EXIT, FAIL, Flow
from migration.readers.python.flow import TooLong
from migration.readers.python.printing import Printing
from migration.readers.python.tools import NAMED, SENDS, SPAWNS, WAITS
from migration.readers.python.values import (
    Begun,
    Bound,
    Const,
    Definition,
    Done,
    Function,
    Instance,
    Opaque,
    Path,
    Seq,
    Text,
    Tool,
    name_of,
)
from migration.script import Refusal, Script

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.python.values import Called, Value
    from migration.source import Source


_ENDINGS = ("quit", "exit", "logoutHSM")
_HANDLERS = ("signal.signal", "print", "isinstance", "callable")
_NUMBER = re.compile(r"(?<!\d)\d{4,18}(?!\d)")
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{4,16}(?![0-9A-Za-z])")
# What only shows or notes something.
_SHOWING = (
    "print",
    "log.",
    "logg",
    "sys.std",
    "repr",
    "str",
    "shutil.which",
    "os.path",
    "os.access",
    "os.stat",
    "warnings",
)
_LOCAL = ("subprocess", "os", "pexpect", "commands", "popen2", *SPAWNS)
# What runs code that stands in a text or in another file, or changes what the program was given.
_CODE = ("exec", "runpy.run_", "sys.argv.")
_QUIET = ("print", "logging", "logger", "log", "sys.stdout", "sys.stderr")


class _Reader(Printing):
    """One program while it is read."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        super().__init__(Builder(source.text), source.folder, tree)
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Definition)}
        self.arguments = Arguments(self.names, self.builder, tree)
        # The calls that were followed.
        self.seen: set[int] = set()
        self.typing = self._typing()

    def _typing(self) -> set[str]:
        """Return the functions that reach a tool, themselves or through others."""
        found: set[str] = set()
        for _ in self.functions:
            more = {name for name, node in self.functions.items() if reaches([node], found)}
            if more == found:
                break
            found = more
        return found

    def argument(self, position: int, default: str | None = None) -> Value:
        """Return an argument of the program."""
        return self.arguments.value(position, default)

    def argument_list(self, dotted: str, count: int, starred: int | None) -> list[Value] | None:
        """Return so many arguments of the program, of which the ``starred`` one is what the others leave."""
        return self.arguments.sliced(dotted, count, starred)

    def called(self, call: Called) -> Value:  # noqa: PLR0911 - one return a kind
        """Follow a call of a function of the program, of a tool, or of what is no matter of the HSMs."""
        node, function, holder, arguments, named = call
        if isinstance(function, Instance):
            return self.made(node, function, arguments, named)
        if isinstance(function, Function):
            if is_generator(function.node):
                return Begun(node, function, arguments, named)
            return self.function(node, function, arguments, named)
        if (end := self.end_by(call)) is not None:
            return end
        name = name_of(node)
        if isinstance(function, Path):
            name = "runu" if function.dotted == "pexpect.run" else function.dotted.rpartition(".")[2]
        if isinstance(holder, Bound):
            name, holder = holder.method, holder.tool
        self.seen.add(id(node))
        file = self.of_file(call._replace(holder=holder))
        if file is not None:
            return file
        found = self._run_somewhere(call, name) or self._of_tools(node, name, holder, arguments, named)
        if found is not None:
            return found
        if name_of(node) == "parse_args" and (parsed := self.arguments.parsed(self.value)) is not None:
            return parsed
        self._not_followed(node, function, holder, [*arguments, *named.values()])
        self._handed_on(node, arguments, named)
        self.perhaps_about_files(node, function, arguments)
        given = [item.value for item in arguments if isinstance(item, Const) and isinstance(item.value, str)]
        self.ledger.note(node, len(self.builder.steps), given)
        dotted = function.dotted if isinstance(function, Path) else ""
        return Path(EXIT) if dotted.startswith("os.exec") else self.unknown(node)

    def _not_followed(self, node: ast.Call, function: Value | None, holder: Value | None, given: list[Value]) -> None:
        """Say of a call what it may do to a tool."""
        shown = ast.unparse(node)
        handed = [item for item in given if isinstance(item, Function) and reaches([item.node], self.typing)]
        if handed and not shown.startswith(_HANDLERS):
            self.left(node.lineno, f"{handed[0].node.name} is not followed where others call it: {shown}")
        elif (self._names_a_tool(given) and not shown.startswith(_SHOWING)) or (
            isinstance(function, Path) and function.dotted.startswith(_CODE)
        ):
            self.left(node.lineno, f"is not followed: {shown}")
        elif isinstance(function, Path) and self._is_beside(function.dotted):
            self.left(node.lineno, f"is in another file, which is not read: {shown}")
        elif isinstance(function, Text | Tool) or (isinstance(holder, Text | Seq) and name_of(node) in self.typing):
            # Which function that is nobody knows: one that types at a tool, perhaps.
            if self.typing or self.runs:
                self.left(node.lineno, f"what is called is not known: {shown}")
        elif isinstance(holder, Instance) and reaches(holder.kind.body, self.typing):
            self.left(node.lineno, f"what is called is not known: {shown}")

    def _run_somewhere(self, call: Called, name: str) -> Value | None:
        """Leave a tool that is run by no module of Python to a person: it may be on another machine."""
        given = [*call.arguments, *call.named.values()]
        if name not in SPAWNS or not self._names_a_tool(given) or _is_local(call.node, call.function, call.holder):
            return None
        self.left(call.node.lineno, f"is run where nobody knows: {ast.unparse(call.node)}")
        return Opaque()

    def _names_a_tool(self, given: Sequence[Value]) -> bool:
        """Return whether values hold a run of a tool, or name a tool or what is typed at one."""
        for item in given:
            if isinstance(item, Tool) and item.dialogue is not None:
                return True
            if isinstance(item, Seq) and self._names_a_tool(item.items):
                return True
            if isinstance(item, Const | Text) and not (
                isinstance(item, Const) and not isinstance(item.value, str | bytes)
            ):
                typed = self.names.word(item)
                first = words.split(typed)
                if NAMED.search(words.shown(typed)) or (len(first) > 1 and legacy.tools_of(first)):
                    return True
        return False

    def _is_beside(self, dotted: str) -> bool:
        """Return whether something comes out of a file beside the program."""
        module = dotted.partition(".")[0]
        paths = (f"{module}.py", os.path.join(module, "__init__.py"))
        imported = {name.partition(".")[0] for name in self.imports.values()}
        return module in imported and any(os.path.isfile(os.path.join(self.folder, path)) for path in paths)

    def _of_tools(
        self, node: ast.Call, name: str, holder: Value | None, arguments: list[Value], named: dict[str, Value]
    ) -> Value | None:
        if name in SPAWNS and not isinstance(holder, Tool | Opaque) and (arguments or named):
            found = self.start(node, name, arguments, named)
            if found is not None:
                return found
        if name == "print" and isinstance(file := named.get("file"), Tool):
            between, end = named.get("sep", Const(" ")), named.get("end", Const("\n"))
            pieces = [piece for item in arguments for piece in (between, item)][1:]
            return self.send(node, "write", file, [self.names.joined([*pieces, end])], {})
        tool = holder
        if name in ("sendline", "expect", "expect_exact") and not isinstance(holder, Tool):
            # What drives the tool came out of something that is not followed: there must be no doubt which it is.
            sure = len(self.runs) == 1 and isinstance(holder, Text | Opaque)
            tool = self.runs[0] if sure else holder
            if not sure and name == "sendline":
                self.left(node.lineno, f"which tool it types at is not followed: {ast.unparse(node)}")
        if not isinstance(tool, Tool):
            return Opaque() if isinstance(holder, Opaque | Done) and name != "parse_args" else None
        if name in SENDS:
            return self.send(node, name, tool, arguments, named)
        if name in WAITS:
            return self.wait(node, name, tool, arguments, named)
        return self.otherwise(node, name, tool)

    def _handed_on(self, node: ast.Call, given: Sequence[Value], named: dict[str, Value]) -> None:
        """Say what is done with a handle that is not typed at a tool; what is only shown is no matter."""
        shown = " ".join(ast.unparse(node).split())
        file = named.get("file")
        if self.prints(node, given, named):
            return
        if shown.startswith(_QUIET) and (file is None or (isinstance(file, Path) and file.dotted.startswith("sys."))):
            return
        given = [*given, *named.values()]
        for name in dict.fromkeys(name for item in given for name in self.names.held(item)):
            self.left_out(node.lineno, f"what is done with ${name} is left out: {shown}", [])

    def checks(self, tree: ast.Module) -> None:
        """Find what else reads a tool's output."""
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) in prose or not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
                continue
            text = node.value if isinstance(node.value, str) else node.value.decode("utf-8", "replace")
            line = node.lineno
            known = (
                {item.line for item in self.builder.hand_work} | {step.line for step in self.builder.steps} | self.read
            )
            first = next(iter(text.split(maxsplit=1)), "")
            if any(legacy.full_name(tool, first) == first for tool in (script.CMU, script.KMU) if first) and not (
                patterns.TOLD.search(text) or patterns.FAILURE.search(text)
            ):
                # A line that is typed, where that is not followed.
                continue
            told = patterns.JUST_SUCCESS.search(text) and not patterns.FAILURE.search(text)
            if outputs.LEGACY.search(text) and not told and line not in known and not self._is_typed(text):
                self.builder.mark(line, script.CHECK, "reads the output")
                shown = " ".join(text.split())
                self.builder.by_hand(line, f'looks for "{shown}" in the output, which is JSON now', stops=False)

    def _is_typed(self, text: str) -> bool:
        first = next(iter(text.split(maxsplit=1)), "")
        return (
            any(first and first == words.shown(step.words[0]) for step in self.builder.steps if step.words)
            or first == "singlecmd"
            or "/" in text
        )

    def ended(self, flow: Flow) -> None:
        """Say that the program has a status of its own at its end."""
        if flow.ends == FAIL and self.status and not self.all_told(self.status):
            text = f"ends the program with a status that is not carried over: {self.status}"
            self.builder.by_hand(self.ending, text, stops=False)

    def not_called(self, tree: ast.Module) -> None:
        """Say which functions type at a tool and are not called; one that nothing names is only seen."""
        for name, function in self.functions.items():
            if name in self.followed or not any(
                isinstance(node, ast.Call) and name_of(node) in (*SENDS, *SPAWNS) for node in ast.walk(function)
            ):
                continue
            own = {id(node) for node in ast.walk(function)} | self.passed
            named = name.startswith("__") or any(
                (isinstance(node, ast.Name) and node.id == name)
                or (isinstance(node, ast.Attribute) and node.attr == name)
                for node in ast.walk(tree)
                if id(node) not in own
            )
            self.builder.by_hand(
                function.lineno, f"function {name} types at a tool and is not called here", stops=named
            )

    def not_reached(self, tree: ast.Module) -> None:
        """Say what types at a tool where nothing was followed, left out or said."""
        said = {item.line for item in self.builder.hand_work}
        for name, function in self.functions.items():
            if name not in self.followed:
                self.passed |= {id(node) for node in ast.walk(function)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or name_of(node) not in ("sendline", "spawn", "communicate"):
                continue
            own = isinstance(node.func, ast.Name) and node.func.id in self.followed
            if not own and id(node) not in self.seen | self.passed and node.lineno not in said:
                self.left(node.lineno, f"is not followed: {ast.unparse(node)}")

    def settle(self) -> None:
        """Take away what would stop the translation where a command of it stops as the program does."""
        self.settle_prints()
        self.tell_untold()
        settled = [*self.doubts.settle(self.names.lacking), *self.needed_files()]
        self.tell_unsaid()
        self.tell_left_out()
        for number in reversed(range(len(self.builder.steps))):
            if any(self.builder.steps[number] is step for step in settled):
                del self.builder.steps[number]
                self.builder.moved(number, -1)

    def last_guards(self) -> None:
        """Take what ends the program where nothing but the end follows for a note."""
        steps = self.builder.steps
        for number in reversed(range(len(steps))):
            if steps[number].name == GUARD:
                guard = steps.pop(number)
                self.builder.moved(number, -1)
                self.builder.by_hand(guard.line, guard.unclear, stops=False)
            elif steps[number].name not in _ENDINGS:
                break

    def explain(self) -> None:
        """Say of variables in commands and tests what must be in them, if their names do not tell."""
        steps = self.builder.steps
        made_up = samples.numbers(len(steps)) - _numbers(words.text("\n".join(self.builder.texts)))
        asked = [(ending.line, ending.test.names) for ending in self.builder.endings]
        for index, step in enumerate(steps):
            named = dict.fromkeys(name for word in (*step.words, *step.answers) for name in words.names(word))
            asked.append((step.line, (*named, *(step.when.names if step.when else ()))))
            unclear = [self.names.derived[name] for name in named if name in self.names.derived]
            if any(_numbers(word) & made_up for word in (*step.words, *step.answers)):
                # The second line of defence: no value of a sample is one of the program.
                unclear.append("a number in it comes out of a made-up output, not out of the program: find it there")
            if unclear:
                steps[index] = replace(step, unclear="; ".join(unclear))
        for line, reason in ((line, reason) for line, names in asked for reason in self.names.must_be(names)):
            self.builder.by_hand(line, reason, stops=False)


def read_python(source: Source) -> Script:
    """Read a program along the way on which all goes well; what conditions and functions hide is said."""
    builder = Builder(source.text)
    try:
        with warnings.catch_warnings(action="ignore"):
            # Python takes a carriage return for the end of a line.
            tree, old = two.parsed(source.text.replace("\r", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = (error.lineno if isinstance(error, SyntaxError) else None) or 1
        what = f": {error.msg}" if isinstance(error, SyntaxError) else ""
        builder.by_hand(min(line, len(builder.texts)), f"is no Python that can be read{what}")
        return Script(source.name, "python", source.text, builder.lines(), (), hand_work=tuple(builder.hand_work))
    reader = _Reader(source, tree)
    if old:
        reader.builder.by_hand(1, "is a program for Python 2, and is read as one for Python 3", stops=False)
    _guarded(reader, lambda: reader.ended(reader.block(tree.body)))
    reader.not_called(tree)
    reader.not_reached(tree)
    reader.checks(tree)
    reader.settle()
    reader.last_guards()
    reader.explain()
    masking.hide(reader.builder)
    for work in reader.builder.hand_work:
        reader.builder.mark(work.line, script.CONTEXT, "is left to a person" if work.stops else "is to be looked at")
    found = [replace(step, words=tuple(map(words.renamed, step.words))) for step in reader.builder.steps]
    return Script(
        source.name,
        "python",
        source.text,
        reader.builder.lines(script.IRRELEVANT, "a comment"),
        tuple(found),
        hand_work=tuple(reader.builder.hand_work),
        parameters=reader.names.parameters,
        arguments=tuple(reader.arguments.names),
        optional=frozenset(words.bash_name(name) for name, spared in reader.names.optional.items() if spared),
        refusals=tuple(
            Refusal(test, status, tuple(reader.refused_with.get(test, ()))) for test, status in reader.refusals.items()
        ),
        endings=tuple(reader.builder.endings),
        printed=tuple(reader.builder.printed),
        usage=reader.arguments.usage,
        reread=frozenset((words.bash_name(name), quote) for name, quote in reader.names.reread),
    )


def _is_local(node: ast.Call, function: Value | None, holder: Value | None) -> bool:
    """Return whether a call runs a program on the machine of the script, as far as that is known."""
    if isinstance(function, Path):
        return function.dotted.partition(".")[0] in _LOCAL
    return not isinstance(holder, Text) and not isinstance(node.func, ast.Attribute)


def _numbers(word: words.Word) -> set[int]:
    """Return the numbers that are written out in a word."""
    texts = [part.text for part in word if part.kind == words.TEXT]
    decimal = {int(number) for text in texts for number in _NUMBER.findall(text)}
    return decimal | {int(number, 16) for text in texts for number in _HEXADECIMAL.findall(text)}


def _guarded(reader: _Reader, work: Callable[[], object]) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            work()
    except TooLong:
        reader.builder.by_hand(1, "loops and functions are too many to be followed")
    except RecursionError:
        reader.builder.by_hand(1, "is nested too deeply to be followed")
