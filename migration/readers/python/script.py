"""pexpect and subprocess programs: what they send, followed statement by statement as far as it is written out."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import outputs, script, words
from migration.dialogue import Builder
from migration.readers import patterns
from migration.readers.python import samples
from migration.readers.python.arguments import Arguments
from migration.readers.python.branches import EXIT, FAIL, RETURN, name_of, reaches
from migration.readers.python.flow import Statements, TooLong
from migration.readers.python.names import sampled
from migration.readers.python.tools import SENDS, SPAWNS, WAITS
from migration.readers.python.values import (
    Bound,
    Const,
    Done,
    Function,
    Instance,
    Map,
    Opaque,
    Path,
    Seq,
    Text,
    Tool,
)
from migration.script import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.python.values import Value
    from migration.source import Source


# How many calls are followed; a program that holds more would never end.
_CALLS = 2_000
_EXITS = ("sys.exit", "exit", "quit", "os._exit", "os.abort")
_NUMBER = re.compile(r"(?<!\d)\d{4,18}(?!\d)")
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{4,16}(?![0-9A-Za-z])")
_QUIET = ("print", "logging", "logger", "log", "sys.stdout", "sys.stderr")


class _Reader(Statements):
    """One program while it is read."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        super().__init__(Builder(source.text), tree)
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.arguments = Arguments(self.names, self.builder, tree)
        self.active: list[ast.FunctionDef] = []
        # The calls that were followed.
        self.seen: set[int] = set()
        self.calls_made = 0
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

    def argument(self, position: int) -> Value:
        """Return an argument of the program."""
        return self.arguments.value(position)

    def argument_list(self, dotted: str, count: int) -> list[Value] | None:
        """Return so many arguments of the program."""
        return self.arguments.sliced(dotted, count)

    def called(
        self,
        node: ast.Call,
        function: Value | None,
        holder: Value | None,
        arguments: list[Value],
        named: dict[str, Value],
    ) -> Value:
        """Follow a call of a function of the program, of a tool, or of what is no matter of the HSMs."""
        if isinstance(function, Instance):
            return self._new(node, function, arguments, named)
        if isinstance(function, Function):
            return self._function(node, function, arguments, named)
        if isinstance(function, Path) and function.dotted in _EXITS:
            good = not arguments or (isinstance(arguments[0], Const) and arguments[0].value in (0, None))
            return Path(EXIT if good and function.dotted != "os.abort" else FAIL)
        name = name_of(node)
        if isinstance(function, Path):
            name = "runu" if function.dotted == "pexpect.run" else function.dotted.rpartition(".")[2]
        if isinstance(holder, Bound):
            name, holder = holder.method, holder.tool
        self.seen.add(id(node))
        found = self._of_tools(node, name, holder, arguments, named)
        if found is not None:
            return found
        if name_of(node) == "parse_args" and (parsed := self.arguments.parsed()) is not None:
            return parsed
        self._handed_on(node, [*arguments, *named.values()], named)
        return self.unknown(node)

    def _of_tools(
        self, node: ast.Call, name: str, holder: Value | None, arguments: list[Value], named: dict[str, Value]
    ) -> Value | None:
        if name in SPAWNS and not isinstance(holder, Tool | Opaque) and (arguments or named):
            found = self.start(node, name, arguments, named)
            if found is not None:
                return found
        if name == "print" and isinstance(file := named.get("file"), Tool):
            typed = self.names.joined(arguments[:1] or [Const("")])
            return self.send(node, "sendline", file, [typed], {})
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
        if name == "interact":
            self.left(node.lineno, "a person types here: use cloudhsm-cli interactive")
        return sampled(0) if name == "wait" else Opaque()

    def _handed_on(self, node: ast.Call, given: Sequence[Value], named: dict[str, Value]) -> None:
        """Say what is done with a handle that is not typed at a tool; what is only shown is no matter."""
        shown = ast.unparse(node)
        file = named.get("file")
        if shown.startswith(_QUIET) and (file is None or (isinstance(file, Path) and file.dotted.startswith("sys."))):
            return
        for name in dict.fromkeys(name for item in given for name in self.names.held(item)):
            self.builder.by_hand(node.lineno, f"what is done with ${name} is left out: {shown}", stops=False)

    def _new(self, node: ast.Call, kind: Instance, arguments: list[Value], named: dict[str, Value]) -> Value:
        made = Instance(kind.kind)
        for item in kind.kind.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                self._function(node, Function(item, made), arguments, named)
        return made

    def _function(self, call: ast.Call, function: Function, arguments: list[Value], named: dict[str, Value]) -> Value:
        node = function.node
        self.followed.add(node.name)
        self.calls_made += 1
        if node in self.active or self.calls_made > _CALLS:
            self.builder.by_hand(call.lineno, f"{node.name} calls itself, or functions are too many to be followed")
            return self.unknown(call)
        self.locals.append(self._bound(function, arguments, named))
        self.declared.append(
            frozenset(name for item in ast.walk(node) if isinstance(item, ast.Global) for name in item.names)
        )
        self.returns.append([])
        line, condition = self.line, self.condition
        # Of calls within calls the outermost that says something is where a reader looks for the command.
        said = [value for value in (*arguments, *named.values()) if not isinstance(value, Tool | Instance)]
        self.line = self.line or (call.lineno if said else 0)
        self.active.append(node)
        flow = self.block(node.body)
        self.active.pop()
        self.line = line
        self.condition = condition
        self.locals.pop()
        self.declared.pop()
        found = self.returns.pop()
        if EXIT in flow.may and not flow.ends and not condition:
            self.condition = f"only if {node.name} does not end the program"
        if len(found) == 1 and flow.ends == RETURN and flow.may == {RETURN}:
            return found[0]
        if not found:
            return Path(flow.ends) if flow.ends in (EXIT, FAIL) else Const(None)
        return self._one_of(call, found, certain=flow.ends == RETURN)

    def _one_of(self, call: ast.Call, found: list[Value], *, certain: bool) -> Value:
        """Return what a function gives that returns at several places."""
        known = {
            item.value for item in found if isinstance(item, Const) and isinstance(item.value, str | int | bool | None)
        }
        if certain and len(known) == 1 and all(isinstance(item, Const) for item in found):
            return found[0]
        if len(found) == 1 and certain:
            return found[0]
        if any(map(self.comes_late, found)):
            return self.names.within(name_of(call), f"what {ast.unparse(call)} gives, which only the run tells")
        return self.unknown(call)

    def _bound(self, function: Function, arguments: list[Value], named: dict[str, Value]) -> dict[str, Value]:
        """Return the variables of a function at its beginning."""
        given = function.node.args
        parameters = [item.arg for item in (*given.posonlyargs, *given.args)]
        scope: dict[str, Value] = {}
        defaults = given.defaults
        for name, default in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
            scope[name] = self.value(default)
        for item, wanted in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if wanted is not None:
                scope[item.arg] = self.value(wanted)
        static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in function.node.decorator_list)
        positional = [*([function.of] if function.of is not None and not static else []), *arguments]
        scope |= dict(zip(parameters, positional, strict=False))
        if given.vararg is not None:
            scope[given.vararg.arg] = Seq(list(positional[len(parameters) :]), tuple)
        known = {*parameters, *(item.arg for item in given.kwonlyargs)}
        scope |= {name: value for name, value in named.items() if name in known}
        if given.kwarg is not None:
            scope[given.kwarg.arg] = Map([(Const(name), value) for name, value in named.items() if name not in known])
        for name in known - set(scope):
            scope[name] = self.names.unknown(name)
        return scope

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
            told = patterns.JUST_SUCCESS.search(text) and not patterns.FAILURE.search(text)
            if outputs.LEGACY.search(text) and not told and line not in known and not self._is_typed(text):
                self.builder.mark(line, script.CHECK, "reads the output")
                shown = " ".join(text.split())
                self.builder.by_hand(line, f'looks for "{shown}" in the output, which is JSON now', stops=False)

    def _is_typed(self, text: str) -> bool:
        first = next(iter(text.split(maxsplit=1)), "")
        return (
            any(first and first == words.shown(step.words[0]) for step in self.builder.steps if step.words)
            or "/" in text
        )

    def not_called(self) -> None:
        """Say which functions type at a tool and are not called."""
        for name, function in self.functions.items():
            if name not in self.followed and any(
                isinstance(node, ast.Call) and name_of(node) in (*SENDS, *SPAWNS) for node in ast.walk(function)
            ):
                self.builder.by_hand(function.lineno, f"function {name} types at a tool and is not called here")

    def not_reached(self, tree: ast.Module) -> None:
        """Say what types at a tool where nothing was followed, left out or said."""
        said = {item.line for item in self.builder.hand_work}
        for name, function in self.functions.items():
            if name not in self.followed:
                self.passed |= {id(node) for node in ast.walk(function)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or name_of(node) not in ("sendline", "spawn", "communicate"):
                continue
            if id(node) not in self.seen | self.passed and node.lineno not in said:
                self.left(node.lineno, f"is not followed: {ast.unparse(node)}")

    def explain(self) -> None:
        """Say of variables in commands what must be in them, if their names do not tell."""
        steps = self.builder.steps
        made_up = samples.numbers(len(steps)) - _numbers(words.text("\n".join(self.builder.texts)))
        for index, step in enumerate(steps):
            named = dict.fromkeys(name for word in (*step.words, *step.answers) for name in words.names(word))
            for name in named:
                if reason := self.names.reasons.get(name):
                    self.builder.by_hand(step.line, reason, stops=False)
            unclear = [self.names.derived[name] for name in named if name in self.names.derived]
            if any(_numbers(word) & made_up for word in (*step.words, *step.answers)):
                # The second line of defence: no value of a sample is one of the program.
                unclear.append("a number in it comes out of a made-up output, not out of the program: find it there")
            if unclear:
                steps[index] = replace(step, unclear="; ".join(unclear))


def read_python(source: Source) -> Script:
    """Read a program along the way on which all goes well; what conditions and functions hide is said."""
    builder = Builder(source.text)
    try:
        with warnings.catch_warnings(action="ignore"):
            # Python takes a carriage return for the end of a line.
            tree = ast.parse(source.text.replace("\r", " "))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        builder.by_hand(1, "is no Python that can be read")
        return Script(source.name, "python", source.text, builder.lines(), (), hand_work=tuple(builder.hand_work))
    reader = _Reader(source, tree)
    _guarded(reader, lambda: reader.block(tree.body))
    reader.not_called()
    reader.not_reached(tree)
    reader.checks(tree)
    reader.explain()
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
    )


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
