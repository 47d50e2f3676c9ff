"""The variables of an expect script while it is read: what each holds at a place, as far as that can be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.scene import LIST
from migration.readers.expect import functions, programs, tcl
from migration.readers.expect.expression import Evaluator
from migration.readers.expect.files import Files
from migration.readers.expect.taken import matched
from migration.readers.expect.values import SHARED, Value
from migration.reading.regexes import UnknownError, compiled
from migration.reserved import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.parts import Frame
    from migration.readers.expect.taken import Taken
    from migration.readers.expect.tcl import Token
    from migration.words import Word

ARGUMENT = re.compile(r"\[\s*lindex\s+\$(?:::)?argv\s+(\d+)\s*\]")
_INDEXED = re.compile(r"\[\s*lindex\s+\$(?:::)?(\w+)\s+(\d+|end)\s*\]")
_JOINED = re.compile(r"\[\s*(?:join\s+\$(?:::)?(\w+)(?:\s+(?:\{ \}|\" \"))?|concat\s+\$(\w+))\s*\]")
_COUNT = re.compile(r"\[\s*llength\s+\$(?:::)?argv\s*\]")
_TRIMMED = re.compile(r"\[\s*string\s+trim(?:left|right)?\s+\$\{?(\w+)\}?\s*\]")
_CASED = re.compile(
    r"\[\s*string\s+to(upper|lower)\s+(\$\{?(?:::)?\w+\}?|\$(?:::)?env\(\w+\)|\[\s*lindex\s+\$(?:::)?argv\s+\d+\s*\])\s*\]"
)
_FORMAT = re.compile(r"%s")
# What incr counts from and by: with a zero before it, Tcl reads it in base 8.
_COUNTED = r"-?(?:0|[1-9]\d{0,8})"


class Variables(Files):
    """What words are, and what sets variables."""

    def special(self, _: str, spelled: list[str]) -> str | None:
        """Return what a command gives that asks for variables, or that was run; None for another."""
        if spelled[:1] in (["wait"], ["exp_wait"]):
            # The tool ends well where all goes well.
            return "1 exp1 0 0"
        if spelled[:2] == ["info", "exists"] and len(spelled) > 2:  # noqa: PLR2004 - and a name
            return self._exists(self.evaluator().word(tcl.Token(spelled[2], 0)))
        if spelled[:1] == ["array"] and len(spelled) in (3, 4):  # array, what, and a name, perhaps a pattern
            return self._array(spelled[1], spelled[2], spelled[3] if len(spelled) > 3 else "*")  # noqa: PLR2004 - a pattern
        return None

    def _exists(self, name: str) -> str:
        missed, value = self.missed, self.find(name)
        self.missed = missed
        if (value is not None and value.word is not None) or name in self.takings.known() or self._elements(name):
            return "1"
        if value is not None or name.partition("(")[0].lstrip(":") in SHARED:
            raise UnknownError(name)
        return "0"

    def _array(self, what: str, name: str, form: str) -> str:
        keys = [key for key in self._elements(name) if functions.matched(form, key)]
        if "$" in name + form or "[" in name + form or not self._elements(name):
            raise UnknownError(name)
        if what == "names":
            return functions.listed(keys)
        if what == "get":
            return functions.listed([item for key in keys for item in (key, self.literal(f"{name}({key})"))])
        if what not in ("size", "exists"):
            raise UnknownError(what)
        return str(len(keys)) if what == "size" else "1"

    def _elements(self, name: str) -> list[str]:
        place, key = self._place(name)
        found = [
            known.partition("(")[2].removesuffix(")") for known in self._scopes[place] if known.startswith(f"{key}(")
        ]
        return functions.hashed(found)

    def evaluator(self) -> Evaluator:
        """Return what gives words of which everything is written out."""
        return Evaluator(self.literal, self.special)

    def text(self, token: Token) -> str | None:
        """Return what a word is if everything in it is written out."""
        try:
            return token.text if token.braced else self.evaluator().word(token)
        except UnknownError:
            return None

    def reference(self, name: str) -> Word:
        """Return what stands for a variable."""
        plain = self._indexed(name)
        value = self.find(plain)
        key = self._place(plain)[1]
        if value is None or value.word is None:
            return words.variable((value.name if value is not None else "") or self.named(key))
        return words.variable(key) if value.kept and not key.startswith("env(") else value.word

    def _indexed(self, name: str) -> str:
        base, opening, place = name.partition("(")
        if not opening or "$" not in place:
            return name
        found = self.text(tcl.Token(place.removesuffix(")"), 0))
        return name if found is None else f"{base}({found})"

    def bracket(self, script: str) -> Word | None:
        """Return what a script in brackets gives as a word, None if that is not known."""
        return self.of_line(script) or self._computed_by(script)

    def _computed_by(self, script: str) -> Word | None:  # noqa: PLR0911 - one a kind of script
        if found := ARGUMENT.fullmatch(script):
            return self.argument(int(found[1]))
        if _COUNT.fullmatch(script):
            return words.variable("argc") if self._within is None else self.reference("argc")
        if found := _TRIMMED.fullmatch(script):
            return self.reference(found[1])
        if found := _INDEXED.fullmatch(script):
            value = self.find(found[1])
            if value is not None and value.items is not None:
                place = -1 if found[2] == "end" else int(found[2])
                return value.items[place] if place < len(value.items) and value.items else words.EMPTY
            given = words.names(value.word)[:1] if value is not None and value.word is not None else []
            if given and self.takings.is_list(given[0]):
                return words.code(f"${{{given[0]}[{-1 if found[2] == 'end' else found[2]}]}}")
        if found := _JOINED.fullmatch(script):
            value = self.find(found[1] or found[2])
            if value is not None and value.items is not None:
                return spaced(value.items)
        try:
            return words.text(self.evaluator().script(script[1:-1]))
        except UnknownError:
            return programs.clock(script[1:-1]) or self._formatted(script) or self._in_case(script)

    def _in_case(self, script: str) -> Word | None:
        """Return an argument, or what is made of one, in small or capital letters, for a variable that is set to it."""
        found = _CASED.fullmatch(script) if self.naming and self._within is None else None
        pieces: list[Word] = []
        for part in self.word(tcl.Token(found[2], 0)) if found else ():
            known = part.text.startswith("env(") or part.text in (*self.arguments, *self._kept)
            if found and known and part.kind == words.VARIABLE:
                pieces.append(words.code(f"${{{words.bash_name(part.text)}{words.IN_CASE[found[1]]}}}"))
            elif found and part.kind == words.TEXT:
                pieces.append(words.text(part.text.upper() if found[1] == "upper" else part.text.lower()))
            else:
                return None
        return words.join(pieces) or None

    def _formatted(self, script: str) -> Word | None:
        commands = list(tcl.commands(script[1:-1]))
        tokens = commands[0].tokens if len(commands) == 1 else ()
        if [token.text for token in tokens[:1]] != ["format"] or len(tokens) < 2:  # noqa: PLR2004 - format and a form
            return None
        form = self.text(tokens[1])
        given = [self.word(token) for token in tokens[2:]]
        if form is None or "%" in _FORMAT.sub("", form) or len(_FORMAT.findall(form)) != len(given):
            return None
        pieces = [words.text(piece) for piece in _FORMAT.split(form)]
        return words.join([item for pair in zip(pieces, [*given, words.EMPTY], strict=True) for item in pair])

    def items(self, token: Token) -> tuple[Word, ...] | None:
        """Return the elements of a list that a word is, None if they are not known."""
        plain = re.fullmatch(r"\$\{?((?:::)?[\w@]+(?:::\w+)*)\}?", token.text)
        value = self.find(plain[1]) if plain and not token.braced else None
        if value is not None and value.items is not None:
            return value.items
        written = self.text(token)
        if written is not None:
            try:
                return tuple(map(words.text, tcl.items(written)))
            except UnknownError:
                return None
        inner = list(tcl.commands(token.text[1:-1])) if token.text.startswith("[") and not token.quoted else []
        if len(inner) == 1 and inner[0].tokens and inner[0].tokens[0].text == "list":
            return self.spread(inner[0].tokens[1:])
        return None

    def spread(self, tokens: Sequence[Token]) -> tuple[Word, ...] | None:
        """Return words, those behind ``{*}`` as the elements that they are; None if one is not known."""
        found: list[Word] = []
        for token in tokens:
            if token.text.startswith("{*}"):
                inner = self.items(tcl.Token(token.text[3:], token.start + 3))
                if inner is None:
                    return None
                found += inner
            else:
                found.append(self.word(token))
        return tuple(found)

    def word(self, token: Token) -> Word:
        """Return a word with what stands for its variables and scripts."""
        pieces: list[Word] = []
        for part in tcl.value(token)[0]:
            if part.kind != words.VARIABLE:
                pieces.append((part,))
            elif part.text.startswith("["):
                found = self.bracket(part.text) if part.text != "[]" else words.EMPTY
                pieces.append((part,) if found is None else found)
            else:
                pieces.append(self.reference(part.text))
        return words.join(pieces)

    def plain(self, token: Token) -> Word | None:
        """Return a word in which nothing is computed or taken out of an output, None for another one."""
        if length := self.length(token):
            return length
        word = self.word(token)
        if word == words.variable("argc"):
            return word if self.find("argc") is None and not self._shifted else None
        if [part.kind for part in word] == [words.VARIABLE] and self.takings.is_count(word[0].text):
            return words.code(f"${word[0].text}")
        held = (*self.arguments, *self._kept, *self._read, *self.takings.asked)
        return word if all(name.startswith("env(") or name in held for name in words.names(word)) else None

    def typed(self, token: Token, line: int, *, told: bool = True) -> Word:
        """Return a word that is typed, what is taken out of the output in variables that bash has.

        ``told`` says that a variable of which nobody can tell what it holds is to be said.
        """
        pieces: list[Word] = []
        for part in tcl.value(token)[0]:
            name, known = part.text, self.takings.known()
            if part.kind == words.VARIABLE and name.startswith("["):
                taken = None if _TRIMMED.fullmatch(name) else self.takings.computed(name[1:-1])
                if taken is not None:
                    pieces.append(words.variable(self.takings.assign(name, taken, line, name)[0]))
                    continue
                found = self.bracket(name)
                pieces.append((part,) if found is None else found)
            elif part.kind == words.VARIABLE and name in known and not self.holds(name):
                pieces.append(words.variable(self.takings.assign(name, known[name], line, f"${name}")[0]))
            else:
                pieces.append(self.reference(name) if part.kind == words.VARIABLE else (part,))
        typed = words.join(pieces)
        if told:
            self.used(typed)
        return typed

    def used(self, typed: Word) -> None:
        """Say which of the variables of a word nobody can tell."""
        for name in words.names(typed):
            if not self.takings.perhaps and name not in self.takings.joined:
                self._builder.require(name)
            why = self.takings.why(name)
            if why is None and self._within is not None and not self._is_there(name):
                why = self.line, f"what {name} holds is not known: it is no variable of the shell script"
            if why is not None:
                self._builder.by_hand(*why, before=len(self._builder.steps))

    def _is_there(self, name: str) -> bool:
        """Return whether a shell script has a variable: of its own, or with what is taken out of an output."""
        return name.startswith("env(") or self.takings.holds(name) or name in self._filled

    # What sets them.

    def set(self, name: str, token: Token, frame: Frame, line: int) -> None:
        """Take ``set`` of a word that takes nothing out of the output."""
        argument = ARGUMENT.fullmatch(token.text)
        found = self.argument(int(argument[1]), name) if argument else None
        if found is not None:
            self.put(name, Value(found))
            return
        self.naming = self._place(name)[1]
        word, items = self.word(token), self.items(token)
        self.naming = ""
        unknown = [part for part in words.names(word) if part.startswith("[")]
        if unknown:
            shown = " ".join(token.text.split())
            lost = self._lost(name.removeprefix("::"), line, f"{name} is computed: {shown}")
            self.put(name, lost._replace(first=self.from_argument(token)))
        elif any(part.startswith(("expect_out(", "expect_out_")) for part in words.names(word)):
            self.read(name)
        else:
            plain = self._place(name)[1]
            kept = (
                frame.plain
                and self._within is None
                and not frame.condition
                and len(self._scopes) == 1
                and self._places[plain] <= 1
                and plain.isidentifier()
                and plain not in ENVIRONMENT
                and words.bash_name(plain) not in self.arguments
                and plain not in self.takings.given
                and words.names(word) != [plain]
                and self._is_early(word)
                and self._kept.get(plain, word) == word
            )
            held = self.find(name)
            default = held is not None and held.word is not None and self.is_argument(held.word)
            cased = words.needed(word) != words.names(word)
            if ((programs.is_told(word) and not default) or cased) and not kept:
                # It may be another one each time that it is asked for; a default is asked for once.
                shown = " ".join(token.text.split()) if cased else words.shown(word)
                self.unclear(name, line, f"{name} is computed: {shown}")
                return
            self.put(name, Value(word, items if items is not None and words.literal(word) is None else None, kept=kept))

    def _is_early(self, word: Word) -> bool:
        """Return whether a word is the same at the start: nothing in it is taken out of an output, or is not known."""
        begun = bool(self._builder.steps)
        plain = all(
            part.kind in (words.TEXT, words.VARIABLE) or programs.is_early(part, begun=begun) or words.needed((part,))
            for part in word
        )
        taken = {item.variable.removesuffix(LIST) for step in self._builder.steps for item in step.captures}
        return plain and all(self.takings.why(name) is None and name not in taken for name in words.needed(word))

    def read(self, name: str) -> None:
        """Let a variable hold what only a run knows: what somebody types, or what a file holds."""
        given = self.takings.fresh(self.named(self._place(name)[1]))
        self._read.add(given)
        self.put(name, Value(None, name=given))

    def asked_anew(self) -> None:
        """Note that somebody has typed something: what was typed before is another thing."""
        for place in ("1,string", "2,string", "0,string", "buffer"):
            self.read(f"expect_out({place})")

    def unset_elements(self, name: str, form: str) -> None:
        """Take away the elements of an array whose names have a form."""
        for key in self._elements(name):
            if functions.matched(form, key):
                self.unset(f"{name}({key})")

    def regexp(self, tokens: Sequence[Token], line: int) -> bool:
        """Take what a regexp command sets; return whether it takes it out of the output."""
        match = matched(tokens, self.takings.known())
        if match is not None:
            for name, given in self.takings.regexp(match, line).items():
                self.put(name, Value(words.variable(given)))
            return True
        rest = [token for token in tokens if token.braced or not re.fullmatch(r"-\w+|--", token.text)]
        plain = len(rest) == len(tokens)
        pattern, source = (self.text(rest[0]), self.text(rest[1])) if plain and len(rest) > 1 else (None, None)
        found = None
        if pattern is not None and source is not None:
            try:
                found = compiled(pattern, "tcl").search(source)
            except UnknownError:
                source = None
        for place, token in enumerate(rest[2:]):
            if source is None or pattern is None:
                self.unclear(token.text, line, f"{token.text} is computed: regexp")
            elif found is not None:
                value = found[place] if place <= found.re.groups else ""
                self.put(token.text, Value(words.text(value or "")))
        return False

    def take(self, name: str, taken: Taken, line: int, source: str, *, appends: bool) -> None:
        """Take ``set`` and, with ``appends``, ``lappend`` of something that is taken out of the output."""
        plain = self._place(name)[1]
        given = self.takings.assign(self.named(plain), taken, line, source, appends=appends)[0]
        self.put(name, Value(words.variable(given)))

    def append(self, command: str, rest: Sequence[Token], line: int) -> None:
        """Take ``append``, ``lappend`` and ``incr`` of what is written out."""
        name = rest[0].text
        value = self.find(name)
        before = value.word if value is not None else words.EMPTY
        given = [self.word(token) for token in rest[1:]]
        told = f"what {name} holds is not known: {command} {' '.join(token.text for token in rest)}"
        if before is None or any(part.startswith("[") for word in given for part in words.names(word)):
            self.unclear(name, line, told)
        elif command == "append":
            self.put(name, Value(words.join([before, *given])))
        elif command == "incr":
            number, step = words.literal(before), words.literal(given[0]) if given else "1"
            number = "0" if value is None else number
            if number is None or step is None or not re.fullmatch(_COUNTED, number) or not re.fullmatch(_COUNTED, step):
                self.unclear(name, line, told)
            else:
                self.put(name, Value(words.text(str(int(number) + int(step)))))
        else:
            plain = words.literal(before)
            items = value.items if value is not None else ()
            items = tuple(map(words.text, tcl.items(plain))) if plain is not None else items
            self.put_list(name, None if items is None else (*items, *given))

    def put_list(self, name: str, items: tuple[Word, ...] | None) -> None:
        """Let a variable hold a list."""
        if items is None:
            self.put(name, Value(None))
            return
        texts = [words.literal(item) for item in items]
        whole = [text for text in texts if text is not None]
        if len(whole) == len(items):
            self.put(name, Value(words.text(functions.listed(whole))))
        else:
            self.put(name, Value(spaced(items), items))


def spaced(items: Sequence[Word]) -> Word:
    """Return words with blanks between them."""
    return words.join([piece for word in items for piece in (word, words.text(" "))][:-1])
