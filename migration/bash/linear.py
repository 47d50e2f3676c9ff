"""The translation of what is no shell script: its commands, one after another."""

from __future__ import annotations

import re
import shlex
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.bash import lines, options, rows
from migration.bash.first import is_first, split
from migration.bash.placed import between, end, head, indented, names, printed, said_at_ends, under
from migration.bash.tried import tried
from migration.map.scene import LIST
from migration.script import ALL_ARGUMENTS, Ending, HandWork, Printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from migration.bash.placed import Loop, Placed
    from migration.script import Option, Refusal, Script, Test
    from migration.translate import Outcome, Translation
    from migration.words import Word

# What is the same wherever it is read again.
_PLAIN = re.compile(r"[\w./:=,+@%^-]+")
_REFUSED = ["printf '%s: not with these arguments\\n' \"${0##*/}\" >&2"]


def render(translation: Translation) -> str:
    """Return the commands as bash, with the variables that they use before them."""
    sure = _sure(translation)
    beside = _Beside(translation, sure)
    found = [line for item in beside.first for line in under(*beside.lines(item, None))]
    early, late = _parameters(translation, sure, beside)
    found += ["", *late, *_typed(translation, sure)] if late else []
    found += _insisted(translation.script, sure) if beside.plain or beside.first else []
    for loop, turn in groupby(_pieces(translation, beside), key=lambda piece: piece.loop):
        body: list[str] = []
        for when, group in groupby(turn, key=lambda piece: piece.when):
            inside = list(group)
            steps = [piece.outcome for piece in inside if piece.outcome is not None]
            there = _there(translation, sure, steps)
            body += under(when, [line for piece in inside for line in piece.lines], there)
        found += ["", *head(loop, translation.script.rows, body), *indented(body[1:]), "done"] if loop else body
    begin = [line for item in beside.plain for line in (*under(*beside.lines(item, None))[1:], "")]
    begin += [*early, *([] if late else _typed(translation, sure))]
    reread = sorted({quotes for _, quotes in translation.script.reread})
    begin += [line for quotes in reread for line in _typed(translation, sure, quotes)]
    return "\n".join([*begin, *tried(found)]).strip("\n") + "\n"


class _Piece(NamedTuple):
    """Lines of the translation: in which loop, under which condition, and the step that they are of, if of one."""

    loop: Loop
    when: Test | None
    lines: list[str]
    outcome: Outcome | None = None


def _pieces(translation: Translation, beside: _Beside) -> Iterator[_Piece]:
    """Yield the steps, each behind what stands before it."""
    seen: set[str] = set()
    logged_in, back, within = False, _Back(), None
    for number, outcome in enumerate(translation.outcomes):
        loop, when = outcome.step.loop, outcome.step.when
        for item in beside.due(number, outcome.step.line):
            # What stands before the first command of a loop is asked even if the loop has no turns.
            within = loop if loop and (within == loop or _loop_of(item) == loop) else None
            is_remark = isinstance(item, HandWork) and not item.stops and within == loop
            asked, told = beside.lines(item, within)
            yield back.within(_Piece(within, when if is_remark else asked, told))
        within = loop
        back.within(_Piece(loop, when, []))
        again = back.again(outcome)
        logged_in = logged_in or bool(again)
        body = _step(outcome, translation.script, seen, logged_in=logged_in or back.holds(outcome))
        yield _Piece(loop, when, [*(["", again] if again else []), "", *body], outcome)
        if not _is_told(outcome):
            # A login under a condition may still hold behind it.
            ended = lines.is_logout(outcome) and not outcome.step.condition
            logged_in = lines.is_login(outcome) or (logged_in and not ended)
            back.done(outcome)
    for item in beside.rest():
        yield _Piece(None, *beside.lines(item, None))
    if logged_in:
        yield _Piece(None, None, ["", "hsm_logout"])


def _loop_of(item: Placed) -> Loop:
    return None if isinstance(item, HandWork) else item.loop


class _Beside:
    """What stands between the commands: some of it has a place among them, of the rest only its line tells.

    ``first`` is what stands before all that insists on arguments; ``sure`` are the variables that are needed anyway.
    """

    def __init__(self, translation: Translation, sure: Mapping[str, None]) -> None:
        """Take what is left to a person, the endings that are asked for, and what is printed."""
        script = translation.script
        first = [item for item in script.endings if is_first(item, script)]
        unsure = [item for item in script.endings if item.unless not in sure or not _missing(item.unless, script)]
        endings = [item for item in script.endings if item in unsure or item in first]
        behind = [item for item in script.hand_work if item.before >= 0]
        placed: list[Placed] = sorted([*script.printed, *behind, *endings], key=lambda item: (item.before, item.line))
        self._said, self._set, self._rows = said_at_ends(placed), _set(translation), script.rows
        begun = max((placed.index(item) + 1 for item in first), default=0)
        # What asks for no variable of the new script comes before what insists on one.
        self.plain = [*takewhile(self._is_plain, placed[:begun])]
        self.first, self._placed = placed[len(self.plain) : begun], placed[begun:]
        self._work = sorted(item for item in script.hand_work if item.before < 0)

    def lines(self, item: Placed, inside: Loop) -> tuple[Test | None, list[str]]:
        """Return under which condition an item stands, and its lines, ``inside`` a loop."""
        return between(item, inside, self._set, self._rows, self._said[item] if isinstance(item, Ending) else [])

    def due(self, number: int, line: int) -> Iterator[Placed]:
        """Take what stands before a step."""
        while True:
            if self._placed and self._placed[0].before <= number:
                yield self._placed.pop(0)
            elif self._work and self._work[0].line < line:
                yield self._work.pop(0)
            else:
                return

    def rest(self) -> list[Placed]:
        """Return what stands behind all steps."""
        return [*self._placed, *self._work]

    def _is_plain(self, item: Placed) -> bool:
        said = [item] if isinstance(item, Printed) else self._said[item] if isinstance(item, Ending) else []
        used = [name for one in said for name in names(one)]
        return not (isinstance(item, HandWork) or used or (isinstance(item, Ending) and item.test.names))


class _Back:
    """Who was logged in at each tool: two may be open at once, each with its login, where bash has only one."""

    def __init__(self) -> None:
        """Begin."""
        self._run = 0
        self._logins: dict[int, Outcome] = {}
        self._passwords: dict[str, Word] = {}
        self._turned = False
        self._within: tuple[Loop, Test | None] = (None, None)

    def again(self, outcome: Outcome) -> str:
        """Return the call that logs in again before a step of a tool to which the script turns back, if it does."""
        session = outcome.step.session
        entered = self._logins.get(session.run)
        if entered is None or session.run == self._run or session.login is None or not _acts(outcome):
            return ""
        self._run, self._turned = session.run, True
        return lines.again(entered, outcome.step.line, self._passwords)

    def holds(self, outcome: Outcome) -> bool:
        """Return whether somebody is logged in at the tool of a step."""
        return outcome.step.session.run in self._logins

    def done(self, outcome: Outcome) -> None:
        """Take a step that is done, be it under a condition that bash asks for."""
        if not outcome.step.condition:
            self._passwords |= lines.new_password(outcome)
        if lines.is_login(outcome):
            self._run, self._turned = outcome.step.session.run, True
            self._logins[self._run] = outcome
        elif lines.is_logout(outcome):
            self._logins.pop(outcome.step.session.run, None)
            self._run, self._turned = 0, True

    def within(self, piece: _Piece) -> _Piece:
        """Take it that nobody knows who is logged in behind steps under a condition if one of them turns that."""
        if (piece.loop, piece.when) != self._within:
            self._run = -1 if self._turned and self._within[1] is not None else self._run
            self._within, self._turned = (piece.loop, piece.when), False
        return piece


def _is_told(outcome: Outcome) -> bool:
    """Return whether a step is left to a person as only the run tells whether it is done."""
    return bool(outcome.step.condition) and outcome.step.when is None


def _acts(outcome: Outcome) -> bool:
    return bool(lines.body(outcome)) and not (lines.is_login(outcome) or lines.is_logout(outcome) or _is_told(outcome))


def _step(outcome: Outcome, script: Script, seen: set[str], *, logged_in: bool) -> list[str]:
    ended = lines.is_logout(outcome) and (_is_told(outcome) or not logged_in)
    body = [] if ended else lines.conditional(outcome)
    checked = rows.typed(outcome.step, script.rows) if _names(outcome) and not lines.is_login(outcome) else []
    return [*lines.remarks(outcome, seen), *checked, *body]


def _parameters(translation: Translation, sure: Mapping[str, None], beside: _Beside) -> tuple[list[str], list[str]]:
    """Return assignments of the variables that the commands use, in the order in which they depend on each other.

    ``sure`` are those that are needed in any case. The second ones stand behind what ends the script before it insists
    on them.
    """
    script, insists = translation.script, not (beside.plain or beside.first)
    bound, lists = _bound(translation)
    for outcome in translation.outcomes:
        if outcome.step.loop:
            bound.add(outcome.step.loop[0])
    bound |= {ending.loop[0] for ending in script.endings if ending.loop}
    bound |= {item.loop[0] for item in script.printed if item.loop}
    bound |= rows.bound(script.rows)
    # What is needed on some ways only is asked for there; the old script took an argument that is not given for empty.
    tests = [ending.test for ending in script.endings]
    tests += [outcome.step.when for outcome in translation.outcomes if outcome.step.when is not None]
    asked = {name: None for test in tests for name in test.names if name not in sure}
    said = [name for item in script.printed for name in names(item)]
    later = {**_needed(translation, translation.outcomes), **_closed(said, script)}
    found = [line for refusal in script.refusals for line in _refuse(refusal)]
    found += options.reading(script.usage) if script.usage else []
    found += [f"{name}=()" for name in sorted(lists)]
    assigned: dict[str, str] = {}
    for name in {**sure, **_closed(asked, script), **later}:
        if name in bound or name in lists or _is_read(name, script):
            continue
        missing, value = _missing(name, script), script.parameters.get(name)
        position = script.arguments.index(name) + 1 if name in script.arguments else 0
        if position and missing:
            # A Python program ends where it reads one that is not there, others take it for empty.
            spared = f"?{missing}" if script.language == "python" and script.usage is None else "-"
            assigned[name] = f"{name}=${{{position}{f':?{missing}' if name in sure and insists else spared}}}"
        elif position:
            assigned[name] = f"{name}=${{{position}:-{_default(value or ())}}}"
        elif not missing:
            assigned[name] = f"{name}={words.bash(value or ())}"
        elif name in script.optional and (name in asked or (not insists and _is_first(name, script))):
            assigned[name] = f"{name}=${{{name}-}}"
        elif name in sure or (name in asked and not _flag(name, script)):
            assigned[name] = f': "${{{name}:?{missing}}}"'
    early, late = split(assigned, {name: _closed([name], script) for name in assigned}, beside.first, script)
    return [*found, *early], late


def _refuse(refusal: Refusal) -> list[str]:
    """Return what ends the script at once with some arguments, behind what it says then."""
    said = [line for item in refusal.said for line in printed(item, ())]
    return end(refusal.test, [*said, *_REFUSED], refusal.status)


def _typed(translation: Translation, sure: Mapping[str, None], quotes: str | None = None) -> list[str]:
    """Return what stops where a variable has a blank in it that is typed at a prompt: the tool took two words of it.

    With ``quotes`` it is what stops where a variable is read again in a command line, within such quotes.
    """
    script = translation.script
    bound, lists = _bound(translation)
    found: dict[str, None] = {}
    for outcome in translation.outcomes:
        step = outcome.step
        names = [name for word in step.words[1:] for name in words.names(word)]
        if quotes is not None:
            names = [name for name in names if (name, quotes) in script.reread]
        # What is no word is no good login either.
        if step.session.words is (quotes is None) or lines.is_login(outcome) or not _names(outcome):
            continue
        if step.loop:
            over = step.loop[1]
            found |= {f'"${{{over}}}"': None} if step.loop[0] in names and over.startswith(ALL_ARGUMENTS) else {}
            names = [name for name in names if name != step.loop[0]]
        for name in names:
            constant = _constant(name, script)
            if constant is not None and (quotes is None or _PLAIN.fullmatch(constant)):
                continue
            if name in {*bound, *lists, *rows.bound(script.rows)}:
                continue
            is_set = name in sure or script.parameters.get(name) is not None or name in script.arguments
            found[f'"${name}"' if is_set else f'"${{{name}-}}"'] = None
    program = "hsm_typed" if quotes is None else f"hsm_read {shlex.quote(quotes)}"
    return ["", f"{program} {' '.join(found)}"] if found else []


def _constant(name: str, script: Script) -> str | None:
    """Return what a variable holds that is written out, if nobody who calls the script can change it."""
    given = name in script.arguments or any(item.variable == name for item in _options(script))
    return None if given else words.literal(script.parameters.get(name))


def _options(script: Script) -> tuple[Option, ...]:
    return script.usage.options if script.usage else ()


def _insisted(script: Script, sure: Mapping[str, None]) -> list[str]:
    """Return what ends the script where an argument is not given that a command needs."""
    names = [name for name in sure if name in script.arguments and _missing(name, script)]
    return ["", *(f': "${{{name}:?{_missing(name, script)}}}"' for name in names)] if names else []


def _is_first(name: str, script: Script) -> bool:
    """Return whether the script ends with a status or words of its own where a variable is empty, before all else."""
    return any(item.unless == name and is_first(item, script) for item in script.endings)


def _is_read(name: str, script: Script) -> bool:
    """Return whether a variable is that of an option which has a value in any case."""
    known = (item for item in _options(script) if item.variable == name)
    return any(item.required or not _missing(name, script) for item in known)


def _set(translation: Translation) -> set[str]:
    """Return the variables that are set wherever something is printed: what is needed in any case, and is found."""
    steps = [(outcome, outcome.step) for outcome in translation.outcomes]
    done = [outcome for outcome, step in steps if step.when is None and not step.condition and step.loop is None]
    actions = [(outcome, action) for outcome in done for action in outcome.result.actions if not outcome.remains]
    taken = {name for outcome, action in actions for name, _ in action.binds if name not in outcome.step.perhaps}
    return taken | set(_needed(translation, done))


def _sure(translation: Translation) -> dict[str, None]:
    """Return the variables that the steps need which are done in any case, and those in the paths of files read."""
    needed = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    paths = [name for read in translation.script.rows.values() for name in words.names(read.path)]
    return needed | _closed(paths, translation.script)


def _needed(translation: Translation, outcomes: Iterable[Outcome]) -> dict[str, None]:
    """Return the variables that steps need, those that others hold before them."""
    return _closed([name for outcome in outcomes for name in _names(outcome)], translation.script)


def _closed(names: Iterable[str], script: Script) -> dict[str, None]:
    used: dict[str, None] = {}
    for name in names:
        _need(name, script, used)
    return used


def _default(value: Word) -> str:
    literal = words.literal(value)
    return words.bash(value) if literal is None else shlex.quote(literal)


def _missing(name: str, script: Script) -> str:
    """Return what is said of a variable that is not there; empty for one that has a value of its own."""
    if script.parameters.get(name) is None and name in script.arguments:
        return f"{name} is argument {script.arguments.index(name) + 1}"
    said = f"{name} is the option {_flag(name, script)}" if _flag(name, script) else "must be set"
    return said if script.parameters.get(name) is None else ""


def _flag(name: str, script: Script) -> str:
    """Return the option that a variable holds."""
    return next((option.flags[-1] for option in _options(script) if option.variable == name), "")


def _there(translation: Translation, sure: Mapping[str, None], group: list[Outcome]) -> list[str]:
    """Return what asks for the variables that only some steps need which are done under a condition."""
    bound, lists = _bound(translation)
    missing = {name: _missing(name, translation.script) for name in _needed(translation, group)}
    taken = {
        *bound,
        *lists,
        *sure,
        *rows.bound(translation.script.rows),
        *(outcome.step.loop[0] for outcome in group if outcome.step.loop),
    }
    return [f': "${{{name}:?{told}}}"' for name, told in missing.items() if told and name not in taken]


def _bound(translation: Translation) -> tuple[set[str], set[str]]:
    names = [name for outcome in translation.outcomes for action in outcome.result.actions for name, _ in action.binds]
    return {name for name in names if not name.endswith(LIST)}, {
        name.removesuffix(LIST) for name in names if name.endswith(LIST)
    }


def _need(name: str, script: Script, used: dict[str, None]) -> None:
    value = script.parameters.get(name)
    if value is not None and name not in script.arguments and name not in used:
        for other in words.needed(value):
            if other != name:
                _need(other, script, used)
    used[name] = None


def _names(outcome: Outcome) -> list[str]:
    if outcome.remains or (outcome.step.condition and outcome.step.when is None):
        return []
    found: list[Word] = []
    for action in outcome.result.actions:
        found += [*action.leading, *action.argv, *([action.to] if action.to else [])]
    found += [
        word
        for word in outcome.step.words
        if any(f"${name}" in words.bash(piece) for piece in found for name in words.names(word))
    ]
    if lines.is_login(outcome):
        found += [*outcome.step.words[1:], *outcome.step.answers]
    return [name for word in found for name in words.names(word)]
