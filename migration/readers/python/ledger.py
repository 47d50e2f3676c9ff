"""What a Python program does beside the tools: every call that may do something is carried over, said, or harmless.

The calls of the program are collected from its source; the reader tells which of them it came to. What it came to, or
should have come to, and nothing says at the end, is said.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.python.changes import CHANGING
from migration.readers.python.tools import SPAWNS, WAITS
from migration.readers.python.usage import ENDS
from migration.readers.python.values import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Modules of which nothing but what they give or show is of use, and those whose runs the reader follows or says.
_HARMLESS_MODULES = frozenset((
    "abc", "argparse", "ast", "base64", "binascii", "bisect", "calendar", "click", "codecs", "collections",
    "colorama", "configparser", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "errno",
    "faulthandler", "fnmatch", "fractions", "functools", "getopt", "getpass", "glob", "hashlib", "heapq", "hmac",
    "inspect", "io", "ipaddress", "itertools", "json", "locale", "logging", "math", "numbers", "operator", "optparse",
    "pexpect", "platform", "pprint", "pwd", "queue", "random", "re", "secrets", "select", "shlex", "signal",
    "statistics", "string", "struct", "subprocess", "sys", "tempfile", "textwrap", "time", "timeit", "traceback",
    "types", "typing", "unicodedata", "uuid", "warnings", "weakref",
))  # fmt: skip
# Of these, and of all others, what does more than that; and what of the others only asks.
_ACTING = frozenset(("dump", "kill", "alarm", "setitimer", "raise_signal", "writerow", "writerows", "write",
                     "writelines", "writeheader", "write_text", "write_bytes"))  # fmt: skip
_ASKING = ("os.get", "os.path", "os.list", "os.scandir", "os.stat", "os.access", "os.walk", "os.uname", "os.urandom",
           "os.is", "os.cpu_count", "os.fsencode", "os.fsdecode", "os.fspath", "os.environ.get", "os.environ.copy",
           "os.environ.items", "os.environ.keys", "shutil.which", "shutil.disk_usage", "shutil.get_terminal_size",
           "pathlib.", "threading.Lock", "threading.RLock", "threading.current_thread", "urllib.parse",
           "importlib.util.find_spec")  # fmt: skip
_PATHS = ("Path", "PurePath", "home", "cwd")
_NO_PURE_BUILTINS = frozenset(("exec", "eval", "compile", "__import__", "setattr", "delattr", "breakpoint"))
# Methods of texts, lists, dictionaries and paths that give something, and those that end or wait for something.
_GIVES = frozenset((
    *(name for kind in (str, bytes, list, dict, set, tuple, int) for name in dir(kind)), *CHANGING, "group", "groups",
    "groupdict", "start", "end", "span", "search", "match", "fullmatch", "findall", "finditer", "sub", "exists",
    "is_file", "is_dir", "read_text", "read_bytes", "resolve", "absolute", "expanduser", "glob", "rglob", "iterdir",
    "joinpath", "with_suffix", "with_name", "relative_to", "stat", "read", "readline", "readlines", "isatty", "fileno",
    "tell", "seek", "flush", "close", "terminate", "wait", "poll", "isalive", "isoformat", "timestamp",
    "total_seconds", "strftime", "date", "time", "result", "as_posix", "print_help", "print_usage",
))  # fmt: skip
_CHANGES_FOR_ITSELF = CHANGING | frozenset(("close", "flush", "seek", "terminate", "wait", "poll", "isalive"))
_CHANGES_FOR_ITSELF |= {"print_help", "print_usage"}
_LOGGED_TO = ("FileHandler", "SMTPHandler", "HTTPHandler", "dictConfig", "fileConfig")
_SHOWS = ("log", "sys.stdout", "sys.stderr", "print", "syslog", "warn", "console", "tqdm")
# What is done to a tool or runs a program is the reader's, and so is what changes where files are.
_DIALOGUE = frozenset((*WAITS, "sendeof", "sendcontrol", "sendintr", "interact", "setwinsize", "setecho"))
_RUN = ("os", "subprocess", "pexpect", "commands")
_OTHERS = (
    "os.chdir", "os.umask", "multiprocessing.Pool", "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
)  # fmt: skip
_FILED = ("os", "shutil", "pathlib")

_Place = tuple[int, int, int | None, int | None]


class Noted(NamedTuple):
    """A call that does something: itself, how many commands were before it, and texts that it is given."""

    node: ast.Call
    before: int
    given: tuple[str, ...] = ()


class Ledger:
    """The calls of a program that may do something beside the tools, and which of them the reader came to."""

    def __init__(self, tree: ast.Module) -> None:
        """Collect them."""
        nodes = list(ast.walk(tree))
        self._imports: dict[str, str] = {}
        self._origins: dict[str, list[ast.expr]] = {}
        for node in nodes:
            self._learn(node)
        self._alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        self._own = {node.name: node for node in nodes if isinstance(node, Definition | ast.ClassDef)}
        self._doing: set[str] = set()
        for _ in self._own:
            more = {name for name, node in self._own.items() if any(self.effects([node]))}
            if more == self._doing:
                break
            self._doing = more
        self._tree = tree
        self._reached: set[_Place] = set()
        self._noted: dict[_Place, Noted] = {}

    def _learn(self, node: ast.AST) -> None:
        """Take what a statement imports, or binds to a name."""
        if isinstance(node, ast.Import):
            self._imports |= {
                item.asname or item.name.partition(".")[0]: item.name if item.asname else item.name.partition(".")[0]
                for item in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            self._imports |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._bind(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._bind(node.target, node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, node.context_expr)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        names = [target.attr] if isinstance(target, ast.Attribute) else []
        bound = [item for item in ast.walk(target) if isinstance(item, ast.Name)]
        names += [item.id for item in bound if isinstance(item.ctx, ast.Store)]
        for name in names:
            self._origins.setdefault(name, []).append(value)

    def dotted(self, node: ast.expr, depth: int = 0) -> str:
        """Return what an expression comes out of, from its module on; nothing if that is not known."""
        if isinstance(node, ast.Attribute):
            inner = self.dotted(node.value, depth)
            return f"{inner}.{node.attr}" if inner else self._origin(node.attr, depth)
        if isinstance(node, ast.Call):
            return self.dotted(node.func, depth)
        if isinstance(node, ast.Subscript | ast.Await | ast.Starred):
            return self.dotted(node.value, depth)
        if isinstance(node, ast.BinOp):
            return self.dotted(node.left, depth)
        if isinstance(node, ast.Name):
            return self._imports.get(node.id, "") or self._origin(node.id, depth)
        return ""

    def _origin(self, name: str, depth: int) -> str:
        values = self._origins.get(name, ())
        found = {self.dotted(value, depth + 1) for value in values} if depth < 4 else set()  # noqa: PLR2004 - far enough
        modules = {item.partition(".")[0] for item in found}
        return min(found) if len(modules) == 1 else ""

    def effects(self, nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
        """Go through the calls in some nodes that may do something beside the tools."""
        for outer in nodes:
            for node in ast.walk(outer):
                if isinstance(node, ast.Call) and self.does(node):
                    yield node

    def does(self, node: ast.Call) -> bool:
        """Return whether a call may do something beside the tools."""
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in self._own:
                return function.id in self._doing
            if function.id not in self._imports:
                return function.id in _NO_PURE_BUILTINS or not hasattr(builtins, function.id)
        elif not isinstance(function, ast.Attribute):
            return True
        elif function.attr in self._own:
            return function.attr in self._doing
        return not self._is_harmless(node, ast.unparse(function))

    def _is_harmless(self, node: ast.Call, shown: str) -> bool:
        """Return whether a function of a module, or a method, only gives, shows or asks something."""
        name, spelled = shown.rpartition(".")[2], self.dotted(node.func)
        holder = shown.lower().removeprefix("self.").lstrip("_")
        if spelled.startswith("logging.") and _logs_elsewhere(node, name):
            return False
        if holder.startswith(_SHOWS) or "log" in holder.rpartition(".")[0]:
            return True
        module = spelled.partition(".")[0]
        if name in _DIALOGUE or name in ENDS or spelled in _OTHERS or spelled.startswith("os.popen"):
            return True
        if name in SPAWNS and module in _RUN:
            return True
        if name not in _ACTING and (module in _HARMLESS_MODULES or _asks(spelled, name)):
            return True
        used = id(node) not in self._alone
        gives = isinstance(node.func, ast.Attribute) and name in (_GIVES if used else _CHANGES_FOR_ITSELF)
        return gives and (module not in _FILED or spelled != f"{module}.{name}")

    def came_to(self, node: ast.Call) -> None:
        """Take it that a call was followed, or what is done with it said."""
        self._reached.add(_place(node))

    def note(self, node: ast.Call, before: int, given: Sequence[str]) -> None:
        """Take it that a call was come to that is not followed; ``given`` are texts among its arguments."""
        if self.does(node):
            self._noted.setdefault(_place(node), Noted(node, before, (*given, *self.texts(node))))

    def texts(self, node: ast.Call) -> list[str]:
        """Return the texts in a call, and in what the object is made of whose method it is."""
        root: ast.AST = node.func
        while isinstance(root, ast.Attribute | ast.Call):
            root = root.value if isinstance(root, ast.Attribute) else root.func
        made = self._origins.get(root.id, []) if isinstance(root, ast.Name) else []
        found = [item.value for part in (node, *made) for item in ast.walk(part) if isinstance(item, ast.Constant)]
        return [text for text in found if isinstance(text, str)]

    def untold(self, followed: set[str], passed: set[int], said: Sequence[str]) -> list[Noted]:
        """Return the calls that do something and stand in nothing that is said."""
        found = list(self._noted.values())
        inside = {id(inner) for item in found for inner in ast.walk(item.node.func)}
        found = [item for item in found if id(item.node) not in inside]
        found += [Noted(node, 0) for node in self._missed(followed, passed)]
        return [item for item in found if not any(text in told for text in _spelled(item.node) for told in said)]

    def _missed(self, followed: set[str], passed: set[int]) -> list[ast.Call]:
        """Return the calls that are done as far as anybody can tell, and that the reader did not come to."""
        inner: set[int] = set(passed)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Lambda) or (isinstance(node, Definition) and node.name not in followed):
                inner |= {id(item) for part in _body(node) for item in ast.walk(part)}
        return [
            node
            for node in self.effects([self._tree])
            if id(node) not in inner and _place(node) not in self._reached and _place(node) not in self._noted
        ]


def _body(node: ast.Lambda | Definition) -> Sequence[ast.AST]:
    return [node.body] if isinstance(node, ast.Lambda) else node.body


def _logs_elsewhere(node: ast.Call, name: str) -> bool:
    """Return whether a call of ``logging`` may let what is logged be written to a file, or be sent."""
    named = {item.arg for item in node.keywords}
    return name.endswith(_LOGGED_TO) or (name == "basicConfig" and bool(named & {"filename", None}))


def _asks(spelled: str, name: str) -> bool:
    """Return whether something asks about the machine, or only makes a path."""
    return spelled.startswith(_ASKING) and (not spelled.startswith("pathlib.") or name in _PATHS)


def _spelled(node: ast.Call) -> list[str]:
    """Return how a call is spelled, and those of which it is a method."""
    found = [inner for inner in ast.walk(node.func) if isinstance(inner, ast.Call)]
    return [" ".join(ast.unparse(item).split()) for item in (node, *found)]


def _place(node: ast.AST) -> _Place:
    return (
        getattr(node, "lineno", 0),
        getattr(node, "col_offset", 0),
        getattr(node, "end_lineno", 0),
        getattr(node, "end_col_offset", 0),
    )
