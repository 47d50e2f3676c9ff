"""The translation of what is no shell script: its commands, one after another."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from migration import words
from migration.bash import lines
from migration.bash.options import reading
from migration.bash.tried import tried
from migration.map.scene import LIST
from migration.script import ALL_ARGUMENTS, Ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migration.script import HandWork, Script, Test
    from migration.translate import Outcome, Translation
    from migration.words import Word

_INDENT = "    "
_REFUSED = "'%s: not with these arguments\\n' \"${0##*/}\""


def render(translation: Translation) -> str:
    """Return the commands as bash, with the variables that they use before them."""
    script = translation.script
    found: list[str] = []
    logged_in = False
    seen: set[str] = set()
    behind = [item for item in script.hand_work if item.before >= 0]
    insisted = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    # Those that end the script with a status of their own come before what insists on arguments.
    first = [item for item in script.endings if item.before <= 0 and not item.loop and item.status != "1"]
    unsure = [item for item in script.endings if item.unless not in insisted or not _missing(item.unless, script)]
    asked = [item for item in script.endings if item in unsure or item in first]
    placed: list[HandWork | Ending] = sorted([*behind, *asked], key=lambda item: (item.before, item.line))
    work = sorted(item for item in script.hand_work if item.before < 0)
    number, back = 0, _Back()
    begun = max((placed.index(item) + 1 for item in first), default=0)
    found += [line for item in placed[:begun] for line in ("", *_hand(item))]
    found += [line for line in _insisted(translation) if first]
    del placed[:begun]
    for loop, turn in groupby(translation.outcomes, key=lambda item: item.step.loop):
        body: list[str] = []
        for outcomes in _groups(turn, number, [item.before for item in asked]):
            inside: list[str] = []
            for outcome in outcomes:
                while (placed and placed[0].before <= number) or (work and work[0].line < outcome.step.line):
                    # What stands before the first command of a loop is asked even if the loop has no turns.
                    item = (placed if placed and placed[0].before <= number else work).pop(0)
                    to = inside or (body if loop and (body or _loop_of(item) == loop) else found)
                    to += ["", *_hand(item, loop)]
                number += 1
                again = back.again(outcome)
                if again:
                    inside += ["", again]
                logged_in = logged_in or bool(again)
                inside += ["", *_step(outcome, seen, logged_in=logged_in or back.holds(outcome))]
                if not _is_told(outcome):
                    # A login under a condition may still hold behind it.
                    ended = lines.is_logout(outcome) and not outcome.step.condition
                    logged_in = lines.is_login(outcome) or (logged_in and not ended)
                    back.done(outcome)
            back.behind(outcomes)
            (body if loop else found).extend(_under(outcomes[0].step.when, inside, _there(translation, outcomes)))
        if loop:
            found += ["", _head(loop), *_indented(body[1:]), "done"]
    for item in [*placed, *work]:
        found += ["", *_hand(item)]
    if logged_in:
        found += ["", "hsm_logout"]
    head = [*_parameters(translation, insists=not first), *_typed(translation)]
    return "\n".join([*head, *tried(found)]).strip("\n") + "\n"


def _groups(turn: Iterable[Outcome], begun: int, endings: list[int]) -> Iterator[list[Outcome]]:
    """Give the outcomes from a number on that bash asks for at once: what ends the script is asked in any case."""
    numbered = enumerate(turn, begun)
    for _, group in groupby(numbered, lambda item: (item[1].step.when, sum(place <= item[0] for place in endings))):
        yield [outcome for _, outcome in group]


def _under(when: Test | None, inside: list[str], there: list[str]) -> list[str]:
    """Return commands under a condition, with what asks for the variables that only they need."""
    if when is None or not any(line and not line.startswith("#") for line in inside):
        return inside
    return ["", f"if [[ {when.text} ]]; then", *_indented(there + inside[1:]), "fi"]


def _indented(block: list[str]) -> list[str]:
    return [f"{_INDENT}{line}" if line else "" for line in block]


def _head(loop: tuple[str, str]) -> str:
    over = loop[1] if loop[1].startswith(ALL_ARGUMENTS) else f"{loop[1]}[@]"
    return f'for {loop[0]} in "${{{over}}}"; do'


def _loop_of(work: HandWork | Ending) -> tuple[str, str] | None:
    return work.loop if isinstance(work, Ending) else None


def _hand(work: HandWork | Ending, inside: tuple[str, str] | None = None) -> list[str]:
    """Return what stops for a person, or ends the script, ``inside`` a loop; a test of another one has it around."""
    text = lines.one_line(work.text)
    if isinstance(work, Ending):
        said = words.bash(words.text(f"line {work.line}: {text}"))
        end = _end(work.test.text, f"'%s: %s\\n' \"${{0##*/}}\" {said}", work.status)
        if work.loop and work.loop != inside:
            end = [_head(work.loop), *(f"{_INDENT}{line}" for line in end), "done"]
        return [f"# line {work.line}: {text}", *end]
    return [lines.hand(work.line, text, needed=work.needed)] if work.stops else [f"# line {work.line}: {text}"]


class _Back:
    """Who was logged in at each tool: two may be open at once, each with its login, where bash has only one."""

    def __init__(self) -> None:
        """Begin."""
        self._run = 0
        self._logins: dict[int, Outcome] = {}
        self._passwords: dict[str, Word] = {}
        self._turned = False

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

    def behind(self, outcomes: list[Outcome]) -> None:
        """Take it that nobody knows who is logged in behind steps under a condition if one of them turns that."""
        if self._turned and outcomes[0].step.when is not None:
            self._run = -1
        self._turned = False


def _is_told(outcome: Outcome) -> bool:
    """Return whether a step is left to a person as only the run tells whether it is done."""
    return bool(outcome.step.condition) and outcome.step.when is None


def _acts(outcome: Outcome) -> bool:
    return bool(lines.body(outcome)) and not (lines.is_login(outcome) or lines.is_logout(outcome) or _is_told(outcome))


def _step(outcome: Outcome, seen: set[str], *, logged_in: bool) -> list[str]:
    body = lines.body(outcome)
    if lines.is_logout(outcome) and (_is_told(outcome) or not logged_in):
        body = []
    body = lines.conditional(outcome, body)
    return [*lines.remarks(outcome, seen), *body]


def _parameters(translation: Translation, *, insists: bool) -> list[str]:
    """Return assignments of the variables that the commands use, in the order in which they depend on each other.

    ``insists`` says that an argument which a command needs ends the script there if it is not given.
    """
    script = translation.script
    bound, lists = _bound(translation)
    for outcome in translation.outcomes:
        if outcome.step.loop:
            bound.add(outcome.step.loop[0])
    bound |= {ending.loop[0] for ending in script.endings if ending.loop}
    needed = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    # What is needed on some ways only is asked for there; the old script took an argument that is not given for empty.
    tests = [ending.test for ending in script.endings]
    tests += [outcome.step.when for outcome in translation.outcomes if outcome.step.when is not None]
    asked = {name: None for test in tests for name in test.names if name not in needed}
    later = _needed(translation, translation.outcomes)
    found = [line for test, status in script.refusals for line in _end(test, _REFUSED, status)]
    found += reading(script.usage) if script.usage else []
    found += [f"{name}=()" for name in sorted(lists)]
    for name in {**needed, **_closed(asked, script), **later}:
        if name in bound or name in lists or _is_read(name, script):
            continue
        missing, value = _missing(name, script), script.parameters.get(name)
        position = script.arguments.index(name) + 1 if name in script.arguments else 0
        if position and missing:
            # A Python program ends where it reads one that is not there, others take it for empty.
            spared = f"?{missing}" if script.language == "python" and script.usage is None else "-"
            found.append(f"{name}=${{{position}{f':?{missing}' if name in needed and insists else spared}}}")
        elif position:
            found.append(f"{name}=${{{position}:-{_default(value or ())}}}")
        elif not missing:
            found.append(f"{name}={words.bash(value or ())}")
        elif name in script.optional and (name in asked or (not insists and _is_first(name, script))):
            found.append(f"{name}=${{{name}-}}")
        elif name in needed or (name in asked and not _flag(name, script)):
            found.append(f': "${{{name}:?{missing}}}"')
    return found


def _typed(translation: Translation) -> list[str]:
    """Return what stops where a variable has a blank in it that is typed at a prompt: the tool took two words of it."""
    script = translation.script
    bound, lists = _bound(translation)
    given = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    found: dict[str, None] = {}
    for outcome in translation.outcomes:
        step = outcome.step
        names = [name for word in step.words[1:] for name in words.names(word)]
        # What is no word is no good login either.
        if step.session.words or lines.is_login(outcome) or not _names(outcome):
            continue
        if step.loop:
            over = step.loop[1]
            found |= {f'"${{{over}}}"': None} if step.loop[0] in names and over.startswith(ALL_ARGUMENTS) else {}
            names = [name for name in names if name != step.loop[0]]
        for name in names:
            value = script.parameters.get(name)
            if name in bound or name in lists or (value is not None and words.literal(value) is not None):
                continue
            sure = name in given or value is not None or name in script.arguments
            found[f'"${name}"' if sure else f'"${{{name}-}}"'] = None
    return ["", f"hsm_typed {' '.join(found)}"] if found else []


def _insisted(translation: Translation) -> list[str]:
    """Return what ends the script where an argument is not given that a command needs."""
    script = translation.script
    needed = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    names = [name for name in needed if name in script.arguments and _missing(name, script)]
    return ["", *(f': "${{{name}:?{_missing(name, script)}}}"' for name in names)] if names else []


def _is_first(name: str, script: Script) -> bool:
    """Return whether the script ends with a status of its own where a variable is empty, before anything else."""
    return any(item.unless == name and item.before <= 0 and item.status != "1" for item in script.endings)


def _is_read(name: str, script: Script) -> bool:
    """Return whether a variable is that of an option which has a value in any case."""
    options = script.usage.options if script.usage else ()
    return any(item.variable == name and (item.required or not _missing(name, script)) for item in options)


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
    options = script.usage.options if script.usage else ()
    return next((option.flags[-1] for option in options if option.variable == name), "")


def _there(translation: Translation, group: list[Outcome]) -> list[str]:
    """Return what asks for the variables that only some steps need which are done under a condition."""
    bound, lists = _bound(translation)
    sure = _needed(translation, [outcome for outcome in translation.outcomes if outcome.step.when is None])
    missing = {name: _missing(name, translation.script) for name in _needed(translation, group)}
    taken = {*bound, *lists, *sure, *(outcome.step.loop[0] for outcome in group if outcome.step.loop)}
    return [f': "${{{name}:?{told}}}"' for name, told in missing.items() if told and name not in taken]


def _end(test: str, said: str, status: int | str) -> list[str]:
    return [f"if [[ {test} ]]; then", f"{_INDENT}printf {said} >&2", f"{_INDENT}exit {status}", "fi"]


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
