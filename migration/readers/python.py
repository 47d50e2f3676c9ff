"""pexpect and subprocess programs: what they send, as far as it is written out."""

from __future__ import annotations

import ast
import shlex
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, outputs, script, words
from migration.dialogue import Builder, Dialogue
from migration.readers import patterns
from migration.script import Script

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migration.source import Source
    from migration.words import Word

_SENDS = {"sendline": True, "send": False, "write": False, "writelines": False, "communicate": False}
_SPAWNS = (
    "spawn",
    "spawnu",
    "run",
    "Popen",
    "call",
    "check_call",
    "check_output",
    "runu",
    "PopenSpawn",
    "system",
    "getoutput",
)
_WAITS = ("expect", "expect_exact", "expect_list", "waitnoecho", "readline", "read")
_UNROLLED = 64
_DEPTH = 8
# How many calls of functions are followed; a program that holds more would never end.
_CALLS = 2000


class _Reader:
    """One program while it is read."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.source = source
        self.builder = Builder(source.text)
        self.values: dict[str, ast.expr] = {}
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.called: set[str] = set()
        self.dialogue: Dialogue | None = None
        self.condition = ""
        self.bound: dict[str, Word] = {}
        self.active: list[str] = []
        self.calls_made = 0
        self.line = 0
        self.arguments: list[str] = []

    def block(self, body: Iterable[ast.stmt]) -> None:
        """Read statements in order."""
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912 - one branch a kind
        """Follow one statement."""
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            self.builder.mark(number, script.IRRELEVANT, "another statement")
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and _called(inner) in (*_SENDS, *_SPAWNS, *_WAITS):
                    self.builder.mark(inner.lineno, script.CONTEXT, "in a function")
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.values[node.targets[0].id] = node.value
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in self.values:
            self.values[node.target.id] = ast.BinOp(self.values[node.target.id], node.op, node.value)
        if isinstance(node, ast.For):
            self._loop(node)
        elif isinstance(node, ast.If | ast.While):
            self._under(node.test, node.body, node.orelse)
        elif isinstance(node, ast.Try):
            self.block(node.body)
            for handler in node.handlers:
                self._conditional(
                    f"only if {ast.unparse(handler.type) if handler.type else 'anything'} is raised", handler.body
                )
            self.block([*node.orelse, *node.finalbody])
        elif isinstance(node, ast.With):
            for item in node.items:
                self.calls(item.context_expr)
                if isinstance(item.optional_vars, ast.Name):
                    self.values[item.optional_vars.id] = item.context_expr
            self.block(node.body)
        else:
            self.calls(node)

    def _loop(self, node: ast.For) -> None:
        items = self._resolved(node.iter)
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if isinstance(items, ast.List | ast.Tuple) and len(items.elts) <= _UNROLLED and len(names) == len(targets):
            for item in items.elts:
                values = item.elts if len(names) > 1 and isinstance(item, ast.List | ast.Tuple) else [item]
                for name, value in zip(names, values, strict=False):
                    self.values[name] = value
                    self.bound[name] = self.word(value)
                self.block(node.body)
            for name in names:
                self.bound.pop(name, None)
        else:
            self._conditional(f"in for {ast.unparse(node.target)} in {ast.unparse(node.iter)}", node.body)

    def _under(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt]) -> None:
        if ast.unparse(test) == "__name__ == '__main__'":
            self.block(body)
            return
        self.calls(test)
        reason = ast.unparse(test)
        self._conditional(f"only if {reason}", body)
        self._conditional(f"only if not ({reason})", otherwise)

    def _conditional(self, reason: str, body: list[ast.stmt]) -> None:
        before = self.condition
        self.condition = before or reason
        self.block(body)
        self.condition = before

    def calls(self, node: ast.AST) -> None:
        """Follow the calls in an expression, inner ones first."""
        for child in ast.iter_child_nodes(node):
            self.calls(child)
        if isinstance(node, ast.Call):
            self._call(node)

    def _call(self, node: ast.Call) -> None:
        name = _called(node)
        if isinstance(node.func, ast.Name) and name in self.functions:
            self._function(self.functions[name], node)
        elif name in _SPAWNS and node.args:
            self._spawn(node)
        elif name in _SENDS and node.args and self.dialogue is not None:
            self._send(node, whole=_SENDS[name])
        elif name in _WAITS:
            self._wait(node)

    def _function(self, function: ast.FunctionDef, call: ast.Call) -> None:
        self.called.add(function.name)
        self.calls_made += 1
        if function.name in self.active or self.calls_made > _CALLS:
            self.builder.by_hand(call.lineno, f"{function.name} calls itself, or functions are too many to be followed")
            return
        names = [argument.arg for argument in function.args.args]
        given = {
            **dict(zip(names, call.args, strict=False)),
            **{item.arg: item.value for item in call.keywords if item.arg},
        }
        before, line = dict(self.bound), self.line
        self.bound.update({name: self.word(value) for name, value in given.items()})
        self.line = self.line or call.lineno
        self.active.append(function.name)
        self.block(function.body)
        self.active.pop()
        self.bound, self.line = before, line

    def _resolved(self, node: ast.expr) -> ast.expr:
        for _ in range(_DEPTH):
            if not (isinstance(node, ast.Name) and node.id in self.values):
                break
            node = self.values[node.id]
        return node

    def word(self, node: ast.expr) -> Word:  # noqa: C901, PLR0911 - one return a kind
        """Return what an expression gives: its text, variables for what is not written out."""
        if isinstance(node, ast.Constant):
            value = node.value
            if isinstance(value, bytes):
                return words.text(value.decode("utf-8", "surrogateescape"))
            return words.text(str(value))
        if isinstance(node, ast.JoinedStr):
            return words.join(
                self.word(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return words.join([self.word(node.left), self.word(node.right)])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            return self._formatted(str(node.left.value).split("%s"), node.right)
        if isinstance(node, ast.Call) and _called(node) == "format" and isinstance(node.func, ast.Attribute):
            form = words.literal(self.word(node.func.value))
            if form is not None and form.count("{}") == len(node.args):
                return self._formatted(form.split("{}"), ast.Tuple(list(node.args)))
        if (
            isinstance(node, ast.Call)
            and _called(node) in ("encode", "decode", "str")
            and isinstance(node.func, ast.Attribute)
        ):
            return self.word(node.func.value)
        if isinstance(node, ast.Name) and node.id in self.bound:
            return self.bound[node.id]
        position = _position(node)
        if position:
            while len(self.arguments) < position:
                self.arguments.append(f"argument_{len(self.arguments) + 1}")
            return words.variable(f"argument_{position}")
        return words.variable(words.bash_name(ast.unparse(node)))

    def _formatted(self, texts: list[str], values: ast.expr) -> Word:
        given = values.elts if isinstance(values, ast.Tuple) else [values]
        pieces = [words.text(texts[0])]
        for text, value in zip(texts[1:], given, strict=False):
            pieces += [self.word(value), words.text(text)]
        return words.join(pieces)

    def _lookup(self, name: str) -> Word | None:
        found = self.values.get(name)
        return self.word(found) if found is not None and not isinstance(found, ast.Call) else None

    def _arguments(self, node: ast.expr) -> list[Word]:
        """Return the words of a command line: a list of them, or a text that is split."""
        node = self._resolved(node)
        if isinstance(node, ast.List | ast.Tuple):
            return [self._lookup_word(item) for item in node.elts]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self._arguments(node.left), *self._arguments(node.right)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                return [words.text(piece) for piece in shlex.split(node.value)]
            except ValueError:
                return words.split(words.text(node.value))
        return words.split(self.word(node))

    def _lookup_word(self, node: ast.expr) -> Word:
        resolved = self._resolved(node)
        return (
            self.word(resolved)
            if isinstance(resolved, ast.Constant) and "/" in str(resolved.value)
            else self.word(node)
        )

    def _spawn(self, node: ast.Call) -> None:
        found = self._arguments(node.args[0])
        if len(node.args) > 1 and isinstance(self._resolved(node.args[1]), ast.List):
            found += self._arguments(node.args[1])
        call = invocation.of(found)
        if call is None:
            return
        line = self.line or node.lineno
        self.builder.mark(node.lineno, script.CONTEXT, f"starts {call.tool}")
        if call.tool == script.HOST:
            session = script.Session(script.HOST, self.builder.runs)
            step = script.Step(
                line, call.name, (words.text(call.name), *call.arguments), session, condition=self.condition
            )
            self.builder.steps.append(step)
            self.builder.mark(line, script.COMMAND, call.name)
        elif call.commands is not None:
            if invocation.run_words(self.builder, call, line, self._lookup, condition=self.condition):
                self.builder.mark(line, script.COMMAND, f"{call.tool} singlecmd")
        else:
            self.dialogue = Dialogue(self.builder, call.tool, self._lookup, cfg=call.cfg)

    def _send(self, node: ast.Call, *, whole: bool) -> None:
        if self.dialogue is None:
            return
        typed = self.word(node.args[0])
        own = any(part.kind == words.TEXT for part in typed) or not self.line
        pieces: list[Word] = []
        for part in words.join([typed, words.text("\n" if whole else "")]):
            if part.kind != words.TEXT:
                pieces.append((part,))
                continue
            *ended, last = part.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            for text in ended:
                self._feed(
                    words.join([*pieces, words.text(text)]),
                    node.lineno if own and not self.line else self.line or node.lineno,
                )
                pieces = []
            pieces.append(words.text(last))
        if words.join(pieces):
            self._feed(words.join(pieces), self.line or node.lineno)
        self.builder.mark(node.lineno, script.CONTEXT, "types")

    def _feed(self, typed: Word, line: int) -> None:
        if self.dialogue is not None:
            self.dialogue.feed(typed, line, condition=self.condition)

    def _wait(self, node: ast.Call) -> None:
        text = ast.unparse(node)
        steps = self.builder.steps
        told = isinstance(node.func, ast.Attribute) and self.dialogue is not None
        self.builder.mark(node.lineno, script.CONTEXT, "waits" if told else "reads")
        if told and steps and ("Key Handle" in text or "key handle" in text):
            self.builder.mark(node.lineno, script.CHECK, "reads the output")
            self.builder.by_hand(node.lineno, f"takes a handle out of the output, which is JSON now: {text}")

    def checks(self, tree: ast.Module) -> None:
        """Find what else reads a tool's output."""
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) in prose or not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            line = node.lineno
            known = {item.line for item in self.builder.hand_work} | {step.line for step in self.builder.steps}
            told = patterns.JUST_SUCCESS.search(node.value) and not patterns.FAILURE.search(node.value)
            if outputs.LEGACY.search(node.value) and not told and line not in known and not self._is_typed(node.value):
                self.builder.mark(line, script.CHECK, "reads the output")
                shown = " ".join(node.value.split())
                self.builder.by_hand(line, f'looks for "{shown}" in the output, which is JSON now', stops=False)

    def _is_typed(self, text: str) -> bool:
        first = text.split(" ", maxsplit=1)[0] if text.split(" ") else ""
        return (
            any(first and first == words.shown(step.words[0]) for step in self.builder.steps if step.words)
            or "/" in text
        )


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _position(node: ast.expr) -> int:
    """Return which argument of the program an expression is, 0 for none."""
    if (
        isinstance(node, ast.Subscript)
        and ast.unparse(node.value) == "sys.argv"
        and isinstance(node.slice, ast.Constant)
    ):
        return node.slice.value if isinstance(node.slice.value, int) else 0
    return 0


def read_python(source: Source) -> Script:
    """Read a program along the way on which no condition decides; what conditions and functions hide is said."""
    builder = Builder(source.text)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        builder.by_hand(1, "is no Python that can be read")
        return Script(source.name, "python", source.text, builder.lines(), (), hand_work=tuple(builder.hand_work))
    reader = _Reader(source, tree)
    reader.block(tree.body)
    for name, function in reader.functions.items():
        if name not in reader.called and any(
            isinstance(node, ast.Call) and _called(node) in (*_SENDS, *_SPAWNS) for node in ast.walk(function)
        ):
            reader.builder.by_hand(function.lineno, f"function {name} types at a tool and is not called here")
    reader.checks(tree)
    arguments, parameters = _arguments_of(reader, tree)
    found = [replace(step, words=tuple(map(words.renamed, step.words))) for step in reader.builder.steps]
    return Script(
        source.name,
        "python",
        source.text,
        reader.builder.lines(script.IRRELEVANT, "a comment"),
        tuple(found),
        hand_work=tuple(reader.builder.hand_work),
        parameters=parameters,
        arguments=tuple(arguments),
    )


def _arguments_of(reader: _Reader, tree: ast.Module) -> tuple[list[str], dict[str, Word | None]]:
    """Return the names that ``sys.argv`` gives, in order, and the values of the other variables."""
    arguments = reader.arguments
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.value) == "sys.argv[1:]"
            and isinstance(node.targets[0], ast.Tuple)
        ):
            arguments = [item.id for item in node.targets[0].elts if isinstance(item, ast.Name)]
    parameters = {
        name: reader.word(value) if isinstance(value, ast.Constant | ast.JoinedStr) else None
        for name, value in reader.values.items()
    }
    return arguments, parameters
