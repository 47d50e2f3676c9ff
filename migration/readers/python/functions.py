"""Functions and classes of a Python program where they are called."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from migration.readers.python.arguments import first_of
from migration.readers.python.contexts import Contexts
from migration.readers.python.ends import EXIT, FAIL, RETURN
from migration.readers.python.values import (
    Called,
    Const,
    Function,
    Instance,
    Map,
    Path,
    Sampled,
    Seq,
    Tool,
    name_of,
    outputs_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migration.readers.python.values import Definition, Value

_PLAIN = (
    "contextmanager", "asynccontextmanager", "property", "cached_property", "staticmethod", "classmethod",
    "abstractmethod", "setter", "override", "final", "overload",
)  # fmt: skip
# How many calls are followed; a program that holds more would never end.
_CALLS = 2_000


class Functions(Contexts):
    """Follows calls of functions and classes of the program."""

    calls_made = 0

    def call(self, node: ast.Call) -> Value:
        """Return what a call gives; one by ``super`` is one of the class above."""
        if ast.unparse(node.func) in ("functools.partial", "partial") and node.args and self.lookup("partial") is None:
            return self.value(_partial(node))
        if (spread := self._spread(node)) is not None:
            return super().call(spread)
        above = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not isinstance(above, ast.Call) or ast.unparse(above.func) != "super" or not self.active:
            return super().call(node)
        assert isinstance(node.func, ast.Attribute)
        now = self.active[-1]
        of = now.of
        arguments, named = self.given(node)
        kinds = self.kinds(of.kind) if of is not None else []
        owner = next((number for number, kind in enumerate(kinds) if now.node in kind.body), len(kinds))
        found = None if of is None else self.method(of, node.func.attr, kinds[owner + 1 :])
        return Const(None) if found is None else self.called(Called(node, found, None, arguments, named))

    def _spread(self, node: ast.Call) -> ast.Call | None:
        """Return ``main(*sys.argv[1:])`` with its arguments one by one, which must be as many; None for another."""
        last = node.args[-1].value if node.args and isinstance(node.args[-1], ast.Starred) else None
        held = self.value(last) if isinstance(last, ast.Name | ast.Subscript | ast.Attribute) else None
        function = self.lookup(node.func.id) if isinstance(node.func, ast.Name) else None
        first = first_of(held.dotted) if isinstance(held, Path) else None
        if first is None or not isinstance(held, Path) or not isinstance(function, Function) or node.keywords:
            return None
        known, given = function.node.args, node.args[:-1]
        if known.vararg or known.defaults or any(isinstance(item, ast.Starred) for item in given):
            return None
        count = len(known.posonlyargs) + len(known.args) - len(given)
        self.counts_arguments(node, held.dotted, count, more=False)
        spelled = [ast.parse(f"sys.argv[{first + number}]", mode="eval").body for number in range(count)]
        spread = ast.Call(node.func, [*given, *spelled], [])
        for inner in spelled:
            for item in ast.walk(inner):
                ast.copy_location(item, node)
        return ast.copy_location(spread, node)

    def made(self, node: ast.Call, kind: Instance, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Return a new object."""
        made = Instance(kind.kind)
        begin = self.method(made, "__init__")
        if begin is not None:
            self.function(node, begin, arguments, named)
            return made
        # Without one it is a dataclass or a named tuple, if there is anything to give it.
        fields = [item for kind in self.kinds(kind.kind) for item in kind.body if isinstance(item, ast.AnnAssign)]
        names = [item.target.id for item in fields if isinstance(item.target, ast.Name)]
        made.attributes |= dict(zip(names, arguments, strict=False)) | named
        return made

    def decorated(self, node: Definition) -> Value:
        """Return what a definition gives, with what its decorators of this program make of it."""
        found: Value = Function(node, closure=tuple(self.locals), defaults=self.defaults(node.args))
        for item in reversed(node.decorator_list):
            spelled = ast.unparse(item)
            if spelled.rpartition(".")[2] in _PLAIN or "wraps(" in spelled:
                continue
            by = self.value(item)
            if isinstance(by, Function):
                call = ast.copy_location(ast.Call(item, [ast.Name(node.name, ast.Load())], []), item)
                found = self.function(call, by, [found], {})
            elif node.name in self.typing:
                self.left(item.lineno, f"what @{spelled} makes of {node.name} is not followed")
        return found

    def function(self, call: ast.Call, function: Function, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Follow a call of a function of the program."""
        node = function.node
        self.followed.add(node.name)
        self.calls_made += 1
        if any(_is(other, function) for other in self.active) or self.calls_made > _CALLS:
            self.builder.by_hand(call.lineno, f"{node.name} calls itself, or functions are too many to be followed")
            return self.unknown(call)
        alone = not any(self._outputs_for(function, [*arguments, *named.values()]))
        begun, depth = len(self.builder.steps), len(self.locals)
        self.locals += [*function.closure, self._bound(function, arguments, named)]
        self.declared.append(
            frozenset(name for item in ast.walk(node) if isinstance(item, ast.Global) for name in item.names)
        )
        self.outer.append(
            frozenset(name for item in ast.walk(node) if isinstance(item, ast.Nonlocal) for name in item.names)
        )
        self.returns.append([])
        self.returned.append([])
        line, condition = self.line, self.condition
        # Of calls within calls the outermost that says something is where a reader looks for the command.
        said = [value for value in (*arguments, *named.values()) if not isinstance(value, Tool | Instance)]
        self.active.append(function)
        self.line = self.line or (call.lineno if said and not self.is_main() else 0)
        self.left_by[id(node.body)] = RETURN
        with self.inside(block=False):
            flow = self.block(node.body)
        self.active.pop()
        self.line = line
        self.condition = condition
        del self.locals[depth:]
        self.declared.pop()
        self.outer.pop()
        found, notes = self.returns.pop(), self.returned.pop()
        if node.name == self.main[0] and not self.active:
            self.main_gives = found
        if EXIT in flow.may and flow.ends != EXIT:
            self.condition = self.further(f"only if {node.name} does not end the program")
        if len(found) == 1 and flow.ends == RETURN and flow.may == {RETURN}:
            return self.told_by(call, self._searched_since(begun, found[0]) if alone else found[0], notes)
        self.told_by(call, Const(None), notes)
        if not found:
            return Path(flow.ends) if flow.ends in (EXIT, FAIL) else Const(None)
        return self._one_of(call, found, certain=flow.ends == RETURN)

    def _searched_since(self, begun: int, value: Value) -> Value:
        """Return what a function gives that looks at nothing but what it has typed, and of which search that tells."""
        searches = [
            number for number, step in enumerate(self.builder.steps) if number >= begun and step.name == "findKey"
        ]
        known = isinstance(value, Sampled) and value.search < 0 and len(searches) == 1
        return replace(value, search=searches[0]) if known and isinstance(value, Sampled) else value

    def _outputs_for(self, function: Function, given: list[Value]) -> Iterator[Sampled]:
        """Go through the outputs of tools that a function, or one that it calls, can see when it is called."""
        seen: list[Value] = [*given, *([function.of] if function.of else [])]
        waiting: list[ast.AST] = [function.node, *self._methods_of(seen)]
        named: set[str] = set()
        while waiting:
            inside = {item.id for item in ast.walk(waiting.pop()) if isinstance(item, ast.Name)} - named
            named |= inside
            for name in sorted(inside):
                held = [scope[name] for scope in (*function.closure, self.globals) if name in scope]
                seen += held
                waiting += [*(value.node for value in held if isinstance(value, Function)), *self._methods_of(held)]
        return outputs_in(seen)

    def _methods_of(self, values: list[Value]) -> list[ast.stmt]:
        objects = [value for value in values if isinstance(value, Instance)]
        return [item for value in objects for kind in self.kinds(value.kind) for item in kind.body]

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
        scope = dict(function.defaults)
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


def _partial(node: ast.Call) -> ast.Lambda:
    """Return a partial function as the function that it is."""
    more, named = "_more", "_named"
    given = ast.arguments([], [], ast.arg(more), [], [], ast.arg(named), [])
    rest = ast.Starred(ast.Name(more, ast.Load()), ast.Load())
    others = ast.keyword(None, ast.Name(named, ast.Load()))
    body = ast.Call(node.args[0], [*node.args[1:], rest], [*node.keywords, others])
    return ast.fix_missing_locations(ast.copy_location(ast.Lambda(given, body), node))


def _is(one: Function, other: Function) -> bool:
    """Return whether two functions are the same, of the same object, with the same variables around them."""
    around = [[*map(id, item.closure)] for item in (one, other)]
    return one.node is other.node and one.of is other.of and around[0] == around[1]
