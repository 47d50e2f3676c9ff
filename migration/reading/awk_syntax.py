"""Programs of awk as trees: nested tuples, each with its kind first."""

from __future__ import annotations

import re
from typing import Any

from migration.reading.regexes import UnknownError

Tree = tuple[Any, ...]
_SIGN = re.compile(
    r"""(?P<blank>(?:[ \t]|\\\n|\#[^\n]*)+)|(?P<end>[;\n])|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)
    |(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<sign>&&|\|\||==|!=|<=|>=|!~|\+\+|--|[-+*/%]=|[-+*/%!~<>=?:,(){}\[\]$|])""",
    re.VERBOSE,
)
_REGEX = re.compile(r"/((?:[^/\\\n\[]|\\.|\[\^?\]?(?:\[:\w+:\]|[^\]])*\])+)/")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "/": "/"}
_KEYWORDS = ("print", "printf", "next", "exit", "getline", "if", "else", "for", "while", "do", "delete", "function")
_STARTS = ("number", "name", "text")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Parser:
    """One program while it is read; UnknownError for what is not known here."""

    def __init__(self, text: str) -> None:
        """Take a program's text."""
        self._text = text
        self._at = 0
        self._kind, self._sign = "", ""
        self._printing = False
        self._advance()

    def program(self) -> list[tuple[Tree | None, list[Tree]]]:
        """Return its rules: a pattern or None, and the statements of its action."""
        rules: list[tuple[Tree | None, list[Tree]]] = []
        self._ends()
        while self._kind:
            pattern: Tree | None = None
            if self._sign != "{":
                pattern = self._expression()
                if self._sign == ",":
                    self._advance()
                    pattern = ("range", pattern, self._expression())
            body: list[Tree] = [("print", [])]
            if self._sign == "{":
                body = self._block()
            rules.append((pattern, body))
            self._ends()
        return rules

    def _advance(self) -> None:
        while True:
            if self._at >= len(self._text):
                self._kind, self._sign = "", ""
                return
            found = _SIGN.match(self._text, self._at)
            if found is None:
                raise UnknownError(self._text)
            self._at = found.end()
            if found.lastgroup != "blank":
                self._kind, self._sign = found.lastgroup or "", found[0]
                return

    def _take(self, sign: str) -> None:
        if self._sign != sign:
            raise UnknownError(self._text)
        self._advance()

    def _ends(self) -> None:
        while self._kind == "end":
            self._advance()

    def _block(self) -> list[Tree]:
        self._take("{")
        found: list[Tree] = []
        self._ends()
        while self._sign != "}":
            if not self._kind:
                raise UnknownError(self._text)
            found.append(self._statement())
            self._ends()
        self._advance()
        return found

    def _statement(self) -> Tree:  # noqa: C901, PLR0911 - one branch a statement
        if self._sign == "{":
            return ("block", self._block())
        keyword = self._sign if self._kind == "name" else ""
        if keyword not in _KEYWORDS:
            return self._expression()
        self._advance()
        if keyword in ("print", "printf"):
            return self._print(keyword)
        if keyword == "next":
            return ("next",)
        if keyword == "getline":
            if self._kind == "name" or self._sign == "<":
                raise UnknownError(self._text)
            return ("getline",)
        if keyword == "exit":
            return ("exit", None if self._kind in ("", "end") or self._sign == "}" else self._expression())
        if keyword == "if":
            self._take("(")
            test = self._expression()
            self._take(")")
            self._ends()
            then = [self._statement()]
            before = self._at, self._kind, self._sign
            self._ends()
            if self._sign == "else":
                self._advance()
                self._ends()
                return ("if", test, then, [self._statement()])
            self._at, self._kind, self._sign = before
            return ("if", test, then, [])
        if keyword == "for":
            return self._for()
        raise UnknownError(keyword)

    def _for(self) -> Tree:
        self._take("(")
        parts: list[Tree | None] = []
        for end in (";", ";", ")"):
            parts.append(None if self._sign == end else self._expression())
            self._take(end)
        self._ends()
        return ("for", *parts, self._statement())

    def _print(self, keyword: str) -> Tree:
        items: list[Tree] = []
        self._printing = True
        while self._kind not in ("", "end") and self._sign != "}":
            items.append(self._expression())
            if self._sign != ",":
                break
            self._advance()
        self._printing = False
        if self._kind not in ("", "end") and self._sign != "}":
            raise UnknownError(self._text)
        if len(items) == 1 and items[0][0] == "group":
            items = items[0][1]
        return (keyword, items)

    def _expression(self) -> Tree:
        left = self._choice()
        if self._sign == "=" and left[0] in ("name", "field", "item"):
            self._advance()
            return ("set", left, self._expression())
        if self._sign in ("+=", "-=", "*=", "/=", "%=") and left[0] in ("name", "field", "item"):
            sign = self._sign[0]
            self._advance()
            return ("set", left, ("arithmetic", sign, left, self._expression()))
        return left

    def _choice(self) -> Tree:
        test = self._or()
        if self._sign != "?":
            return test
        self._advance()
        first = self._choice()
        self._take(":")
        return ("choice", test, first, self._choice())

    def _or(self) -> Tree:
        left = self._and()
        while self._sign == "||":
            self._advance()
            self._ends()
            left = ("or", left, self._and())
        return left

    def _and(self) -> Tree:
        left = self._match()
        while self._sign == "&&":
            self._advance()
            self._ends()
            left = ("and", left, self._match())
        return left

    def _match(self) -> Tree:
        left = self._comparison()
        while self._sign in ("~", "!~"):
            sign = self._sign
            self._advance()
            left = (sign, left, self._comparison())
        return left

    def _comparison(self) -> Tree:
        left = self._joined()
        if self._sign in _COMPARISONS and not (self._printing and self._sign == ">"):
            sign = self._sign
            self._advance()
            return ("compare", sign, left, self._joined())
        return left

    def _joined(self) -> Tree:
        left = self._sum()
        while (self._kind in _STARTS and self._sign not in _KEYWORDS and self._sign != "in") or self._sign in (
            "$",
            "(",
        ):
            left = ("join", left, self._sum())
        return left

    def _sum(self) -> Tree:
        left = self._product()
        while self._sign in ("+", "-"):
            sign = self._sign
            self._advance()
            left = ("arithmetic", sign, left, self._product())
        return left

    def _product(self) -> Tree:
        left = self._unary()
        while self._sign in ("*", "/", "%"):
            sign = self._sign
            self._advance()
            left = ("arithmetic", sign, left, self._unary())
        return left

    def _unary(self) -> Tree:
        if self._sign == "!":
            self._advance()
            return ("not", self._unary())
        if self._sign == "-":
            self._advance()
            return ("minus", self._unary())
        if self._sign in ("++", "--"):
            step = 1.0 if self._sign == "++" else -1.0
            self._advance()
            return ("step", self._primary(), step, True)
        found = self._primary()
        if self._sign in ("++", "--") and found[0] in ("name", "field", "item"):
            step = 1.0 if self._sign == "++" else -1.0
            self._advance()
            return ("step", found, step, False)
        return found

    def _primary(self) -> Tree:  # noqa: C901, PLR0911 - one return a kind
        kind, sign = self._kind, self._sign
        if sign in ("/", "/="):
            found = _REGEX.match(self._text, self._at - len(sign))
            if found is None:
                raise UnknownError(self._text)
            self._at = found.end()
            self._advance()
            return ("regex", found[1].replace("\\/", "/"))
        self._advance()
        if kind == "number":
            return ("number", float(sign))
        if kind == "text":
            inner = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), sign[1:-1])
            return ("text", inner)
        if sign == "$":
            if self._sign in ("++", "--"):
                raise UnknownError(self._text)
            return ("field", self._primary())
        if sign == "(":
            return self._group()
        if kind != "name" or sign in _KEYWORDS:
            raise UnknownError(self._text)
        if self._sign == "(" and sign not in ("NF", "NR"):
            return ("call", sign, self._arguments())
        if sign == "length":
            return ("call", sign, [])
        if self._sign == "[":
            self._advance()
            index = self._expression()
            self._take("]")
            return ("item", sign, index)
        return ("name", sign)

    def _group(self) -> Tree:
        before, self._printing = self._printing, False
        items = [self._expression()]
        while self._sign == ",":
            self._advance()
            items.append(self._expression())
        self._take(")")
        self._printing = before
        if len(items) > 1:
            if not before:
                raise UnknownError(self._text)
            return ("group", items)
        return items[0]

    def _arguments(self) -> list[Tree]:
        before, self._printing = self._printing, False
        self._take("(")
        found: list[Tree] = []
        while self._sign != ")":
            found.append(self._expression())
            if self._sign != ",":
                break
            self._advance()
        self._take(")")
        self._printing = before
        return found
