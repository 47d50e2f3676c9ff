"""The syntax tree of a shell script.

The grammar's scanner asks C's character tables about characters that are not in them, which ends the process. So it is
shown ASCII only, byte for byte as long, and the tree is copied over the true text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_bash

from migration.readers.shell.tree import Node, above, functions, pipeline_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGE = tree_sitter.Language(tree_sitter_bash.language())
# Where bash ends a command at the end of a line, which the grammar may not.
_ONE_LINE = ("command", "file_redirect", "redirected_statement", "pipeline", "list")
_ROUNDS = 20
# The grammar takes the brace of a negated group for a command.
_NEGATED = re.compile(rb"(?<![^\s;&|(])![ \t]+(\{)(?=\s)")
_FOREIGN = re.compile(rb"[^\t\n -~]")
# A variable of which the grammar may see the dollar sign alone: the later ones in a word such as $folder/$name.log.
_VARIABLE = re.compile(rb"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")
# What bash makes other words of, and where it does not.
_PATTERN = re.compile(rb"[*?]|\{[^{}]*(?:,|\.\.)[^{}]*\}|\[.*\]")
_QUOTED = re.compile(
    rb"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|\$\{[^}]*\}|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$[*?]""", re.DOTALL
)
_WORDS = (
    "word",
    "number",
    "string",
    "raw_string",
    "ansi_c_string",
    "simple_expansion",
    "expansion",
    "concatenation",
    "command_substitution",
)


class Parsed:
    """A script or the part of it that a tree is of: its bytes, and the lines that these are on."""

    def __init__(self, content: bytes, start: int, end: int | None, line: int) -> None:
        self.content, self.start, self.end = content, start, end
        self._line = line
        self._ends = [found.start() for found in re.finditer(rb"\n", content[start:end])]

    def point(self, place: int) -> tuple[int, int]:
        """Return line, from 0, and column of a byte."""
        number = bisect_left(self._ends, place - self.start)
        begin = self._ends[number - 1] + 1 if number else 0
        return self._line + number, place - self.start - begin


def parse(content: bytes, start: int = 0, end: int | None = None, line: int = 0) -> Node:
    """Return the tree of a script, or of the part of it between two bytes, whose first line is ``line``, from 0."""
    parsed = Parsed(content, start, end, line)
    text = _FOREIGN.sub(b"x", content[start:end])
    negated = {found.start(1) for found in _NEGATED.finditer(text)}
    shown = bytearray(_NEGATED.sub(lambda found: b" " * (found.start(1) - found.start()) + b"{", text))
    unseen: list[re.Match[bytes]] = []
    for _ in range(_ROUNDS):
        root = _tree(bytes(shown), parsed)
        every = list(walk(root))
        ends = [place - start for node in every for place in _swallowed(node)]
        lone = [found for node in every if (found := _unseen(node))]
        if not ends and not lone:
            break
        for place in ends:
            shown[place : place + 1] = b";"
        for found in lone:
            unseen.append(found)
            shown[found.start() - start : found.end() - start] = b"x" * len(found[0])
    _see(root, unseen)
    for node in list(walk(root)):
        if node.type == "compound_statement" and node.start_byte - start in negated:
            _negate(node)
        elif node.type == "redirected_statement":
            _return_words(node)
            _flatten(node)
    return root


def _unseen(node: Node) -> re.Match[bytes] | None:
    """Return the variable of which the grammar has taken the dollar sign for one that means nothing."""
    if node.type != "$" or node.parent is None or node.parent.type in ("simple_expansion", "string"):
        return None
    return node.begins(_VARIABLE)


def _see(root: Node, unseen: list[re.Match[bytes]]) -> None:
    """Give the words in which the grammar was shown other letters their variables back."""
    places = {found.start(): found.end() for found in unseen}
    for node in list(walk(root)) if places else ():
        inside = sorted(place for place in places if node.start_byte <= place < node.end_byte)
        if node.children or not inside:
            continue
        pieces: list[Node] = []
        position = node.start_byte
        for place in inside:
            end = places[place]
            variable = node.piece("simple_expansion", place, end)
            variable.children = [
                variable.piece("$", place, place + 1, named=False),
                variable.piece("variable_name", place + 1, end),
            ]
            pieces += [*([node.piece(node.type, position, place)] if position < place else []), variable]
            position = end
        pieces += [node.piece(node.type, position, node.end_byte)] if position < node.end_byte else []
        if node.parent is not None and node.parent.type == "concatenation":
            for piece in pieces:
                piece.parent = node.parent
            place = node.parent.children.index(node)
            node.parent.children[place : place + 1] = pieces
        else:
            node.type, node.children = "concatenation", pieces


def doubt(node: Node) -> str:
    """Return why it is not sure that a command is read as bash reads it, empty if nothing speaks against it."""
    if any(holder.type == "ERROR" for holder in above(node)):
        return "the syntax around it is not understood"
    if any(_PATTERN.search(_QUOTED.sub(b"", child.text)) for child in node.children if child.field == "argument"):
        return "braces or a pattern of names of files stand for its words: write them out"
    for found in walk(pipeline_of(node)):
        if found.type == "ERROR":
            return "its syntax is not understood"
        pairs = zip(found.children, found.children[1:], strict=False) if found.type in ("command", "array") else ()
        for before, after in pairs:
            if before.end_byte == after.start_byte and {before.type, after.type} <= {*_WORDS, "command_name"}:
                return "its words are not told apart"
    return ""


def _return_words(statement: Node) -> None:
    """Give words behind a redirection back to the command, to which the grammar does not count them."""
    body = statement.child_by_field_name("body")
    for redirect in statement.children_by_field_name("redirect") if body is not None else ():
        first, *more = redirect.children_by_field_name("destination") or [redirect]
        if body is not None and body.type == "command" and more:
            redirect.children = [child for child in redirect.children if child not in more]
            redirect.end_byte, redirect.end_point = first.end_byte, first.end_point
            for child in more:
                child.parent, child.field = body, "argument"
            body.children += more


def _flatten(statement: Node) -> None:
    """Give what is redirected within a pipeline to one command: ``a | b 2> c | d`` is no ``{ a | b; } 2> c | d``."""
    outer, inner = statement.parent, statement.child_by_field_name("body")
    if outer is None or outer.type != "pipeline" or inner is None or inner.type != "pipeline":
        return
    last = inner.children[-1]
    statement.children = [last, *(child for child in statement.children if child is not inner)]
    statement.start_byte, statement.start_point, statement.negated = last.start_byte, last.start_point, last.negated
    last.parent, last.field = statement, "body"
    stages = [*inner.children[:-1], statement]
    for stage in stages:
        stage.parent = outer
    place = outer.children.index(statement)
    outer.children[place : place + 1] = stages


def _tree(shown: bytes, parsed: Parsed) -> Node:
    cursor = tree_sitter.Parser(_LANGUAGE).parse(shown).walk()
    root = found = Node(cursor, parsed, None)
    negations: list[Node] = []
    pipelines: list[Node] = []
    while True:
        if cursor.goto_first_child():
            parent = found
        else:
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    for pipeline in pipelines:
                        _regroup(pipeline)
                    for negation in negations:
                        _unwrap(negation)
                    return root
                assert found.parent is not None
                found = found.parent
            assert found.parent is not None
            parent = found.parent
        found = Node(cursor, parsed, parent)
        parent.children.append(found)
        if found.type == "negated_command":
            negations.append(found)
        elif found.type == "pipeline":
            pipelines.append(found)


def _regroup(pipeline: Node) -> None:
    """Put a list that ends a pipeline around it: ``a | b && c`` is ``{ a | b; } && c``, and not ``a | { b && c; }``."""
    parent, last = pipeline.parent, pipeline.children[-1]
    if last.type != "list" or parent is None or pipeline not in parent.children:
        return
    inner = last
    while inner.children[0].type == "list":
        inner = inner.children[0]
    first = inner.children[0]
    parent.children[parent.children.index(pipeline)] = last
    last.parent, last.field = parent, pipeline.field
    pipeline.children[-1:] = first.children if first.type == "pipeline" else [first]
    for child in pipeline.children:
        child.parent = pipeline
    pipeline.end_byte, pipeline.end_point = first.end_byte, first.end_point
    pipeline.parent, pipeline.field = inner, first.field
    inner.children[0] = pipeline
    while inner is not parent:
        inner.start_byte, inner.start_point = pipeline.start_byte, pipeline.start_point
        assert inner.parent is not None
        inner = inner.parent
    _regroup(pipeline)


def _unwrap(negation: Node) -> None:
    """Take a negation out of the tree: what it turns around is the whole pipeline, not its first command."""
    inside, parent = negation.named_children[-1:], negation.parent
    if not inside or parent is None:
        return
    (inner,) = inside
    inner.parent, inner.field = parent, negation.field
    parent.children[parent.children.index(negation)] = inner
    _negate(inner, negation.start_byte)


def _negate(node: Node, place: int | None = None) -> None:
    """Turn the status of a command around and of what it begins; its mark, at ``place``, is taken out of that."""
    begin = node.start_byte if place is None else place
    node.negated = True
    holder = node.parent
    while holder is not None and holder.type in ("redirected_statement", "pipeline") and holder.start_byte == begin:
        holder.start_byte, holder.start_point, holder.negated = node.start_byte, node.start_point, True
        holder = holder.parent


def nodes(content: bytes) -> Iterator[Node]:
    """Yield all nodes; lines that the grammar ran together are read one by one."""
    for statement in parse(content).children:
        inside = list(walk(statement))
        if not any(runs_on(node) for node in inside):
            yield from inside
            continue
        start = statement.start_byte
        for number, line in enumerate(statement.text.split(b"\n"), statement.start_point[0]):
            yield from walk(parse(content, start, start + len(line), number))
            start += len(line) + 1


def runs_on(node: Node) -> bool:
    """Return whether a command's words stand on several lines, which bash would not read as one command."""
    return bool(_swallowed(node))


def _swallowed(node: Node) -> list[int]:
    """Return the line ends within a command, a redirection, or before the sign of a pipe: there a command ends."""
    if node.type not in _ONE_LINE:
        return []
    found = []
    for before, after in zip(node.children, node.children[1:], strict=False):
        if node.type in ("pipeline", "list") and after.named:
            continue
        if before.type == "comment":
            # Without its line end, it would take the next line into it.
            continue
        gap = node.text[before.end_byte - node.start_byte : after.start_byte - node.start_byte]
        end = re.search(rb"(?<!\\)\n", gap)
        if end:
            found.append(before.end_byte + end.start())
    return found


def repeated_lines(text: str) -> set[int]:
    """Return the lines of a script, from 1, that stand in a loop, or in a function that is called more than once."""
    loops = ("for_statement", "while_statement", "c_style_for_statement")
    every = list(nodes(text.encode("utf-8", "surrogateescape")))
    called = [node.children[0].text for node in every if node.type == "command" and node.children]
    calls = [name.decode("utf-8", "surrogateescape") for name in called]
    found: set[int] = set()
    several = [node for name, node in functions(every) if calls.count(name) > 1]
    for node in [*several, *(node for node in every if node.type in loops)]:
        found.update(range(node.start_point[0] + 1, node.end_point[0] + 2))
    return found
