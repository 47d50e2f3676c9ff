"""What an expression of a Python program comes to."""

from __future__ import annotations

import ast
import operator
import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from migration.readers import patterns
from migration.readers.python import format as form
from migration.readers.python import samples, usage
from migration.readers.python.arguments import first_of
from migration.readers.python.changes import is_same
from migration.readers.python.names import sampled
from migration.readers.python.regex import stands_in
from migration.readers.python.scope import Scope
from migration.readers.python.values import (
    COMPARISONS,
    FAILED,
    OPERATORS,
    Begun,
    Const,
    Done,
    File,
    Function,
    Instance,
    Map,
    NotKnown,
    Opaque,
    Path,
    Sampled,
    Seq,
    Text,
    Tool,
    concrete,
    is_sampled,
    lifted,
    pure,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.python.values import Value


UNROLLED = 64
_NAMED = {"os.linesep": "\n", "os.sep": "/", "sys.platform": "linux"}
# What is no None, whatever else is known of it.
_THINGS = Begun | File | Seq | Map | Instance | Function | Tool | Done
Comprehension = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp


class Evaluator(Scope):
    """Works out expressions; calls are for the one that inherits from it."""

    @abstractmethod
    def call(self, node: ast.Call) -> Value:
        """Return what a call gives."""

    @abstractmethod
    def attribute(self, node: ast.Attribute, value: Value) -> Value | None:
        """Return an attribute of what the tools give, None if it is none."""

    def value(self, node: ast.expr) -> Value:  # noqa: C901, PLR0911, PLR0912 - one return a kind
        """Return what an expression gives; every call in it is followed once."""
        if isinstance(node, ast.Constant):
            return Const(node.value)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            count = len(self.names.derived)
            items = self.items(node.elts)
            starred = any(isinstance(item, ast.Starred) for item in node.elts)
            kind = tuple if isinstance(node, ast.Tuple) else list
            return Seq(items, kind, starred and len(self.names.derived) > count)
        if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
            return Map(
                [(self.value(key), self.value(item)) for key, item in zip(node.keys, node.values, strict=True) if key]
            )
        if isinstance(node, ast.JoinedStr):
            return self.worked(node, lambda: self._f_string(node))
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            return self.worked(node, lambda: self.operation(node.op, left, right))
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._typed(node) or self._bool(node)
        if isinstance(node, ast.UnaryOp):
            inner = self.value(node.operand)
            if isinstance(node.op, ast.Not):
                known = truth(inner)
                if known is not None:
                    return sampled(not known) if is_sampled(inner) else Const(not known)
            function = {ast.Not: lambda item: not item, ast.USub: lambda item: -item}.get(type(node.op))
            return self.worked(node, lambda: self._pure(function, [inner]))
        if isinstance(node, ast.IfExp):
            if (given := usage.defaulted(node)) and isinstance(other := self.value(given[1]), Const):
                return self.argument(given[0], str(other.value)) if isinstance(other.value, str) else self.unknown(node)
            test, shown = self.value(node.test), ast.unparse(node.test)
            known = truth(test)
            if known is None:
                if (found := self.chosen(node, test)) is not None:
                    return found
                self.under(f"only if {shown}", node.body)
                self.under(f"only if not ({shown})", node.orelse)
                return self.unknown(node)
            if is_sampled(test):
                self.not_done([node.orelse if known else node.body], f"not ({shown})" if known else shown)
            return self.value(node.body if known else node.orelse)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            return self.comprehension(node)
        if isinstance(node, ast.NamedExpr):
            found = self.value(node.value)
            self.assign(node.target, found)
            return found
        if isinstance(node, ast.Lambda):
            body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node)]
            made = ast.FunctionDef("lambda", node.args, body, [])
            made = ast.copy_location(made, node)
            return Function(made, closure=tuple(self.locals), defaults=self.defaults(node.args))
        if isinstance(node, ast.FormattedValue | ast.Starred | ast.Await):
            return self.value(node.value)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return self.unknown(node)

    def items(self, nodes: Sequence[ast.expr]) -> list[Value]:
        """Return what expressions give, those of a list with a star one by one."""
        found: list[Value] = []
        for node in nodes:
            value = self.value(node)
            if not isinstance(node, ast.Starred):
                found.append(value)
                continue
            several = self.iterated(value)
            if isinstance(several, Seq) and not several.unsure:
                found += several.items
            else:
                # How many there are nobody knows, so no word stands for them.
                found.append(self.names.within("items", f"what {ast.unparse(node)} gives, one by one"))
        return found

    def worked(self, node: ast.expr, work: Callable[[], Value]) -> Value:
        """Return what is worked out, or a variable for it."""
        try:
            found = work()
        except NotKnown as reason:
            self.failing(node, reason)
            return self.unknown(node)
        self.perhaps_failing(node)
        return found

    def _pure(
        self, function: Callable[..., Any] | None, arguments: Sequence[Value], named: dict[str, Value] | None = None
    ) -> Value:
        if function is None:
            raise NotKnown
        found = pure(function, arguments, named)
        if isinstance(found, Sampled) and FAILED in found.values:
            self.raised = True
            self.failed.append((found, arguments))
        return found

    def _name(self, node: ast.Name) -> Value:
        found = self.lookup(node.id)
        if found is not None:
            return found
        if node.id == "__name__":
            return Const("__main__")
        if node.id in self.imports:
            return Path(self.imports[node.id])
        return Path(node.id)

    def _attribute(self, node: ast.Attribute) -> Value:
        value = self.value(node.value)
        if isinstance(value, Path):
            path = f"{value.dotted}.{node.attr}"
            return Const(_NAMED[path]) if path in _NAMED else Path(path)
        if isinstance(value, Instance):
            if node.attr == "__dict__":
                self.unsettled(value, ast.unparse(node))
            known = value.attributes.get(node.attr) or self.set_later(value, node.attr)
            if known is not None:
                return known
            method = self.method(value, node.attr)
            if method is not None:
                computed = any(ast.unparse(item).endswith("property") for item in method.node.decorator_list)
                call = ast.copy_location(ast.Call(node, [], []), node)
                return self.function(call, method, [], {}) if computed else method
            found = self.of_kind(value, node.attr)
            return self.unknown(node) if found is None else found
        found = self.attribute(node, value)
        return self.unknown(node) if found is None else found

    def _f_string(self, node: ast.JoinedStr) -> Value:
        pieces: list[Value] = []
        for part in node.values:
            if not isinstance(part, ast.FormattedValue):
                pieces.append(self.value(part))
                continue
            value = self.value(part.value)
            spec = self.value(part.format_spec) if part.format_spec is not None else Const("")
            conversion = chr(part.conversion) if part.conversion > 0 else ""
            if not isinstance(spec, Const):
                raise NotKnown
            try:
                pieces.append(form.field(value, conversion, str(spec.value), self.names.formed))
            except NotKnown:
                pieces.append(self.unknown(ast.JoinedStr([part])))
        return self.names.joined(pieces)

    def operation(self, sign: ast.operator, left: Value, right: Value) -> Value:
        """Return what an operator gives.

        Raises:
            NotKnown: that is not known.
        """
        if isinstance(sign, ast.Mod) and isinstance(left, Const) and isinstance(left.value, str | bytes):
            text = left.value.decode("utf-8", "surrogateescape") if isinstance(left.value, bytes) else left.value
            return self.names.joined(form.percent(text, right, self.names.formed))
        if isinstance(sign, ast.Add):
            if isinstance(left, Seq) and isinstance(right, Seq):
                return Seq([*left.items, *right.items], left.kind, left.unsure or right.unsure)
            texts = all(isinstance(side, Text) or _is_text(side) for side in (left, right))
            if texts:
                same = all(isinstance(side, Const) for side in (left, right))
                return (
                    self.names.joined([left, right])
                    if not same or {type(side.value) for side in (left, right) if isinstance(side, Const)} == {str}
                    else pure(operator.add, [left, right])
                )
            if Opaque in (type(left), type(right)):
                return Opaque()
        if isinstance(sign, ast.Mult):
            self._small(left, right)
        return self._pure(OPERATORS.get(type(sign)), [left, right])

    @staticmethod
    def _small(left: Value, right: Value) -> None:
        for side in (left, right):
            if isinstance(side, Const) and isinstance(side.value, int) and abs(side.value) > UNROLLED * UNROLLED:
                raise NotKnown

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            return self._slice(node, node.slice, value)
        key = self.value(node.slice)
        if isinstance(value, Opaque):
            return value
        found = self._item(value, key.value) if isinstance(key, Const) else None
        if found is not None:
            return found
        return self.worked(node, lambda: self._pure(lambda item, index: item[index], [value, key]))

    def _item(self, value: Value, key: Any) -> Value | None:
        """Return the item of a list, a dictionary, the arguments or the environment; None if there is none."""
        if isinstance(value, Path):
            if value.dotted == "os.environ":
                self.names.optional[str(key)] = False
                return self.environment(str(key))
            first = first_of(value.dotted)
            known = first is not None and isinstance(key, int) and key >= 0 < first + key
            return self.argument(first + key) if known and first is not None else None
        if isinstance(value, Seq) and not value.unsure and isinstance(key, int):
            return value.items[key] if -len(value.items) <= key < len(value.items) else None
        if isinstance(value, Map) and not value.unsure:
            return next((item for name, item in value.pairs if is_same(name, Const(key))), None)
        return None

    def _slice(self, node: ast.Subscript, part: ast.Slice, value: Value) -> Value:
        if isinstance(value, Path) and value.dotted == "sys.argv":
            return Path(f"sys.argv[{ast.unparse(part)}]")
        bounds = [Const(None) if item is None else self.value(item) for item in (part.lower, part.upper, part.step)]
        if isinstance(value, Opaque):
            return value
        if isinstance(value, Seq) and not value.unsure and all(isinstance(item, Const) for item in bounds):
            return self.worked(node, lambda: _sliced(value, bounds))
        return self.worked(node, lambda: self._pure(lambda item, *parts: item[slice(*parts)], [value, *bounds]))

    def _compare(self, node: ast.Compare) -> Value:
        sides = [self.value(item) for item in (node.left, *node.comparators)]
        if len(sides) == 2:  # noqa: PLR2004 - a comparison of two
            if isinstance(node.ops[0], ast.Is | ast.IsNot) and _is_none(sides[1]) and isinstance(sides[0], _THINGS):
                return Const(isinstance(node.ops[0], ast.IsNot))
            found = self._judged(node, sides[0], sides[1])
            if found is not None:
                return found
            return self.worked(node, lambda: self._compared(node, sides))
        return self.unknown(node)

    def _compared(self, node: ast.Compare, sides: list[Value]) -> Value:
        samples.decide(type(node.ops[0]), sides)
        found = self._pure(COMPARISONS.get(type(node.ops[0])), sides)
        if isinstance(found, Sampled) and truth(found) is not None:
            self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return found

    def _judged(self, node: ast.Compare, left: Value, right: Value) -> Value | None:
        """Return whether a text is in an output that is not known word for word, if it tells success or failure."""
        sign = node.ops[0]
        if not isinstance(right, Opaque) or not isinstance(sign, ast.In | ast.NotIn) or not isinstance(left, Const):
            return None
        found = self.judged(left.value, node, right)
        return found and sampled(bool(found.values[0]) is isinstance(sign, ast.In))

    def judged(self, pattern: Any, node: ast.expr, output: Opaque) -> Sampled | None:
        """Return whether output holds a pattern, if the pattern is what success or failure says, and nothing else."""
        text = pattern.decode("utf-8", "surrogateescape") if isinstance(pattern, bytes) else pattern
        if not isinstance(text, str) or not re.search(r"[A-Za-z0-9]{3}", text):
            return None
        if stands_in(text, output.fixed):
            return None
        fails = bool(patterns.FAILURE.search(text))
        if fails or patterns.TOLD.search(text):
            self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            return sampled(not fails)
        return None

    def _typed(self, node: ast.BoolOp) -> Value | None:
        asks = usage.typed_otherwise(node)
        return None if asks is None or self.unsure() else self.names.or_typed(self.value(node.values[0]), asks)

    def _bool(self, node: ast.BoolOp) -> Value:
        decides = isinstance(node.op, ast.Or)
        found: list[Value] = []
        for place, item in enumerate(node.values, 1):
            value = self.under(f"only as {ast.unparse(node)} asks", item) if found else self.value(item)
            known = truth(value)
            if known is None and not found and place < len(node.values) and isinstance(value, Sampled):
                others = node.values[place:]
                rest = ast.copy_location(ast.BoolOp(node.op, others), node) if len(others) > 1 else others[0]
                either = (item, rest) if decides else (rest, item)
                chosen = self.chosen(ast.copy_location(ast.IfExp(item, *either), node), value)
                if chosen is not None:
                    return chosen
            if known is decides and is_sampled(value) and place < len(node.values):
                shown = ast.unparse(item)
                self.not_done(node.values[place:], f"not ({shown})" if decides else shown)
            if known is decides and not found:
                return value
            last = value
            if known is None or known is decides:
                found.append(value)
            if known is decides:
                break
        if not found:
            return last
        if len(found) == 1 and truth(found[0]) is None and found[0] is last:
            return last
        return self.unknown(node)

    @abstractmethod
    def function(self, call: ast.Call, function: Function, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Follow a call of a function of the program."""

    @abstractmethod
    def comprehension(self, node: Comprehension) -> Value:
        """Return what a comprehension gives."""

    def iterated(self, value: Value) -> Value:
        """Return what a loop over a value takes, as a list if that is known."""
        if isinstance(value, Map) and not value.unsure:
            return Seq([key for key, _ in value.pairs], of=(value,))
        if isinstance(value, Seq):
            return value.taken()
        if isinstance(value, Const) and isinstance(value.value, str | range | list | tuple | dict | set):
            return Seq([lifted(item) for item in list(value.value)[: UNROLLED + 1]])
        return value


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def _sliced(value: Seq, bounds: list[Value]) -> Seq:
    try:
        return Seq(value.items[slice(*(concrete(item) for item in bounds))], value.kind)
    except (TypeError, ValueError) as error:
        raise NotKnown from error


def _is_text(value: Value) -> bool:
    if isinstance(value, Const):
        return isinstance(value.value, str | bytes)
    return isinstance(value, Sampled) and all(isinstance(item, str) or item is FAILED for item in value.values)
