"""The variables of a Python program, and what is bound to them."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migration import words
from migration.readers.python.arguments import default_of
from migration.readers.python.changes import put
from migration.readers.python.ends import EXIT, FAIL
from migration.readers.python.names import LONGEST, Names
from migration.readers.python.values import (
    FAILED,
    Const,
    Definition,
    Done,
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
    across,
    later,
)
from migration.readers.python.worlds import Worlds, worked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migration.readers.python.values import Value


class Scope(ABC):
    """What each variable holds where the program is followed."""

    def __init__(self, names: Names) -> None:
        self.names = names
        # When what is followed now is done, if not always.
        self.condition = ""
        # Of each block and function that is followed its condition, and since when that holds.
        self.begun: list[tuple[str, int]] = [("", 0)]
        self.globals: dict[str, Value] = {}
        self.locals: list[dict[str, Value]] = []
        self.imports: dict[str, str] = {}
        # Of each function that is followed: the function itself, what it declares as global, and as another's.
        self.active: list[Function] = []
        self.declared: list[frozenset[str]] = []
        self.outer: list[frozenset[str]] = []
        # Lines whose reading of an output is understood.
        self.read: set[int] = set()
        # Whether something went wrong in some of the worlds.
        self.raised = False
        # How many of the blocks around here handle what fails, and what failed just now, with what it was given.
        self.handled = 0
        self.failed: list[tuple[Sampled, Sequence[Value]]] = []
        # The searches at which something fails in the block of a try if they find nothing.
        self.unfound: list[int] = []
        # What the program puts into its environment, under no name if only a run tells it, and where it does so.
        self.environ: dict[str, Value] = {}
        self.exported: list[tuple[int, str]] = []
        # The defaults of methods, by their definitions.
        self.of_methods: dict[int, dict[str, Value]] = {}

    @abstractmethod
    def left(self, line: int, text: str) -> None:
        """Leave a line to a person."""

    @abstractmethod
    def value(self, node: ast.expr) -> Value:
        """Return what an expression gives."""

    def kinds(self, kind: ast.ClassDef) -> list[ast.ClassDef]:
        """Return a class and those that it is one of, in the order in which they are asked."""
        found = [kind]
        for base in kind.bases:
            above = self.lookup(base.id) if isinstance(base, ast.Name) else None
            if isinstance(above, Instance) and above.kind is not kind:
                found += [item for item in self.kinds(above.kind) if item not in found]
        return found

    def method(self, holder: Instance, name: str, kinds: list[ast.ClassDef] | None = None) -> Function | None:
        """Return a method of an object, None if it has none of that name."""
        for kind in self.kinds(holder.kind) if kinds is None else kinds:
            for item in kind.body:
                if isinstance(item, Definition) and item.name == name:
                    return Function(item, holder, defaults=self.of_methods.get(id(item), {}))
        return None

    def set_later(self, value: Instance, name: str) -> Value | None:
        """Return what the class of an object was given behind its definition."""
        classes = [self.lookup(kind.name) for kind in self.kinds(value.kind)]
        held = [item.attributes.get(name) for item in classes if isinstance(item, Instance)]
        return next((item for item in held if item is not None), None)

    def of_kind(self, value: Instance, name: str) -> Value | None:
        """Return what stands under a name in the class of an object; a list there is one for all objects."""
        for kind in self.kinds(value.kind):
            for item in kind.body:
                targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
                given = getattr(item, "value", None)
                if given and any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    found, holder = self.value(given), self.lookup(kind.name)
                    if isinstance(found, Seq | Map) and isinstance(holder, Instance) and holder.kind is kind:
                        holder.attributes[name] = found
                    return found
        return None

    def unsettled(self, holder: Instance, shown: str) -> None:
        """Take it that an object may hold other values from here on."""
        for name, value in holder.attributes.items():
            if not isinstance(value, Tool | Function):
                holder.attributes[name] = self.names.within(name, f"{name} of an object, which {shown} may change")

    def defaults(self, given: ast.arguments) -> dict[str, Value]:
        """Return the defaults of a function's parameters, as they are where it is defined."""
        parameters = [item.arg for item in (*given.posonlyargs, *given.args)]
        behind = parameters[len(parameters) - len(given.defaults) :]
        found = {name: self.value(default) for name, default in zip(behind, given.defaults, strict=True)}
        named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        return found | {item.arg: self.value(wanted) for item, wanted in named if wanted is not None}

    def lookup(self, name: str) -> Value | None:
        """Return what a variable holds here."""
        # A function within another sees the variables of that one.
        for scope in reversed(self.locals):
            if name in scope:
                return scope[name]
        return self.globals.get(name)

    def unknown(self, node: ast.expr, *, said: bool = True) -> Text:
        """Return a variable for what an expression gives."""
        shown = ast.unparse(node)
        wanted = shown if len(shown) < LONGEST else re.split(r"[^\w.]", shown, maxsplit=1)[0] or "value"
        if self.only_run_tells(node):
            return self.names.within(wanted, f"{shown}, which only the run gives")
        return self.names.unknown(wanted, shown if said else "")

    def only_run_tells(self, node: ast.expr) -> bool:
        """Return whether what an expression gives comes out of the run itself."""
        names = [self.lookup(item.id) for item in ast.walk(node) if isinstance(item, ast.Name)]
        return any(value is not None and self.comes_late(value) for value in names)

    def comes_late(self, value: Value) -> bool:
        """Return whether a value comes out of the run itself, so that nobody can tell it before."""
        if isinstance(value, Text):
            return any(name in self.names.derived for name in words.names(value.word))
        if isinstance(value, Seq):
            return any(map(self.comes_late, value.items))
        return isinstance(value, Sampled | Opaque | Tool | Done)

    def unsure(self, holder: Seq | Map | Instance | None = None) -> bool:
        """Return whether what is done now depends on a condition, and a ``holder`` of others was made without it."""
        condition, since = self.begun[-1]
        return bool(self.condition) and (holder is None or condition != self.condition or holder.made < since)

    @contextmanager
    def inside(self, *, block: bool) -> Iterator[None]:
        """Follow a block, or a function, under the condition that holds now; a function has that of its call."""
        known, since = self.begun[-1]
        same = not block and known == self.condition
        self.begun.append((self.condition, since if same else later()))
        yield
        self.begun.pop()

    def further(self, reason: str) -> str:
        """Return the condition of what is done under the one that holds here and another one."""
        if not self.condition or f", {reason}, " in f", {self.condition}, ":
            return self.condition or reason
        return f"{self.condition}, {reason}"

    def under(self, reason: str, node: ast.expr) -> Value:
        """Return what an expression gives that is worked out only under a condition."""
        before, self.condition = self.condition, self.further(reason)
        unsettle = self.since()
        found = self.value(node)
        unsettle()
        self.condition = before
        if isinstance(found, Path) and found.dotted in (EXIT, FAIL):
            self.left(node.lineno, f"ends the program {reason}, which is not checked: {ast.unparse(node)}")
        return found

    @abstractmethod
    def failing(self, node: ast.expr, reason: NotKnown) -> None:
        """Take it that an expression may fail, and say so if it does and nothing handles that."""

    @abstractmethod
    def perhaps_failing(self, node: ast.expr) -> None:
        """Take it that the program ends where an expression just failed in some worlds, if nothing handles that."""

    @abstractmethod
    def not_done(self, nodes: Sequence[ast.expr], reason: str) -> None:
        """Say of expressions that they are done only where something failed, if they do something to a tool."""

    @abstractmethod
    def since(self) -> Callable[..., None]:
        """Return what takes all that was read of the tools since for unknown, or back if it is not what goes on."""

    @abstractmethod
    def effects(self) -> Callable[[], bool]:
        """Return what says whether anything was done to a tool since, and then takes it back."""

    def each_world(
        self, count: int, work: Callable[[int], object], reason: str, sure: Callable[[], bool] = lambda: True
    ) -> bool:
        """Do something once in each world, and put together what comes of it.

        False, and all as it was, if it does something to a tool, or at the end ``sure`` says no.

        Raises:
            NotKnown: the work itself raised it.
        """
        undone = self.effects()
        worlds = Worlds([self.globals, self.environ, *self.locals], lambda name: self.names.within(name, reason))
        try:
            for world in range(count):
                worlds.enter(world)
                work(world)
                worlds.leave()
        except NotKnown:
            worlds.back()
            undone()
            raise
        if undone() or not sure():
            worlds.back()
            return False
        worlds.join()
        return True

    def chosen(self, node: ast.IfExp, test: Value) -> Value | None:
        """Return what one of two expressions gives that an output chooses; None if only a run tells it."""
        if not isinstance(test, Sampled) or FAILED in test.values:
            return None
        given: list[Any] = []

        def choose(world: int) -> None:
            given.append(worked(self.value(node.body if test.values[world] else node.orelse), world))

        try:
            sure = self.each_world(len(test.values), choose, ast.unparse(node), lambda: NotKnown not in given)
        except NotKnown:
            return None
        return across(given) if sure else None

    def home(self, name: str) -> dict[str, Value]:
        """Return where a variable that is set now belongs."""
        if not self.locals or (self.declared and name in self.declared[-1]):
            return self.globals
        if self.outer and name in self.outer[-1]:
            return next((scope for scope in reversed(self.locals[:-1]) if name in scope), self.locals[-1])
        return self.locals[-1]

    @abstractmethod
    def argument(self, position: int, default: str | None = None) -> Value:
        """Return an argument of the program, with what it is if nobody gives it."""

    @abstractmethod
    def argument_list(self, dotted: str, count: int, starred: int | None) -> list[Value] | None:
        """Return so many arguments of the program, of which the ``starred`` one is what the others leave."""

    @abstractmethod
    def counts_arguments(self, target: ast.expr, dotted: str, count: int, *, more: bool) -> None:
        """Take it that the program fails if it has not so many arguments; ``more``: or more."""

    def _store_outside(self, target: ast.Subscript, dotted: str, key: Value, value: Value) -> None:
        if dotted == "os.environ":
            self.export(target.lineno, f"what {ast.unparse(target)} is from here on", key, value)
        elif dotted.startswith("sys.argv"):
            self.left(target.lineno, f"changes its own arguments, which is not followed: {ast.unparse(target)}")

    def export(self, line: int, told: str, key: Value, value: Value) -> None:
        """Let the environment of the program hold something from here on."""
        self.exported.append((line, told))
        name = str(key.value) if isinstance(key, Const) else ""
        if not name or self.unsure():
            value = self.names.within(name or "value", "one value or another, as the program sets its environment")
        self.environ[name] = value

    def environment(self, name: str, default: Value | None = None) -> Value:
        """Return a variable of the environment, which is one of the new script, too, unless the program sets it."""
        held = self.environ.get(name) or self.environ.get("")
        if held is not None:
            return held
        spelled = words.bash_name(name)
        self.names.parameters.setdefault(spelled, None)
        if default is not None and not (isinstance(default, Const) and default.value is None):
            self.names.parameters[spelled] = default_of(spelled, self.names.word(default))
            self.names.defaults[spelled] = self.names.word(default)
        return Text(words.variable(spelled))

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind what stands at the left of an assignment."""
        if isinstance(target, ast.Name):
            if isinstance(value, Sampled) and not value.name:
                value = replace(value, name=target.id)
                if self.names.taken(value) is not None:
                    self.read.add(target.lineno)
            home = self.home(target.id)
            kept = isinstance(value, Tool | Function | Instance) or not self.locals or home is self.locals[-1]
            if self.unsure() and not kept:
                # A function that returned before, perhaps, has not set what is another's.
                value = self.names.within(target.id, f"one value or another, as {target.id} is set in a function")
            home[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value)
        elif isinstance(target, ast.Attribute):
            holder = self.value(target.value)
            if isinstance(holder, Instance):
                kept = isinstance(value, Tool | Function | Instance) and target.attr not in holder.attributes
                late = self.unsure(holder) and not kept
                reason = f"one value or another, {target.attr} of an object"
                holder.attributes[target.attr] = self.names.within(target.attr, reason) if late else value
        elif isinstance(target, ast.Subscript):
            holder, key = self.value(target.value), self.value(target.slice)
            if isinstance(value, Sampled) and not value.name and isinstance(key, Const):
                value = replace(value, name=f"{ast.unparse(target.value)}_{key.value}")
            self._store(target, holder, key, value)

    def _store(self, target: ast.Subscript, holder: Value, key: Value, value: Value) -> None:
        if isinstance(holder, Path):
            self._store_outside(target, holder.dotted, key, value)
        elif isinstance(holder, Map):
            if isinstance(key, Const):
                put(holder, key, value)
            else:
                holder.unsure = True
            holder.unsure = holder.unsure or self.unsure(holder)
        elif isinstance(holder, Seq):
            place = key.value if isinstance(key, Const) else None
            if isinstance(place, int) and not self.unsure(holder) and -len(holder.items) <= place < len(holder.items):
                holder.items[place] = value
            else:
                holder.unsure = True

    def _unpack(self, target: ast.Tuple | ast.List, value: Value) -> None:
        items = list(value.items) if isinstance(value, Seq) and not value.unsure else None
        count = len(target.elts)
        starred = next((index for index, item in enumerate(target.elts) if isinstance(item, ast.Starred)), None)
        if isinstance(value, Path):
            items = self.argument_list(value.dotted, count, starred)
            self.counts_arguments(target, value.dotted, count - (starred is not None), more=starred is not None)
        elif items is not None and starred is not None and len(items) >= count - 1:
            behind = count - starred - 1
            middle = Seq(items[starred : len(items) - behind])
            items = [*items[:starred], middle, *items[len(items) - behind :]]
        if items is None or len(items) != count:
            for item in target.elts:
                inner = item.value if isinstance(item, ast.Starred) else item
                wanted = ast.unparse(inner)
                self.assign(inner, self.names.unknown(wanted, f"a part of what is assigned in line {target.lineno}"))
            return
        for item, part in zip(target.elts, items, strict=True):
            self.assign(item.value if isinstance(item, ast.Starred) else item, part)
