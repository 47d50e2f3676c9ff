"""Variables of a shell script that held the id of a user, or hold the type: what is done with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import shown
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.reading.identities import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Reading
    from migration.words import Word

# Commands that are given ids of users, as they stand in a call or in what is typed.
_TAKES = r"(?:shareKey|findAllKeys|gen\w+Key(?:Pair)?|imSymKey|importPrivateKey|unWrapKey)\b"
_GIVEN, _ASKED, _SHOWN = "given", "asked", "shown"
_EMPTY = r"""\[\[? +(?:-[zn] +@|@ *(?:==?|!=) *(?:""|''))(?: +\]\]?)"""
_CHANGES = r"\b(?:for|read|select|getopts|mapfile|readarray|printf\s+-v|export|declare|typeset)\b"
_CHANGES += r"[^\n;]*(?<![$\w{])NAME\b"


def is_taken(node: Node, nodes: Sequence[Node], text: str) -> bool:
    """Return whether a variable takes the id at a node, of which a script only asks whether it is there, or gives it.

    It may be given to commands of the tools, and shown; ``text`` is the script's.
    """
    assignment = shell_pipes.assignment_of(node)
    name = assignment.child_by_field_name("name") if assignment is not None else None
    if assignment is None or name is None or not shell_pipes.is_substituted(node):
        return False
    taken = shell_words.source(name)
    if assignment.text.startswith(name.text + b"+=") or re.search(_CHANGES.replace("NAME", taken), text):
        return False
    expanded = [found for found in nodes if found.type in ("simple_expansion", "expansion") and _is_of(found, taken)]
    # In what is typed at a tool it is expanded, too.
    typed = re.findall(rf"(?m)^[ \t]*{_TAKES}.*\$\{{?{taken}\b", text)
    every = len(re.findall(rf"\$\{{?{taken}\b", text))
    if every not in (len(expanded), len(expanded) + len(typed)):
        return False
    functions = shell_sources.showing_functions(nodes)
    uses = {_use(found, functions) for found in expanded} | ({_GIVEN} if typed else set())
    if any(_is_counted(found, taken) for found in nodes) or "" in uses:
        return False
    # Of one that is for people alone they want the number.
    return _GIVEN in uses or _SHOWN not in uses


def _is_counted(node: Node, name: str) -> bool:
    """Return whether a node is a variable's name where bash takes its value for a number, without a sign before it."""
    if node.type not in ("variable_name", "word") or node.parent is None or shell_words.source(node) != name:
        return False
    if node.type == "word":
        return node.parent.type in ("binary_expression", "unary_expression", "subscript")
    kinds = ("simple_expansion", "expansion", "declaration_command", "unset_command")
    return node.parent.type not in kinds and not (node.parent.type == "variable_assignment" and node.field == "name")


def _is_of(node: Node, name: str) -> bool:
    return any(part.type == "variable_name" and shell_words.source(part) == name for part in shell_tree.walk(node))


def _use(node: Node, functions: Container[str]) -> str:
    """Return what an expansion does: ask whether there is an id, give it to a command, show it; empty for all else.

    ``functions`` are those that only show what they are given.
    """
    source = shell_words.source(node)
    if not re.fullmatch(r"\$\{?\w+(?::?-)?\}?", source):
        return ""
    test = next((above for above in shell_tree.above(node) if above.type == "test_command"), None)
    if test is not None:
        asks = re.fullmatch(_EMPTY, re.sub(rf'"?{re.escape(source)}"?', "@", shell_words.source(test)))
        return _ASKED if asks else ""
    command = next((above for above in shell_tree.above(node) if above.type == "command"), None)
    if command is None:
        return ""
    if shown.shower(node, functions) is not None:
        return _SHOWN
    return _GIVEN if re.search(rf"(?:^|[ \t\"']|\\n){_TAKES}", shell_words.source(command)) else ""


def names(nodes: Sequence[Node], taken: dict[str, set[int]]) -> frozenset[str]:
    """Return the variables that hold a name wherever they are set; ``taken`` are the places where they take one."""
    other = set()
    for node in nodes:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if node.type == "variable_assignment" and name is not None and value is not None:
            known = shell_words.source(name)
            if node.start_byte not in taken.get(known, set()) and shell_words.source(value).strip("\"'"):
                other.add(known)
    return frozenset(taken) - other


def of_type(
    stages: Sequence[Sequence[Word]],
    variables: Mapping[str, Word],
    read: Callable[[shell_pipes.Trial], Reading | None],
    *,
    pipefail: bool,
) -> Reading | None:
    """Return that filters look for a user of a type that one of their variables holds, which is a role now.

    ``read`` tells what a trial of the filters asks.
    """
    found = []
    for held in variables.values():
        plain = set()
        for kind, role in ROLES.items():
            told = read(shell_pipes.trial(stages, pipefail=pipefail, held={held: kind}))
            plain.add(told._replace(extra="") if told is not None and told.extra == role else None)
        found += [told._replace(role=held) for told in plain if told is not None and len(plain) == 1]
    # Of two that may be either, nobody knows which is the type.
    return found[0] if len(found) == 1 else None
