"""Files that an expect script reads line by line, as its translation reads them: what is made of a line, too."""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.expect import tcl
from migration.readers.expect.lists import Lists
from migration.script import FILE, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.tcl import Token
    from migration.readers.expect.values import Gathered
    from migration.words import Word

# How a file is opened to be read, and what its lines are cut at.
_MODES = ((), ("r",), ("RDONLY",))
_SIGNS = (",", ";", ":", "|")
_MOVES = re.compile(r"\b(?:seek|fcopy|chan|fileevent)\b|<@|-(?:translation|eofchar)\b")
_CASES = {"tolower": ",,", "toupper": "^^"}
_SIMPLE = re.compile(r"\$\{?(\w+)\}?")


class Read(NamedTuple):
    """What is read of a file: its path, how many lines were read before, whether it is a channel, a text or its lines.

    ``ends`` says what becomes of its end, as ``Rows`` has it.
    """

    path: Word
    skipped: int = 0
    form: str = "channel"
    ends: str = ""


class Files(Lists, ABC):
    """Finds what is read of files, and what is made of their lines."""

    def __init__(self, text: str, builder: Builder) -> None:
        """Begin without any."""
        super().__init__(text, builder)
        self.rows: dict[str, Rows] = {}
        # Whether a channel may stand at another place than behind what was read, or give other lines.
        self._moves = bool(_MOVES.search(text))
        # The places of the text at which something is read of a channel, and it is known what.
        self.known_reads: list[tuple[int, int]] = []
        # The loop over lines that is followed now, the variable for its line, that of the script which is set now.
        self.over = self.turn = self.naming = ""

    @abstractmethod
    def word(self, token: Token) -> Word:
        """Return a word with what stands for its variables and scripts."""

    @abstractmethod
    def text(self, token: Token) -> str | None:
        """Return what a word is if everything in it is written out."""

    @abstractmethod
    def plain(self, token: Token) -> Word | None:
        """Return a word in which nothing is computed or taken out of an output, None for another one."""

    def opened(self, token: Token) -> Read | None:
        """Return what a word is of a file that is read; None for anything else."""
        if token.braced or self._within is not None:
            return None
        if named := _SIMPLE.fullmatch(token.text):
            value = self.peek(named[1])
            return value.read if value is not None else None
        name, given = _called(token)
        handler = {"open": self._channel, "read": self._whole, "string": self._trimmed, "split": self._lines}.get(name)
        return handler(given, [item.text for item in given]) if handler is not None and given else None

    def _channel(self, given: Sequence[Token], texts: list[str]) -> Read | None:
        path = self.plain(given[0]) if tuple(texts[1:]) in _MODES and not self._moves else None
        return Read(path) if path and not texts[0].startswith("|") else None

    def _whole(self, given: Sequence[Token], texts: list[str]) -> Read | None:
        found = self.opened(given[-1]) if texts[:-1] in ([], ["-nonewline"]) else None
        known = found is not None and found.form == "channel"
        return found._replace(form="text", ends="" if texts[:-1] else "all") if found and known else None

    def _trimmed(self, given: Sequence[Token], texts: list[str]) -> Read | None:
        found = self.opened(given[1]) if texts[0] == "trim" and len(given) == 2 else None  # noqa: PLR2004 - trim and a text
        return found._replace(ends="trim") if found is not None and found.form == "text" else None

    def _lines(self, given: Sequence[Token], _: list[str]) -> Read | None:
        at_ends = len(given) == 2 and self.text(given[1]) == "\n"  # noqa: PLR2004 - a text and signs
        found = self.opened(given[0]) if at_ends else None
        return found._replace(form="lines") if found is not None and found.form == "text" else None

    def skip_line(self, name: str) -> None:
        """Note that a line was read of a channel."""
        value = self.peek(name)
        if value is not None and value.read is not None:
            self._hold(name, value._replace(read=value.read._replace(skipped=value.read.skipped + 1)))

    def forget_file(self, name: str) -> None:
        """Note that nobody can tell how far a channel was read."""
        value = self.peek(name)
        if value is not None and value.read is not None:
            self._hold(name, value._replace(read=None))

    def note(self, name: str, token: Token) -> None:
        """Note what a variable holds of a file, or what a line is cut into, beside its value that only a run knows."""
        value, read, cut = self.peek(name), self.opened(token), self.cut(token)
        if read is not None and read.form == "channel" and (copied := _SIMPLE.fullmatch(token.text)):
            # Two names for one channel: nobody knows how far it is read.
            self.forget_file(copied[1])
            return
        if value is not None and value.word is None and (read is not None or cut is not None):
            self._hold(name, value._replace(read=read, cut=cut))

    def gathered(self, name: str, how: Gathered) -> None:
        """Note how a list was put together of the lines of a file."""
        value = self.peek(name)
        if value is not None and value.word is None:
            self._hold(name, value._replace(gathered=how))

    def length(self, token: Token) -> Word | None:
        """Return how many elements a list has, of the pieces of a line, too."""
        made = self.of_line(token.text) if _called(token)[0] == "llength" else None
        return super().length(token) if made is None else words.code(f"${made[0].text}")

    def begin_rows(self, name: str, read: Read) -> str:
        """Begin a loop over lines; return how it is named."""
        given = self.takings.fresh(name)
        self.rows[given] = Rows(read.path, read.skipped, read.ends)
        self.over = f"{FILE}{given}"
        return self.over

    def cut(self, token: Token) -> tuple[str, str] | None:
        """Return the variable that is cut into pieces by ``split``, and the sign between them."""
        if named := _SIMPLE.fullmatch(token.text) if not token.braced else None:
            value = self.peek(named[1])
            return value.cut if value is not None else None
        name, given = _called(token)
        sign = self.text(given[1]) if name == "split" and len(given) == 2 else None  # noqa: PLR2004 - a text and signs
        source = self._of_line(given[0]) if sign in _SIGNS else ""
        return (source, str(sign)) if source else None

    def piece(self, cut: tuple[str, str], place: int) -> Word:
        """Return one of the pieces of a line."""
        return self._made(f'$(hsm_field "${cut[0]}" {shlex.quote(cut[1])} {place})', f"{cut[0]}_{place + 1}")

    def of_line(self, script: str) -> Word | None:
        """Return what a script in brackets makes of a line, None if it makes something of anything else."""
        name, given = _called(tcl.Token(script, 0)) if self.over else ("", ())
        place = given[-1].text if len(given) > 1 and re.fullmatch(r"\d", given[-1].text) else ""
        cut = self.cut(given[0]) if name in ("lindex", "llength") and given else None
        if cut is not None:
            if name == "llength" and len(given) == 1:
                return self._made(f'$(hsm_fields "${cut[0]}" {shlex.quote(cut[1])})', f"{cut[0]}_fields")
            return self.piece(cut, int(place)) if place and len(given) == 2 else None  # noqa: PLR2004 - a list and a place
        source = self._of_line(given[1]) if name == "string" and len(given) > 1 else ""
        if source and given[0].text == "trim" and len(given) == 2:  # noqa: PLR2004 - trim and a text
            return self._made(f'$(hsm_trim "${source}")', source)
        if source and given[0].text in _CASES and len(given) == 2:  # noqa: PLR2004 - a case and a text
            return self._made(f"${{{source}{_CASES[given[0].text]}}}", source)
        if source and given[0].text == "index" and place:
            return self._made(f"${{{source}:{place}:1}}", f"{source}_sign")
        return None

    def _of_line(self, token: Token) -> str:
        """Return the variable of the translation that is a line, or what is made of one; empty for another word."""
        word = () if token.braced else self.word(token)
        known = {name for name, _ in self.rows[self.over.removeprefix(FILE)].made} if self.over else set()
        found = next((part.text for part in word if part.kind == words.VARIABLE and len(word) == 1), "")
        return found if found and (found in known or found == self.turn) else ""

    def _made(self, code: str, name: str) -> Word:
        """Let a variable of the translation hold what is made of a line, in every turn."""
        rows = self.rows[self.over.removeprefix(FILE)]
        known = {text: made for made, text in rows.made}
        if code not in known:
            known[code] = self.takings.fresh(self.named(self.naming or name))
            self.takings.asked.add(known[code])
            self.rows[self.over.removeprefix(FILE)] = rows._replace(made=(*rows.made, (known[code], code)))
        return words.variable(known[code])


def _called(token: Token) -> tuple[str, Sequence[Token]]:
    """Return the name and the words of the one command that stands in the brackets of a word."""
    text = token.text
    if not text.startswith("[") or tcl.brackets(text)[:1] != [(0, len(text))]:
        return "", ()
    commands = list(tcl.commands(text[1:-1]))
    tokens = commands[0].tokens if len(commands) == 1 else ()
    return (tokens[0].text, tokens[1:]) if tokens else ("", ())
