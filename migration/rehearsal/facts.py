"""What is known of a rehearsal beside the difference at hand: the translation, both runs, what was there before."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from migration import legacy, words
from migration.dialogue import login_of
from migration.masking import masked
from migration.places import Places
from migration.readers.shell.grammar import repeated_lines
from migration.rehearsal.difference import LEGACY_TOOL, NOTHING, REHEARSED, RUN, STEP, Difference
from migration.rehearsal.leftovers import looked_for
from migration.rehearsal.pairing import Names
from migration.rehearsal.texts import Telling
from migration.script import CMU, KMU, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from migration.rehearsal.sides import Run
    from migration.rehearsal.state import KeyState, State
    from migration.script import Step
    from migration.translate import Outcome, Translation
    from migration.words import Word


_ENDINGS = ("quit", "exit", "logoutHSM")


class Facts(NamedTuple):
    """Both runs and what they began with; ``lookup`` tells the value of a variable at the script's start.

    ``stop`` is the line of the last command that the script has run, if it failed there before its end, else 0;
    ``printed`` is what the legacy tools have printed, wherever it went, None if none was ever started; ``telling`` is
    how what was written is told.
    """

    translation: Translation
    before: State
    own: State
    other: State
    legacy: Run
    translated: Run
    lookup: Callable[[str], Word | None]
    printed: bytes | None = b""
    telling: Telling = Telling(Names({}, {}, {}))
    stop: int = 0

    def gaps(self) -> Iterator[Difference]:
        """Yield what is left to a person, each a difference by itself."""
        seen = set()
        for outcome in self.translation.outcomes:
            if outcome.remains:
                seen.add((outcome.step.line, outcome.result.instead))
                item = next((note.item for note in outcome.result.notes if note.item), 0)
                yield self._gap(outcome.step.line, masked(outcome.step), outcome.result.instead, item)
        for line, text in self.translation.remains:
            if (line, text) not in seen:
                yield self._gap(line, f"line {line}", text, 0)

    def _gap(self, line: int, subject: str, text: str, item: int) -> Difference:
        return Difference(STEP, subject, "translation", "done", "left to a person", line=line, why=text, item=item)

    def runs(self) -> Iterator[Difference]:
        """Yield how the runs themselves differ: a time that was up, a stop, the status."""
        own, other = self.legacy, self.translated
        other = other._replace(message=self.telling.privacy.without_secrets(other.message))
        if own.timed_out or other.timed_out:
            shown = ("yes", "no")
            yield Difference(RUN, "time", "ended", shown[own.timed_out], shown[other.timed_out])
        for line, name in looked_for(self.translation.script, self.lookup):
            text = f"{name} is no part of Client SDK 5, and is looked for; a rehearsal has a program in its place"
            yield Difference(RUN, "translation", LEGACY_TOOL, NOTHING, f"looks for {name}", line=line, why=text)
        if self.printed is None and any(step.tool in (CMU, KMU) for step in self.translation.script.steps):
            said = self.telling.privacy.without_secrets(own.message)
            text = f"nothing was rehearsed: the script ended with status {own.status} before it called a tool"
            shown = ("no tool called", "-")
            yield Difference(RUN, "script", REHEARSED, *shown, why=f"{text}{': ' + said if said else ''}")
        for line, name in other.legacy_tools:
            text = f"{name} is no part of Client SDK 5: the translation ends with 127 there"
            yield Difference(RUN, "translation", LEGACY_TOOL, NOTHING, f"calls {name}", line=line, why=text)
        here = bool(self.stop) and self.stop == other.line
        if (other.shared or here) and other.status == own.status:
            if here or (
                self.printed is not None
                and any(outcome.step.line > other.line for outcome in self.translation.outcomes)
            ):
                text = f"both sides ended at line {other.line}, and what follows was not rehearsed"
                text += f": {other.message}" if other.message else ""
                shown = ("not to its end", "not to its end")
                yield Difference(RUN, "script", REHEARSED, *shown, line=other.line, why=text)
        elif other.line or (other.status not in (0, own.status) and not other.timed_out):
            place = f"at line {other.line}" if other.line else f"with status {other.status}"
            yield Difference(RUN, "translation", "stopped", "goes on", place, line=other.line, why=other.message)
            behind = other.unrehearsed or self._behind(other.line)
            if behind:
                shown = ("to its end", "not to its end")
                yield Difference(RUN, "translation", REHEARSED, *shown, line=other.line, why=behind)
        elif own.status != other.status and not (own.timed_out or other.timed_out):
            yield Difference(RUN, "script", "status", str(own.status), str(other.status))

    def _behind(self, line: int) -> str:
        """Return that commands behind a stop were not rehearsed, empty if there are none that do anything."""
        if not line:
            return ""
        acting = [item for item in self.translation.outcomes if item.result.actions and item.step.name not in _ENDINGS]
        if any(outcome.step.line > line for outcome in acting):
            return f"what follows line {line} was not rehearsed"
        script = self.translation.script
        again = script.language == "shell" and line in repeated_lines(script.text)
        if again or sum(outcome.step.line == line for outcome in acting) > 1:
            return f"what line {line} does in a later turn was not rehearsed"
        return ""

    def outcomes_at(self, line: int) -> list[Outcome]:
        """Return what the steps of a line became."""
        return [outcome for outcome in self.translation.outcomes if outcome.step.line == line]

    def items_at(self, line: int) -> set[int]:
        """Return the numbers of the differences that the translation tells of the steps of a line."""
        return {note.item for outcome in self.outcomes_at(line) for note in outcome.result.notes}

    def undone(self) -> list[tuple[Outcome, int]]:
        """Return what was not done, with the line that leaves it to a person, or 0 for what is behind the stop."""
        stop = self.translated.line
        reached = not (stop or self.translated.status or self.translated.timed_out)
        left = self.calls_left()
        found = []
        for index, outcome in enumerate(self.translation.outcomes):
            behind = not reached and (not stop or outcome.step.line >= stop)
            open_ended = outcome.remains or (outcome.step.condition and self.translation.script.language != "shell")
            line = left.get(index, outcome.step.line if open_ended else 0)
            if line or behind:
                found.append((outcome, line))
        return found

    def calls_left(self) -> dict[int, int]:
        """Return the line of the run that is left to a person as a whole for the index of each step in it."""
        script = self.translation.script
        places = Places(script.text.encode("utf-8", "surrogateescape"))
        return {index: places.line(call.start) for call in script.calls if call.gap for index in call.steps}

    def not_followed(self) -> list[int]:
        """Return the lines in which commands may stand that were not read: what is left to a person, or left out."""
        script = self.translation.script
        places = Places(script.text.encode("utf-8", "surrogateescape"))
        lines = {work.line for work in script.hand_work if work.stops or "left out" in work.text}
        lines |= {places.line(call.start) for call in script.calls if call.gap}
        return sorted(lines | {line.number for line in script.lines if line.kind == UNKNOWN})

    def texts(self, step: Step) -> list[str]:
        """Return the words of a step with the values that its variables have at the start; ? for what is not known."""
        return [words.literal(words.settled(word, self.lookup)) or "?" for word in (*step.words, *step.answers)]

    def variables(self, step: Step) -> list[str]:
        """Return the variables in the words of a step."""
        return [name for word in step.words for name in words.names(word)]

    def item(self, outcome: Outcome) -> int:
        """Return the number of the difference for which a step is left to a person, 0 for the migration map's word."""
        return next((note.item for note in outcome.result.notes if note.item), 0)

    def has_failed(self, step: Step) -> bool:
        """Return whether the legacy script shows a failure of a step's command."""
        shown = self.legacy.out + self.legacy.err + (self.printed or b"").decode("utf-8", "surrogateescape")
        login = login_of(step) or step.session.login
        refused = "Login failed" in self.translated.message
        if (
            login is not None
            and refused
            and self._has_counted(words.literal(words.settled(login.user, self.lookup)) or "")
        ):
            return True
        if step.tool == CMU:
            return re.search(rf"\b{re.escape(step.name)} failed: ", shown) is not None
        pattern = rf"Command: +{re.escape(step.name)}\b(?:(?!Command:).)*?returned: 0x(?!00\b)"
        return re.search(pattern, shown, re.DOTALL) is not None

    def _has_counted(self, user: str) -> bool:
        """Return whether an HSM has counted a failed login of a user on the legacy side."""
        counts = [
            (then.users[user].failures, now.users[user].failures)
            for name, hsms in self.before.items()
            for then, now in zip(hsms, self.own.get(name, ()), strict=False)
            if user in then.users and user in now.users
        ]
        return any(now > then for then, now in counts)

    def handles(self, subject: str) -> set[str]:
        """Return the handles of the keys of a name, decimal, before and on either side."""
        return {str(key.handle) for key in self._keys() if key.name == subject}

    def named(self, handles: set[str]) -> set[str]:
        """Return what the keys of decimal handles are called."""
        return {key.name for key in self._keys() if str(key.handle) in handles}

    def _keys(self) -> Iterator[KeyState]:
        for state in (self.before, self.own, self.other):
            for hsms in state.values():
                for hsm in hsms:
                    yield from hsm.keys
                    yield from hsm.gone

    def passing(self, before: Container[str]) -> set[str]:
        """Return the labels of keys that come out of files which the script itself has written."""
        found = set()
        for outcome in self.translation.outcomes:
            step = outcome.step
            if step.name == "unWrapKey":
                parsed = legacy.parse(step.tool, step.name, step.words[1:])
                file, label = (
                    words.literal(words.settled(parsed.get(flag) or (), self.lookup)) for flag in ("-f", "-l")
                )
                if file not in before and label:
                    found.add(label)
        return found

    def everywhere(self, user: str) -> bool:
        """Return whether a user was on all HSMs of its cluster, or on none, before."""
        return all(len({user in hsm.users for hsm in hsms}) == 1 for hsms in self.before.values())

    def line_left_of(self, name: str) -> int:
        """Return the line that sends something to a file and is left to a person, 0 if there is none."""
        script = self.translation.script
        text = script.text.encode("utf-8", "surrogateescape")
        places, lines = Places(text), script.text.split("\n")
        for call in script.calls:
            left = call.gap or any(self.translation.outcomes[index].remains for index in call.steps)
            if left and self._may_write(f"{call.redirects} {call.behind} {call.through} {call.gap}", name):
                return places.line(call.start)
        for line, _ in self.translation.remains:
            if 0 < line <= len(lines) and self._may_write(lines[line - 1], name):
                return line
        return 0

    def left_lines(self) -> list[int]:
        """Return the lines at which the translation said that they are left to a person."""
        return list(dict.fromkeys(map(int, re.findall(r"to be done by hand: line (\d+): ", self.translated.hand_work))))

    def _may_write(self, text: str, name: str) -> bool:
        """Return whether a line of a shell sends something to a file; a variable that is not known may hold it."""
        for word in re.findall(r"(?:>>?|tee(?: -a)?) *([^\s;|&<>()]+)", text):
            pieces = re.split(r"(\$\{[^}]*\}|\$\w+)", word.strip("\"'"))
            found = [self._held(piece) if number % 2 else piece for number, piece in enumerate(pieces)]
            if any(found) and re.fullmatch(
                "".join(".*" if piece is None else re.escape(piece) for piece in found), name
            ):
                return True
            if None not in found and os.path.normpath("".join(piece or "" for piece in found)) == name:
                return True
        return False

    def _held(self, variable: str) -> str | None:
        """Return what a variable holds at the start, or all the time as far as the text shows it."""
        name = re.sub(r"\W.*", "", variable.strip("${}"))
        value = self.lookup(name)
        if value is not None:
            return words.literal(value)
        values = set(re.findall(rf"^[^#\n]*\b{name}=[\"']?([^\s\"';]*)", self.translation.script.text, re.MULTILINE))
        return values.pop() if len(values) == 1 and not any("$" in text or "`" in text for text in values) else None

    def is_written_by_translation(self, name: str) -> bool:
        """Return whether a command of the translation has a file's name for an argument."""
        argv = [action.argv for outcome in self.translation.outcomes for action in outcome.result.actions]
        return any(words.literal(word) == name for found in argv for word in found)
