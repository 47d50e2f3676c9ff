"""Programs for Python 2: what of them Python 3 reads otherwise or not at all, spelled as it reads it."""

from __future__ import annotations

import ast
import re

_PRINT_TO = re.compile(r"^(\s*|.*?:\s+)print\s*>>\s*([\w.]+)\s*,\s*(.*?)(,?)\s*$", re.MULTILINE)
_PRINT = re.compile(r"^(\s*|[^#'\"\n]*?:\s+)print(?:[ \t]+(?![=(])(.*?)|[ \t]+(\(.*?))?(,?)[ \t]*(#.*)?$", re.MULTILINE)
_EXCEPT = re.compile(r"^(\s*except\s+[^:\n]+?)\s*,\s*(\w+)\s*:", re.MULTILINE)
_RAISE = re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+)$", re.MULTILINE)
_QUOTES = r"\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_QUOTED = re.compile(rf"#[^\n]*|(?:(?<!\w)[bBuUrR]{{1,2}})?(?:{_QUOTES})", re.DOTALL)
_HELD = re.compile(r"_text_(\d+)_")
_REPR = re.compile(r"`([^`\n]+)`")
_LONG = re.compile(r"\b(\d+)[lL]\b")
_OCTAL = re.compile(r"(?<![\w.])0([0-7]+)(?![\w.])")


def parsed(text: str) -> tuple[ast.Module, bool]:
    """Return the tree of a program, and whether it is one for Python 2.

    Raises:
        SyntaxError: it is for neither.
    """
    try:
        return ast.parse(text), False
    except SyntaxError as error:
        try:
            tree = ast.parse(_spelled(text))
        except SyntaxError:
            raise error from None
    return _Divided().visit(tree), True


def _spelled(text: str) -> str:
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        if found[0].startswith("#"):
            return found[0]
        held.append(found[0])
        return f"_text_{len(held) - 1}_"

    # What stands in quotes is what is typed: nothing is spelled otherwise there.
    text = _QUOTED.sub(hold, text)
    text = _PRINT_TO.sub(r"\1print(\3, file=\2)", text)
    text = _PRINT.sub(lambda found: f"{found[1]}print({found[2] or found[3] or ''})", text)
    text = _EXCEPT.sub(r"\1 as \2:", text)
    text = _OCTAL.sub(r"0o\1", _RAISE.sub(r"\1(\2)", text))
    text = _LONG.sub(r"\1", _REPR.sub(r"repr(\1)", text.replace("<>", "!=")))
    return _HELD.sub(lambda found: held[int(found[1])], text)


class _Divided(ast.NodeTransformer):
    """Lets whole numbers be divided as Python 2 does it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        """Let a division be one without a rest."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            node.op = ast.FloorDiv()
        return node
