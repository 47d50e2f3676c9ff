"""Tests of how a Python program is called: with how many arguments, and where it runs."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING, Any

from migration import invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.python.values import Definition

# What is asked of the program's own surroundings, which are others now.
_ABOUT_ITSELF = re.compile(r"__version__|sys\.version|platform|geteuid|getuid|shutil\.which")
_ABOUT_MACHINE = re.compile(r"platform(?!\.python)|geteuid|getuid|shutil\.which")
_FILE_TESTS = re.compile(r"os\.path\.(?:exists|isfile|isdir)|os\.access")
_FILE_SIGNS = {"exists": "-e", "isfile": "-f", "is_file": "-f", "isdir": "-d", "is_dir": "-d"}
_ACCESS = {"os.F_OK": "-e", "os.R_OK": "-r", "os.W_OK": "-w", "os.X_OK": "-x"}
SIGNS: dict[type, str] = {
    ast.Eq: "-eq", ast.NotEq: "-ne", ast.Lt: "-lt", ast.LtE: "-le", ast.Gt: "-gt", ast.GtE: "-ge",
}  # fmt: skip
# What ends a program.
ENDS = ("exit", "SystemExit", "_exit", "quit")
# The status with which a parser of arguments ends it that refuses them.
WRONG_USAGE = 2


class Renamed(ast.NodeTransformer):
    """Puts what variables hold into their places."""

    def __init__(self, held: dict[str, str]) -> None:
        self._held = held

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return what a variable holds."""
        return ast.parse(self._held[node.id], mode="eval").body if node.id in self._held else node


def is_about_itself(shown: str) -> bool:
    """Return whether a test asks which Python, machine or user runs the program."""
    return _ABOUT_ITSELF.search(shown) is not None


def is_about_machine(shown: str) -> bool:
    """Return whether a test asks which user or machine that is, and not only whether the legacy tools are there."""
    return _ABOUT_MACHINE.search(shown) is not None and not any(tool in shown for tool in invocation.TOOLS)


def refused(test: ast.expr, *, holds: bool) -> str | None:
    """Return a test of bash that is true where one of arguments or of the environment ends a program, None for another.

    ``holds`` says that the program ends where the test is false.
    """
    found = _count(test) or _variable(test)
    if found is None and isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        # Python asks for an argument only where there are enough.
        first, *rest = test.values
        pieces = [_count(first) or _variable(first), *(_count(item) or _variable(item) or _word(item) for item in rest)]
        found = " || ".join(item for item in pieces if item) if all(pieces) else None
    if found is None:
        return None
    return f"! ({found})" if holds else found


def defaulted(node: ast.IfExp) -> tuple[int, ast.expr] | None:
    """Return the place of an argument that is taken if it is given, and what if not; None for another choice."""
    place = re.fullmatch(r"sys\.argv\[([1-9])\]", ast.unparse(node.body))
    asked = _count(node.test) if isinstance(node.test, ast.Compare) else None
    if ast.unparse(node.test) == "sys.argv[1:]":
        asked = "$# -gt 0"
    if place and asked in (f"$# -gt {int(place[1]) - 1}", f"$# -ge {place[1]}"):
        return int(place[1]), node.orelse
    return None


def typed_otherwise(node: ast.BoolOp) -> tuple[str, bool] | None:
    """Return what is asked where the environment has nothing, and whether the answer shows; None for another ``or``."""
    first, last = node.values[0], node.values[-1]
    if len(node.values) != 2 or not isinstance(node.op, ast.Or) or not isinstance(last, ast.Call):  # noqa: PLR2004 - this or that
        return None
    name = ast.unparse(last.func)
    given = isinstance(first, ast.Call) and len(first.args) == 1 and not first.keywords
    if not given or ast.unparse(getattr(first, "func", first)) not in ("os.environ.get", "os.getenv"):
        return None
    texts = [item.value for item in last.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if name not in ("getpass.getpass", "getpass", "input") or len(texts) != len(last.args) or last.keywords:
        return None
    return (texts[0] if texts else "" if name == "input" else "Password: "), name == "input"


def path_of(test: ast.expr) -> ast.expr | None:
    """Return the path of a test whether a file is there, None if it is another test."""
    if not isinstance(test, ast.Call) or not isinstance(test.func, ast.Attribute):
        return None
    if _FILE_TESTS.fullmatch(ast.unparse(test.func)) and test.args:
        return test.args[0]
    if test.func.attr not in ("exists", "is_file", "is_dir"):
        return None
    return path_in(test.func.value)


def path_in(holder: ast.expr) -> ast.expr:
    """Return what a ``Path`` that is made in place is a path of, everything else as it is."""
    if not isinstance(holder, ast.Call) or len(holder.args) != 1:
        return holder
    return holder.args[0] if ast.unparse(holder.func) in ("Path", "pathlib.Path") else holder


def file_test(test: ast.expr, spelled: Callable[[ast.expr], str | None]) -> str | None:
    """Return a test of bash for one whether files are there, None for another; ``spelled`` gives a path for bash."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = file_test(test.operand, spelled)
        return inner and f"! {inner}"
    if isinstance(test, ast.BoolOp):
        pieces = [file_test(item, spelled) for item in test.values]
        between = " || " if isinstance(test.op, ast.Or) else " && "
        return f"({between.join(filter(None, pieces))})" if all(pieces) else None
    if (path := path_of(test)) is None or not isinstance(test, ast.Call) or not isinstance(test.func, ast.Attribute):
        return None
    mode = ast.unparse(test.args[1]) if len(test.args) > 1 else ""
    sign, word = _FILE_SIGNS.get(test.func.attr) or _ACCESS.get(mode), spelled(path)
    return f"{sign} {word}" if sign and word else None


def _variable(test: ast.expr) -> str | None:
    """Return a test of bash whether the environment has a variable, None if it is another test."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return None
    name = test.left.value if isinstance(test.left, ast.Constant) else None
    if not isinstance(name, str) or not name.isidentifier() or ast.unparse(test.comparators[0]) != "os.environ":
        return None
    return f"-v {name}" if isinstance(test.ops[0], ast.In) else f"! -v {name}"


def ends(call: ast.Call) -> bool:
    """Return whether a call ends the program, by its name: ``sys.exit``, ``parser.error``, but not ``log.error``."""
    return ast.unparse(call.func).rpartition(".")[2] in (*ENDS, "abort") or refuses(call)


def refuses(call: ast.Call) -> bool:
    """Return whether a call is a parser's ``error``, which says how the program is used, by its name."""
    shown = ast.unparse(call.func)
    return shown.endswith(".error") and "log" not in shown


def status(body: Sequence[ast.stmt]) -> int:
    """Return the status with which a block ends the program, as far as it is written out."""
    return status_in(body)


def status_in(body: Sequence[ast.stmt], told: ast.expr | None = None) -> int:
    """Return the status with which a block ends the program, ``told`` which if that is no matter of the block alone."""
    for node in (inner for item in body for inner in ast.walk(item)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ENDS:
            given: Any = told or (node.args[0] if node.args else ast.Constant(0))
            if isinstance(given, ast.Constant) and isinstance(given.value, int):
                return int(given.value) & 0xFF
            return 0 if isinstance(given, ast.Constant) and given.value is None else 1
    calls = [inner for item in body for inner in ast.walk(item) if isinstance(inner, ast.Call)]
    return WRONG_USAGE if any(map(refuses, calls)) else 1


def told_to(call: ast.Call, function: Definition, argument: ast.expr) -> ast.expr:
    """Return what stands for an argument within a function where that is called; the argument itself if it is none."""
    named = function.args
    places = [item.arg for item in (*named.posonlyargs, *named.args)]
    if not isinstance(argument, ast.Name) or argument.id not in (*places, *(item.arg for item in named.kwonlyargs)):
        return argument
    if any(
        isinstance(node, ast.Name) and node.id == argument.id and isinstance(node.ctx, ast.Store)
        for node in ast.walk(function)
    ) or any(isinstance(item, ast.Starred) for item in call.args):
        return argument
    given = dict(zip(places, call.args, strict=False)) | {item.arg: item.value for item in call.keywords}
    usual = dict(zip(places[len(places) - len(named.defaults) :], named.defaults, strict=True))
    usual |= {item.arg: value for item, value in zip(named.kwonlyargs, named.kw_defaults, strict=True) if value}
    return given.get(argument.id) or usual.get(argument.id) or argument


def written_status(node: ast.stmt | None) -> int | None:
    """Return the status with which a statement ends the program; None if it does not, or that is not written out."""
    call = node.value if isinstance(node, ast.Expr) else node.exc if isinstance(node, ast.Raise) else None
    if isinstance(call, ast.Call) and refuses(call):
        return WRONG_USAGE
    if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] not in ENDS:
        return None
    given = call.args[0] if call.args else ast.Constant(None)
    if not isinstance(given, ast.Constant):
        return None
    return int(given.value) & 0xFF if isinstance(given.value, int) else int(given.value is not None)


def main_of(tree: ast.Module) -> tuple[str, bool]:
    """Return the function that a program calls as its last act, and whether its value is the status."""
    last: ast.stmt | None = tree.body[-1] if tree.body else None
    if isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'":
        last = last.body[-1]
    if isinstance(last, ast.Try) and not (last.orelse or last.finalbody or any(map(_catches_exits, last.handlers))):
        last = last.body[-1]
    call = last.value if isinstance(last, ast.Expr) else last.exc if isinstance(last, ast.Raise) else None
    exits = isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in ENDS
    if exits and isinstance(call, ast.Call) and len(call.args) == 1:
        call = call.args[0]
    return (call.func.id, exits) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ("", False)


def _catches_exits(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler is for the end of the program, too."""
    named = ast.unparse(handler.type) if handler.type else "BaseException"
    return "BaseException" in named or "SystemExit" in named


def _count(test: ast.expr) -> str | None:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        if ast.unparse(test.operand) == "sys.argv[1:]":
            return "$# -eq 0"
        inner = _count(test.operand)
        return None if inner is None else f"! ({inner})"
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or type(test.ops[0]) not in SIGNS:
        return None
    number = test.comparators[0]
    off = {"len(sys.argv)": 1, "len(sys.argv[1:])": 0, "len(sys.argv) - 1": 0}.get(ast.unparse(test.left))
    if off is None or not isinstance(number, ast.Constant) or not isinstance(number.value, int):
        return None
    return f"$# {SIGNS[type(test.ops[0])]} {number.value - off}"


def _word(test: ast.expr) -> str | None:
    """Return a test of one argument against words that are written out."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    position = re.fullmatch(r"sys\.argv\[([1-9])\]", ast.unparse(test.left))
    sign, given = test.ops[0], test.comparators[0]
    listed = isinstance(sign, ast.In | ast.NotIn) and isinstance(given, ast.List | ast.Tuple | ast.Set)
    items = given.elts if listed and isinstance(given, ast.List | ast.Tuple | ast.Set) else [given]
    if not position or not (listed or isinstance(sign, ast.Eq | ast.NotEq)) or not items:
        return None
    texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if len(texts) != len(items):
        return None
    same = " || ".join(f"${{{position[1]}-}} == {shlex.quote(text)}" for text in texts)
    return f"! ({same})" if isinstance(sign, ast.NotIn | ast.NotEq) else f"({same})"
