"""Numbers of lines of which a shell script asks only whether there are any: ``n=$(grep -c success)``, ``$n -ge 1``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.reading.meaning import Test
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.tree import Node
    from migration.reading import filters

# What stands for the number.
_NUMBER = "@"
_ZERO = "[\"']?0[\"']?"
_ASKS = re.compile(
    rf"(?:test )?{_NUMBER} *(?:-(?:gt|eq|ne|le) {_ZERO}|-(?:ge|lt) [\"']?1[\"']?|(?:==?|!=) *{_ZERO}"
    rf"|(?:<=|>) *0|(?:>=|<) *1)|\(\( *{_NUMBER} *\)\)|-[nz] {_NUMBER}"
)
_TESTS = ("binary_expression", "unary_expression", "compound_statement")
# What names a variable and does not look at it.
_NAMES = re.compile(r"(?:local|readonly|unset)\b")


def whether(test: Test) -> Test:
    """Return the test whether the number that another one puts out is not 0."""

    def of(output: str) -> filters.Result:
        text = test.of(output)[0]
        if not re.fullmatch(r" *\d+\n?", text):
            raise UnknownError(text)
        return text, int(int(text) == 0)

    return Test(of, test.patterns)


def only_whether(node: Node, nodes: Sequence[Node], text: str) -> bool:
    """Return whether a script, ``text``, asks of the number of a substitution around a node only whether it is 0."""
    holders = shell_tree.above(node)
    place = next((place for place, holder in enumerate(holders) if holder.type == "command_substitution"), None)
    if place is None or not shell_pipes.is_substituted(node):
        return False
    outer = holders[place]
    assignment = next(iter(holders[place + 1 :]), None)
    if assignment is not None and assignment.type == "string":
        outer, assignment = assignment, next(iter(holders[place + 2 :]), None)
    if assignment is None or shell_words.source(outer).strip('"') != shell_words.source(holders[place]):
        return False
    if assignment.type != "variable_assignment":
        return _asks(outer)
    name = assignment.child_by_field_name("name")
    exported = any(holder.type == "declaration_command" for holder in holders) and not _NAMES.match(
        shell_words.source(next(holder for holder in holders if holder.type == "declaration_command"))
    )
    if name is None or name.type != "variable_name" or exported or b"+=" in assignment.text[: len(name.text) + 2]:
        return False
    read = shell_words.source(name)
    expanded = [found for found in nodes if found.type == "variable_name" and shell_words.source(found) == read]
    expanded = [found for found in expanded if found.parent is not None and found.parent.text.startswith(b"$")]
    # It is expanded in a here-document, too, and in a text in quotes that a trap runs.
    if len(re.findall(rf"\$\{{?{read}\b", text)) != len(expanded):
        return False
    uses = {_use(found, read) for found in nodes if shell_words.source(found) == read}
    return True in uses and False not in uses


def _use(node: Node, name: str) -> bool | None:
    """Return whether a node that is a variable's name asks only whether it is 0; None if it does not look at it."""
    holder = node.parent
    if holder is None or (node.type == "word" and holder.type not in _TESTS):
        return None
    if node.type not in ("word", "variable_name") or (holder.type == "variable_assignment" and node.field == "name"):
        return None
    if holder.type in ("declaration_command", "unset_command"):
        return None if _NAMES.match(shell_words.source(holder)) else False
    return _asks_value(holder, name) if holder.type in ("simple_expansion", "expansion") else _asks(node)


def _asks_value(node: Node, name: str) -> bool:
    """Return whether what a variable is expanded to, in quotes or not, is only asked for being 0."""
    text = shell_words.source(node)
    if not re.fullmatch(rf"\$\{{?{name}(?::?-0?)?\}}?", text):
        return False
    quoted = node.parent
    whole = quoted is not None and shell_words.source(quoted) == f'"{text}"'
    return _asks(quoted if quoted is not None and whole else node)


def _asks(node: Node) -> bool:
    """Return whether a test, or a command ``test``, asks only whether what a node gives is 0."""
    holder = node.parent
    if holder is None or holder.type not in (*_TESTS, "command"):
        return False
    source = holder.text
    start, end = node.start_byte - holder.start_byte, node.end_byte - holder.start_byte
    text = (source[:start] + _NUMBER.encode() + source[end:]).decode("utf-8", "surrogateescape")
    is_test = holder.type != "command" or text.startswith("test ")
    return is_test and _ASKS.fullmatch(" ".join(text.split())) is not None
