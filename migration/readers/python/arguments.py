"""What a Python program is called with: ``sys.argv``, ``argparse``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.python.values import Const, Instance, Text

if TYPE_CHECKING:
    from migration.dialogue import Builder
    from migration.readers.python.names import Names
    from migration.readers.python.values import Value
    from migration.words import Word

_SLICE = re.compile(r"sys\.argv(?:\[(\d*):(\d*)\])?")


class _Declared(NamedTuple):
    """An ``add_argument``: its flags or its name, the attribute that holds it, its default, whether it is a switch.

    ``choices`` are how the values are spelled that it takes, empty if it takes all.
    """

    line: int
    flag: str
    attribute: str
    default: ast.expr | None
    switch: bool
    choices: str


class Arguments:
    """The arguments of a program: a variable of the translation for each."""

    def __init__(self, names: Names, builder: Builder, tree: ast.Module) -> None:
        self.names: list[str] = []
        self._variables = names
        self._builder = builder
        self._wanted = _wanted(tree)
        self._declared = _declared(tree)

    def value(self, position: int, default: str | None = None) -> Text:
        """Return the argument of a position, from 1, with what it is if nobody gives it."""
        while len(self.names) < position:
            number = len(self.names) + 1
            self.names.append(self._variables.new(self._wanted.get(number, f"argument_{number}")))
        name = self.names[position - 1]
        if default is not None:
            self._variables.parameters[name] = words.text(default)
        return Text(words.variable(name))

    def sliced(self, dotted: str, count: int) -> list[Value] | None:
        """Return so many values of ``sys.argv`` or of a slice of it; None if it is no plain one."""
        first = first_of(dotted)
        if first is None:
            return None
        return [Const("") if first + index == 0 else self.value(first + index) for index in range(count)]

    def parsed(self) -> Instance | None:
        """Return what ``parse_args`` gives; None if nothing is declared in this file."""
        if not self._declared:
            return None
        found = Instance(ast.ClassDef("Namespace", [], [], [], []))
        position = 0
        for item in self._declared:
            if item.choices:
                told = f"ends the program if {item.flag} is none of {item.choices}, which is not checked"
                self._builder.by_hand(item.line, told, stops=False)
            if item.switch:
                found.attributes[item.attribute] = self._variables.unknown(item.attribute)
            elif item.flag.startswith("-"):
                found.attributes[item.attribute] = self._option(item)
            else:
                position += 1
                self._wanted[position] = item.attribute
                default = item.default.value if isinstance(item.default, ast.Constant) else None
                given = default if isinstance(default, str) else None
                found.attributes[item.attribute] = self.value(position, given)
        return found

    def _option(self, item: _Declared) -> Text:
        name = self._variables.new(item.attribute)
        if isinstance(item.default, ast.Constant) and item.default.value is not None:
            self._variables.parameters[name] = default_of(name, words.text(str(item.default.value)))
        self._variables.reasons[name] = f"the option {item.flag} is ${name} of the environment now"
        return Text(words.variable(name))


def first_of(dotted: str) -> int | None:
    """Return with which argument ``sys.argv`` or a slice of it begins, None if it is none."""
    found = _SLICE.fullmatch(dotted)
    return None if found is None else int(found[1] or 0)


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
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or node.func.attr != "add_argument"
        ):
            continue
        flags = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if not flags:
            continue
        keywords = {item.arg: item.value for item in node.keywords}
        flag = next((item for item in flags if item.startswith("--")), flags[0])
        named = keywords.get("dest")
        attribute = str(named.value) if isinstance(named, ast.Constant) else flag.lstrip("-").replace("-", "_")
        action = keywords.get("action")
        switch = isinstance(action, ast.Constant) and action.value != "store"
        choices = ast.unparse(keywords["choices"]) if "choices" in keywords else ""
        found.append(_Declared(node.lineno, flag, attribute, keywords.get("default"), switch, choices))
    return sorted(found, key=lambda item: item.line)
