"""The variables of an expect script: those of the script and of the procedure that is read, and its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.expect.meaning import ENVIRONMENT, changing
from migration.readers.expect.takings import Takings
from migration.reading.regexes import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.takings import Taking
    from migration.readers.expect.tcl import Token
    from migration.words import Word

_SECRET = re.compile(r"pw|pass|secret|pin$", re.IGNORECASE)


class Value(NamedTuple):
    """What a variable holds: a word, None if only a run knows; its elements, if they are known for themselves.

    One that is ``kept`` stays a variable of the translation; ``name`` is what stands for one that is not known.
    """

    word: Word | None
    items: tuple[Word, ...] | None = None
    kept: bool = False
    name: str = ""


Scope = dict[str, Value]


class State(NamedTuple):
    """What all variables hold, how many arguments were shifted away, and what was taken out of the output."""

    scopes: list[Scope]
    shifted: int | None
    taken: Taking


class Scopes:
    """What the variables hold, in the procedure that is read and in the script.

    ``arguments`` are the names of the script's arguments, in order, ``defaults`` what they are otherwise.
    """

    def __init__(self, text: str, builder: Builder) -> None:
        """Begin with a script's text."""
        self.arguments: list[str] = []
        self.defaults: dict[str, Word] = {}
        self.takings = Takings(builder, text)
        self.takings.visible = self.visible
        self.takings.taboo = lambda name: name in self.arguments or name in self._kept
        self._builder = builder
        self._scopes: list[Scope] = [{}]
        self._declared: list[set[str]] = [set()]
        self._kept: dict[str, Word] = {}
        self._computed: set[str] = set()
        self._changing = changing(text)
        # How many arguments were shifted away; None if nobody knows.
        self._shifted: int | None = 0
        # The value of what is run in brackets.
        self.given: dict[str, str] = {}

    def parameters(self) -> dict[str, Word | None]:
        """Return what the commands may need: what each variable holds at the start, None if only a run tells."""
        found: dict[str, Word | None] = dict.fromkeys(self._computed, words.EMPTY)
        return {**found, **self._kept, **{name: self.defaults.get(name) for name in self.arguments}}

    # Scopes.

    def enter(self) -> None:
        """Begin a procedure."""
        self._scopes.append({})
        self._declared.append(set())

    def leave(self) -> None:
        """End a procedure."""
        self._scopes.pop()
        self._declared.pop()

    def declare(self, names: Sequence[str]) -> None:
        """Take what a procedure says of variables that are the script's."""
        self._declared[-1].update(name.removeprefix("::") for name in names)

    def is_declared(self, name: str) -> bool:
        """Return whether a variable is the script's here."""
        return len(self._scopes) == 1 or name in self._declared[-1]

    def _scope(self, name: str) -> Scope:
        base = name.removeprefix("::").partition("(")[0]
        return self._scopes[0] if name.startswith("::") or base in self._declared[-1] else self._scopes[-1]

    def find(self, name: str) -> Value | None:
        """Return what a variable holds; a procedure sees what the script has set."""
        plain = name.removeprefix("::")
        return self._scope(name).get(plain) or self._scopes[0].get(plain)

    def put(self, name: str, value: Value) -> None:
        """Let a variable hold something."""
        plain = name.removeprefix("::")
        if value.word is None and not value.name and words.bash_name(self.named(plain)) in self.takings.given:
            value = Value(None, name=self.takings.fresh(self.named(plain)))
        self._scope(name)[plain] = value
        if value.kept and value.word is not None:
            self._kept[plain] = value.word

    def secrets(self) -> list[str]:
        """Return what is written out in variables whose names tell that it is a password."""
        values = [(name, value.word) for scope in self._scopes for name, value in scope.items()]
        found = [words.literal(word) for name, word in values if _SECRET.search(name)]
        return [text for text in found if text]

    def state(self) -> State:
        """Return what all variables hold."""
        return State([dict(scope) for scope in self._scopes], self._shifted, self.takings.state())

    def restore(self, state: State) -> None:
        """Let all variables hold what they held."""
        self._scopes, self._shifted = [dict(scope) for scope in state.scopes], state.shifted
        self.takings.restore(state.taken)

    def merge(self, ways: Sequence[State], condition: str, line: int, *, defaults: bool = False) -> None:
        """Keep of several ways what is the same on all; ``defaults`` says that arguments may be left out there."""
        if not ways:
            return
        self.restore(ways[0])
        self.takings.merge([way.taken for way in ways])
        if any(way.shifted != ways[0].shifted for way in ways):
            self._shifted = None
        for place, scope in enumerate(self._scopes):
            for name in {name for way in ways for name in way.scopes[place]}:
                found = [way.scopes[place].get(name) for way in ways]
                if all(value == found[0] for value in found) or (defaults and self._defaulted(scope, name, found)):
                    continue
                scope[name] = self._lost(name, line, f"{name} depends on: {condition.strip()}")

    def _defaulted(self, scope: Scope, name: str, found: Sequence[Value | None]) -> bool:
        """Take a variable that is an argument on one way, and something else where that is not given."""
        given = {value.word for value in found if value is not None and value.word is not None}
        arguments = [
            word for word in given if len(word) == 1 and word[0].text in self.arguments and word[0].kind != "text"
        ]
        others = [word for word in given if word not in arguments]
        if len(arguments) != 1 or len(others) > 1 or any(words.literal(word) is None for word in others):
            return False
        if others:
            self.defaults[arguments[0][0].text] = others[0]
        scope[name] = Value(arguments[0])
        return True

    def _lost(self, name: str, line: int, why: str) -> Value:
        given = self.takings.lost(self.named(name), line, why)
        self._computed.add(given)
        return Value(None, name=given)

    def unclear(self, name: str, line: int, why: str) -> None:
        """Note that nobody can tell what a variable holds from here on."""
        self.put(name, self._lost(name.removeprefix("::"), line, why))

    # What words are.

    def visible(self) -> dict[str, str]:
        """Return the variables of the translation that those of the script stand for here."""
        scope = {**self._scopes[0], **self._scopes[-1]}
        scope |= {
            name: value for name, value in self._scopes[0].items() if name.partition("(")[0] in self._declared[-1]
        }
        held = {name: value.word for name, value in scope.items() if value.word is not None and len(value.word) == 1}
        return {name: word[0].text for name, word in held.items() if word[0].kind == words.VARIABLE}

    @staticmethod
    def named(name: str) -> str:
        """Return the name of a variable in the translation, where some mean something already."""
        return f"script_{name}" if name in ENVIRONMENT else name

    def argument(self, place: int, name: str = "") -> Word | None:
        """Return the word that is an argument of the script, by its place; None if nobody knows which it is."""
        if self._shifted is None or place > 99:  # noqa: PLR2004 - more than anybody types
            return None
        place += self._shifted
        while len(self.arguments) <= place:
            self.arguments.append("")
        plain = words.bash_name(self.named(name))
        taken = name and (plain in self.arguments or plain in self.takings.given)
        self.arguments[place] = self.arguments[place] or words.bash_name(
            self.named(name) if name and not taken else f"argument_{place + 1}"
        )
        return words.variable(self.arguments[place])

    def shift(self, token: Token) -> None:
        """Take ``set argv [lrange $argv 1 end]``."""
        found = re.fullmatch(r"\[\s*lrange\s+\$argv\s+(\d{1,2})\s+end\s*\]", token.text)
        self._shifted = self._shifted + int(found[1]) if found and self._shifted is not None else None

    def lookup(self, name: str) -> Word | None:
        """Return what a variable of the translation holds from the start."""
        return self._kept.get(name)

    def expanded(self, word: Word) -> Word:
        """Return a word with the values of the variables that stay ones."""
        for _ in range(4):
            word, before = words.substitute(word, self.lookup), word
            if word == before:
                break
        return word

    def literal(self, name: str) -> str:
        """Return what a variable holds if that is written out; UnknownError if not."""
        value = self.find(name)
        found = words.literal(self.expanded(value.word)) if value is not None and value.word is not None else None
        if found is None:
            raise UnknownError(name)
        return found
