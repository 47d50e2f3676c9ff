"""What a shell script types at a tool: a here-document, a here-string, a file, a pipe, or a function that does so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from migration import script, words
from migration.dialogue import Dialogue
from migration.readers.shell import feeds
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.written import Written
from migration.script import Rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migration.dialogue import Builder
    from migration.invocation import Invocation
    from migration.readers.shell.calls import Calls
    from migration.readers.shell.handed import Handed
    from migration.readers.shell.heredocs import HereDocument
    from migration.readers.shell.tree import Node
    from migration.words import Part, Word

# How to go on with a file of commands that is there, and with one that the script writes first.
_TOLD = (
    ": plan and translate that file",
    ", which the script writes, and only a run tells which: put the new commands where it writes them",
)


class Reading(NamedTuple):
    """What the reader of a script lends: its words, here-documents, values of variables, and where things are noted."""

    builder: Builder
    words_of: Callable[[Node], list[Word]]
    documents: Mapping[int, HereDocument]
    known: Callable[[str], Word | None]
    rewrites: list[Rewrite]
    worded: dict[int, set[Part]]
    portable: bool


class Typed:
    """The commands that are typed at tools."""

    def __init__(
        self,
        reading: Reading,
        made: Calls,
        nodes: Sequence[Node],
        is_call: Callable[[Sequence[Word]], bool],
    ) -> None:
        """Take what a reader lends, the calls that it has made, a script's nodes, and what tells calls of tools."""
        self._reading = reading
        self._made = made
        self._written = Written(nodes, reading.words_of, self.document_of, is_call, portable=reading.portable)

    def at(self, node: Node, call: Invocation, line: int) -> None:
        """Take what is typed at a tool that a command calls on a line."""
        first = len(self._reading.builder.steps)
        dialogue = Dialogue(self._reading.builder, call.tool, self._reading.known, cfg=call.cfg)
        document = self.document_of(_statement(node))
        if document is not None:
            self._document(document, dialogue)
            gap = ""
        else:
            lines, told = self.lines(node)
            gap = "" if lines is not None else told
            for text in lines or []:
                dialogue.feed(text, line, marked=False)
        self._add(node, first, gap)

    def by(self, node: Node, handed: Handed, given: Sequence[Word], line: int) -> None:
        """Take what a function types that is called on a line, with what it is given."""
        first = len(self._reading.builder.steps)
        dialogue = Dialogue(self._reading.builder, handed.call.tool, self._reading.known, cfg=handed.call.cfg)
        for text in handed.typed(given):
            dialogue.feed(text, line, marked=False)
        before = shell_tree.previous_stage(node, _statement(node))
        self._add(node, first, f"something is piped into {handed.name}" if before is not None else "", handed.redirects)

    def _add(self, node: Node, first: int, gap: str, redirects: str = "") -> None:
        steps = list(range(first, len(self._reading.builder.steps)))
        self._reading.worded.update({step: set() for step in steps})
        self._made.around(node, steps, gap, within=redirects)

    def lines(self, node: Node) -> tuple[list[Word] | None, str]:
        """Return the lines that are typed at a command, but for a here-document; None if not known, and why not."""
        statement = _statement(node)
        redirects = [*(statement.children_by_field_name("redirect") if statement else []), *node.named_children]
        herestring = next((item for item in redirects if item.type == "herestring_redirect"), None)
        source = next(
            (item for item in redirects if item.type == "file_redirect" and shell_words.source(item).startswith("<")),
            None,
        )
        before = shell_tree.previous_stage(node, statement)
        if herestring is not None and herestring.named_children:
            return shell_words.typed(shell_words.word(herestring.named_children[0])), ""
        if source is not None:
            target = source.child_by_field_name("destination")
            name = words.shown(shell_words.word(target)) if target else ""
            told = f"its commands are in {name}{_TOLD[self._written.writes(name)]}"
            return self._written.lines(name, node), told
        if before is not None:
            found = feeds.printed(before, self._reading.words_of, self._taken, portable=self._reading.portable)
            return found, f"its commands come from: {shell_words.source(before).split(chr(10))[0]}"
        return None, "a person types here: use cloudhsm-cli interactive"

    def document_of(self, statement: Node | None) -> HereDocument | None:
        """Return the here-document of a statement."""
        redirects = statement.children_by_field_name("redirect") if statement else []
        documents = self._reading.documents
        return next((documents[item.start_byte] for item in redirects if item.start_byte in documents), None)

    def _taken(self, statement: Node) -> HereDocument | None:
        document = self.document_of(statement)
        if document is not None:
            self.take(document)
        return document

    def _document(self, document: HereDocument, dialogue: Dialogue) -> None:
        for number, text in enumerate(expanded(document), document.line):
            dialogue.feed(text, number)
        self.take(document)

    def take(self, document: HereDocument) -> None:
        """Leave the here-document out of the translation."""
        self._reading.rewrites.append(Rewrite(document.start, document.end, ""))
        for number in range(document.line, document.line + len(document.lines)):
            self._reading.builder.mark(number, script.CONTEXT, "typed at the tool")
        end = document.line + len(document.lines)
        self._reading.builder.mark(end, script.CONTEXT, "the end of what is typed")


def expanded(document: HereDocument) -> list[Word]:
    """Return the lines of a here-document as words."""
    return [words.text(line) if document.verbatim else shell_words.expanded(line) for line in document.lines]


def _statement(node: Node) -> Node | None:
    return node.parent if node.parent is not None and node.parent.type == "redirected_statement" else None
