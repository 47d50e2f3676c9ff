"""What stands around a command in a shell script: the filters behind it, and what its output and status are for."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import tree
from migration.readers.shell import words as shell_words
from migration.reading import filters, meaning

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from migration.readers.shell.tree import Node
    from migration.words import Word

# What a command's output and status are for.
VALUE, STATUS, STATEMENT = "value", "status", "statement"
_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_BODIES = ("do_group", "compound_statement", "program", "else_clause", "case_item", "subshell", "function_definition")
# What holds statements behind its condition.
_BRANCHES = ("if_statement", "elif_clause")
_QUIET = re.compile(r"[12]?>>? ?/dev/null|2>&1|&> ?/dev/null|>& ?/dev/null")
_SILENT = re.compile(r"(?:1?>>?|&>|>&) ?/dev/null")


# What may stay behind a value that it is given as before: it does nothing but put out something.
_PLAIN = (
    *("sort", "uniq", "wc", "head", "tail", "tr", "cut", "sed", "grep", "egrep", "fgrep", "cat", "tac", "nl", "paste"),
    *("column", "rev", "fold", "tee", "awk"),
)


class Filters(NamedTuple):
    """Filters of a pipeline: their words, where they end, whether all output is thrown away.

    ``redirects`` are those of the last one that lead to a file, ``rest`` what takes the output on, a loop or an xargs
    that calls a tool. ``through`` are the calls of tee before the filters, as they stand.
    """

    stages: tuple[tuple[Word, ...], ...]
    end: int
    silent: bool = False
    redirects: str = ""
    rest: Node | None = None
    through: str = ""


class Trial(NamedTuple):
    """Filters with a stand-in for each variable, ready to be tried: what they ask, and the variables by stand-in."""

    test: meaning.Test
    variables: dict[str, Word]


def filters_of(nodes: Sequence[Node], loops: Container[int] = (), *, given: bool = False) -> Filters | None:
    """Return the filters that commands are; None if one is none and is no loop at the end either.

    ``loops`` are the places of commands that are loops, too; ``given`` says that what the first one is given by a
    redirection is known.
    """
    stages: list[tuple[Word, ...]] = []
    through: list[str] = []
    silent, redirects, end = False, "", nodes[0].start_byte if nodes else 0
    for number, node in enumerate(nodes):
        if node.type in ("while_statement", "for_statement") or node.start_byte in loops:
            rest = number == len(nodes) - 1
            return Filters(tuple(stages), end, rest=node, through=" | ".join(through)) if rest else None
        command = _command_of(node)
        if command is None:
            return None
        for item in node.children_by_field_name("redirect"):
            text = shell_words.source(item)
            if _SILENT.fullmatch(text):
                silent = True
            elif not _QUIET.fullmatch(text) and not (given and not number and text.startswith("<")):
                if number < len(nodes) - 1 or item.type != "file_redirect" or text.startswith("<"):
                    return None
                redirects = f"{redirects} {text}".strip()
        found = command_words(command)
        literal = [words.literal(word) or "" for word in found]
        end = node.end_byte
        if literal[:1] == ["tee"] and not stages and node is command:
            through.append(shell_words.source(node))
        elif filters.known(literal):
            stages.append(tuple(found))
        else:
            return None
    return Filters(tuple(stages), end, silent, redirects, through=" | ".join(through))


def beginnings(nodes: Sequence[Node]) -> Iterator[Filters]:
    """Yield the filters that a pipeline begins with, the longest first, where plain ones are behind them."""
    for cut in range(len(nodes) - 1, 0, -1):
        if not is_plain(nodes[cut]):
            return
        found = filters_of(nodes[:cut])
        if found is not None and not found.through:
            yield found._replace(rest=nodes[cut])


def is_plain(node: Node) -> bool:
    """Return whether a command of a pipeline only makes another text of what it is given."""
    command = _command_of(node)
    found = command_words(command) if command is not None else []
    return bool(found) and (words.literal(found[0]) in _PLAIN or list(map(words.literal, found)) == ["xargs"])


def _command_of(node: Node) -> Node | None:
    """Return the command of a stage; None if it is none, or has redirections before its words."""
    found = node.child_by_field_name("body") if node.type == "redirected_statement" else node
    if found is None or found.type != "command" or any(part.type == "file_redirect" for part in found.children):
        return None
    return found


def redirects_of(node: Node, found: Filters) -> tuple[str, bool]:
    """Return the redirections to files behind a pipeline, and whether all output is thrown away."""
    if node.type != "redirected_statement" or found.rest is not None:
        return found.redirects, found.silent
    texts = [shell_words.source(item) for item in node.children_by_field_name("redirect")]
    silent = found.silent or any(map(_SILENT.fullmatch, texts))
    return " ".join(filter(None, [found.redirects, *(text for text in texts if not _QUIET.fullmatch(text))])), silent


def behind(node: Node, whole: Node) -> list[Node]:
    """Return the commands behind one in the pipeline that it is the first of; ``whole`` is that with redirections."""
    stages = [whole] if whole.type == "pipeline" else whole.named_children if whole is not node else []
    pipeline = next((stage for stage in stages if stage.type == "pipeline"), None)
    return [stage for stage in pipeline.named_children if stage.start_byte >= node.end_byte] if pipeline else []


def command_words(node: Node) -> list[Word]:
    """Return a command's words as they stand, without redirections and assignments before it."""
    skipped = ("file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment")
    return [
        shell_words.word(child.named_children[0] if child.type == "command_name" and child.named_children else child)
        for child in node.named_children
        if child.type not in skipped
    ]


def trial(
    stages: Sequence[Sequence[Word]], *, pipefail: bool = False, held: Mapping[Word, str] = MappingProxyType({})
) -> Trial:
    """Return filters as a test; each variable in them is a text of its own, or that which it is said to hold."""
    variables: dict[str, Word] = {}
    spelled: list[list[str]] = []
    for stage in stages:
        spelled.append([])
        for word in stage:
            pieces = []
            for part in word:
                if part.kind == words.TEXT or (part,) in held:
                    pieces.append(held.get((part,), part.text))
                    continue
                name = next((key for key, known in variables.items() if known == (part,)), "")
                if not name:
                    name = meaning.placeholder(len(variables))
                    variables[name] = (part,)
                pieces.append(name)
            spelled[-1].append("".join(pieces))
    return Trial(meaning.of_stages(spelled, pipefail=pipefail), variables)


def use(node: Node) -> str:
    """Return what a command's output or status is for: a value, a condition, or nothing but to be seen."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in _SUBSTITUTIONS:
            return VALUE
        if child.negated or _is_condition(child, parent):
            return STATUS
        if parent.type in _BODIES:
            return STATEMENT
        child, parent = parent, parent.parent
    return STATEMENT


def _is_condition(child: Node, parent: Node) -> bool:
    if parent.type in ("if_statement", "while_statement", "elif_clause"):
        opened = next((part for part in parent.children if part.type in ("then", "do_group")), None)
        return opened is None or child.end_byte <= opened.start_byte
    return parent.type == "list" and child is not parent.children[-1] and not _is_passed(parent)


def _is_passed(whole: Node) -> bool:
    """Return whether a list does nothing but let its command pass for a good one: ``a || true``."""
    sign, last = whole.children[-2:]
    return sign.type == "||" and shell_words.source(last) in ("true", ":")


def is_passed_over(node: Node) -> bool:
    """Return whether a command passes for a good one, whatever becomes of it."""
    return node.parent is not None and node.parent.type == "list" and _is_passed(node.parent)


def is_only_shown(node: Node) -> bool:
    """Return whether a substitution is a word of an echo or a printf that is nothing but seen."""
    for holder in tree.above(node):
        if holder.type == "command":
            name = shell_words.source(holder.children[0]) if holder.children else ""
            plain = holder.parent is None or holder.parent.type not in ("pipeline", "redirected_statement")
            return name in ("echo", "printf") and plain and use(holder) == STATEMENT
        if holder.type in ("herestring_redirect", "process_substitution", "variable_assignment", "test_command"):
            return False
    return False


def status_follows(node: Node) -> bool:
    """Return whether the next statement asks for the status of the one that a node is in."""
    statement = node
    while statement.parent is not None and statement.parent.type not in _BODIES:
        if _is_condition(statement, statement.parent):
            return False
        if statement.parent.type in _BRANCHES:
            break
        statement = statement.parent
    if statement.parent is None:
        return False
    after = [child for child in statement.parent.named_children if child.start_byte >= statement.end_byte]
    following = next((child for child in after if child.type != "comment"), None)
    return following is not None and "$?" in shell_words.source(following).split("\n", maxsplit=1)[0]


def is_in_background(node: Node) -> bool:
    """Return whether a command is a job of its own, with an & behind it."""
    statement = node
    while statement.parent is not None and statement.parent.type not in _BODIES:
        statement = statement.parent
    parts = statement.parent.children if statement.parent is not None else []
    behind = [part for part in parts if part.start_byte >= statement.end_byte]
    return bool(behind) and behind[0].type == "&"


def is_taken(node: Node) -> bool:
    """Return whether a substitution takes what a command puts out, whatever else asks for its status."""
    return any(holder.type in _SUBSTITUTIONS for holder in tree.above(node))


def is_substituted(node: Node) -> bool:
    """Return whether bash takes what a command puts out as a text, and nothing else takes it before."""
    holder = node.parent
    while holder is not None and holder.type in ("redirected_statement", "list"):
        holder = holder.parent
    return holder is not None and holder.type == "command_substitution"


def is_split(node: Node) -> bool:
    """Return whether what a substitution gives is cut into words at blanks, and nothing else done with it."""
    holders = tree.above(node)
    place = next((place for place, holder in enumerate(holders) if holder.type == "command_substitution"), None)
    outer = holders[place].parent if place is not None else None
    return outer is not None and outer.type in ("for_statement", "command", "array")


def assignment_of(node: Node) -> Node | None:
    """Return the assignment that takes a command's output, None if none does alone."""
    holder = node.parent
    while holder is not None and holder.type != "variable_assignment":
        if holder.type in _BODIES or holder.type in ("for_statement", "command", "declaration_command", "test_command"):
            return None
        holder = holder.parent
    return holder


def status_follows_assignment(node: Node) -> bool:
    """Return whether the status of the assignment that takes a command's output is asked for next."""
    found = assignment_of(node)
    return found is not None and found.parent is not None and _holds(found, found.parent) and status_follows(found)


def status_of_value(node: Node) -> bool:
    """Return whether the status of the assignment that takes a command's output is asked for at all."""
    found = assignment_of(node)
    return found is not None and (use(found) == STATUS or status_follows_assignment(node))


def ends_script(node: Node, content: bytes) -> bool | None:
    """Return whether a script can end behind what its exec runs; None if that runs in a shell of its own."""
    whole = tree.pipeline_of(node)
    in_background = re.match(rb"\s*&(?!&)", content[whole.end_byte :])
    if in_background or whole.type == "pipeline" or any(part.type == "pipeline" for part in whole.children):
        return None
    plain = whole.parent is not None and whole.parent.type != "list"
    return plain and not whole.negated and use(whole) == STATEMENT


def asked_functions(nodes: Sequence[Node]) -> set[str]:
    """Return the functions of a script whose status is asked for somewhere."""
    known = dict(tree.functions(nodes))
    calls = [(shell_words.source(node.children[0]), node) for node in nodes if node.type == "command" and node.children]
    return {
        name
        for name, node in calls
        if name in known and (use(node) == STATUS or status_follows(node) or status_of_value(node))
    }


def is_statement(node: Node) -> bool:
    """Return whether a node is a statement by itself, and no condition."""
    return node.parent is not None and _holds(node, node.parent) and use(node) == STATEMENT


def statement_of(node: Node) -> Node:
    """Return the statement that a node is in."""
    while node.parent is not None and not _holds(node, node.parent):
        node = node.parent
    return node


def _holds(child: Node, parent: Node) -> bool:
    """Return whether a node is a statement of another one, and no condition of it."""
    return parent.type in _BODIES or (parent.type in _BRANCHES and not _is_condition(child, parent))


def statement_end(node: Node) -> int:
    """Return where the statement ends that a node is in."""
    return statement_of(node).end_byte
