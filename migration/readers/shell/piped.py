"""Pipelines of a shell script of which only the last command had a status, while ``pipefail`` looks at all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import tree as shell_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.tree import Node

# What puts out a little, and does not fail.
_SAFE = ("echo", "printf", "date", "hostname", "id", "whoami", "pwd", "true", ":")
# What does not fail on what it is given, but may be ended as nobody reads on.
_FILTERS = (
    "sort",
    "uniq",
    "wc",
    "head",
    "tail",
    "tr",
    "cut",
    "sed",
    "awk",
    "tac",
    "rev",
    "nl",
    "paste",
    "column",
    "cat",
)
# What writes as long as somebody reads.
_ENDLESS = re.compile(rb"yes\b|.*/dev/(?:u?random|zero)\b", re.DOTALL)
# What ends before it has read all, for what it is told.
_QUITS = {
    "head": "",
    "read": "",
    "dd": "",
    "grep": r"-\w*[qmlL]|--quiet|--silent|--max-count",
    "egrep": r"-\w*[qmlL]",
    "fgrep": r"-\w*[qmlL]",
    "zgrep": r"-\w*[qmlL]",
    "sed": r".*(?:[\d$/;{} ]|^)[qQ]",
    "awk": r"(?s:.*)\bexit\b",
    "gawk": r"(?s:.*)\bexit\b",
}
_LEAVES = re.compile(rb"\b(?:break|exit|return)\b")


def let_pass(nodes: Sequence[Node], edits: Edits, *, ends: bool) -> None:
    """Let commands before the last one of a pipeline pass for good ones, where that bears on what the script does.

    ``ends`` says that a failure ended the script, too, so that no statement may fail that did not fail before.
    """
    functions = {name for name, _ in shell_tree.functions(nodes)}
    for node in nodes:
        stages = [part for part in node.named_children if part.type != "comment"] if node.type == "pipeline" else []
        if any(_name(stage) and edits.is_done(stage) for stage in stages) or not _matters(node):
            continue
        asked = ends or _is_asked(node)
        for place, stage in enumerate(stages[:-1]):
            is_left = bool(_ENDLESS.match(stages[0].text)) or any(map(_quits, stages[place + 1 :]))
            fails = asked and not (place and _name(stage) in _FILTERS)
            safe = not _name(stage) or _name(stage) in (*_SAFE, *functions) or _has_document(stage)
            if (is_left or fails) and not safe:
                edits.passes(stage)


def _matters(pipeline: Node) -> bool:
    """Return whether anything looks at the status of a pipeline: not if its output stands among words."""
    whole = shell_tree.pipeline_of(pipeline)
    if any(holder.type == "process_substitution" for holder in shell_tree.above(whole)):
        return False
    return shell_pipes.use(whole) != shell_pipes.VALUE or shell_pipes.assignment_of(whole) is not None


def _is_asked(pipeline: Node) -> bool:
    """Return whether the script asks for the status of a pipeline, that of a function which ends with it among them."""
    whole = shell_tree.pipeline_of(pipeline)
    if shell_pipes.use(whole) == shell_pipes.VALUE:
        return shell_pipes.status_of_value(whole)
    statement = shell_pipes.statement_of(whole)
    body = statement.parent
    is_function = body is not None and body.parent is not None and body.parent.type == "function_definition"
    is_last = is_function and body is not None and body.named_children[-1] is statement
    return is_last or shell_pipes.use(whole) == shell_pipes.STATUS or shell_pipes.status_follows(whole)


def _command(stage: Node) -> Node | None:
    found = stage.child_by_field_name("body") if stage.type == "redirected_statement" else stage
    return found if found is not None and found.type == "command" else None


def _name(stage: Node) -> str:
    """Return the program that a stage of a pipeline is, empty if it is a group or a loop."""
    command = _command(stage)
    found = shell_pipes.command_words(command) if command is not None else []
    return (words.literal(found[0]) or words.shown(found[0])).rpartition("/")[2] if found else ""


def _quits(stage: Node) -> bool:
    """Return whether a stage may end before it has read all that it is given."""
    command = _command(stage)
    if command is None:
        return bool(_LEAVES.search(stage.text))
    given = list(map(words.shown, shell_pipes.command_words(command)))
    form = _QUITS.get(_name(stage))
    return form is not None and (not form or any(re.match(form, word) for word in given[1:]))


def _has_document(stage: Node) -> bool:
    return any(part.type.startswith("heredoc") for part in shell_tree.walk(stage))
