"""Arguments of functions of a shell script that are one number wherever the function is called."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.tree import Node
    from migration.script import Step
    from migration.words import Word

# Options whose numbers have names in CloudHSM CLI.
_NAMED = ("-a", "-c", "-i", "-kc", "-kt", "-m", "-mech", "-t")


class Arguments:
    """The functions of a script, and what they are given."""

    def __init__(self, nodes: Sequence[Node], text: str) -> None:
        """Take a script's nodes, and its text."""
        self._text = text
        every = shell_tree.functions(nodes)
        names = [name for name, _ in every]
        self._functions = {name: node for name, node in every if names.count(name) == 1}
        self._calls: dict[str, list[Node]] = {name: [] for name in self._functions}
        for node in nodes:
            name = shell_words.source(node.children[0]) if node.type == "command" and node.children else ""
            if name in self._calls:
                self._calls[name].append(node)

    def told(self, step: Step, node: Node) -> Step:
        """Return a step whose options have the numbers that the function around a node is always given."""
        holder = next((above for above in shell_tree.above(node) if above.type == "function_definition"), None)
        name = next((name for name, function in self._functions.items() if function is holder), "")
        if not name:
            return step
        found = list(step.words)
        for place in range(1, len(found)):
            if words.literal(found[place - 1]) in _NAMED and (position := _position(found[place])):
                found[place] = self._always(name, position) or found[place]
        return replace(step, words=tuple(found))

    def _always(self, name: str, position: int) -> Word | None:
        """Return the number that every call of a function gives it at a place, None if that is not known."""
        calls, body = self._calls[name], shell_words.source(self._functions[name])
        # What calls it otherwise, or moves its arguments, may give it something else.
        plain = re.sub(r"(?m)(?:^|\s)#.*$", "", self._text)
        if len(re.findall(rf"(?<![\w$/.-]){re.escape(name)}(?![\w/.-])", plain)) != len(calls) + 1:
            return None
        if re.search(r"\bshift\b|\bset +(?:--|[^-+\s])", body):
            return None
        numbers = {_given(call, position) for call in calls}
        number = numbers.pop() if len(numbers) == 1 else ""
        return words.text(number) if number.isdigit() else None


def _given(call: Node, position: int) -> str:
    """Return what a call gives at a place as it is written, empty if what stands before may be no word, or several."""
    before = call.named_children[1:position]
    if len(call.named_children) <= position or not all(_is_one(part, call) for part in before):
        return ""
    return shell_words.source(call.named_children[position]).strip("\"'")


def _is_one(node: Node, call: Node) -> bool:
    """Return whether a part of a call is one word in any case: in quotes, written out, or of a loop over words."""
    if node.type in ("string", "raw_string", "number"):
        return "@" not in shell_words.source(node)
    if node.type == "word":
        return not re.search(r"[*?\[{~]", shell_words.source(node))
    if node.type != "simple_expansion":
        return False
    loops = (above for above in shell_tree.above(call) if above.type == "for_statement")
    names = (loop.child_by_field_name("variable") for loop in loops)
    return shell_words.source(node) in {f"${shell_words.source(name)}" for name in names if name is not None}


def _position(word: Word) -> int:
    """Return which argument a word is, 0 if it is none."""
    part = word[0] if len(word) == 1 else None
    is_argument = part is not None and part.kind == words.VARIABLE and part.text.isdigit()
    return int(part.text) if part is not None and is_argument else 0
