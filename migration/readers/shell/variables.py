"""What the variables of a shell script hold, as far as the script says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import invocation, words
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.places import Places
    from migration.readers.shell.tree import Node
    from migration.words import Word

_DEPTH = 4
# A variable that may be set from outside: what it is otherwise. A program that is looked for: its name.
_OTHERWISE = re.compile(
    r"\"?(?:\$\{\w+:?[-=]([^}$`'\"]+)\}|\$\((?:command -v|which|type -p) ([\w./-]+)(?: 2> ?/dev/null)?\))\"?"
)
# Commands that set the variables which they are given, and those that may set any.
_SETS = ("read", "mapfile", "readarray")
_SETS_ANY = ("eval", "source", ".")
# What sets a variable at all, and what does so otherwise than by ``NAME=``.
_SETTING = r"(?<![\w$-])NAME(?:\[[^]\n]*\])?\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))|(?:\+\+|--)NAME\b"
_CHANGING = r"\b(?:for|read|select|getopts|mapfile|readarray|unset|local|printf\s+-v)\b[^\n;]*(?<![$\w{])NAME\b"
_DECLARING = ("declaration_command", "variable_assignments")
_ALL = re.compile(r"\$\{(\w+)\[[@*]\]\}")


def constants(nodes: Sequence[Node], content: bytes, places: Places) -> dict[str, tuple[int, Word]]:
    """Return the variables that one line of the script sets to a text, whatever happens, and nothing else sets."""
    source = content.decode("utf-8", "surrogateescape")
    found: dict[str, tuple[int, Word]] = {}
    for node in nodes:
        name_node, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if node.type != "variable_assignment" or name_node is None or value is None or not _always(node):
            continue
        name, word = shell_words.source(name_node), shell_words.word(value)
        sets = re.findall(_SETTING.replace("NAME", re.escape(name)), source)
        if words.literal(word) and len(sets) == 1 and not re.search(_CHANGING.replace("NAME", re.escape(name)), source):
            found[name] = (places.line(node.start_byte), word)
    # What another file or a text holds may set anything.
    unknown = [node.start_byte for node in nodes if node.type == "command" and _program(node) in _SETS_ANY]
    last = places.line(max(unknown, default=0)) if unknown else 0
    return {name: (line, word) for name, (line, word) in found.items() if line > last}


def _program(node: Node) -> str:
    name = node.child_by_field_name("name")
    return shell_words.source(name) if name else ""


def _always(node: Node) -> bool:
    """Return whether an assignment is a command of its own, or one of ``readonly`` or the like, under no condition."""
    around = node.parent
    if around is not None and around.type in _DECLARING:
        around = around.parent
    return around is not None and around.type == "program"


class Variables:
    """The variables of a script: one value each (``values``), None if there are several, and its arrays."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Take a script's nodes."""
        self.values: dict[str, Word | None] = {}
        self._arrays: dict[str, list[Word] | None] = {}
        # All that each is set to by an assignment.
        self._every: dict[str, list[Word]] = {}
        # Those that hold what is assumed only if nothing else is set.
        self._assumed: set[str] = set()
        for node in nodes:
            if node.type == "variable_assignment" and (name := node.child_by_field_name("name")):
                self._assigned(node, shell_words.source(name))
            elif node.type == "for_statement" and (name := node.child_by_field_name("variable")):
                self.values[shell_words.source(name)] = None
            elif node.type == "command":
                self._run(node)

    def _run(self, node: Node) -> None:
        """Note what a command may set."""
        found = [shell_words.source(child) for child in node.named_children if child.type in ("command_name", "word")]
        program = found[0] if found else ""
        if program in _SETS or (program == "printf" and "-v" in found):
            self.values.update(dict.fromkeys(found[1:]))
        elif program in _SETS_ANY:
            self._assumed.update(name for name, word in self.values.items() if word and "/" not in words.shown(word))

    def _assigned(self, node: Node, name: str) -> None:
        value = node.child_by_field_name("value")
        word = shell_words.word(value) if value else words.EMPTY
        if value is not None and (otherwise := _OTHERWISE.fullmatch(shell_words.source(value))):
            word = words.text(otherwise[1] or otherwise[2])
            if otherwise[1] and "/" not in otherwise[1]:
                self._assumed.add(name)
        added = shell_words.source(node)[len(name) :].startswith("+=")
        self._every.setdefault(name, []).append(words.variable(name) if added else word)
        if value is not None and value.type == "array":
            plain = not re.search(r"\$\(|`", shell_words.source(value)) and name not in self._arrays and not added
            self._arrays[name] = list(map(shell_words.word, value.named_children)) if plain else None
        self.values[name] = None if added or self.values.get(name, word) != word else word

    def lookup(self, name: str) -> Word | None:
        """Return what a variable holds if nothing else is set from outside, None if that is not known."""
        return self.values.get(name)

    def known(self, name: str) -> Word | None:
        """Return what a variable holds whatever is set from outside, None if that is not known."""
        return None if name in self._assumed else self.values.get(name)

    def choices(self, name: str, text: str) -> list[str]:
        """Return the texts that a variable may hold, if a script, ``text``, sets it to several and to nothing else."""
        every = [words.literal(word) for word in self._every.get(name, [])]
        found = [value for value in dict.fromkeys(every) if value is not None]
        changed = re.search(_CHANGING.replace("NAME", re.escape(name)), text)
        sets = re.findall(_SETTING.replace("NAME", re.escape(name)), text)
        if changed or None in every or len(found) < 2 or len(sets) != len(every):  # noqa: PLR2004 - several
            return []
        return found if all(re.fullmatch(r"[\w .=,:/+-]*", value) for value in found) else []

    def split(self, word: Word, *, quoted: bool, depth: int = _DEPTH) -> list[Word]:
        """Return the words that a word gives; a variable without quotes gives those that it is known to hold."""
        array = _ALL.fullmatch(word[0].text) if len(word) == 1 else None
        items = self._arrays.get(array[1]) if array else None
        if items is not None and depth:
            return [item for piece in items for item in self.split(piece, quoted=False, depth=depth - 1)]
        only = word[0] if len(word) == 1 and word[0].kind == words.VARIABLE else None
        value = self.known(only.text) if only else None
        if only is None or value is None or not depth:
            return [word]
        if quoted:
            # "$KMU" in quotes is still the tool.
            is_program = "/" in (words.literal(value) or "") or invocation.of([value]) is not None
            return [value if is_program else word]
        pieces = words.split(value)
        if len(pieces) > 1 or invocation.of(pieces) is not None:
            return [item for piece in pieces for item in self.split(piece, quoted=False, depth=depth - 1)]
        return [word]
