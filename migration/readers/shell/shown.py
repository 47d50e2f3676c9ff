"""Filters that choose what is seen of an answer that is kept: all of it is seen now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.sources import Answer, Source
    from migration.readers.shell.tree import Node
    from migration.script import Call

_TO_SCREEN = re.compile(r">&[12]|[12]?> */dev/(?:stderr|stdout|tty)|2>&1")
_FAILURE = re.compile(r"return|error|fail|refuse", re.IGNORECASE)
_MESSAGE = re.compile(r"(?:echo|printf|logger)\b")
# What takes the output of all that is in it.
_TAKEN = ("pipeline", "redirected_statement", "function_definition")


class Refusals:
    """Which calls a script shows the answers of where they fail, and the values that it takes out of these answers."""

    def __init__(self) -> None:
        self._told: list[tuple[Answer, Node]] = []
        self._left: list[Answer] = []
        self._values: dict[int, list[tuple[int, int, bool]]] = {}
        self._quiet: dict[int, list[tuple[int, int, str]]] = {}
        # Calls of several commands of which one is asked for that an error before it, which is no JSON, would hide.
        self.hidden: set[int] = set()

    def tell(self, answers: Iterable[Answer], node: Node) -> None:
        """Note that answers are shown at a node."""
        self._told += [(answer, node) for answer in answers if answer.call >= 0]

    def leave(self, answers: Iterable[Answer]) -> None:
        """Note that answers stay in a file, for whoever looks into it."""
        self._left += [answer for answer in answers if answer.call >= 0]

    def take(self, number: int, start: int, end: int, *, feeds: bool = False) -> None:
        """Note what takes a value out of the answer of a call, whose status nobody asks for; or ``feeds`` a pipe."""
        self._values.setdefault(number, []).append((start, end, feeds))

    def quiet(self, number: int, start: int, end: int, text: str) -> None:
        """Note what takes a value out of the answer of a call without a word where that is what it was refused with."""
        self._quiet.setdefault(number, []).append((start, end, text))

    def keep(self, calls: list[Call], edits: Edits, passed: Container[int]) -> None:
        """Let calls keep what they are refused with, where it is shown behind a failure that does not end the script.

        ``passed`` are the places of calls of functions behind which the script goes on.
        """
        told = {
            answer.call
            for answer, node in self._told
            if (answer.place in passed if answer.given else calls[answer.call].ending) or _asks(answer, node)
        }
        told |= {answer.call for answer in self._left if calls[answer.call].ending or _is_asked(answer.node)}
        told -= self.hidden
        for number, values in self._quiet.items():
            merged = "2>&1" in f"{calls[number].redirects} {calls[number].behind}"
            for start, end, text in values:
                if number in told or (merged and text.endswith(" || true")):
                    edits.retell(start, end, text)
        for number in sorted(told):
            call = calls[number]
            if "2>" in call.redirects or "2>" in call.behind or call.gap:
                continue
            calls[number] = call._replace(redirects=f"{call.redirects} 2>&1".strip())
            for start, end, feeds in self._values.get(number, []):
                # What was no answer gave nothing, and what is refused must not end the script there now.
                if feeds:
                    edits.between(start, "{ ")
                edits.between(end, " || true; }" if feeds else " || true")


def _asks(answer: Answer, node: Node) -> bool:
    """Return whether a script asks for the status of a call, and shows its answer at a node behind a failure."""
    call = answer.node
    if shell_pipes.status_follows(call) or shell_pipes.status_follows_assignment(call):
        return True
    above = [*shell_tree.above(call)]
    whole = next((holder for holder in above if holder.type in ("if_statement", "list")), None)
    return _is_asked(call) and whole is not None and whole.start_byte <= node.start_byte < whole.end_byte


def _is_asked(call: Node) -> bool:
    """Return whether a script asks for the status of a call, and may go on behind a failure."""
    return shell_pipes.use(call) == shell_pipes.STATUS or shell_pipes.status_of_value(call)


def shower(node: Node, functions: Container[str]) -> Node | None:
    """Return the command that only shows, or gives back, a variable which is expanded at a node; None if none does."""
    found = (above for above in shell_tree.above(node) if above.type in ("command", "declaration_command"))
    command = next(found, None)
    if command is None or not (node.type == "simple_expansion" or shell_sources.is_plain(node)):
        return None
    program = shell_words.source(command.children[0])
    if program == "read" and re.match(r"read (?:-\w+ )*-\w*p ", shell_words.source(command)):
        # It is what somebody is asked.
        return command
    if program not in shell_sources.SHOWING and program not in functions:
        return None
    in_pipe = any(above.type == "pipeline" and not _is_logged(command, above) for above in shell_tree.above(command))
    return None if in_pipe or shell_pipes.use(command) != shell_pipes.STATEMENT else command


def _is_logged(command: Node, pipeline: Node) -> bool:
    """Return whether a pipeline does nothing with what a command shows but write it to logs, too."""
    first, *behind = pipeline.named_children
    return first is command and all(re.match(r"tee\b", shell_words.source(stage)) for stage in behind)


def is_reason(node: Node, filters: Filters | None, functions: Container[str], nodes: Sequence[Node], text: str) -> bool:
    """Return whether a variable takes what filters put out of a failure, which a script, ``text``, only shows."""
    assignment = shell_pipes.assignment_of(node)
    name = assignment.child_by_field_name("name") if assignment is not None else None
    if filters is None or name is None or assignment is None or not shell_pipes.is_substituted(node):
        return False
    adds = assignment.text.startswith(name.text + b"+=")
    if adds or not _choose(filters) or not _tells(filters) or filters.redirects:
        return False
    taken = shell_words.source(name)
    expanded = [
        found
        for found in nodes
        if found.type in ("simple_expansion", "expansion")
        and any(part.type == "variable_name" and shell_words.source(part) == taken for part in shell_tree.walk(found))
    ]
    # In a here-document it is expanded, too.
    if len(re.findall(rf"\$\{{?{taken}\b", text)) != len(expanded):
        return False
    exported = re.search(rf"\b(?:export|declare|typeset)\b.*\b{taken}\b", text)
    return exported is None and bool(expanded) and all(shower(found, functions) is not None for found in expanded)


def files(node: Node) -> list[str]:
    """Return the files of which a command does nothing but show all."""
    found = list(map(words.shown, shell_pipes.command_words(node))) if node.type == "command" else []
    return found[1:] if found[:1] == ["cat"] and shell_pipes.use(node) == shell_pipes.STATEMENT else []


def is_seen(node: Node, filters: Filters | None) -> bool:
    """Return whether what filters put out is seen, or logged, and nothing else is done with it or with their status."""
    if not _choose(filters) or shell_pipes.use(node) != shell_pipes.STATEMENT or shell_pipes.status_follows(node):
        return False
    above = shell_tree.above(node)
    if node.type == "pipeline" and above and above[0].type == "redirected_statement":
        # The grammar hangs what is behind the last command on the whole pipeline.
        redirects = map(shell_words.source, above.pop(0).children_by_field_name("redirect"))
        if not all(map(_TO_SCREEN.fullmatch, redirects)):
            return False
    return not any(holder.type in _TAKEN for holder in above)


def _choose(filters: Filters | None) -> bool:
    """Return whether filters put something out, and all of them were read."""
    return (
        filters is not None
        and bool(filters.stages)
        and not (filters.silent or filters.through or filters.rest is not None)
    )


def _tells(filters: Filters) -> bool:
    """Return whether filters look for what has failed."""
    return any(_FAILURE.search(words.shown(word)) for stage in filters.stages for word in stage[1:])


def is_told(node: Node, filters: Filters | None, functions: Container[str]) -> bool:
    """Return whether what filters put out is what a message on the screen says of a failure, and nothing else.

    ``functions`` are those of the script that show, and may log, what they are given.
    """
    if filters is None or not _choose(filters):
        return False
    if not _tells(filters):
        return False
    above = shell_tree.above(node)
    kinds = [holder.type for holder in above]
    place = kinds.index("command_substitution") if "command_substitution" in kinds else len(kinds)
    message = next((holder for holder in above[place:] if holder.type not in ("command_substitution", "string")), None)
    if message is None or message.type != "command":
        return False
    if not _MESSAGE.match(shell_words.source(message)) and shell_words.source(message.children[0]) not in functions:
        return False
    holders = above[above.index(message) + 1 :]
    return shell_pipes.use(message) == shell_pipes.STATEMENT and not any(map(_takes, holders))


def _takes(holder: Node) -> bool:
    """Return whether what is put out in a node goes elsewhere than to the screen."""
    if holder.type != "redirected_statement":
        return holder.type in _TAKEN
    redirects = map(shell_words.source, holder.children_by_field_name("redirect"))
    return not all(text.startswith("<") or _TO_SCREEN.fullmatch(text) for text in redirects)


def whole(source: Source, node: Node) -> str:
    """Return what shows all of a variable or a file, where the filters at a node showed some of it."""
    shows = f"printf '%s\\n' \"${source.name}\"" if source.is_variable else f"cat {source.spelled}"
    redirects = source.filters.redirects if source.filters is not None else ""
    if node.type == "redirected_statement":
        found = [shell_words.source(item) for item in node.children_by_field_name("redirect")]
        redirects = " ".join(text for text in found if not text.startswith("<"))
    return f"{shows} {redirects}".strip()
