"""The part of awk that scripts use on a tool's output: patterns, print, fields, simple expressions.

What would read or write a file or run a program is not known here, and so no part of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.reading.awk_syntax import Parser
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from migration.reading.awk_syntax import Tree

Value = str | float
_STEPS = 20_000
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def run(words: list[str], lines: list[str]) -> tuple[str, int]:
    """Return what an awk program prints for lines, and its status; UnknownError if it does what is not known here."""
    variables: dict[str, Value] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        name, value = option[:2], option[2:] or (rest.pop(0) if rest else "")
        if name == "-F":
            variables["FS"] = _unescaped(value)
        elif name == "-v" and re.match(r"[A-Za-z_]\w*=", value):
            key, _, text = value.partition("=")
            variables[key] = _unescaped(text)
        else:
            raise UnknownError(option)
    if len(rest) != 1:
        raise UnknownError("awk")
    return _Machine(Parser(rest[0]).program(), lines, variables).run()


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nt\\])", lambda found: {"n": "\n", "t": "\t"}.get(found[1], "\\"), text)


class _NextError(Exception):
    """The statement next."""


class _ExitError(Exception):
    """The statement exit."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Machine:
    """A program while it is run over lines."""

    def __init__(self, rules: list[tuple[Tree | None, list[Tree]]], lines: list[str], given: dict[str, Value]) -> None:
        self._rules = rules
        self._lines = lines
        self._number = 0
        self._record = ""
        self._fields: list[str] = []
        self._variables: dict[str, Value] = {"FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", **given}
        self._arrays: dict[str, dict[str, Value]] = {}
        self._open: dict[int, bool] = {}
        self._printed: list[str] = []
        self._steps = 0

    def run(self) -> tuple[str, int]:
        status = 0
        try:
            self._special("BEGIN")
            while self._read():
                try:
                    for index, (pattern, body) in enumerate(self._rules):
                        special = pattern is not None and pattern[0] == "name" and pattern[1] in ("BEGIN", "END")
                        if not special and self._selected(index, pattern):
                            self._all(body)
                except _NextError:
                    continue
        except _ExitError as ended:
            status = ended.status
        try:
            self._special("END")
        except _ExitError as ended:
            status = ended.status
        return "".join(self._printed), status

    def _special(self, name: str) -> None:
        for pattern, body in self._rules:
            if pattern is not None and pattern[:2] == ("name", name):
                self._all(body)

    def _selected(self, index: int, pattern: Tree | None) -> bool:
        if pattern is None:
            return True
        if pattern[0] != "range":
            return self._truth(self.value(pattern))
        if not self._open.get(index):
            if not self._truth(self.value(pattern[1])):
                return False
            self._open[index] = True
        if self._truth(self.value(pattern[2])):
            self._open[index] = False
        return True

    def _read(self) -> bool:
        if self._variables["RS"] != "\n":
            raise UnknownError("RS")
        if self._number >= len(self._lines):
            return False
        self._set_record(self._lines[self._number])
        self._number += 1
        return True

    def _set_record(self, text: str) -> None:
        self._record = text
        self._fields = self._split(text, self._text(self._variables["FS"]))

    @staticmethod
    def _split(text: str, separator: str) -> list[str]:
        if separator == " ":
            return text.split()
        if not text:
            return []
        if len(separator) == 1 and separator != "\\":
            return text.split(separator)
        regex = compiled(separator, "awk")
        if regex.groups:
            regex = re.compile(re.sub(r"(?<!\\)\((?!\?)", "(?:", regex.pattern))
        return regex.split(text)

    def _all(self, statements: list[Tree]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, tree: Tree) -> None:  # noqa: C901, PLR0912 - one branch a statement
        self._steps += 1
        if self._steps > _STEPS:
            raise UnknownError("awk")
        kind = tree[0]
        if kind == "print":
            items = [self._text(self.value(item)) for item in tree[1]] or [self._record]
            separator, end = self._text(self._variables["OFS"]), self._text(self._variables["ORS"])
            self._printed.append(separator.join(items) + end)
        elif kind == "printf":
            self._printed.append(self._formatted([self.value(item) for item in tree[1]]))
        elif kind == "next":
            raise _NextError
        elif kind == "exit":
            raise _ExitError(int(self._numeric(self.value(tree[1]))) if tree[1] else 0)
        elif kind == "getline":
            if self._number < len(self._lines):
                self._set_record(self._lines[self._number])
                self._number += 1
        elif kind == "if":
            self._all(tree[2] if self._truth(self.value(tree[1])) else tree[3])
        elif kind == "block":
            self._all(tree[1])
        elif kind == "for":
            if tree[1]:
                self.value(tree[1])
            while not tree[2] or self._truth(self.value(tree[2])):
                self._statement(tree[4])
                if tree[3]:
                    self.value(tree[3])
                self._steps += 1
                if self._steps > _STEPS:
                    raise UnknownError("awk")
        else:
            self.value(tree)

    def value(self, tree: Tree) -> Value:  # noqa: C901, PLR0911, PLR0912 - one branch a kind
        """Return what an expression gives."""
        kind = tree[0]
        if kind in ("text", "number"):
            constant: Value = tree[1]
            return constant
        if kind == "regex":
            return float(bool(compiled(tree[1], "awk").search(self._record)))
        if kind == "name":
            return self._variable(tree[1])
        if kind == "field":
            return self._field(int(self._numeric(self.value(tree[1]))))
        if kind == "item":
            return self._arrays.get(tree[1], {}).get(self._text(self.value(tree[2])), "")
        if kind == "not":
            return float(not self._truth(self.value(tree[1])))
        if kind == "minus":
            return -self._numeric(self.value(tree[1]))
        if kind == "and":
            return float(self._truth(self.value(tree[1])) and self._truth(self.value(tree[2])))
        if kind == "or":
            return float(self._truth(self.value(tree[1])) or self._truth(self.value(tree[2])))
        if kind in ("~", "!~"):
            regex = tree[2][1] if tree[2][0] == "regex" else self._text(self.value(tree[2]))
            found = bool(compiled(regex, "awk").search(self._text(self.value(tree[1]))))
            return float(found == (kind == "~"))
        if kind == "join":
            return self._text(self.value(tree[1])) + self._text(self.value(tree[2]))
        if kind == "compare":
            return self._compared(tree[1], self.value(tree[2]), self.value(tree[3]))
        if kind == "arithmetic":
            return self._calculated(tree[1], self._numeric(self.value(tree[2])), self._numeric(self.value(tree[3])))
        if kind == "choice":
            return self.value(tree[2] if self._truth(self.value(tree[1])) else tree[3])
        if kind == "set":
            return self._set(tree[1], self.value(tree[2]))
        if kind == "step":
            before = self._numeric(self.value(tree[1]))
            self._set(tree[1], before + tree[2])
            return before + (tree[2] if tree[3] else 0)
        if kind == "call":
            return self._called(tree[1], tree[2])
        raise UnknownError(str(kind))

    def _variable(self, name: str) -> Value:
        if name == "NF":
            return float(len(self._fields))
        if name in ("NR", "FNR"):
            return float(self._number)
        if name in self._arrays or (name.isupper() and name not in self._variables):
            raise UnknownError(name)
        return self._variables.get(name, "")

    def _field(self, number: int) -> str:
        if number < 0:
            raise UnknownError("$")
        if not number:
            return self._record
        return self._fields[number - 1] if number <= len(self._fields) else ""

    def _set(self, target: Tree, value: Value) -> Value:
        if target[0] == "name" and target[1] not in ("NF", "NR"):
            self._variables[target[1]] = value
        elif target[0] == "item":
            self._arrays.setdefault(target[1], {})[self._text(self.value(target[2]))] = value
        elif target[0] == "field":
            number = int(self._numeric(self.value(target[1])))
            if not 0 <= number <= 100:  # noqa: PLR2004 - more than any line has
                raise UnknownError("$")
            if not number:
                self._set_record(self._text(value))
            else:
                self._fields += [""] * (number - len(self._fields))
                self._fields[number - 1] = self._text(value)
                self._record = self._text(self._variables["OFS"]).join(self._fields)
        else:
            raise UnknownError(str(target[1]))
        return value

    def _called(self, name: str, given: list[Tree]) -> Value:
        if name in ("sub", "gsub") and len(given) in (2, 3):
            regex = given[0][1] if given[0][0] == "regex" else self._text(self.value(given[0]))
            target: Tree = given[2] if len(given) == 3 else ("field", ("number", 0.0))  # noqa: PLR2004 - it names a target
            form = self._text(self.value(given[1]))
            found, count = compiled(regex, "awk").subn(
                lambda hit: re.sub(r"\\&|&", lambda sign: hit[0] if sign[0] == "&" else "&", form),
                self._text(self.value(target)),
                count=1 if name == "sub" else 0,
            )
            if count:
                self._set(target, found)
            return float(count)
        if name == "split" and len(given) in (2, 3) and given[1][0] == "name":
            separator = self._variables["FS"]
            if len(given) == 3:  # noqa: PLR2004 - it names a separator
                separator = given[2][1] if given[2][0] == "regex" else self.value(given[2])
            pieces = self._split(self._text(self.value(given[0])), self._text(separator))
            self._arrays[given[1][1]] = {str(number): piece for number, piece in enumerate(pieces, 1)}
            return float(len(pieces))
        values = [self.value(item) for item in given]
        if name == "length" and len(values) < 2:  # noqa: PLR2004 - of the record without a text
            return float(len(self._text(values[0]) if values else self._record))
        if name == "substr" and len(values) in (2, 3):
            text, start = self._text(values[0]), int(self._numeric(values[1]))
            end = start + int(self._numeric(values[2])) if len(values) == 3 else len(text) + 1  # noqa: PLR2004 - a length
            return text[max(0, start - 1) : max(0, end - 1)]
        if name == "index" and len(values) == 2:  # noqa: PLR2004 - where, and what
            return float(self._text(values[0]).find(self._text(values[1])) + 1)
        if name in ("tolower", "toupper", "int") and len(values) == 1:
            text = self._text(values[0])
            return (
                float(int(self._numeric(values[0])))
                if name == "int"
                else text.lower()
                if name == "tolower"
                else text.upper()
            )
        raise UnknownError(name)

    def _formatted(self, values: list[Value]) -> str:
        rest = values[1:]

        def piece(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            value = rest.pop(0) if rest else ""
            if found[0][-1] == "s":
                return found[0] % self._text(value)
            return found[0] % int(self._numeric(value))

        form = self._text(values[0]) if values else ""
        if re.search(r"%(?!%|-?\d*[sdi])", form.replace("%%", "")):
            raise UnknownError(form)
        return re.sub(r"%%|%-?\d*[sdi]", piece, form)

    @staticmethod
    def _calculated(sign: str, left: float, right: float) -> float:
        if sign in "/%" and not right:
            raise UnknownError(sign)
        if sign == "+":
            return left + right
        if sign == "-":
            return left - right
        return left * right if sign == "*" else left / right if sign == "/" else left % right

    def _compared(self, sign: str, left: Value, right: Value) -> float:
        numbers = [item if isinstance(item, float) else _as_number(item) for item in (left, right)]
        if None not in numbers:
            order = (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])  # type: ignore[operator]
        else:
            texts = self._text(left), self._text(right)
            order = (texts[0] > texts[1]) - (texts[0] < texts[1])
        told = {"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}
        return float(told[sign])

    @staticmethod
    def _truth(value: Value) -> bool:
        if isinstance(value, float):
            return value != 0
        number = _as_number(value)
        return number != 0 if number is not None else value != ""

    @staticmethod
    def _text(value: Value) -> str:
        if isinstance(value, float):
            return str(int(value)) if value == int(value) else f"{value:.6g}"
        return value

    @staticmethod
    def _numeric(value: Value) -> float:
        if isinstance(value, float):
            return value
        found = _NUMBER.match(value)
        return float(found[0]) if found else 0.0


def _as_number(text: str) -> float | None:
    return float(text) if re.fullmatch(_NUMBER.pattern + r"\s*", text) else None
