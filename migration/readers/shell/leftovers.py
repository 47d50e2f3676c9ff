"""What of a shell script would stay as it is, and must not: other calls of a tool."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from migration import invocation, words
from migration.bash.prelude import NAMES
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.reserved import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Word

_TOOL = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, invocation.TOOLS))})(?![\w.-])")
# What shows a name, or looks for a process, and calls nothing.
_HARMLESS = (
    "echo",
    "printf",
    "log",
    "logger",
    "die",
    "cd",
    "ls",
    "rm",
    "ps",
    "pgrep",
    "pkill",
    "export",
    "readonly",
    ":",
)
# The daemon by its name, its service, its settings or its log; settings of cloudhsm_mgmt_util.
_CLIENT = re.compile(r"(?<![\w-])cloudhsm[-_]client(?!\w)|cloudhsm_mgmt_util\.cfg")
# Whom the OpenSSL engine logged in.
_PIN = "n3fips_password"
_SHOWS = ("echo", "printf", "log", "logger", "die", "export", "readonly", ":", "rm", "mkdir", "cd")
# What only shells like ksh have.
_OF_KSH = ("print", "whence", "setenv", "autoload", "integer", "float")
_LOOKS = ("which", "command", "type", "hash")
_CLI = '"${CLOUDHSM_CLI:-cloudhsm-cli}"'
_PRESENT = re.compile(r"(?:\[\[?|test) *(?P<no>! *)?-[xferds] [^\]]*?(?: *\]\]?)?")
# The files of the old client: where it is not installed, they are not there.
_FILES = re.compile(rf"{_TOOL.pattern}|cloudhsm_(?:mgmt_util|client)\.cfg")
_READS = ("source", ".")
# What does nothing with a here-document but show it.
_SHOWN = (":", "mail", "mailx", "sendmail", "logger", "wall", "less", "more", "fold")
_TO_SCREEN = re.compile(r">&[12]|[12]?> */dev/(?:stderr|stdout|tty|null)|2>&1")
_MOST = 1 << 20
_DEPTH = 4


class Leftovers:
    """Looks through a script after everything that is known has been replaced."""

    def __init__(
        self,
        edits: Edits,
        nodes: Sequence[Node],
        words_of: Callable[[Node], list[Word]],
        lookup: Callable[[str], Word | None],
        functions: set[str],
    ) -> None:
        """Take what is replaced in a script, its nodes, and what gives a command's words and a variable's value.

        ``functions`` are those that only run a tool.
        """
        self._functions = functions
        self._edits = edits
        self._lookup = lookup
        self._nodes = nodes
        self._words_of = words_of

    def names(self) -> None:
        """Leave functions and variables to a person that have the names of those of the translated script."""
        for node in self._nodes:
            name = shell_words.source(node) if node.type in ("variable_name", "word") else ""
            if name in KEPT:
                self._edits.before(node, f"{name} is a variable of the new script, too: rename it")
        for name, node in shell_tree.functions(self._nodes):
            if name not in NAMES:
                continue
            told = f"{name} is a function of the new script, too: rename it"
            spelled = node.child_by_field_name("name")
            if not self._edits.is_done(node):
                self._edits.by_hand(node, told)
            elif spelled is not None and not self._edits.is_done(spelled):
                # Something in it is another command now, and it would take the place of the new one.
                self._edits.before(node, told)

    def others(self, interpreter: str) -> None:
        """Look at what concerns the client daemon, and at what bash does in another way than the script's own shell."""
        first = next((node for node in self._nodes if node.type != "comment"), None)
        if first is not None and interpreter == "zsh":
            self._edits.before(first, "the script is for zsh, which reads words and arrays in another way than bash")
        elif first is not None and interpreter.endswith("ksh"):
            self._edits.insert(first, "# ksh runs the last command of a pipe itself.\nshopt -s lastpipe")
        defined = dict(shell_tree.functions(self._nodes))
        daemons = self._daemons()
        for node in self._nodes:
            if node.type != "command" or self._edits.is_done(node):
                continue
            found = self._words_of(node)
            program = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
            if _is_engine(found):
                self._engine(node, program)
            elif program not in _SHOWS and (self._mentions(found, _CLIENT) or _names_one(node, daemons)):
                self._edits.by_hand(shell_tree.pipeline_of(node), "is about the client daemon, which is there no more")
            elif interpreter.endswith("ksh") and program in _OF_KSH and program not in defined:
                self._edits.by_hand(node, f"{program} is a command of ksh, not of bash")
            elif interpreter not in ("", "bash", "rbash") and self._is_escaped(program, found):
                self._edits.by_hand(node, "what echo makes of a backslash is not the same in all shells: use printf")

    def _daemons(self) -> set[str]:
        """Return the variables that hold the number of the client daemon's process, which is started behind an &."""
        found: set[str] = set()
        is_last = False
        for node in self._nodes:
            if node.type == "command" and shell_pipes.is_in_background(node):
                is_last = any(_CLIENT.search(words.shown(word)) for word in self._words_of(node)[:1])
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if is_last and name is not None and value is not None and shell_words.source(value).strip('"') == "$!":
                found.add(shell_words.source(name))
        return found

    def _engine(self, node: Node, program: str) -> None:
        """Give a call of the OpenSSL engine the user and the password by their new name."""
        if program != "openssl":
            self._edits.by_hand(node, f"the OpenSSL engine takes CLOUDHSM_PIN now, not {_PIN}")
            return
        given = (item.child_by_field_name("name") for item in node.named_children if item.type == "variable_assignment")
        name = next((item for item in given if item is not None and shell_words.source(item) == _PIN), None)
        start, end = (name.start_byte, name.end_byte) if name is not None else (node.start_byte, node.start_byte)
        text = "CLOUDHSM_PIN" if name is not None else f'CLOUDHSM_PIN="${{{_PIN}-}}" '
        self._edits.put(start, end, text, "calls the OpenSSL engine")
        self._edits.say(node, "the OpenSSL engine is that of the package cloudhsm-dyn now: install and configure it")

    @staticmethod
    def _is_escaped(program: str, found: Sequence[Word]) -> bool:
        text = "".join(part.text for word in found[1:] for part in word if part.kind == words.TEXT)
        return program == "echo" and bool(re.search(r"\\[abcefnrtv0\\]", text))

    def looks(self) -> None:
        """Take what looks whether the old client is there."""
        for node in self._nodes:
            if self._edits.is_done(node):
                continue
            test = node.type == "command" and re.match(r"test\b", shell_words.source(node))
            if (test or node.type == "test_command") and self._names_tool(node):
                self._present(node)

    def calls(self, folder: str) -> None:
        """Look at commands that name a tool, and at files that are read in."""
        for node in self._nodes:
            if node.type == "command" and not self._edits.is_done(node):
                self._call(node, folder)
            elif node.type == "variable_name" and shell_words.source(node) == "PIPESTATUS":
                self._edits.by_hand(shell_tree.statement(node), "PIPESTATUS is of a pipeline that is another one now")

    def _names_tool(self, node: Node) -> bool:
        """Return whether a test looks whether the file of a tool, or its settings, are there."""
        text = shell_words.source(node)
        word = shell_words.expanded(text)
        return bool(re.search(r" -[xferds] ", text)) and self._mentions([word], _FILES)

    def _call(self, node: Node, folder: str) -> None:
        found = self._words_of(node)
        program = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
        if program in _READS and len(found) > 1:
            self._file(node, words.literal(found[1]), folder)
            return
        given = [
            shell_words.word(part)
            for item in (*node.named_children, *(node.parent.children if node.parent is not None else ()))
            if item.type == "herestring_redirect" and program not in _SHOWN
            for part in item.named_children
        ]
        found = [*found, *given]
        runs_function = any(words.literal(word) in self._functions for word in found[1:])
        if not self._mentions(found) and not (runs_function and program not in _HARMLESS):
            return
        if program in _LOOKS:
            self._present(node)
        elif program not in _HARMLESS or self._is_run(node) or (self._is_kept(node) and self._holds_call(found)):
            self._edits.by_hand(
                shell_tree.pipeline_of(node), "calls a legacy tool in a way that is not read", needed_if_used=True
            )

    def documents(self, documents: Mapping[int, HereDocument]) -> None:
        """Stop where a here-document that names a tool is written into a file or given to another program."""
        for node in self._nodes:
            document = documents.get(node.start_byte) if node.type == "file_redirect" else None
            statement = node.parent
            if document is None or statement is None or self._edits.is_done(statement):
                continue
            text = "\n".join(document.lines)
            body = statement.child_by_field_name("body")
            found = self._words_of(body) if body is not None and body.type == "command" else []
            program = (words.literal(found[0]) or "").rpartition("/")[2] if found else ""
            others = [item for item in statement.children_by_field_name("redirect") if item is not node]
            on_screen = all(_TO_SCREEN.fullmatch(shell_words.source(item)) for item in others)
            shows = program in _SHOWN or (program == "cat" and len(found) == 1 and on_screen)
            if not shows and self._mentions([words.text(text) if document.verbatim else shell_words.expanded(text)]):
                told = "a here-document is given to another program or file, and calls a legacy tool: translate it"
                self._edits.before(statement, told)

    def _mentions(self, found: Iterable[Word], names: re.Pattern[str] = _TOOL) -> bool:
        """Return whether words name a tool, or variables in them that hold one."""
        for word in found:
            text = word
            for _ in range(_DEPTH):
                text = words.substitute(text, self._lookup)
            plain = "".join(part.text for part in text if part.kind == words.TEXT or part in word)
            if names.search(plain):
                return True
        return False

    @staticmethod
    def _is_run(node: Node) -> bool:
        """Return whether what a command prints goes to a shell."""
        pipeline = shell_tree.pipeline_of(node)
        return bool(re.search(r"\| *(?:ba|da|k)?sh\b", shell_words.source(pipeline)))

    @staticmethod
    def _is_kept(node: Node) -> bool:
        """Return whether what a command prints goes to a file or to another program."""
        whole = shell_tree.pipeline_of(node)
        if whole.type == "pipeline" or any(part.type == "pipeline" for part in whole.children):
            return True
        texts = map(shell_words.source, whole.children_by_field_name("redirect"))
        if any(">" in text and not _TO_SCREEN.fullmatch(text) for text in texts):
            return True
        group = next(
            (held for held in shell_tree.above(whole) if held.type in ("compound_statement", "subshell")), None
        )
        return group is not None and shell_tree.pipeline_of(group) is not group

    def _holds_call(self, found: Iterable[Word]) -> bool:
        """Return whether words hold a tool with a command."""
        for word in found:
            text = word
            for _ in range(_DEPTH):
                text = words.substitute(text, self._lookup)
            pieces = words.split(text)
            calls = (invocation.of(pieces[place:]) for place in range(len(pieces)))
            if any(call is not None and call.commands for call in calls):
                return True
        return False

    def _present(self, node: Node) -> None:
        """Ask for the new tool where the script looks whether the old one is there."""
        text = shell_words.source(node)
        negated = _PRESENT.fullmatch(text)
        if node.type == "test_command" and negated is None:
            self._edits.by_hand(node, "looks for a legacy tool")
            return
        sign = "! " if negated is not None and negated["no"] else ""
        redirected = node.parent is not None and node.parent.type == "redirected_statement"
        quiet = "" if redirected or shell_pipes.use(node) == shell_pipes.VALUE else " > /dev/null"
        self._edits.replace(node, f"{sign}command -v {_CLI}{quiet}", "looks whether a tool is there")

    def _file(self, node: Node, name: str | None, folder: str) -> None:
        path = os.path.join(folder, name) if name is not None else ""
        try:
            if not path or os.path.getsize(path) > _MOST:
                return
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
        except OSError:
            return
        if _TOOL.search(text):
            self._edits.by_hand(node, f"reads {name}, which calls a legacy tool: translate that file, too")


def _names_one(node: Node, names: set[str]) -> bool:
    """Return whether a command that asks for a process, or ends it, names one by its variable."""
    text = shell_words.source(node)
    return bool(re.match(r"(?:kill|wait|ps|trap)\b", text)) and any(
        re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in names
    )


def _is_engine(found: Sequence[Word]) -> bool:
    """Return whether words call OpenSSL with the engine of CloudHSM."""
    plain = [words.literal(word) or "" for word in found]
    engines = (plain[place + 1 : place + 2] for place, text in enumerate(plain) if text == "-engine")
    return any("cloudhsm" in engine for names in engines for engine in names)
