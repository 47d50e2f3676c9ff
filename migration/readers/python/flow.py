"""Statements of a Python program, one after another."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.python import usage
from migration.readers.python.branches import reaches, stored
from migration.readers.python.changes import held_by, is_same
from migration.readers.python.ends import BREAK, CONTINUE, EXIT, FAIL, RETURN, Flow
from migration.readers.python.files import Files
from migration.readers.python.ledger import Ledger
from migration.readers.python.tools import SENDS, SPAWNS, WAITS
from migration.readers.python.values import (
    Const,
    Definition,
    File,
    Function,
    Instance,
    Map,
    Path,
    Sampled,
    Seq,
    Text,
    Tool,
    name_of,
)
from migration.readers.python.waits import forget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Called, Value


# How many statements are followed; a program that holds more would never end.
_STATEMENTS = 20_000


# Modules that run other programs.
_RUNNING = ("os", "subprocess", "pexpect", "commands")
_EXITS = ("sys.exit", "exit", "quit", "os._exit", "os.abort")


class TooLong(Exception):  # noqa: N818 - it is an outcome
    """More is to be followed than a script would do."""


class Statements(Files):
    """Follows statements; calls are for the one that inherits from it."""

    def __init__(self, builder: Builder, folder: str, tree: ast.Module) -> None:
        super().__init__(builder, folder)
        self.ledger = Ledger(tree)
        self.counted = 0
        raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
        self.raises = {ast.unparse(item.func if isinstance(item, ast.Call) else item) for item in raised}
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        self.stored = [node.id for node in nodes if isinstance(node.ctx, ast.Store)]
        assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
        called = [name_of(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        main = usage.main_of(tree)
        self.main = main if called.count(main[0]) == 1 else ("", False)
        tests = [node.test for node in ast.walk(tree) if isinstance(node, ast.If | ast.While | ast.IfExp)]
        self.asked = {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
        self.alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        self.plain = {target.id for target in assigned if isinstance(target, ast.Name)}

    def call(self, node: ast.Call) -> Value:
        """Return what a call gives, and note that it was come to."""
        self.ledger.came_to(node)
        return super().call(node)

    def tell_unsaid(self) -> None:
        """Say what the program does beside the tools and nothing tells."""
        for file, before, shown in self.opened:
            if not file.told:
                name = words.literal(file.name)
                told = f"what it writes into a file is left out: {shown}"
                self.left_out(file.line, told, [name] if name else [], before=before)
        for line, shown in self.exported if self.programs else ():
            self.builder.by_hand(line, f"{shown} is left out", stops=False)
        for node, before, given in self.ledger.untold(self.followed, self.passed, self.said()):
            self.left_out(node.lineno, f"is left out: {' '.join(ast.unparse(node).split())}", given, before=before)

    def block(self, body: Sequence[ast.stmt]) -> Flow:
        """Follow statements in order up to one that leaves them."""
        may: frozenset[str] = frozenset()
        own = bool(self.active) and body is self.active[-1].node.body
        for position, node in enumerate(body):
            self.behind = body[position:] if own else ()
            self.onward = (body, body[position + 1 :])
            flow = self.statement(node)
            may |= flow.may
            if flow.ends:
                if flow.otherwise:
                    self.leave_out(body[position + 1 :], flow.otherwise)
                for rest in () if flow.otherwise else body[position + 1 :]:
                    if id(rest) not in self.joined:
                        self.pass_over(rest, "is not reached")
                return Flow(flow.ends, may, flow.otherwise)
        return Flow("", may)

    def statement(self, node: ast.stmt) -> Flow:  # noqa: C901, PLR0911, PLR0912 - one branch a kind
        """Follow one statement."""
        self.counted += 1
        if self.counted > _STATEMENTS:
            raise TooLong
        self.mark(node, script.IRRELEVANT, "another statement")
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            self._definition(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.Assign) and (several := self._or_ends(node)):
            return self.block(several)
        elif isinstance(node, ast.Assign):
            value = self._named(node, self.value(node.value))
            for target in node.targets:
                self._put_into_module(target, value)
                self.assign(target, value)
            return _ended_by(value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            value = self.value(node.value)
            self.assign(node.target, value)
            return _ended_by(value)
        elif isinstance(node, ast.AugAssign):
            self._added(node)
        elif isinstance(node, ast.For):
            return self.loop(node)
        elif isinstance(node, ast.While):
            return self.while_loop(node)
        elif isinstance(node, ast.If):
            return self.branch(node)
        elif isinstance(node, ast.Try):
            return self.attempt(node)
        elif isinstance(node, ast.With | ast.AsyncWith):
            return self.around(node)
        elif isinstance(node, ast.Match) and (branches := self._as_branches(node)) is not None:
            return self.block(branches)
        elif isinstance(node, ast.Return):
            value = Const(None) if node.value is None else self.value(node.value)
            if (flow := _ended_by(value)).ends:
                return flow
            if self.returns:
                self.returns[-1].append(value)
            return Flow(RETURN, frozenset({RETURN}))
        elif isinstance(node, ast.Raise):
            return self._raised(node)
        elif isinstance(node, ast.Break):
            return Flow(BREAK, frozenset({BREAK}))
        elif isinstance(node, ast.Continue):
            return Flow(CONTINUE, frozenset({CONTINUE}))
        elif isinstance(node, ast.Expr):
            chosen = _as_branch(node.value) if any(map(self._ends, ast.walk(node.value))) else None
            return _ended_by(self.value(node.value)) if chosen is None else self.statement(chosen)
        elif isinstance(node, ast.Assert):
            self.guard(node.lineno, node.test, self.value(node.test), holds=True)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._deleted(target)
        elif isinstance(node, ast.Pass | ast.Global | ast.Nonlocal):
            pass
        else:
            self._other(node)
        return Flow()

    def _raised(self, node: ast.Raise) -> Flow:
        """Return how a program ends that raises something: by its own status, or that of a failure."""
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if kind is not None and ast.unparse(kind) == "SystemExit":
            given = node.exc.args if isinstance(node.exc, ast.Call) else []
            return _ended_by(self.exits(node, self.value(given[0]) if given else Const(None)))
        if node.exc is not None:
            self.value(node.exc)
        self.status, self.ending = " ".join(ast.unparse(node).split()), node.lineno
        return Flow(FAIL, frozenset({FAIL}))

    def end_by(self, call: Called) -> Path | None:
        """Return the end of the program by a call, by that of a parser of arguments, too; None if it goes on."""
        node, function, _, arguments, named = call
        if isinstance(function, Path) and function.dotted in _EXITS:
            given = Const(1 if function.dotted == "os.abort" else None)
            return self.exits(node, arguments[0] if arguments else given)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("error", "exit"):
            return None
        module = self.ledger.dotted(node.func).partition(".")[0]
        if module not in ("argparse", "optparse") and "parser" not in ast.unparse(node.func.value).lower():
            return None
        if node.func.attr == "error":
            return self.exits(node, Const(usage.WRONG_USAGE))
        return self.exits(node, arguments[0] if arguments else named.get("status", Const(0)))

    def exits(self, node: ast.Call | ast.Raise, given: Value) -> Path:
        """Return the end of the program with a status."""
        statuses = given.values if isinstance(given, Sampled) else [given.value] if isinstance(given, Const) else [1]
        good = all(item in (0, None) for item in statuses)
        self.status = "" if good else " ".join(ast.unparse(node).split())
        self.ending = node.lineno
        return Path(EXIT if good else FAIL)

    def catches(self, handler: ast.ExceptHandler) -> bool:
        """Return whether a handler may be for what has just ended the program: an exit is no common error."""
        kind = ast.unparse(handler.type) if handler.type else "BaseException"
        return self.status.startswith("raise") or "BaseException" in kind or "SystemExit" in kind

    def _put_into_module(self, target: ast.expr, value: Value) -> None:
        """Say what is written that a tool is told to log, and leave what a module that is changed does to a person."""
        holder = self.value(target.value) if isinstance(target, ast.Attribute) else None
        if isinstance(holder, Tool) and isinstance(value, File) and isinstance(target, ast.Attribute):
            name = words.literal(value.name)
            shown = f"{ast.unparse(target)} = {words.shown(value.name)}"
            self.left_out(target.lineno, f"what it writes into a file is left out: {shown}", [name] if name else [])
            value.told = True
        if not isinstance(target, ast.Attribute) or not isinstance(holder, Path):
            return
        if ast.unparse(target) == "sys.argv":
            self.left(target.lineno, "changes its own arguments, which is not followed")
        runs = holder.dotted.partition(".")[0] in _RUNNING and target.attr in (*SENDS, *SPAWNS, *WAITS)
        if runs or isinstance(value, Tool) or self.types(value):
            self.left(target.lineno, f"what {ast.unparse(target)} does from here on is not followed")

    def _added(self, node: ast.AugAssign) -> None:
        """Follow ``+=`` and its like; a list stays the one that it is."""
        loaded = _loaded(node.target)
        held = self.value(loaded) if isinstance(node.op, ast.Add) else None
        if isinstance(held, Seq) and held.kind is list:
            more = self.iterated(self.value(node.value))
            if isinstance(more, Seq) and not more.unsure:
                held.items.extend(more.items)
                held.unsure = held.unsure or self.unsure(held)
                return
            self.assign(node.target, self.worked(node.value, lambda: self.operation(node.op, held, more)))
            return
        self.assign(node.target, self.value(ast.copy_location(ast.BinOp(loaded, node.op, node.value), node)))

    def _other(self, node: ast.stmt) -> None:
        """Take a statement that is not followed; a person does what it does to the tools."""
        kind = type(node).__name__.lower()
        if reaches([node], self.typing):
            self.left(node.lineno, f"is not followed: {kind} {ast.unparse(node).splitlines()[0]}")
            self.passed |= {id(inner) for inner in ast.walk(node)}
            for tool in self.runs:
                forget(tool)
        self.forget(stored([node]), "set in a statement that is not followed")

    def _deleted(self, target: ast.expr) -> None:
        """Take a variable, or an item of a list or a dictionary, away."""
        if isinstance(target, ast.Name):
            if self.condition:
                self.forget({target.id}, "deleted under a condition")
            else:
                self.home(target.id).pop(target.id, None)
        if not isinstance(target, ast.Subscript):
            return
        holder = self.value(target.value)
        key = None if isinstance(target.slice, ast.Slice) else self.value(target.slice)
        if not isinstance(holder, Seq | Map):
            return
        known = [number for number, item in enumerate(held_by(holder)) if key is not None and is_same(item, key)]
        if self.unsure(holder) or not known or holder.unsure:
            holder.unsure = True
        elif isinstance(holder, Map):
            del holder.pairs[known[0]]
        else:
            del holder.items[known[0]]

    def _as_branches(self, node: ast.Match) -> list[ast.stmt] | None:
        """Return a ``match`` of plain values as the branches that it is; None if it is more than that."""
        subject: ast.expr = node.subject
        begin: list[ast.stmt] = []
        if reaches([subject], self.typing) or any(isinstance(inner, ast.Call) for inner in ast.walk(subject)):
            name = ast.unparse(subject) if not reaches([subject], self.typing) else "matched"
            begin = [ast.Assign([ast.Name(name, ast.Store())], subject)]
            subject = ast.Name(name, ast.Load())
        otherwise: list[ast.stmt] = []
        for case in reversed(node.cases):
            test = _asked(subject, case.pattern)
            if test is None:
                return None
            if isinstance(case.pattern, ast.MatchAs) and case.pattern.name is not None:
                begin.append(ast.Assign([ast.Name(case.pattern.name, ast.Store())], subject))
            if case.guard is not None:
                test = ast.BoolOp(ast.And(), [test, case.guard])
            otherwise = [ast.copy_location(ast.If(test, list(case.body), otherwise), case.pattern)]
        return [ast.fix_missing_locations(ast.copy_location(item, node)) for item in begin] + [
            ast.fix_missing_locations(item) for item in otherwise
        ]

    def _or_ends(self, node: ast.Assign) -> list[ast.stmt]:
        """Return ``x = a or sys.exit()`` as the assignment and the end that it is; nothing for another assignment."""
        target, value = node.targets[0], node.value
        if len(node.targets) > 1 or not isinstance(target, ast.Name | ast.Attribute):
            return []
        if not isinstance(value, ast.BoolOp) or not isinstance(value.op, ast.Or) or not self._ends(value.values[-1]):
            return []
        *first, last = value.values
        given = first[0] if len(first) == 1 else ast.BoolOp(value.op, first)
        nothing = ast.UnaryOp(ast.Not(), _loaded(target))
        several: list[ast.stmt] = [ast.Assign([target], given), ast.If(nothing, [ast.Expr(last)], [])]
        return [ast.fix_missing_locations(ast.copy_location(item, node)) for item in several]

    def _ends(self, node: ast.AST) -> bool:
        """Return whether an expression is a call that ends the program, be it by a function of the program."""
        held = self.lookup(name_of(node)) if isinstance(node, ast.Call) else None
        last = held.node.body[-1] if isinstance(held, Function) else None
        if held is not None:
            call = last.value if isinstance(last, ast.Expr) else None
            return isinstance(last, ast.Raise) or (isinstance(call, ast.Call) and usage.ends(call))
        return isinstance(node, ast.Call) and usage.ends(node)

    def _definition(self, node: ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and name_of(inner) in (*SENDS, *SPAWNS, *WAITS):
                self.builder.mark(inner.lineno, script.CONTEXT, "in a function")
        scope = self.locals[-1] if self.locals else self.globals
        if isinstance(node, Definition):
            scope[node.name] = self.decorated(node)
        elif isinstance(node, ast.ClassDef):
            scope[node.name] = Instance(node)
            methods = [item for item in node.body if isinstance(item, Definition)]
            self.of_methods |= {id(item): self.defaults(item.args) for item in methods}

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for item in node.names:
            if isinstance(node, ast.Import):
                self.imports[(item.asname or item.name).partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
            else:
                self.imports[item.asname or item.name] = f"{node.module}.{item.name}"

    def _named(self, node: ast.Assign, value: Value) -> Value:
        """Let a text that is set once, and for good, stay a variable of the translation."""
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Name):
            return value
        if isinstance(value, Text):
            return Text(self.names.called(value.word, target.id))
        if not isinstance(value, Const) or value.word is not None or not isinstance(value.value, str):
            return value
        once = target.id in self.plain and self.stored.count(target.id) == 1 and not self.locals and not self.condition
        if not once or re.search(r"\s|^-|^\d*$|^(?:0x)?[0-9a-fA-F]+$", value.value) or not value.value.isprintable():
            return value
        name = self.names.new(target.id)
        self.names.parameters[name] = words.text(value.value)
        return Const(value.value, words.variable(name))


def _ended_by(value: Value) -> Flow:
    """Return how a statement ends the program, if what it works out does."""
    ends = value.dotted if isinstance(value, Path) and value.dotted in (EXIT, FAIL) else ""
    return Flow(ends, frozenset({ends} if ends else ()))


def _as_branch(node: ast.expr) -> ast.If | None:
    """Return ``a or b``, ``a and b`` or ``a if b else c`` as the branch that it is by itself; None if it is none."""
    if isinstance(node, ast.IfExp):
        test, body, other = node.test, node.body, node.orelse
    elif isinstance(node, ast.BoolOp) and len(node.values) == 2:  # noqa: PLR2004 - one is asked, the other done
        test, body, other = node.values[0], node.values[1], ast.Constant(None)
        test = ast.UnaryOp(ast.Not(), test) if isinstance(node.op, ast.Or) else test
    else:
        return None
    return ast.fix_missing_locations(ast.copy_location(ast.If(test, [ast.Expr(body)], [ast.Expr(other)]), node))


def _loaded(target: ast.expr) -> ast.expr:
    """Return what stands at the left of ``+=`` as what stands at the right."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    return target


def _asked(subject: ast.expr, pattern: ast.pattern) -> ast.expr | None:
    """Return what a pattern of ``match`` asks of what is matched; None if that is no plain question."""
    if isinstance(pattern, ast.MatchValue):
        return ast.Compare(subject, [ast.Eq()], [pattern.value])
    if isinstance(pattern, ast.MatchSingleton):
        return ast.Compare(subject, [ast.Is()], [ast.Constant(pattern.value)])
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return ast.Constant(True)
    if isinstance(pattern, ast.MatchOr):
        asked = [_asked(subject, item) for item in pattern.patterns]
        return None if None in asked else ast.BoolOp(ast.Or(), [item for item in asked if item is not None])
    return None
