"""From the words of a line to a command and its values, or to the text that is printed in their place."""

from __future__ import annotations

from cloudhsm_cli import table
from cloudhsm_cli.arguments import HELP_FLAGS, HelpWanted, Option, Syntax, Wrong, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.table import Command
    from cloudhsm_cli.usage import Place

VERSION_NUMBER = "5.18.0"
PROGRAM = "cloudhsm-cli"
VERSION = f"{PROGRAM} {VERSION_NUMBER}"
ABOUT = "Manage the users and keys of an AWS CloudHSM cluster"
INTERACTIVE_SYNTAX = Syntax(
    Option("--editing", help="Edit lines, with history and completion (this project's own)"),
)
QUIT_SYNTAX = Syntax(cluster_id=False)
USAGE_STATUS = 2


class Told(Exception):  # noqa: N818 - it is an outcome
    """There is only a text to show: help (status 0) or, on standard error, a refusal (status 2)."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Reader:
    """Reads the words of one line. In interactive mode no program name stands in usage lines, and there is ``quit``."""

    def __init__(self, *, interactive: bool) -> None:
        self._interactive = interactive

    def command(self, words: Sequence[str]) -> tuple[Command, Values]:
        """Return the command that the words name, and its values.

        Raises:
            Told: help was asked for, or the words cannot be read.
        """
        path, rest = self._walk(words)
        module = table.load(path)
        try:
            return module, read(module.SYNTAX, rest)
        except HelpWanted as wanted:
            raise Told(self._help(path, [wanted.name] if wanted.name else []), 0) from None
        except Wrong as wrong:
            raise self.refusal(wrong, self._place(path, wrong.subcommand)) from None

    def interactive(self, words: Sequence[str]) -> Values:
        """Return the values of ``interactive``, given the words behind it; Told as ``command``."""
        return self._read_outside(table.INTERACTIVE, INTERACTIVE_SYNTAX, words)

    def quit(self, words: Sequence[str]) -> None:
        """Check the words behind ``quit``; Told as ``command`` unless there are none."""
        self._read_outside(table.QUIT, QUIT_SYNTAX, words)

    def _read_outside(self, named: tuple[str, str], syntax: Syntax, words: Sequence[str]) -> Values:
        """Return the values of what is no command of the table: a name and an about line."""
        from cloudhsm_cli.usage import Place

        place = Place(self._named(named[0]), named[1], syntax)
        try:
            return read(syntax, words)
        except HelpWanted:
            raise Told(place.help(), 0) from None
        except Wrong as wrong:
            raise self.refusal(wrong, place) from None

    def refusal(self, wrong: Wrong, place: Place) -> Told:
        """Return what is told about words that cannot be read at a place."""
        from cloudhsm_cli import usage

        return Told(getattr(usage, wrong.reason)(place, *wrong.details), USAGE_STATUS)

    def _walk(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Return the full name of the command that the words begin with, and the words behind it."""
        path, rest = "", list(words)
        while table.is_group(path):
            if not rest:
                raise Told(self._place(path).help(), USAGE_STATUS)
            word = rest.pop(0)
            inner = f"{path} {word}".lstrip()
            if word in HELP_FLAGS:
                raise Told(self._place(path).help(), 0)
            if not path and word in ("-V", "--version"):
                raise Told(f"{VERSION}\n", 0)
            if word == "help":
                raise Told(self._help(path, rest), 0)
            if inner not in table.TABLE:
                is_flag = word.startswith("-") and len(word) > 1
                wrong = Wrong("unexpected", word, ()) if is_flag else Wrong("unrecognized", word)
                raise self.refusal(wrong, self._place(path))
            path = inner
        return path, rest

    def _help(self, path: str, words: Sequence[str]) -> str:
        """Return what ``help`` prints behind a group's name, about the words that follow it."""
        from cloudhsm_cli import usage

        for word in words:
            inner = f"{path} {word}".lstrip()
            if word == "help" and self._place(path).children:
                return usage.help_about_help(self._named(inner), table.HELP[1])
            if not path and word in dict(self._children("")) and inner not in table.TABLE:
                name, about = next(item for item in self._children("") if item[0] == word)
                syntax = INTERACTIVE_SYNTAX if name == table.INTERACTIVE[0] else None
                return usage.Place(self._named(name), about, syntax).help()
            if table.is_group(path) and inner in table.TABLE:
                path = inner
                continue
            place = self._place(path)
            if word in dict(place.children):
                return self._place(path, word).help()
            raise self.refusal(Wrong("unrecognized", word), place)
        return self._place(path).help()

    def _place(self, path: str, subcommand: str = "") -> Place:
        """Return the place of a group or a command, or of a command's own subcommand."""
        from cloudhsm_cli.usage import Place

        about = table.TABLE[path][1] if path else ABOUT
        if table.is_group(path):
            return Place(self._named(path), about, None, self._children(path), needs_child=True, version=not path)
        syntax = table.load(path).SYNTAX
        names = [(name, line) for name, line, _ in syntax.subcommands]
        place = Place(self._named(path), about, syntax, [*names, table.HELP] if names else ())
        for name, line, inner in syntax.subcommands:
            if name == subcommand:
                return Place(f"{self._named(path)}{place.required()} {name}", line, inner)
        return place

    def _children(self, path: str) -> list[tuple[str, str]]:
        if path:
            return [*table.children(path), table.HELP]
        return [*table.children(""), table.QUIT if self._interactive else table.INTERACTIVE, table.HELP]

    def _named(self, path: str) -> str:
        return path if self._interactive else f"{PROGRAM} {path}".rstrip()
