"""What a Python program is called with: ``sys.argv``, ``argparse``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.python.values import Const, Instance, Map, Path, Seq, Text
from migration.script import Option, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from migration.dialogue import Builder
    from migration.readers.python.names import Names
    from migration.readers.python.values import Value
    from migration.words import Word

# What makes nothing else of an argument.
_PLAIN = ("", "str", "int", "float")
# What a switch is without it and with it, as a text that is empty where it is false.
_SWITCHES = {"store_true": ("", "True"), "store_false": ("True", "")}
_SLICE = re.compile(r"sys\.argv(?:\[(\d*):(\d*)\])?")


class _Declared(NamedTuple):
    """An ``add_argument``: its flags, or its name, the attribute that holds it, and what else is said of it.

    ``holder`` is what it is added to: the parser, or a group.
    """

    line: int
    flags: tuple[str, ...]
    attribute: str
    keywords: dict[str, ast.expr]
    holder: str

    def text(self, name: str) -> str:
        """Return what is said under a name as it is spelled, nothing if it is not said."""
        found = self.keywords.get(name)
        return "" if found is None else ast.unparse(found).strip("'\"")


class _Group(NamedTuple):
    """Options that exclude each other: their name in the translation, and what holds the group from a line on."""

    name: str
    line: int
    holder: str
    required: bool


class Arguments:
    """The arguments of a program: a variable of the translation for each."""

    def __init__(self, names: Names, builder: Builder, tree: ast.Module) -> None:
        self.names: list[str] = []
        self._variables = names
        self._builder = builder
        self._wanted = _wanted(tree)
        self._declared = _declared(tree)
        self._defaults = _set_defaults(tree)
        self._groups = _groups(tree)
        self._several = bool(_calls(tree, "add_subparsers")) or len(_calls(tree, "ArgumentParser")) > 1
        # How the program reads options, once it has.
        self.usage: Usage | None = None

    def value(self, position: int, default: str | None = None) -> Text:
        """Return the argument of a position, from 1, with what it is if nobody gives it."""
        while len(self.names) < position:
            number = len(self.names) + 1
            self.names.append(self._variables.new(self._wanted.get(number, f"argument_{number}")))
        name = self.names[position - 1]
        if default is not None:
            self._variables.parameters[name] = words.text(default)
        return Text(words.variable(name))

    def sliced(self, dotted: str, count: int, starred: int | None = None) -> list[Value] | None:
        """Return so many values of ``sys.argv`` or of a slice of it; None if it is no plain one.

        The last may be the ``starred`` one, which is the rest of them.
        """
        first = first_of(dotted)
        if first is None or (starred is not None and (starred != count - 1 or not _is_open(dotted))):
            return None
        plain = count if starred is None else starred
        found: list[Value] = [Const("") if first + index == 0 else self.value(first + index) for index in range(plain)]
        return [*found, Path(f"sys.argv[{first + plain}:]")] if starred is not None else found

    def parsed(self, value_of: Callable[[ast.expr], Value]) -> Instance | None:
        """Return what ``parse_args`` gives; None if nothing is declared in this file."""
        if not self._declared:
            return None
        later = self._default()
        found = Instance(ast.ClassDef("Namespace", [], [], [], []))
        if self._several:
            # Which of the parsers reads which argument only the run tells.
            for item in self._declared:
                shown = f"the argument {item.flags[-1]}"
                self._choices(item, lambda _: Const(None))
                found.attributes[item.attribute] = self._variables.unknown(item.attribute, shown)
            return found
        attributes = {item.attribute for item in self._declared}
        found.attributes |= {name: value_of(node) for name, node in later.items() if name not in attributes}
        options = [self._option(item, value_of) for item in self._declared if item.flags[0].startswith("-")]
        named = iter(options)
        counts: list[str] = []
        checked: list[tuple[int, str, tuple[str, ...]]] = []
        for item in self._declared:
            if item.flags[0].startswith("-"):
                found.attributes[item.attribute] = Text(words.variable(next(named).variable))
                continue
            choices = self._choices(item, value_of)
            found.attributes[item.attribute] = self._positional(item, counts)
            counts.append(item.text("nargs"))
            if choices:
                checked.append((len(counts), item.attribute, choices))
        many = any(count not in ("", "?", "1") for count in counts)
        least = sum(count not in ("?", "*") for count in counts)
        groups = tuple(
            (group.name, group.required) for group in self._groups if any(item.group == group.name for item in options)
        )
        self.usage = Usage(tuple(options), least, -1 if many else len(counts), tuple(checked), groups)
        return found

    def _default(self) -> dict[str, ast.expr]:
        """Let arguments be what ``set_defaults`` says if they are not given; return all that it says."""
        said: dict[str, ast.expr] = {}
        for line, keywords in self._defaults:
            if keywords is None:
                self._unfollowed(line, "sets what is not given in a way that is not followed")
                continue
            said |= keywords
            for place, item in enumerate(self._declared):
                default = {"default": keywords[item.attribute]} if item.attribute in keywords else {}
                # What an argument says itself stands only against what was said before.
                both = {**default, **item.keywords} if line < item.line else {**item.keywords, **default}
                self._declared[place] = item._replace(keywords=both)
        return said

    def _group(self, item: _Declared) -> str:
        """Return the group of options that an option excludes, as the translation names it, empty if there is none."""
        if "add_mutually_exclusive_group" in item.holder:
            self._unfollowed(item.line, "adds an option to a group in a way that is not followed")
        return next((one.name for one in self._groups[::-1] if one.holder == item.holder and one.line < item.line), "")

    def _unfollowed(self, line: int, told: str) -> None:
        self._builder.by_hand(line, told, before=len(self._builder.steps), needed=True)

    def _choices(self, item: _Declared, value_of: Callable[[ast.expr], Value]) -> tuple[str, ...]:
        """Return what an argument is one of, nothing if anything goes; it is said where that is not checked."""
        if "choices" not in item.keywords:
            return ()
        value = value_of(item.keywords["choices"])
        held = (
            [key for key, _ in value.pairs] if isinstance(value, Map) else value.items if isinstance(value, Seq) else []
        )
        kind = int if item.text("type") == "int" else str
        texts = [str(one.value) for one in held if isinstance(one, Const) and type(one.value) is kind]
        plain = item.text("type") in _PLAIN and item.text("nargs") in ("", "?") and item.text("action") in ("", "store")
        if texts and len(texts) == len(held) and plain and not (isinstance(value, Seq | Map) and value.unsure):
            return tuple(texts)
        told = f"ends the program if {item.flags[-1]} is none of {item.text('choices')}, which is not checked"
        self._builder.by_hand(item.line, told, stops=False)
        return ()

    def _positional(self, item: _Declared, before: list[str]) -> Text:
        if self._group(item):
            self._unfollowed(item.line, f"the argument {item.attribute} excludes options, which is not followed")
        if item.text("nargs") not in ("", "?") or any(count not in ("", "?") for count in before):
            return self._variables.unknown(item.attribute, f"the argument {item.attribute}, one of several")
        if item.text("type") not in _PLAIN:
            return self._variables.unknown(item.attribute, f"{item.text('type')} of the argument {item.attribute}")
        position = len(before) + 1
        self._wanted[position] = item.attribute
        default = item.keywords.get("default")
        given = default.value if isinstance(default, ast.Constant) else None
        return self.value(position, given if isinstance(given, str) else None)

    def _option(self, item: _Declared, value_of: Callable[[ast.expr], Value]) -> Option:
        name = self._variables.new(item.attribute)
        action = item.text("action") or "store"
        required, group = item.text("required") == "True", self._group(item)
        if action in _SWITCHES:
            without, given = map(words.text, _SWITCHES[action])
            if "default" in item.keywords:
                value = value_of(item.keywords["default"])
                known = isinstance(value, Const) and value.value in (True, False, None)
                without = words.text("True") if known and isinstance(value, Const) and value.value else words.EMPTY
                if not known:
                    self._unfollowed(item.line, f"what {item.flags[-1]} is without being given is not followed")
            return Option(item.flags, name, without, given, group=group)
        choices = self._choices(item, value_of)
        value = value_of(item.keywords.get("default", ast.Constant(None)))
        start = words.EMPTY
        if isinstance(value, Text) or (isinstance(value, Const) and value.value not in (None, False)):
            start = words.substitute(self._variables.word(value), self._at_the_start)
            self._variables.parameters[name] = start
        carried = action == "store" and "nargs" not in item.keywords and item.text("type") in _PLAIN
        return Option(
            item.flags, name, start, takes=True, required=required, carried=carried, choices=choices, group=group
        )

    def _at_the_start(self, name: str) -> Word:
        """Return a variable where nothing is set yet but the environment."""
        value = self._variables.parameters.get(name)
        return words.code(f"${{{name}-}}") if value is None else value


def first_of(dotted: str) -> int | None:
    """Return with which argument ``sys.argv`` or a slice of it begins, None if it is none."""
    found = _SLICE.fullmatch(dotted)
    return None if found is None else int(found[1] or 0)


def _is_open(dotted: str) -> bool:
    return dotted == "sys.argv" or dotted.endswith(":]")


def miscounted(dotted: str, count: int, *, more: bool) -> str:
    """Return bash's test for other arguments than ``sys.argv`` or a slice of it must have to be so many values.

    ``more`` says that it may be more of them. Empty for what is no plain slice, and where any number will do.
    """
    found = _SLICE.fullmatch(dotted)
    if found is None:
        return ""
    first = int(found[1] or 0)
    least = first + count - 1
    more = more or bool(found[2] and int(found[2]) - first == count)
    return "" if least < 0 or (more and not least) else f"$# {'-lt' if more else '-ne'} {least}"


def default_of(name: str, default: Word) -> Word:
    """Return a variable of the environment, with what stands for it if it is not set."""
    plain = words.literal(default)
    # Within braces, a quote would be one of the value.
    spelled = words.bash(default).strip('"') if plain is None else re.sub(r'([\\"$`}])', r"\\\1", plain)
    return words.code(f"${{{name}-{spelled}}}")


def _wanted(tree: ast.Module) -> dict[int, str]:
    """Return which arguments are put into a variable at once."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and isinstance(value, ast.Subscript) and ast.unparse(value.value) == "sys.argv":
            if isinstance(value.slice, ast.Constant) and isinstance(value.slice.value, int):
                found.setdefault(value.slice.value, target.id)
        elif isinstance(target, ast.Tuple) and (first := first_of(ast.unparse(value))) is not None:
            for index, item in enumerate(target.elts):
                if isinstance(item, ast.Name):
                    found.setdefault(first + index, item.id)
    return found


def _declared(tree: ast.Module) -> list[_Declared]:
    found = []
    for node in _calls(tree, "add_argument"):
        flags = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if not flags:
            continue
        keywords = {item.arg: item.value for item in node.keywords if item.arg}
        flag = next((item for item in flags if item.startswith("--")), flags[0])
        named = keywords.get("dest")
        attribute = str(named.value) if isinstance(named, ast.Constant) else flag.lstrip("-").replace("-", "_")
        holder = ast.unparse(node.func).rpartition(".")[0]
        found.append(_Declared(node.lineno, tuple(flags), attribute, keywords, holder))
    return sorted(found, key=lambda item: item.line)


def _set_defaults(tree: ast.Module) -> list[tuple[int, dict[str, ast.expr] | None]]:
    """Return each ``set_defaults``: its line, and what it says; None if that is not written out, or on a condition."""
    plain = [
        line.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.If)
        and (not isinstance(node, ast.If) or "__name__" in ast.unparse(node.test))
        for line in node.body
        if isinstance(line, ast.Expr)
    ]
    found: list[tuple[int, dict[str, ast.expr] | None]] = []
    for node in _calls(tree, "set_defaults"):
        keywords = {item.arg: item.value for item in node.keywords if item.arg}
        whole = len(keywords) == len(node.keywords) and not node.args and node in plain
        found.append((node.lineno, keywords if whole else None))
    return sorted(found, key=lambda item: item[0])


def _groups(tree: ast.Module) -> list[_Group]:
    """Return the groups of options that exclude each other, in their order."""
    kind = "add_mutually_exclusive_group"
    made = [
        (node.lineno, ast.unparse(node.targets[0]), node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value in _calls(tree, kind)
    ]
    found = []
    for number, (line, holder, call) in enumerate(sorted(made, key=lambda item: item[0]), 1):
        required = any(item.arg == "required" and ast.unparse(item.value) == "True" for item in call.keywords)
        found.append(_Group(f"HSM_GROUP_{number}", line, holder, required))
    return found


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    """Return the calls of what has a name, wherever it comes from."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name
    ]
