"""Where a shell script's filters read from, and where variables that hold a tool's output are used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.tree import Node

# Commands that only show what they are given, and those that only take it.
ENDING = ("return", "exit", "local")
SHOWING = ("echo", "printf", "logger", "die", "log", *ENDING)
# What happens to a file without its being read.
_HANDLING = ("rm", "touch", "chmod", "chown", "mv", "ls", "mkdir", "cp", "cat", "echo", "printf", "tee", "test", "[")
_HOLDERS = ("if_statement", "case_statement", "for_statement", "while_statement", "function_definition")
# Where standard output goes, and a word of bash in pieces: in single quotes, in double quotes, in none.
_TARGET = re.compile(
    r"""(?<![&\d])(?:1|&)?>(>?)(?:\||&(?![\d-]))? *"""
    r"""((?:"(?:\\.|[^"\\])*"|'[^']*'|\$\([^)]*\)|\$\{[^}]*\}|\\.|[^\s;&|<>()"'])+)"""
)
_PIECE = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|((?:\$\([^)]*\)|\$\{[^}]*\}|\\.|[^'"])+)""", re.DOTALL)
_TESTED = re.compile(r"-[zn] *\"?\$\{?(\w+)|\"?\$\{?(\w+)\}?\"? *!?==? *(?:\"\"|''|\])")
_WHOLE_FILE = re.compile(r"\"?(?:\$\(|`)(?:cat |<) *(.+?)(?: 2> ?/dev/null)?[)`]\"?")
_ECHOED = ("-e", "-n", "%s", r"%s\n")


class Source(NamedTuple):
    """A variable or a file that filters read, which they spell as ``word``; ``filters`` is None if not known."""

    name: str
    is_variable: bool
    filters: Filters | None = None
    word: words.Word = words.EMPTY

    @property
    def spelled(self) -> str:
        """What gives it to a command."""
        if self.is_variable:
            return f'<<< "${self.name}"'
        return words.bash(self.word)


def _named(text: str) -> str:
    """Return the file that a word of bash names, as words are shown."""
    pieces = []
    for found in _PIECE.finditer(text):
        if found[1] is not None:
            pieces.append(words.text(found[1]))
        elif found[2] is not None:
            pieces.append(shell_words.expanded(found[2].replace('\\"', '"')))
        else:
            pieces.append(shell_words.home(re.sub(r"\\([^$`\\\n])", r"\1", found[3]), begins=not pieces))
    return words.shown(words.join(pieces))


def targets(redirects: str) -> list[tuple[str, bool]]:
    """Return the files that standard output is written to, and whether behind what they hold."""
    found = [(_named(target[2]), bool(target[1])) for target in _TARGET.finditer(redirects)]
    return [target for target in found if target[0] != "/dev/null"]


def tees(pipeline: str) -> str:
    """Return the redirections that do what the calls of tee in a pipeline do."""
    found: list[str] = []
    for given in re.findall(r"\btee\b([^|]*)", pipeline):
        files = re.findall(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""", given)
        sign = ">>" if {"-a", "--append"} & set(files) else ">"
        found += [f"{sign} {file}" for file in files if not file.startswith("-")]
    return " ".join(found)


def from_here_on(nodes: Sequence[Node]) -> Iterator[tuple[Node, str]]:
    """Yield where a script lets all that it prints go to a file, by ``exec``, and the redirections."""
    for node in nodes:
        body = node.child_by_field_name("body") if node.type == "redirected_statement" else None
        if body is not None and shell_words.source(body) == "exec":
            text = shell_words.source(node).removeprefix("exec")
            inside = re.fullmatch(r"\s*>\s*>\((.*)\).*", text, re.DOTALL)
            yield node, tees(inside[1]) if inside else text


def copies(nodes: Sequence[Node], files: Container[str]) -> Iterator[tuple[Node, str, str]]:
    """Yield where one of the files goes: the node, and the variable that takes its text, or its new name."""
    for node in nodes:
        value = node.child_by_field_name("value") if node.type == "variable_assignment" else None
        found = _WHOLE_FILE.fullmatch(shell_words.source(value)) if value is not None else None
        if found and _named(found[1]) in files:
            yield node, shell_words.source(node.children[0]), ""
        elif node.type == "command":
            texts = list(map(words.shown, shell_pipes.command_words(node)))
            if texts[:1] in (["mv"], ["cp"]) and any(name in files for name in texts[1:-1]):
                yield node, "", texts[-1]


class Answer(NamedTuple):
    """A variable or file that holds a call's output: where it got it, the number of the call, its status' purpose.

    The number is below 0 if it holds the output of several, or of a function that does more than one call; ``appended``
    if there was more before, ``given`` if a function has made the call. ``respaced`` are filters that it went through.
    """

    place: int
    node: Node
    call: int
    purpose: str
    appended: bool = False
    given: bool = False
    respaced: tuple[tuple[words.Word, ...], ...] = ()


def answer_of(known: Mapping[str, list[Answer]], name: str, node: Node) -> Answer | None:
    """Return the call whose output a name holds at a node; None if it may be that of several."""
    answers = sorted(known.get(name, []), key=lambda answer: answer.place)
    before = [answer for answer in answers if answer.place < node.start_byte]
    if len(answers) == 1 and not (answers[0].appended and _is_repeated(answers[0].node)):
        return answers[0]
    if not before or any(answer.appended for answer in answers):
        return None
    holder = next((above for above in shell_tree.above(before[-1].node) if above.type in _HOLDERS), None)
    inside = holder is None or holder.start_byte <= node.start_byte < holder.end_byte
    return before[-1] if inside else None


def _is_repeated(node: Node) -> bool:
    kinds_of = ("for_statement", "while_statement", "c_style_for_statement", "function_definition")
    return any(above.type in kinds_of for above in shell_tree.above(node))


def source_of(stages: Sequence[Node], variables: Container[str], files: Container[str]) -> Source | None:
    """Return what a pipeline reads, if it is one of the variables or files."""
    first = stages[0]
    command = first.child_by_field_name("body") if first.type == "redirected_statement" else first
    if command is None or command.type != "command":
        return None
    if (source := given(first, variables, files)) is not None:
        return source._replace(filters=shell_pipes.filters_of(stages, given=True))
    found = shell_pipes.command_words(command)
    texts = list(map(words.shown, found))
    if texts[:1] in (["echo"], ["printf"]):
        shown = [word for word in found[1:] if words.names(word)]
        name = words.names(shown[0])[0] if len(shown) == 1 and len(shown[0]) == 1 else ""
        plain = all(text in _ECHOED for text in texts[1:] if text != f"${name}")
        if len(stages) == 1 or name not in variables or not plain:
            return None
        return Source(name, is_variable=True, filters=shell_pipes.filters_of(stages[1:]))
    return _of_file(stages, found, texts, files)


def _of_file(
    stages: Sequence[Node], found: Sequence[words.Word], texts: Sequence[str], files: Container[str]
) -> Source | None:
    file = next((text for text in texts[1:] if text in files), "")
    if not file:
        return None
    if texts[0] == "cat" and len(texts) == 2 and len(stages) > 1:  # noqa: PLR2004 - cat and its file
        return Source(file, is_variable=False, filters=shell_pipes.filters_of(stages[1:]), word=found[1])
    if texts[0] in _HANDLING or texts.count(file) != 1:
        return None
    behind = shell_pipes.filters_of(stages)
    if behind is not None:
        without = tuple(word for word in found if words.shown(word) != file)
        behind = behind._replace(stages=(without, *behind.stages[1:]))
    word = next(word for word in found if words.shown(word) == file)
    return Source(file, is_variable=False, filters=behind, word=word)


def given(node: Node, variables: Container[str], files: Container[str]) -> Source | None:
    """Return the variable of a here-string or the file of an input redirection, if it is one of those."""
    for item in (*node.children_by_field_name("redirect"), *node.named_children):
        text = shell_words.source(item)
        if item.type == "herestring_redirect":
            found = re.fullmatch(r'<<< *"?\$\{?(\w+)\}?"?', text)
            if found and found[1] in variables:
                return Source(found[1], is_variable=True)
        elif item.type == "file_redirect":
            target = item.child_by_field_name("destination")
            word = shell_words.word(target) if target is not None and re.match(r"\d*<(?!&)", text) else words.EMPTY
            if word and words.shown(word) in files:
                return Source(words.shown(word), is_variable=False, word=word)
    return None


def takers(node: Node) -> list[str]:
    """Return the variables that take what is made at a node: of an assignment, a loop over it, or one that reads it."""
    for above in shell_tree.above(node):
        name = above.child_by_field_name("variable" if above.type == "for_statement" else "name")
        if above.type in ("variable_assignment", "for_statement"):
            return [shell_words.source(name)] if name is not None else []
        if above.type in ("pipeline", "redirected_statement") and (
            found := re.search(r"\bwhile +(?:IFS=\S* +)?read +(?:-r +)?(\w+)", shell_words.source(above))
        ):
            return [found[1]]
        if above.type == "redirected_statement" and (
            found := re.match(r"(?:mapfile|readarray) +(?:-t +)?(\w+)", shell_words.source(above))
        ):
            return [found[1]]
    return []


def is_plain(node: Node) -> bool:
    """Return whether an expansion is of the variable's value as it is."""
    return bool(re.fullmatch(r"\$\{?\w+\}?", shell_words.source(node)))


def whole(node: Node) -> Node:
    """Return what a person must look at: the command, test or assignment that an expansion is in, or a case's word."""
    found = node
    for above in shell_tree.above(node):
        if above.type in ("case_statement", "for_statement", "array"):
            return found
        if above.type == "variable_assignment":
            return next((part for part in above.named_children if part.field == "value"), found)
        if above.type in ("test_command", "pipeline", "redirected_statement"):
            return above
        if above.type == "command":
            found = above
            if above.parent is None or above.parent.type not in ("pipeline", "redirected_statement"):
                return above
        elif above.type in ("string", "concatenation"):
            found = above
    return found


def showing_functions(nodes: Sequence[Node]) -> set[str]:
    """Return the functions of the script that only show what they are given, be it by another one of these."""
    found: set[str] = set()
    every = shell_tree.functions(nodes)
    for name, node in (*every, *every):
        commands = [inner for inner in shell_tree.walk(node) if inner.type == "command"]
        programs = {shell_words.source(inner.children[0]) for inner in commands if inner.children}
        if programs and programs <= {*SHOWING, "date", "cat", "tee", *found} and not _keeps(node, nodes):
            found.add(name)
    return found


def _keeps(function: Node, nodes: Sequence[Node]) -> bool:
    """Return whether a function keeps what it is given in a variable that is used elsewhere."""
    kept = {
        shell_words.source(inner.children[0])
        for inner in shell_tree.walk(function)
        if inner.type == "variable_assignment"
        and inner.parent is not None
        and inner.parent.type != "declaration_command"
        and re.search(r"\$\{?[1-9@*]", shell_words.source(inner))
    }
    return any(
        shell_words.source(node) in kept and not function.start_byte <= node.start_byte < function.end_byte
        for node in nodes
        if node.type == "variable_name"
    )


def tested(nodes: Sequence[Node]) -> set[str]:
    """Return the variables of which the script looks whether they are empty."""
    tests = (shell_words.source(node) for node in nodes if node.type == "test_command")
    return {found[1] or found[2] for text in tests for found in _TESTED.finditer(text)}


def loops(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Return the variables of the loops over each list."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        over = (
            re.match(r'for (\w+) in "?\$\{?(\w+)', shell_words.source(node)) if node.type == "for_statement" else None
        )
        if over:
            found.setdefault(over[2], []).append(over[1])
    return found
