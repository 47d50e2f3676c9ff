"""Calls of functions and methods that have no effect: texts, lists, regular expressions."""

from __future__ import annotations

import ast
import json
import os.path
import re
import shlex
import textwrap
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from migration import words
from migration.readers.python import format as form
from migration.readers.python.changes import CHANGING, changed
from migration.readers.python.regex import compiled_pattern, unpacked
from migration.readers.python.values import (
    FAILED,
    Begun,
    Bound,
    Called,
    Const,
    Instance,
    Map,
    NotKnown,
    Opaque,
    Path,
    Sampled,
    Seq,
    Text,
    concrete,
    is_sampled,
    lifted,
    pure,
)
from migration.readers.python.words import UNROLLED, Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.readers.python.values import Value


_SAME = ("strip", "rstrip", "lstrip", "encode", "decode", "str", "lower", "splitlines", "upper", "replace", "join")
_BUILTINS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "bool": bool,
    "bytes": lambda item, *_: item.encode("utf-8", "surrogateescape") if isinstance(item, str) else bytes(item),
    "chr": chr,
    "dict": dict,
    "enumerate": lambda items, start=0: list(enumerate(items, start)),
    "float": float,
    "hex": hex,
    "int": int,
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "next": lambda items, *more: next(iter(items), *more),
    "ord": ord,
    "os.path.basename": os.path.basename,
    "os.path.dirname": os.path.dirname,
    "repr": repr,
    "reversed": lambda items: list(reversed(items)),
    "shlex.split": shlex.split,
    "set": lambda items=(): list(dict.fromkeys(items)),
    "frozenset": lambda items=(): list(dict.fromkeys(items)),
    "json.loads": json.loads,
    "sorted": sorted,
    "str": lambda item="", *_: item.decode("utf-8", "surrogateescape") if _ and isinstance(item, bytes) else str(item),
    "sum": sum,
    "textwrap.dedent": textwrap.dedent,
    "tuple": tuple,
    "zip": lambda *items: list(zip(*items, strict=False)),
}
_SORTED = ("sorted", "set", "frozenset")
_SEARCHES = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub")
_METHODS = frozenset((
    "capitalize", "center", "copy", "count", "decode", "encode", "end", "endswith", "find", "get", "group",
    "groupdict", "groups", "hex", "index", "isalnum", "isalpha", "isdecimal", "isdigit", "isnumeric", "items",
    "keys", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex",
    "rjust", "rpartition", "rsplit", "rstrip", "span", "split", "splitlines", "start", "startswith", "strip",
    "title", "upper", "values", "zfill",
))  # fmt: skip


class Calls(Evaluator):
    """Works out calls; what they do to the tools is for the one that inherits from it."""

    @abstractmethod
    def not_followed(self, node: ast.Call) -> None:
        """Leave a call to a person."""

    @abstractmethod
    def types(self, value: Value | None) -> bool:
        """Return whether a value is a function that does something to a tool."""

    @abstractmethod
    def called(self, call: Called) -> Value:
        """Return what a call that is not worked out here gives."""

    def call(self, node: ast.Call) -> Value:
        """Return what a call gives."""
        function = None
        holder: Value | None = None
        if isinstance(node.func, ast.Attribute):
            holder = self.value(node.func.value)
            function = self._member(node.func, holder)
        else:
            function = self.value(node.func)
            if isinstance(function, Bound):
                function, holder = None, function
        call = Called(node, function, holder, *self.given(node))
        back = [call.named.get("key"), *(call.arguments[:1] if ast.unparse(node.func) == "iter" else ())]
        try:
            # A function that sorts, or gives items until one is something, is called nobody knows how often.
            found = None if any(map(self.types, back)) else self._known_call(call)
        except NotKnown as reason:
            self.failing(node, reason)
            return self.unknown(node)
        self.perhaps_failing(node)
        return self.called(call) if found is None else found

    def given(self, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
        """Return what a call gives, by place and by name."""
        arguments = self.items(node.args)
        named = {item.arg: self.value(item.value) for item in node.keywords if item.arg}
        for item in node.keywords:
            more = self.value(item.value) if item.arg is None else None
            if isinstance(more, Map) and not more.unsure:
                named |= {str(key.value): value for key, value in more.pairs if isinstance(key, Const)}
        return arguments, named

    def _member(self, node: ast.Attribute, holder: Value) -> Value | None:
        if isinstance(holder, Path):
            return Path(f"{holder.dotted}.{node.attr}")
        if isinstance(holder, Instance):
            held = holder.attributes.get(node.attr)
            return held if held is not None else self.method(holder, node.attr)
        return None

    def _known_call(self, call: Called) -> Value | None:  # noqa: C901, PLR0911, PLR0912 - one a kind of call
        node, function, holder, arguments, named = call
        if isinstance(function, Path):
            name = function.dotted
            if name in ("os.environ.get", "os.getenv") and arguments and isinstance(arguments[0], Const):
                self.names.optional.setdefault(str(arguments[0].value), True)
                return self.environment(
                    str(arguments[0].value), arguments[1] if len(arguments) > 1 else named.get("default")
                )
            if name == "next" and arguments and isinstance(arguments[0], Seq) and arguments[0].items:
                arguments[0].unsure = arguments[0].unsure or self.unsure(arguments[0])
                if arguments[0].unsure:
                    raise NotKnown
                return arguments[0].items.pop(0)
            if name == "next" and arguments and isinstance(arguments[0], Begun):
                self.not_followed(node)
                raise NotKnown
            if name in ("range", "xrange"):
                return self._range(arguments)
            if name in ("setattr", "delattr", "vars") and arguments and isinstance(arguments[0], Instance):
                if name != "setattr" or len(arguments) < 3 or not isinstance(arguments[1], Const):  # noqa: PLR2004 - an object, a name, a value
                    self.unsettled(arguments[0], ast.unparse(node))
                    return None
                target = ast.Attribute(node.args[0], str(arguments[1].value), ast.Store())
                self.assign(ast.copy_location(target, node), arguments[2])
                return Const(None)
            if name == "getattr" and len(arguments) > 1 and isinstance(arguments[1], Const):
                return self.value(
                    ast.copy_location(ast.Attribute(node.args[0], str(arguments[1].value), ast.Load()), node)
                )
            if (
                name in ("enumerate", "zip", "reversed", "list", "tuple", "sorted", "iter", "set", "frozenset")
                and arguments
                and not any(map(is_sampled, arguments) if name in _SORTED else map(_is_listless, arguments))
            ):
                if name == "iter" and isinstance(arguments[0], Seq) and arguments[0].once:
                    return arguments[0]
                return self._listed(name, [self.iterated(item) for item in arguments], named)
            if name in ("str", "bytes", "int") and len(arguments) >= 1 and isinstance(arguments[0], Text | Opaque):
                return arguments[0]
            if name == "str" and arguments and isinstance(arguments[0], Sampled | Const) and len(arguments) == 1:
                return arguments[0] if isinstance(arguments[0], Sampled) else pure(str, arguments)
            if name == "os.path.join" and arguments:
                return self._path(arguments)
            if name == "os.path.expanduser" and len(arguments) == 1 and (found := _at_home(arguments[0])) is not None:
                return found
            if name in ("getpass.getpass", "input", "raw_input"):
                return self.unknown(node, said=False)
            if name.startswith("re.") and (found := self._regex(node, name, arguments, named)) is not None:
                return found
            if name == "shlex.split" and len(arguments) == 1 and isinstance(arguments[0], Text):
                return _split(arguments[0], self.names.reread, "")
            known = _BUILTINS.get(name)
            if known is None:
                return None
            given = [self.iterated(item) if isinstance(item, Begun) else item for item in arguments]
            return self._pure(known, given, named)
        if holder is None or not isinstance(node.func, ast.Attribute):
            return None
        return self._method(node, node.func.attr, holder, arguments, named)

    def _method(  # noqa: C901, PLR0911, PLR0912 - one a kind of call
        self, node: ast.Call, name: str, holder: Value, arguments: list[Value], named: dict[str, Value]
    ) -> Value | None:
        if isinstance(holder, Opaque):
            return holder if name in _SAME else None
        if (
            isinstance(holder, Text)
            and name in ("strip", "rstrip", "lstrip", "encode", "decode")
            and (name in ("encode", "decode") or not arguments)
        ):
            return holder
        if isinstance(holder, Const) and name == "format" and isinstance(holder.value, str):
            if any(item.arg is None and ast.unparse(item.value) == "os.environ" for item in node.keywords):
                named = {name: self.environment(name) for name in form.fields(holder.value)} | named
            return self.names.joined(form.braces(holder.value, arguments, named, self.names.formed))
        if (
            isinstance(holder, Const)
            and name == "join"
            and isinstance(holder.value, str | bytes)
            and len(arguments) == 1
        ):
            return self._joined(holder, arguments[0])
        if isinstance(holder, Const) and holder.word is not None and name in ("encode", "decode"):
            return holder
        if isinstance(holder, Const) and isinstance(holder.value, re.Pattern) and name in _SEARCHES and arguments:
            return self._searched(node, holder.value.pattern, holder.value.flags, name, arguments)
        if isinstance(holder, Sampled) and name in ("encode", "decode"):
            return holder
        if isinstance(holder, Text) and name in words.IN_CASE and (found := self.names.cased(holder, name)):
            return found
        if name == "split" and not arguments and not named:
            if isinstance(holder, Text):
                return _split(holder, self.names.reread, " ")
            if isinstance(holder, Sampled) and self.names.is_made_up(holder):
                return _split(Text(self.names.word(holder)), self.names.reread, " ")
        if isinstance(holder, Map) and not holder.unsure and name in ("items", "keys", "values", "get"):
            return self._of_map(holder, name, arguments)
        if name in CHANGING and isinstance(holder, Seq | Map):
            given = [self.iterated(item) for item in arguments] if name in ("extend", "update") else arguments
            return changed(holder, name, given, named, unsure=self.unsure(holder))
        if name in CHANGING and isinstance(holder, Sampled) and isinstance(node.func, ast.Attribute):
            # A list of another length in each world: what it holds from here on is not known.
            self.assign(node.func.value, self.names.within("output", f"what is changed by {ast.unparse(node)}"))
            return self.unknown(node)
        if isinstance(holder, Const | Sampled | Seq) and name in _METHODS:
            if any(
                isinstance(item, Const) and isinstance(item.value, int) and item.value > UNROLLED * UNROLLED
                for item in arguments
            ):
                raise NotKnown
            return self._pure(
                lambda item, *rest, **more: _listable(getattr(item, name)(*rest, **more)), [holder, *arguments], named
            )
        return None

    def _joined(self, holder: Const, items: Value) -> Value:
        inner = self.iterated(items)
        if not isinstance(inner, Seq) or inner.unsure:
            return self._pure(lambda glue, parts: glue.join(parts), [holder, items])
        pieces: list[Value] = []
        for item in inner.items:
            pieces += [*([Const(unpacked(holder.value))] if pieces else []), item]
        return self.names.joined(pieces)

    def _of_map(self, holder: Map, name: str, arguments: list[Value]) -> Value:
        if name == "items":
            return Seq([Seq([key, item], tuple) for key, item in holder.pairs], of=(holder,))
        if name in ("keys", "values"):
            return Seq([pair[name == "values"] for pair in holder.pairs], of=(holder,))
        if not arguments or not isinstance(arguments[0], Const):
            raise NotKnown
        for key, item in holder.pairs:
            if _is(key, arguments[0].value):
                return item
        return arguments[1] if len(arguments) > 1 else Const(None)

    @staticmethod
    def _range(arguments: list[Value]) -> Value:
        bounds = [concrete(item) for item in arguments]
        if not bounds or is_sampled(Seq(arguments)) or not all(isinstance(item, int) for item in bounds):
            raise NotKnown
        try:
            found = range(*bounds)
        except (TypeError, ValueError) as error:
            raise NotKnown from error
        return Seq([Const(number) for number in found[: UNROLLED + 1]])

    def _listed(self, name: str, items: list[Value], named: dict[str, Value]) -> Value:
        """Return a list out of others, whose items may be anything."""
        sources = tuple(item for item in items if isinstance(item, Seq))
        lists = [item.items for item in sources if not item.unsure]
        if name == "enumerate":
            start = named.get("start") or (items[1] if len(items) > 1 else Const(0))
            number = concrete(start)
            if not isinstance(items[0], Seq) or items[0].unsure or not isinstance(number, int):
                raise NotKnown
            numbered: list[Value] = [Seq([Const(number + index), item], tuple) for index, item in enumerate(lists[0])]
            return Seq(numbered, once=True, of=sources)
        if len(lists) != len(items):
            raise NotKnown
        if name == "zip":
            return Seq([Seq(list(group), tuple) for group in zip(*lists, strict=False)], once=True, of=sources)
        if name in ("sorted", "set", "frozenset"):
            return self._pure(_BUILTINS[name], items, named)
        if name in ("reversed", "iter"):
            return Seq(list(reversed(lists[0])) if name == "reversed" else list(lists[0]), once=True, of=sources)
        return Seq(list(lists[0]), tuple if name == "tuple" else list)

    def _path(self, arguments: list[Value]) -> Value:
        pieces: list[Value] = []
        for item in arguments:
            text = words.shown(self.names.word(item))
            if text.startswith("/") or not pieces:
                pieces = [item]
                continue
            before = words.shown(self.names.word(pieces[-1]))
            pieces += [item] if before.endswith("/") else [Const("/"), item]
        return self.names.joined(pieces)

    def _regex(self, node: ast.Call, name: str, arguments: list[Value], named: dict[str, Value]) -> Value | None:
        kind = name.removeprefix("re.")
        if kind == "escape":
            return self._pure(re.escape, arguments)
        if kind not in (*_SEARCHES, "compile") or not arguments or not isinstance(arguments[0], Const):
            return None
        pattern = arguments[0].value
        position = {"compile": 1, "split": 3, "sub": 4}.get(kind, 2)
        given = named.get("flags") or (arguments[position] if len(arguments) > position else None)
        flags = self.flags(given)
        if isinstance(pattern, re.Pattern):
            pattern, flags = pattern.pattern, pattern.flags
        if kind == "compile":
            return lifted(compiled_pattern(unpacked(pattern), flags))
        return self._searched(node, pattern, flags, kind, arguments[1:])

    def flags(self, value: Value | None) -> int:
        """Return the flags of a regular expression.

        Raises:
            NotKnown: they cannot be told.
        """
        if value is None:
            return 0
        if isinstance(value, Path) and value.dotted.startswith("re."):
            return int(getattr(re, value.dotted.removeprefix("re."), 0))
        return int(concrete(value))

    def _searched(self, node: ast.Call, pattern: Any, flags: int, kind: str, arguments: list[Value]) -> Value:
        if not arguments:
            raise NotKnown
        subject = arguments[1] if kind == "sub" and len(arguments) > 1 else arguments[0]
        if isinstance(subject, Opaque):
            found = self.judged(pattern, node, subject)
            if found is None or kind in ("split", "sub"):
                raise NotKnown
            return found
        compiled = compiled_pattern(pattern, flags)
        more = [subject] if kind != "sub" else [arguments[0], subject]
        result = self._pure(lambda *given: _listable(getattr(compiled, kind)(*given)), more)
        if isinstance(result, Seq) or (
            isinstance(result, Sampled) and any(item not in (None, FAILED) for item in result.values)
        ):
            self.read.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return result


def _at_home(path: Value) -> Value | None:
    """Return a path with the home of who runs the translation in place of its tilde, None if that is another's."""
    text = path.value if isinstance(path, Const) else None
    if not isinstance(text, str) or (text != "~" and not text.startswith("~/")):
        return None
    return Text(words.join([words.code("$HOME"), words.text(text[1:])]))


def _split(value: Text, reread: set[tuple[str, str]], cut: str) -> Seq:
    """Return the words of a text; a variable in it is taken for part of one word, and noted with what it is cut at."""
    if any(sign in part.text for part in value.word if part.kind == words.TEXT for sign in "'\"\\"):
        raise NotKnown
    reread.update((name, cut) for name in words.names(value.word))
    pieces = [(words.literal(word), word) for word in words.split(value.word)]
    return Seq([Text(word) if plain is None else Const(plain) for plain, word in pieces])


def _is_listless(value: Value) -> bool:
    """Return whether a value depends on an output, and is no list with as many items in each."""
    return is_sampled(value) and not (isinstance(value, Seq) and not value.unsure)


def _listable(found: Any) -> Any:
    if isinstance(found, str | bytes | int | float | list | tuple | dict | re.Match) or found is None:
        return found
    return list(found)


def _is(key: Value, wanted: Any) -> bool:
    return isinstance(key, Const) and type(key.value) is type(wanted) and key.value == wanted
