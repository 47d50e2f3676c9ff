"""Comprehensions of a Python program, ``map``, ``any`` and ``all``: loops that are no statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from migration.readers.python.branches import is_generator, reaches, stored
from migration.readers.python.ends import Flow
from migration.readers.python.loops import Loops
from migration.readers.python.values import (
    FAILED,
    Const,
    Function,
    Map,
    NotKnown,
    Sampled,
    Seq,
    across,
    concrete,
    is_sampled,
    lifted,
    name_of,
    truth,
)
from migration.readers.python.words import UNROLLED

if TYPE_CHECKING:
    from migration.readers.python.values import Value
    from migration.readers.python.words import Comprehension

_ITEM = "_item"
_MAPS = ("map", "imap", "imap_unordered", "starmap")


class Gather(Loops):
    """Follows loops that give a value."""

    def call(self, node: ast.Call) -> Value:
        """Return what a call gives; one that goes through a list is a comprehension."""
        turned = self._turned(node)
        if turned is not None:
            return self.value(turned)
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(inner, ast.Call):
            inner = self._turned(inner) or inner
        if isinstance(inner, ast.GeneratorExp) and reaches([inner], self.typing) and isinstance(node.func, ast.Name):
            if node.func.id in ("any", "all") and len(inner.generators) == 1:
                return self._until(node, inner, stops=node.func.id == "any")
            if node.func.id == "next":
                self.left(node.lineno, f"is not followed: {ast.unparse(node)}")
                return self.unknown(node)
        return super().call(node)

    def loop(self, node: ast.For) -> Flow:
        """Follow a for; what it goes through is made item by item, between its turns."""
        given = node.iter
        if isinstance(given, ast.Call):
            given = self._turned(given) or given
        if isinstance(given, ast.GeneratorExp) and len(given.generators) == 1 and reaches([given], self.typing):
            first = given.generators[0]
            taken = ast.Assign([node.target], given.elt, lineno=node.lineno)
            body: list[ast.stmt] = [taken, *node.body]
            for test in reversed(first.ifs):
                body = [ast.If(test, body, [])]
            inner = ast.For(first.target, first.iter, body, node.orelse)
            return self.loop(ast.fix_missing_locations(ast.copy_location(inner, node)))
        if isinstance(given, ast.Call) and any(map(self._is_lazy, given.args)):
            self.left(node.lineno, f"is not followed: for {ast.unparse(node.target)} in {ast.unparse(node.iter)}")
            self.forget(stored([node]), "set in a loop that is not followed")
            return Flow()
        return super().loop(node)

    def _is_lazy(self, node: ast.expr) -> bool:
        """Return whether something types at a tool each time that it is asked for an item."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = self.lookup(node.func.id)
            if isinstance(function, Function) and is_generator(function.node):
                return reaches([function.node], self.typing)
            node = self._turned(node) or node
        return isinstance(node, ast.GeneratorExp) and reaches([node], self.typing)

    def _turned(self, node: ast.Call) -> ast.GeneratorExp | None:
        """Return a ``map`` or a ``filter`` as the comprehension that it is; None if it is none."""
        if len(node.args) < 2 or node.keywords:  # noqa: PLR2004 - a function and a list
            return None
        name = name_of(node)
        function, *lists = node.args
        if isinstance(node.func, ast.Attribute):
            if name not in _MAPS or not isinstance(function, ast.Name | ast.Lambda | ast.Attribute):
                return None
            if not isinstance(self.value(function), Function):
                return None
        elif name not in ("map", "filter") or self.lookup(name) is not None:
            return None
        item: ast.expr = ast.Name(_ITEM, ast.Load())
        if len(lists) > 1 or name == "starmap":
            given: ast.expr = ast.Starred(item, ast.Load())
        else:
            given = item
        source = lists[0] if len(lists) == 1 else ast.Call(ast.Name("zip", ast.Load()), lists, [])
        asked: ast.expr = ast.Call(function, [given], [])
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "str":
            asked = ast.Call(ast.Attribute(item, function.attr, ast.Load()), [], [])
        elif isinstance(function, ast.Constant) and function.value is None:
            asked = item
        tests = [asked] if name == "filter" else []
        generator = ast.comprehension(ast.Name(_ITEM, ast.Store()), source, tests, 0)
        found = ast.GeneratorExp(item if name == "filter" else asked, [generator])
        return ast.fix_missing_locations(ast.copy_location(found, node))

    def _until(self, node: ast.Call, given: ast.GeneratorExp, *, stops: bool) -> Value:
        """Follow an ``any`` or an ``all`` up to the first item that settles it."""
        first = given.generators[0]
        source = self.iterated(self.value(first.iter))
        shown = ast.unparse(node)
        if not isinstance(source, Seq) or source.unsure or len(source.items) > UNROLLED or first.ifs:
            self.left(node.lineno, f"is not followed: {shown}")
            return self.unknown(node)
        outside = self.condition
        doubt = False
        for place, item in enumerate(list(source.items), 1):
            self.assign(first.target, item)
            value = self.value(given.elt)
            known = truth(value)
            if known is stops and not doubt:
                if is_sampled(value) and place < len(source.items):
                    asked = ast.unparse(given.elt)
                    self.not_done([given.elt], f"not ({asked})" if stops else asked)
                self.condition = outside
                return Const(stops)
            if known is not (not stops):
                doubt = True
                self.condition = self.further(f"only if what comes before it does not settle {shown}")
        self.condition = outside
        return self.unknown(node) if doubt else Const(not stops)

    def comprehension(self, node: Comprehension) -> Value:
        """Return what a comprehension gives."""
        first = node.generators[0]
        if _keeps_its_variable(node):
            self.left(node.lineno, f"is not followed: {ast.unparse(node)}")
        given = self.value(first.iter)
        source = self.iterated(given)
        scope = self.locals[-1] if self.locals else self.globals
        names = [item.id for item in ast.walk(first.target) if isinstance(item, ast.Name)]
        kept = {name: scope[name] for name in names if name in scope}
        found = self._listed_by(node, source)
        for name in names:
            scope.pop(name, None)
        scope |= kept
        if isinstance(found, Seq) and isinstance(node, ast.GeneratorExp):
            found.once, found.of = True, tuple(item for item in (given, source) if isinstance(item, Seq | Map))
        return self.unknown(node) if found is None else found

    def _listed_by(self, node: Comprehension, source: Value) -> Value | None:
        first = node.generators[0]
        single = len(node.generators) == 1 and not isinstance(node, ast.DictComp)
        if single and isinstance(source, Sampled):
            if reaches([node], self.typing):
                return self._typed_by(node, source)
            return self.worked(node, lambda: self._sampled(node, source))
        if not single or not isinstance(source, Seq) or source.unsure or len(source.items) > UNROLLED:
            self.assign(first.target, self.names.within("item", f"another one in each turn of: {ast.unparse(node)}"))
            for part in _parts(node):
                self.under(f"in {ast.unparse(node)}", part)
            return None
        found: list[Value] = []
        sure = True
        for item in source.items:
            self.assign(first.target, item)
            tests = [truth(self.value(test)) for test in first.ifs]
            sure = sure and None not in tests
            if False in tests:
                continue
            if None in tests:
                self.under(f"in {ast.unparse(node)}", _parts(node)[0])
            else:
                found.append(self.value(_parts(node)[0]))
        return Seq(found) if sure else None

    def _typed_by(self, node: Comprehension, source: Sampled) -> Value:
        """Follow a comprehension that types at a tool as the loop that it is."""
        first = node.generators[0]
        body: list[ast.stmt] = [ast.Expr(_parts(node)[0])]
        for test in reversed(first.ifs):
            body = [ast.If(test, body, [])]
        loop = ast.For(first.target, first.iter, body, [])
        self.loop_over(ast.fix_missing_locations(ast.copy_location(loop, node)), source)
        return self.names.within("output", f"what {ast.unparse(node)} gives, which only the run tells")

    def _sampled(self, node: Comprehension, source: Sampled) -> Value:
        """Return a list out of one that has another length in each world."""
        first = node.generators[0]
        found: list[Any] = []

        def work(world: int) -> None:
            items = source.values[world]
            if items is FAILED or len(items) > UNROLLED * UNROLLED:
                found.append(FAILED)
                return
            inside = []
            for item in items:
                self.assign(first.target, lifted(item))
                if all(concrete(self.value(test), world) for test in first.ifs):
                    inside.append(concrete(self.value(_parts(node)[0]), world))
            found.append(inside)

        if not self.each_world(len(source.values), work, f"what is found in line {node.lineno}"):
            raise NotKnown
        return across(found)


def _keeps_its_variable(node: Comprehension) -> bool:
    """Return whether a function is made in each turn that sees the variable of the last one when it is called."""
    targets = {item.id for part in node.generators for item in ast.walk(part.target) if isinstance(item, ast.Name)}
    # A function that is only an argument is called at once.
    calls = [item for item in ast.walk(node) if isinstance(item, ast.Call)]
    given = [item for call in calls for item in (*call.args, *(part.value for part in call.keywords))]
    made = [item for item in ast.walk(node) if isinstance(item, ast.Lambda) and item not in given]
    return any(
        isinstance(item, ast.Name) and item.id in targets and item.id not in {part.arg for part in function.args.args}
        for function in made
        for item in ast.walk(function.body)
    )


def _parts(node: Comprehension) -> list[ast.expr]:
    """Return what a comprehension gives for each item."""
    return [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
