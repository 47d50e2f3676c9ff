"""The variables of the translation, and how bash writes the values of a Python program."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from migration import words
from migration.map.scene import LIST
from migration.readers.python import format as form
from migration.readers.python.samples import WORLDS, found, parts
from migration.readers.python.values import (
    FAILED,
    Const,
    File,
    Map,
    NotKnown,
    Sampled,
    Seq,
    Text,
    concrete,
    is_sampled,
)
from migration.reading import kinds
from migration.reserved import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migration.dialogue import Builder
    from migration.readers.python.values import Value
    from migration.words import Word

LONGEST = 60
_FROM_OUTPUT = "what the program takes out of a tool's output, which is JSON now"


class Names:
    """The variables of the translated script: one for each value that only a run tells."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.parameters: dict[str, Word | None] = {}
        self.reasons: dict[str, str] = {}
        # Variables of the environment, each with whether the program does without it wherever it is read.
        self.optional: dict[str, bool] = {}
        # What a variable of the environment is where nobody sets it.
        self.defaults: dict[str, Word] = {}
        self._unnamed: dict[str, None] = {}
        # Variables that no person can set before, as only the run of the script gives them.
        self.derived: dict[str, str] = {}
        self._formed: dict[tuple[str, Word], Text] = {}
        self._captured: dict[tuple[int, str], str] = {}
        # Variables in texts that are cut into words again: by a shell, with the quotes around each, or at blanks.
        self.reread: set[tuple[str, str]] = set()
        # Steps of whose output the program takes something that may not be there, and has nothing then.
        self.lacking: set[int] = set()

    def new(self, wanted: str) -> str:
        """Return a name that nothing has yet."""
        base = words.bash_name(wanted)[:LONGEST]
        if base in TAKEN:
            base += "_value"
        name, number = base, 2
        while name in self.parameters:
            name, number = f"{base}_{number}", number + 1
        self.parameters[name] = None
        return name

    def unknown(self, wanted: str, reason: str = "") -> Text:
        """Return a variable for what is not known; ``reason`` says what it is, if it is not plain from its name."""
        name = self.new(wanted)
        self._unnamed[name] = None
        if reason:
            self.reasons[name] = f"${name} must be set before: it is {' '.join(reason.split())}"
        return Text(words.variable(name))

    def must_be(self, names: Iterable[str]) -> list[str]:
        """Return what must be in some variables, of which their names do not tell it."""
        return [self.reasons[name] for name in dict.fromkeys(names) if name in self.reasons]

    def or_typed(self, held: Value, asks: tuple[str, bool]) -> Text | None:
        """Return a variable of the environment, or what somebody types if it is empty; None if it is none of it."""
        given = words.names(held.word) if isinstance(held, Text) else []
        if len(given) != 1 or self.parameters.get(given[0], words.EMPTY) is not None:
            return None
        prompt, shows = asks
        hidden, line = ("", "") if shows else ("s", "printf '\\n' >&2 && ")
        read = f"IFS= read -r{hidden}p {shlex.quote(prompt)} typed && {line}printf '%s' \"$typed\""
        found = self.unknown(given[0].lower())
        self.parameters[words.names(found.word)[0]] = words.code(f"${{{given[0]}:-$({read})}}")
        return found

    def within(self, wanted: str, reason: str) -> Text:
        """Return a variable for what comes out of the run itself, so that nobody can set it before."""
        name = self.new(wanted)
        self._unnamed[name] = None
        self.derived[name] = f"${name} is {' '.join(reason.split())}"
        return Text(words.variable(name))

    def formed(self, spec: str, value: Text) -> Text:
        """Return the variable for a value in a form, the same one for the same."""
        if (spec, value.word) not in self._formed:
            shown = words.shown(value.word)
            name = f"{shown.strip('$')}_{re.sub(r'[^0-9A-Za-z]', '', spec)}"
            self._formed[spec, value.word] = self.unknown(name, f"{shown} in the form {spec}")
        return self._formed[spec, value.word]

    def cased(self, value: Text, name: str) -> Text | None:
        """Return the variable for a value in small or capital letters, None if the script does not begin with it."""
        held = words.names(value.word)
        if len(value.word) != 1 or len(held) != 1 or held[0] in {*self.derived, *self.reasons}:
            return None
        sign = words.IN_CASE[name]
        if (sign, value.word) not in self._formed:
            found = self._formed[sign, value.word] = self.unknown(f"{held[0]}_{name}")
            self.parameters[words.names(found.word)[0]] = words.code(f"${{{held[0]}{sign}}}")
        return self._formed[sign, value.word]

    def called(self, word: Word, wanted: str) -> Word:
        """Return the variable of a value that is not known under the name of the first variable that holds it."""
        if len(word) != 1 or word[0].text not in self._unnamed:
            return word
        del self._unnamed[word[0].text]
        held = self.parameters.pop(word[0].text)
        name = self.new(wanted)
        self.parameters[name] = held
        for known in (self.reasons, self.derived):
            if reason := known.pop(word[0].text, ""):
                known[name] = reason.replace(f"${word[0].text} ", f"${name} ", 1)
        return words.variable(name)

    def taken(self, value: Sampled, *, known: bool = False) -> Word | None:
        """Return the variable that takes a value out of a step's output, None if it is nothing that can be taken.

        ``known``: or if nothing has taken it yet.
        """
        shown = [None if item in (FAILED, None) else str(item) for item in value.values]
        if sum(item is not None for item in shown) < 2:  # noqa: PLR2004 - one world proves nothing
            return None
        searches = [index for index, step in enumerate(self.builder.steps) if step.name == "findKey"]
        for index, step in enumerate(self.builder.steps):
            for part, numbers in parts(step.name, index).items():
                if [None if number is None else str(number) for number in numbers] != shown:
                    continue
                # All searches find the same numbers of keys in the samples.
                if part == kinds.COUNT and [index] not in ([value.search], searches):
                    continue
                name = self._captured.get((index, part))
                if name is None and known:
                    return None
                if name is None:
                    name = self._captured[index, part] = self.new(value.name or f"key_{step.line}")
                self.builder.capture(index, name, part)
                if None in value.values:
                    self.lacking.add(index)
                return words.variable(name)
        return None

    def listed(self, value: Sampled, wanted: str) -> str:
        """Return the list that takes all handles which a search has found, empty if the value is something else."""
        shown = [
            tuple(str(item).strip() for item in items) if isinstance(items, list | tuple) else None
            for items in value.values
        ]
        for index, step in enumerate(self.builder.steps):
            wanted_here = [tuple(map(str, handles)) for handles in found(index)]
            # Where nothing is found the program may well fail.
            same = all(own == handles or not handles for own, handles in zip(shown, wanted_here, strict=True))
            if step.name == "findKey" and same:
                if (index, kinds.LIST) not in self._captured:
                    self._captured[index, kinds.LIST] = self.new(value.name or wanted)
                name = self._captured[index, kinds.LIST]
                self.builder.capture(index, f"{name}{LIST}", kinds.LIST)
                return name
        return ""

    def take_again(self, names: Iterable[str]) -> None:
        """Let variables be taken out of the outputs that they are for, whatever else needs them."""
        for (step, part), name in self._captured.items():
            if name in names and part != kinds.LIST:
                self.builder.capture(step, name, part)

    def count_of(self, search: int) -> str:
        """Return the variable for the number of keys that a search has found."""
        if (search, kinds.COUNT) not in self._captured:
            self._captured[search, kinds.COUNT] = self.new("keys_found")
        return self._captured[search, kinds.COUNT]

    def held(self, value: Value) -> list[str]:
        """Return the variables that a value holds which take something out of an output."""
        items: list[Value] = []
        if isinstance(value, Sampled):
            if (found := self.taken(value)) is not None:
                return words.names(found)
            items = list(value.pieces)
        elif isinstance(value, Text):
            known = {*self._captured.values()}
            return [name for name in words.names(value.word) if name in known]
        elif isinstance(value, Seq):
            items = value.items
        elif isinstance(value, Map):
            items = [item for pair in value.pairs for item in pair]
        return [name for item in items for name in self.held(item)]

    def is_made_up(self, value: Value) -> bool:
        """Return whether a text is put together of others, and what it has of an output can be taken there."""
        if not isinstance(value, Sampled):
            return isinstance(value, Const)
        return all(
            isinstance(piece, Const)
            or (isinstance(piece, Sampled) and (self.is_made_up(piece) if piece.pieces else bool(self.taken(piece))))
            for piece in value.pieces
        ) and bool(value.pieces)

    def word(self, value: Value) -> Word:  # noqa: C901, PLR0911 - one return a kind
        """Return how bash writes a value."""
        if isinstance(value, Const):
            if value.word is not None:
                return value.word
            plain = value.value
            return words.text(plain.decode("utf-8", "surrogateescape") if isinstance(plain, bytes) else str(plain))
        if isinstance(value, Text):
            return value.word
        if isinstance(value, Sampled):
            if (found := self.taken(value)) is not None:
                return found
            if value.pieces:
                return words.join(self.word(piece) for piece in value.pieces)
            return self.within(value.name or "output", f"{_FROM_OUTPUT}: find it there").word
        if isinstance(value, Seq | Map):
            try:
                return words.text(str(concrete(value)))
            except NotKnown:
                if is_sampled(value):
                    return self.within("output", f"{_FROM_OUTPUT}: find it there").word
                return self.unknown("value", "put together by the program").word
        if isinstance(value, File):
            return self.unknown("file", f"what is read from {words.shown(value.name)}").word
        return self.within("output", f"{_FROM_OUTPUT}: find it there").word

    def joined(self, pieces: Sequence[Value]) -> Value:
        """Return the text that pieces give together."""
        found = form.joined(pieces)
        return Text(words.join(map(self.word, pieces))) if found is None else found


def sampled(value: Any) -> Sampled:
    """Return what is so in every world."""
    return Sampled((value,) * WORLDS)
