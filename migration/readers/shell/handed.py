"""Functions of a shell script that type what they are given at a tool, and do nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import invocation, words
from migration.readers.shell import feeds, typed
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.script import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Word

_EVERY = ("@", "*")
# What in code, or in a variable's name, is of the function's own call.
_OWN = re.compile(r"\$[\{(]*[0-9@*#]")
_LINES = ("%s\\n", "%s\n")
_QUIET = re.compile(r"2>&1|[12&]?>>? ?/dev/null")
# What runs a function by its name in another way than as a command.
_RUNNERS = r"\b(?:trap|eval|xargs|parallel|timeout|(?:ba|da|k)?sh +-c|export +-f|command|sudo|nohup|time)\b[^\n]*\b"


class Handed(NamedTuple):
    """A function: its name and node, the call of a tool in it, its redirections, and the lines that it types.

    Arguments stand in these by their number; all of them stand on lines of their own, or, if ``joined``, where they
    stand, with blanks between them.
    """

    name: str
    node: Node
    call: invocation.Invocation
    redirects: str
    lines: tuple[Word, ...]
    joined: bool

    def typed(self, given: Sequence[Word]) -> list[Word]:
        """Return the lines that it types when it is given words."""
        found: list[Word] = []
        for line in self.lines:
            if not self.joined and _is_every(line):
                found += [piece for word in given for piece in shell_words.typed(word)]
            else:
                found += shell_words.typed(words.join(piece for part in line for piece in self._filled(part, given)))
        return found

    @staticmethod
    def _filled(part: words.Part, given: Sequence[Word]) -> list[Word]:
        """Return what stands for a part of a line."""
        if part.kind != words.VARIABLE:
            return [(part,)]
        if part.text in _EVERY:
            return [piece for word in given for piece in (words.text(" "), word)][1:]
        if part.text.isdigit():
            return [given[int(part.text) - 1]] if 0 < int(part.text) <= len(given) else []
        return [(part,)]


def handed(
    nodes: Sequence[Node],
    words_of: Callable[[Node], list[Word]],
    document_of: Callable[[Node | None], HereDocument | None],
    text: str,
    *,
    portable: bool,
) -> dict[str, Handed]:
    """Return the functions that type at cloudhsm_mgmt_util or key_mgmt_util what they are given, by their names."""
    every = shell_tree.functions(nodes)
    names = [name for name, _ in every]
    found: dict[str, Handed] = {}
    for name, node in every:
        body = node.child_by_field_name("body")
        inside = [part for part in body.named_children if part.type != "comment"] if body is not None else []
        if body is None or body.type != "compound_statement" or len(inside) != 1 or names.count(name) > 1:
            continue
        told = _typing(inside[0], words_of, document_of, portable=portable)
        if told is None or re.search(rf"{_RUNNERS}{re.escape(name)}\b", text):
            continue
        call, redirects, lines, joined = told
        if _is_given(lines, joined=joined) and any(_calls(other, name) for other in nodes):
            found[name] = Handed(name, node, call, redirects, tuple(lines), joined)
    return found


def _calls(node: Node, name: str) -> bool:
    return node.type == "command" and shell_words.source(node.children[0]) == name


def _typing(
    whole: Node,
    words_of: Callable[[Node], list[Word]],
    document_of: Callable[[Node | None], HereDocument | None],
    *,
    portable: bool,
) -> tuple[invocation.Invocation, str, list[Word], bool] | None:
    """Return the call that a statement is, its redirections, what is typed at it, and whether all words are joined."""
    inner = whole.child_by_field_name("body") if whole.type == "redirected_statement" else whole
    pipeline = inner if inner is not None and inner.type == "pipeline" else None
    stages = [part for part in pipeline.named_children if part.type != "comment"] if pipeline is not None else [whole]
    last = stages[-1]
    command = last.child_by_field_name("body") if last.type == "redirected_statement" else last
    found = words_of(command) if command is not None and command.type == "command" else []
    call = invocation.of(found) if found else None
    if call is None or call.tool == HOST or call.commands is not None or words.literal(found[0]) == "exec":
        return None
    holders = [last] if pipeline is None or inner is whole else [last, whole]
    given = [item for holder in holders for item in holder.children if item.type.endswith("_redirect")]
    document = document_of(last)
    mark = document.mark if document is not None else -1
    texts = [shell_words.source(item) for item in given if item.start_byte != mark]
    if not all(map(_QUIET.fullmatch, texts)) or whole.negated or len(stages) != 1 + (document is None):
        return None
    if document is not None:
        return call, " ".join(texts), typed.expanded(document), True
    lines = feeds.printed(stages[0], words_of, document_of, portable=portable)
    joined = _is_joined(stages[0], words_of)
    return (call, " ".join(texts), lines, joined) if lines is not None and joined is not None else None


def _is_joined(feed: Node, words_of: Callable[[Node], list[Word]]) -> bool | None:
    """Return whether all that is given stands on one line of what a feed prints, None if that is not known."""
    kinds = set()
    for node in shell_tree.walk(feed):
        if node.type != "command":
            continue
        found = words_of(node)
        names = [part.text for word in found for part in word if part.kind == words.VARIABLE]
        if not set(names) & set(_EVERY):
            continue
        program, form = words.literal(found[0]), words.literal(found[1]) if found[1:] else None
        apart = shell_words.source(node).count('"$@"') == names.count("@")
        if program == "printf" and not (form in _LINES and apart):
            return None
        kinds.add(program != "printf" or "@" not in names)
    return kinds.pop() if len(kinds) == 1 else None if kinds else True


def _is_every(line: Word) -> bool:
    return len(line) == 1 and line[0].kind == words.VARIABLE and line[0].text == "@"


def _is_given(lines: Sequence[Word], *, joined: bool) -> bool:
    """Return whether a command is what a function is given, and nothing is done with that but typed.

    Where only words of commands are, the function stays what it is.
    """
    parts = [part for line in lines for part in line]
    if any(part.kind not in {words.VARIABLE, words.TEXT} and _OWN.search(part.text) for part in parts):
        return False
    names = [part.text for part in parts if part.kind == words.VARIABLE]
    alone = joined or all(_is_every(line) or not any(_is_all(part) for part in line) for line in lines)
    begins = [line[0].text for line in lines if line and line[0].kind == words.VARIABLE]
    return alone and "#" not in names and any(name in _EVERY or (name.isdigit() and name != "0") for name in begins)


def _is_all(part: words.Part) -> bool:
    return part.kind == words.VARIABLE and part.text in _EVERY
