"""Handles of a shell script wherever it keeps them, and what takes them for numbers: they are references now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.shell.edits import Edits
    from migration.readers.shell.tree import Node

_WHY = "takes a handle for a number"
_DIGITS = re.compile(r"\[\^?!?0-9|\[\[:digit:\]\]|\[1-9\]|\\d")
_NUMERIC = re.compile(r" -(?:gt|lt|ge|le|eq|ne) |[=!]= *\"?[0-9]|\$\{#")
# What filters and commands do to a text that tells a decimal number from a hexadecimal one.
_SENSITIVE = re.compile(
    r"0-9|\[:digit:\]|\\d|1-9|\bsort -\w*n|\bbc\b|\bexpr\b|\blet\b|%0?\d*d|cut -c|head -c|\bseq\b|awk .*[-+*<>] *\d"
)
_CUT = re.compile(r"(?:\[[^\]]*\])?(?:/|:[ \d-]|:\$|\^|,|[#%]+[^}]*[0-9?\[])")
_ROUNDS = 6
_POSITIONS = tuple("123456789@*")
_PRINTS = ("echo", "printf", "cat")


class References:
    """Follows handles through the variables, files and functions of a script."""

    def __init__(self, edits: Edits, nodes: Sequence[Node], handles: set[str], files: set[str]) -> None:
        """Take what is replaced in a script, its nodes, and the variables and files that take a handle at first."""
        self._edits = edits
        self._nodes = nodes
        self._names = set(handles)
        self._files = set(files)
        self._given: set[str] = set()
        self._functions = {
            shell_words.source(name): node
            for node in nodes
            if node.type == "function_definition" and (name := node.child_by_field_name("name")) is not None
        }

    def look(self) -> None:
        """Replace tests of a handle as a number where their form is known, and leave others to a person."""
        if not self._names and not self._files:
            return
        for _ in range(_ROUNDS):
            before = len(self._names), len(self._files), len(self._given)
            for node in self._nodes:
                self._spread(node)
            if before == (len(self._names), len(self._files), len(self._given)):
                break
        for node in self._nodes:
            if not self._edits.is_done(node):
                self._look(node)

    def _has(self, text: str, node: Node) -> str:
        """Return a variable in a text that holds a handle, empty if none does."""
        names = re.findall(r"\$\{?#?(\w+|[@*])", text)
        inside = any(
            holder.type == "function_definition" and self._function_of(holder) in self._given
            for holder in shell_tree.above(node)
        )
        return next((name for name in names if name in self._names or (inside and name in _POSITIONS)), "")

    @staticmethod
    def _function_of(node: Node) -> str:
        name = node.child_by_field_name("name")
        return shell_words.source(name) if name is not None else ""

    def _reads(self, text: str) -> bool:
        """Return whether a file that holds a handle is named in a text."""
        return any(re.search(rf"(?<![\w./-]){re.escape(file)}(?![\w/])", text) for file in self._files)

    def _spread(self, node: Node) -> None:
        text = shell_words.source(node)
        if node.type == "variable_assignment":
            name, _, value = text.partition("=")
            if self._has(value, node) or ("$(" in value and self._reads(value)):
                self._names.add(re.split(r"[\[+]", name)[0])
        elif node.type == "for_statement":
            head = text.split("\n", 1)[0].split(";", 1)[0]
            variable = node.child_by_field_name("variable")
            if variable is not None and (self._has(head, node) or ("$(" in head and self._reads(head))):
                self._names.add(shell_words.source(variable))
        elif node.type == "command" and node.children:
            self._command(node, text)
        elif node.type in ("redirected_statement", "pipeline"):
            self._flows(node, text)

    def _command(self, node: Node, text: str) -> None:
        program = shell_words.source(node.children[0])
        if program in self._functions and self._has(text, node):
            self._given.add(program)
        if program in _PRINTS and self._has(text, node):
            # A file of settings that is read in later.
            self._names |= {name for name, value in re.findall(r"(\w+)=\\?\"?\$\{?(\w+)", text) if value in self._names}

    def _flows(self, node: Node, text: str) -> None:
        """Follow what is printed into a file, and what is read out of one or of a variable."""
        body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
        inside = shell_words.source(body) if body is not None else ""
        printed = any(f"{name} " in inside for name in _PRINTS) and bool(self._has(inside, node))
        if printed or self._reads(re.sub(r">.*", "", text, flags=re.DOTALL)):
            self._files |= {name for name in re.findall(r">>? *\"?([\w./-]+)", text) if name != "/dev/null"}
            self._files |= set(re.findall(r"\btee (?:-a )?\"?([\w./-]+)", text))
        source = text.rpartition("done")[2] if "done" in text else text
        read = self._reads(source) or bool(self._has(source, node)) or (node.type == "pipeline" and printed)
        if read:
            for found in re.finditer(r"\b(?:read|mapfile|readarray)((?: +-?\w+)+)", text):
                self._names |= {word for word in found[1].split() if not word.startswith("-") and not word.isdigit()}

    def _look(self, node: Node) -> None:
        text = shell_words.source(node)
        name = self._has(text, node)
        test = node.type == "test_command" or (node.type == "command" and text.startswith("test "))
        if test and name:
            self._test(node, text, name)
        elif node.type == "case_statement":
            subject = node.child_by_field_name("value")
            if subject is not None and self._has(shell_words.source(subject), node) and re.search(r"[0-9]", text):
                self._edits.by_hand(subject, _WHY)
        elif node.type == "arithmetic_expansion" or (node.type == "compound_statement" and text.startswith("((")):
            if name or set(re.findall(r"[A-Za-z_]\w*", text)) & self._names:
                self._edits.by_hand(node, _WHY)
        elif node.type == "expansion" and name and re.match(rf"\$\{{#?{re.escape(name)}{_CUT.pattern}", text):
            self._edits.by_hand(node, _WHY)
        elif node.type in ("command", "pipeline", "redirected_statement"):
            self._filter(node, text, name)

    def _filter(self, node: Node, text: str, name: str) -> None:
        """Leave commands to a person that look at the digits of a handle."""
        whole = shell_tree.pipeline_of(node)
        stages = whole.named_children if whole.type != "command" else []
        if any(stage.type.endswith("_statement") and stage.type != "redirected_statement" for stage in stages):
            return
        own = shell_words.source(whole)
        if (name or self._reads(text)) and _SENSITIVE.search(own) and "\n" not in own.strip():
            self._edits.by_hand(whole, _WHY)

    def _test(self, node: Node, text: str, name: str) -> None:
        value = rf"\"?\$\{{?{re.escape(name)}\}}?\"?"
        head, tail = r"(?:\[\[? |test )", r"(?: \]\]?)?"
        digits = re.fullmatch(
            rf"\[\[ (! )?{value} =~ \^?(?:\[0-9\]|\[\[:digit:\]\]|\[1-9\])(?:\[0-9\])?[+*]\$? \]\]", text
        )
        # What a function is given may be a number elsewhere.
        given = name in _POSITIONS
        form = "^(0x[0-9a-f]+|[0-9]+)$" if given else "^0x[0-9a-f]+$"
        if digits:
            self._edits.replace(node, f"[[ {digits[1] or ''}${name} =~ {form} ]]", "a handle is a reference now")
        elif not given and re.fullmatch(
            rf"{head}(?:{value} -(?:gt|ne) 0|{value} -ge 1|{value} -eq {value}){tail}", text
        ):
            self._edits.replace(node, f'[ -n "${name}" ]', "a handle is a reference now")
        elif not given and re.fullmatch(rf"{head}{value} -(?:eq|le) 0{tail}", text):
            self._edits.replace(node, f'[ -z "${name}" ]', "a handle is a reference now")
        elif _NUMERIC.search(text) or _DIGITS.search(text):
            self._edits.by_hand(node, _WHY)
