"""The variables of an expect script: those of the script and of the procedure that is read, and its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect.arguments import Arguments, Unset
from migration.readers.expect.meaning import places
from migration.readers.expect.takings import Takings
from migration.readers.expect.values import SHARED, State, Value
from migration.reading.regexes import UnknownError
from migration.reserved import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.arguments import Given
    from migration.readers.expect.around import Within
    from migration.readers.expect.values import Links, Scope
    from migration.words import Word

_SECRET = re.compile(r"pw|pass|secret|pin$", re.IGNORECASE)


class Scopes(Arguments):
    """What the variables hold, in the procedure that is read and in the script."""

    def __init__(self, text: str, builder: Builder) -> None:
        """Begin with a script's text."""
        super().__init__(Takings(builder, text))
        self.takings.visible = self.visible
        self.takings.taboo = lambda name: name in self.arguments or name in self._kept
        self._builder = builder
        # The first scope has all variables of the script and of its namespaces, by their full names.
        self._scopes: list[Scope] = [{}]
        self._links: list[Links] = [{}]
        # The namespace of each scope, and whether it is the body of one.
        self._spaces: list[tuple[str, bool]] = [("", False)]
        self.line = 0
        # Whether what is read now holds only where all goes well; whether something was asked that holds only there.
        self.assuming = False
        self.leant = False
        # How often something was asked that nothing has set.
        self.missed = 0
        self._kept: dict[str, Word] = {}
        self._computed: set[str] = set()
        # What somebody types, or a file holds.
        self._read: set[str] = set()
        self._places = places(text)
        self._filled: frozenset[str] = frozenset()

    def parameters(self) -> dict[str, Word | None]:
        """Return what the commands may need: what each variable holds at the start, None if only a run tells."""
        found: dict[str, Word | None] = dict.fromkeys(self._computed, words.EMPTY)
        return {**found, **self._kept, **{name: self.defaults.get(name) for name in self.arguments}}

    def stand_within(self, within: Within, given: dict[str, Word], line: int) -> None:
        """Read a script inside a shell script, which fills in what is given: variables of both are not the same."""
        self._within = within
        self.takings.taboo = within.words.__contains__
        for name, word in given.items():
            self.put(name, Value(word))
            if word[0].text.startswith(("$(", "`")):
                # It would be run anew at each place.
                told = f"{word[0].text} is filled in once, before expect begins: put it into a variable of the shell"
                self.unclear(name, line, told)
        filled = [*given.values(), *(within.arguments or ())]
        self._filled = frozenset(name for word in filled for name in words.names(word))
        if within.arguments is None:
            self._shifted = None
            return
        self.put("argc", Value(words.text(str(len(within.arguments)))))
        listed = words.join([piece for word in within.arguments for piece in (word, words.text(" "))][:-1])
        self.put("argv", Value(listed, tuple(within.arguments)))

    @property
    def is_within(self) -> bool:
        """Whether the script stands in a shell script."""
        return self._within is not None

    # Scopes.

    @property
    def space(self) -> str:
        """The namespace in which names are looked for."""
        return self._spaces[-1][0]

    def enter(self, space: str = "", *, body: bool = False) -> None:
        """Begin a procedure of a namespace, or with ``body`` the body of the namespace itself."""
        self._scopes.append({})
        self._links.append({})
        self._spaces.append((space, body))

    def leave(self) -> None:
        """End a procedure."""
        self._scopes.pop()
        self._links.pop()
        self._spaces.pop()

    def link(self, name: str, other: str, level: int) -> None:
        """Let a name stand for a variable of another scope, by the place of that."""
        self._join(name, self._place(other, level))

    def _join(self, name: str, target: tuple[int, str]) -> None:
        if target == (len(self._scopes) - 1, name):
            return
        if any(known.partition("(")[0] == name for known in self._scopes[-1]):
            raise UnknownError(name)
        self._links[-1][name] = target

    def own(self, name: str) -> None:
        """Let a name stand for a variable of the namespace of the procedure that is read."""
        space = self.space
        key = f"{space}::{name}" if space and "::" not in name else name.removeprefix("::")
        if len(self._scopes) > 1 and not self._spaces[-1][1]:
            self._join(name.rpartition("::")[2], (0, key))
        elif space:
            self._links[-1][name] = (0, key)

    def is_declared(self, name: str) -> bool:
        """Return whether a variable is the script's here."""
        return self._place(name)[0] == 0

    @property
    def depth(self) -> int:
        """How many procedures are read in each other."""
        return len(self._scopes) - 1

    def level(self, text: str) -> int | None:
        """Return the place of the scope that ``1``, ``#0`` and the like name; None if there is none."""
        found = re.fullmatch(r"(#?)(\d{1,2})", text)
        if not found:
            return None
        place = int(found[2]) if found[1] else self.depth - int(found[2])
        return place if 0 <= place <= self.depth and not any(body for _, body in self._spaces) else None

    def at_level(self, level: int) -> tuple[list[Scope], list[Links], list[tuple[str, bool]]]:
        """Go back to an outer scope; return what ``back`` needs."""
        inner = self._scopes[level + 1 :], self._links[level + 1 :], self._spaces[level + 1 :]
        del self._scopes[level + 1 :], self._links[level + 1 :], self._spaces[level + 1 :]
        return inner

    def back(self, inner: tuple[list[Scope], list[Links], list[tuple[str, bool]]]) -> None:
        """Return to the scopes that were left."""
        self._scopes += inner[0]
        self._links += inner[1]
        self._spaces += inner[2]

    def _place(self, name: str, level: int = -1) -> tuple[int, str]:
        """Return the scope of a variable, by its place, and its name there."""
        level %= len(self._scopes)
        base, bracket, rest = name.partition("(")
        if base.startswith("::"):
            return 0, base.lstrip(":") + bracket + rest
        space, body = self._spaces[level]
        if base in self._links[level]:
            place, found = self._links[level][base]
            return place, found + bracket + rest
        if "::" in base or body:
            inner = f"{space}::{base}" if space else base
            there = body and "::" not in base and self._holds(base) and not self._holds(inner)
            return 0, (base if there else inner) + bracket + rest
        return level, name

    def _holds(self, base: str) -> bool:
        return any(key.partition("(")[0] == base for key in self._scopes[0])

    def holds(self, name: str) -> bool:
        """Return whether a variable was set, and not only taken out of the output."""
        place, key = self._place(name)
        return key in self._scopes[place]

    def find(self, name: str) -> Value | None:
        """Return what a variable holds; None if it was not set."""
        place, key = self._place(name)
        value = self._scopes[place].get(key)
        base = self._scopes[place].get(key.partition("(")[0]) if value is None and "(" in key else None
        if base is not None and base.word is None:
            # An array of which nobody knows the elements.
            value = base
        elif value is None and place and key.partition("(")[0] in SHARED:
            value = self._scopes[0].get(key)
        elif value is None and place and self._holds(key.partition("(")[0]):
            told = f"{name} is the script's own, and the procedure does not name it: Tcl refuses it"
            value = self._lost(key, self.line, told)
        if value is not None and value.assumed:
            self.leant = True
        if value is None and name not in self.takings.known():
            self.missed += 1
        return value

    def peek(self, name: str) -> Value | None:
        """Return what a variable holds, where nothing is made of it."""
        place, key = self._place(name)
        return self._scopes[place].get(key)

    def put(self, name: str, value: Value) -> None:
        """Let a variable hold something."""
        place, key = self._place(name)
        self.takings.drop(name)
        if value.word is not None and self._is_refused(place, key):
            raise UnknownError(name)
        taken = words.bash_name(self.named(key)) in self.takings.given or key in self._kept
        if value.word is None and not value.name and taken:
            value = Value(None, name=self.takings.fresh(self.named(key)))
        if (self.assuming or self.leant) and not value.assumed:
            value = value._replace(assumed=True)
        self._scopes[place][key] = value
        if value.kept and value.word is not None:
            self._kept[key] = value.word

    def _hold(self, name: str, value: Value) -> None:
        """Let a variable that is set hold more, or less, beside what it holds."""
        place, key = self._place(name)
        self._scopes[place][key] = value

    def _is_refused(self, place: int, key: str) -> bool:
        """Return whether Tcl refuses to set a variable: an array cannot be set, nor an element of what is none."""
        base, bracket, _ = key.partition("(")
        if not bracket:
            return (key == "env" and not place) or any(item.startswith(f"{key}(") for item in self._scopes[place])
        held = self._scopes[place].get(base)
        return held is not None and held.word is not None

    def unset(self, name: str) -> bool:
        """Let a variable be none, with its elements if it is an array; return whether it was one."""
        place, key = self._place(name)
        gone = [item for item in self._scopes[place] if item == key or item.startswith(f"{key}(")]
        for item in gone:
            del self._scopes[place][item]
        return bool(gone)

    def secrets(self) -> list[str]:
        """Return what is written out in variables whose names tell that it is a password."""
        values = [(name, value.word) for scope in self._scopes for name, value in scope.items()]
        found = [words.literal(word) for name, word in values if _SECRET.search(name)]
        return [text for text in found if text]

    def state(self) -> State:
        """Return what all variables hold."""
        scopes, links = [dict(scope) for scope in self._scopes], [dict(link) for link in self._links]
        return State(scopes, links, self._shifted, self.takings.state())

    def restore(self, state: State) -> None:
        """Let all variables hold what they held."""
        self._scopes, self._shifted = [dict(scope) for scope in state.scopes], state.shifted
        self._links = [dict(link) for link in state.links]
        self.takings.restore(state.taken)

    def merge(
        self,
        ways: Sequence[State],
        why: str,
        line: int,
        *,
        defaults: Given | Unset | None = None,
        searched: int = -1,
        begun: int = -1,
    ) -> None:
        """Keep of several ways what is the same on all; ``defaults``: they differ in which arguments are given.

        ``searched``: they differ in whether that step has found keys, so that what it gave is empty on others.
        ``begun``: they begin at that step, and bash takes the same.
        """
        if not ways:
            return
        self.restore(ways[0])
        self.takings.merge([way.taken for way in ways])
        if any(way.shifted != ways[0].shifted for way in ways):
            self._shifted = None
        for place, scope in enumerate(self._scopes):
            for name in {name for way in ways for name in way.scopes[place]}:
                values = [way.scopes[place].get(name) for way in ways]
                held = [value and value._replace(assumed=False) for value in values]
                same = all(value == held[0] for value in held)
                if same or self._is_default(scope, name, values, defaults):
                    continue
                told = [value and value.word for value in values]
                kept = self.takings.kept({*told}, searched)
                kept = kept or (self.takings.join(self.named(name), told, begun) if begun >= 0 else None)
                lost = None if kept else self._lost(name, line, f"{name} depends on: {why.strip()}")
                scope[name] = lost or Value(kept)

    def _is_default(
        self, scope: Scope, name: str, found: Sequence[Value | None], defaults: Given | Unset | None
    ) -> bool:
        if isinstance(defaults, Unset):
            return self._or_default(scope, name, found, defaults)
        return defaults is not None and self._defaulted(scope, name, found, defaults)

    def _or_default(self, scope: Scope, name: str, found: Sequence[Value | None], asked: Unset) -> bool:
        """Take a variable that is one of the environment where that is set, and a text where it is not."""
        held = [value.word if value is not None else None for value in found]
        if len(held) != 2 or scope is not self._scopes[0] or self._within is not None:  # noqa: PLR2004 - set, not set
            return False
        given, text = held[asked.way], words.literal(self.expanded(held[1 - asked.way] or ()))
        word = asked.otherwise(text) if text is not None and held[1 - asked.way] is not None else None
        plain = name.isidentifier() and name not in ENVIRONMENT and self._places[name] <= len(held)
        fresh = words.bash_name(name) not in self.arguments and name not in self.takings.given
        if word is None or not plain or not fresh or given != words.variable(f"env({asked.variable})"):
            return False
        scope[name] = Value(word, kept=True)
        self._kept[name] = word
        return True

    def _defaulted(self, scope: Scope, name: str, found: Sequence[Value | None], asked: Given) -> bool:
        """Take a variable that is an argument on one way, and something else where that is not given."""
        given = {value.word for value in found if value is not None and value.word is not None}
        arguments = [word for word in given if self.is_argument(word)]
        others = [word for word in given if word not in arguments]
        if len(arguments) != 1 or len(others) > 1 or any(words.names(word) for word in others):
            return False
        argument = arguments[0][0].text
        missing = asked.missing(self.arguments.index(argument))
        instead = [span for value, span in zip(found, asked.spans, strict=True) if value and value.word in others]
        if asked.argument not in ("", argument) or any(not span <= missing for span in instead):
            # It is another one on that way, whether it is given or not.
            return False
        if others and self._is_used(argument, name):
            # What used it before has it without the default.
            return False
        if others:
            self.defaults[argument] = others[0]
            if missing - frozenset().union(*instead):
                told = f"{argument} has its default wherever it is not given, and was empty there if others were given"
                self._builder.by_hand(self.line, told, stops=False)
        elif any(value is not None and value.word is None for value in found):
            told = f"{argument} must be given: what it is otherwise is not known"
            self._builder.by_hand(self.line, told, stops=False)
        scope[name] = Value(arguments[0])
        return True

    def _is_used(self, argument: str, name: str) -> bool:
        """Return whether an argument was typed or tested, or stands in another variable than the one named."""
        typed = [word for step in self._builder.steps for word in (*step.words, *step.answers)]
        held = [
            value.word
            for scope in self._scopes
            for key, value in scope.items()
            if value.word is not None and key != name
        ]
        return argument in self.tested or any(argument in words.names(word) for word in (*typed, *held))

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
        scope = {f"::{name}": value for name, value in self._scopes[0].items()}
        for name, (place, key) in self._links[-1].items():
            for known, value in self._scopes[place].items():
                if known == key or known.startswith(f"{key}("):
                    scope[name + known.removeprefix(key)] = value
        scope |= {
            name: value for name, value in self._scopes[-1].items() if name.partition("(")[0] not in self._links[-1]
        }
        held = {name: value.word for name, value in scope.items() if value.word is not None and len(value.word) == 1}
        return {name: word[0].text for name, word in held.items() if word[0].kind == words.VARIABLE}

    def lookup(self, name: str) -> Word | None:
        """Return what a variable of the translation holds from the start."""
        outer = self._within.lookup(name) if self._within is not None else None
        return self._kept.get(name) or outer

    def expanded(self, word: Word) -> Word:
        """Return a word with the values of the variables that stay ones."""
        for _ in range(4):
            word, before = words.substitute(word, self._kept.get), word
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
