"""Statements of a shell script whose status is an answer, not a failure, though the new script ends at failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.tree import Node

# A status of 1 says that nothing is found, that two files differ, or that a number is 0.
_ANSWERS = re.compile(r"(?:grep|egrep|fgrep|zgrep|pgrep|diff|cmp|expr|let)\b")
_STATEMENTS = ("command", "pipeline", "redirected_statement", "list", "test_command", "variable_assignment")
_LOOPS = ("while_statement", "for_statement")
_ARITHMETIC = "compound_statement"


def let_go_on(nodes: Sequence[Node], edits: Edits, tested: Container[str]) -> None:
    """Let a script without set -e go on where it did by design; it asks of ``tested`` variables if they are empty."""
    for node in (*_going_on(nodes), *_given(nodes, tested)):
        edits.go_on(node)
    for node in _feeding(nodes):
        edits.passes(node)
    for node in _ending(nodes):
        edits.behind(node, " || true")


def _going_on(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the statements behind which a script without set -e went on, as it did by design."""
    for node in nodes:
        if node.type not in (*_STATEMENTS, _ARITHMETIC) or not shell_pipes.is_statement(node) or _has_document(node):
            continue
        if node.type == _ARITHMETIC:
            if node.text.startswith(b"(("):
                yield node
        elif shell_pipes.status_follows(node) or _answers(node):
            yield node


def _given(nodes: Sequence[Node], tested: Container[str]) -> Iterator[Node]:
    """Yield where a variable takes what a function gives, and the script asks later whether that is nothing."""
    functions = {name for name, _ in shell_tree.functions(nodes)}
    for node in nodes:
        value = node.child_by_field_name("value") if node.type == "variable_assignment" else None
        if value is None or not shell_pipes.is_statement(node) or shell_pipes.status_follows(node):
            continue
        inside = value.named_children if value.type == "command_substitution" else []
        name = shell_words.source(node.children[0])
        if name in tested and len(inside) == 1 and inside[0].type == "command":
            program = shell_words.source(inside[0].children[0])
            if program in functions and not _has_document(node):
                yield node


def _ending(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the lists behind a test that functions end with of which nobody asks the status: ``[ -n "$2" ] && ...``."""
    asked = shell_pipes.asked_functions(nodes)
    for name, function in shell_tree.functions(nodes):
        body = function.child_by_field_name("body")
        inside = [part for part in body.named_children if part.type != "comment"] if body is not None else []
        last = inside[-1] if inside and name not in asked else None
        if last is None or last.type != "list" or last.children[-2].type != "&&" or _has_document(last):
            continue
        if last.named_children[0].type == "test_command":
            yield last


def _feeding(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield what only answers by its status in a pipeline before a loop, which may hold calls of a tool."""
    for node in nodes:
        if node.type == "pipeline" and node.named_children[-1].type in _LOOPS:
            yield from (stage for stage in node.named_children[:-1] if _answers(stage) and not _has_document(stage))


def _has_document(node: Node) -> bool:
    """Return whether a here-document is behind a statement, where nothing can be put behind it."""
    return any(part.type.startswith("heredoc") for part in shell_tree.walk(node))


def _answers(node: Node) -> bool:
    """Return whether the status of a statement is that of a program which answers by it, alone or in a pipeline."""
    if node.type in ("list", "test_command"):
        return False
    if node.type == "variable_assignment":
        value = node.child_by_field_name("value")
        inside = [part for part in value.named_children if part.type == "command_substitution"] if value else []
        held = value if value is not None and value.type == "command_substitution" else next(iter(inside), None)
        return held is not None and any(_answers(part) for part in held.named_children)
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        return body is not None and _answers(body)
    if node.type == "pipeline":
        # A loop may hold calls of a tool, whose failures end it.
        return node.named_children[-1].type not in _LOOPS and any(_answers(stage) for stage in node.named_children)
    return node.type == "command" and bool(_ANSWERS.match(shell_words.source(node)))
