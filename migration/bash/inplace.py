"""The translation of a shell script: every call of a legacy tool is replaced, everything else stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.bash import lines
from migration.bash.answers import asked
from migration.bash.loose import checked
from migration.bash.sources import Body, Source
from migration.bash.tried import OR_TRUE, PROBE, alone, tried
from migration.map.rule import NO_EFFECT
from migration.places import Places
from migration.reading import kinds
from migration.reading.samples import HARMLESS, MANAGEMENT_READS
from migration.script import CMU, Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.map.rule import Action
    from migration.translate import Outcome, Translation

_INDENT = "    "
# An answer in which there is a key.
_WHOLE = "select(.data.matched_keys != [])"
# Leaves the rest of a group undone, also where no failure ends the script.
_EXIT = " || exit"
_OF_ALL = (kinds.ALL_OK, kinds.ANY_FAILED)


class _Edit(NamedTuple):
    """What stands for bytes of the script; ``inside`` are (text, legacy line) of the commands in it, in order."""

    start: int
    end: int
    text: str
    inside: tuple[tuple[str, int], ...] = ()


def render(translation: Translation) -> Body:
    """Return the script without its first line, each call in the form of CloudHSM CLI, and where its lines are from."""
    script = translation.script
    content = script.text.encode("utf-8", "surrogateescape")
    places, seen = Places(content), set[str]()
    edits = [_edit(call, translation, content, places, seen) for call in script.calls]
    for rewrite in script.rewrites:
        line = places.line(rewrite.start)
        text = lines.hand(line, rewrite.gap, needed=rewrite.needed) if rewrite.gap else rewrite.text
        edits.append(_Edit(rewrite.start, rewrite.end, f'"$({text})"' if rewrite.word else text))
    source, position = Source(), 0
    for edit in sorted(edits):
        if edit.start < position:
            continue
        source.keep(content[position : edit.start], places.line(position))
        source.put(edit.text, places.line(edit.start), edit.inside)
        position = edit.end
    source.keep(content[position:], places.line(position))
    return source.body(without_first=content.startswith(b"#!"))


def _edit(call: Call, translation: Translation, content: bytes, places: Places, seen: set[str]) -> _Edit:
    outcomes = [checked(translation.outcomes[index]) for index in call.steps]
    choices = [[checked(translation.outcomes[index]) for index in steps] for _, steps in call.choices]
    before = content[places.start(call.start) : call.start].decode("utf-8", "surrogateescape")
    line = places.line(call.start)
    inside: tuple[tuple[str, int], ...] = ()
    if call.gap:
        text = lines.hand(line, lines.one_line(call.gap), needed=call.needed)
    else:
        inside = tuple((command, item.step.line) for item in outcomes for command in lines.body(item, takes=False))
        text = _asked(call, outcomes, before, choices)
        if call.behind:
            text = f"{text} {call.behind}"
        text += call.ending
        if text.startswith("(") and before.endswith(("(", "`")):
            # Two of them would be arithmetic.
            text = f" {text}"
    previous = content[max(0, call.start - 200) : call.start].rstrip(b" \t").removesuffix(b"\n")
    if call.gap and not call.needed and re.search(rb"(?<!\|)\|&?\Z", previous.rstrip()):
        # What writes into the pipe must not meet its end.
        text = f"{{ {text}; cat > /dev/null; }}"
    if before.strip() or previous.endswith((b"\\", b"|", b"&")):
        return _Edit(call.start, call.end, text, inside)
    every = [] if call.body else [*outcomes, *(outcome for others in choices[1:] for outcome in others)]
    comments = [remark for outcome in every for remark in _remarks(outcome, seen)]
    return _Edit(call.start, call.end, "".join(f"{comment}\n{before}" for comment in comments) + text, inside)


def _remarks(outcome: Outcome, seen: set[str]) -> list[str]:
    """Return the comments of a step; a login says nothing that its command does not."""
    return [] if lines.is_login(outcome) and outcome.step.session.words else lines.remarks(outcome, seen)


def _asked(call: Call, outcomes: Sequence[Outcome], before: str, choices: Sequence[Sequence[Outcome]]) -> str:
    """Return what is done instead of a call, with what is asked of its answer."""
    margin = re.match(r"[ \t]*", before)
    indent = margin[0] if margin else ""
    reading = call.reading
    chosen = call.steps.index(reading.step) if reading is not None else -1
    if call.answer in call.steps:
        chosen = call.steps.index(call.answer)
    if outcomes and outcomes[0].step.session.words:
        return _single(outcomes, indent, call, choices)
    every = reading is not None and reading.kind in _OF_ALL
    goes_on = reading is not None or bool(call.ending)
    alone = _keeps_one(call)
    commands, answers = _group(outcomes, chosen, call, every=every, goes_on=goes_on, errors=alone)
    through = _through(call, alone=alone)
    if reading is None:
        return f"{_braced(commands, indent) if commands else 'true'}{through}"
    status = reading.kind in (kinds.OK, kinds.FAILED) and not reading.counted
    if status and len(commands) == 1 and not call.through:
        return f"{'! ' if reading.kind == kinds.FAILED else ''}{commands[0]}{through} > /dev/null"
    if len(commands) > 1 and commands[-1] != "hsm_logout":
        commands.append("true")
    return f"{_braced(commands, indent)}{through} | {asked(reading, answers=answers)}"


def _through(call: Call, *, alone: bool = False) -> str:
    """Return the redirections of a call, and the calls of tee behind it; ``alone``: only one of its answers is kept."""
    own = call.redirects
    if alone or (call.reading is not None and not call.through):
        # An error is no answer to what is asked.
        own = own.replace("2>&1", "").strip()
    return (f" {own}" if own else "") + (f" | {call.through}" if call.through else "")


def _keeps_one(call: Call) -> bool:
    """Return whether the answer of one command of those that are typed is kept, with its error."""
    return call.reading is None and call.answer in call.steps and "2>&1" in call.redirects


def _group(
    outcomes: Sequence[Outcome], chosen: int, call: Call, *, every: bool, goes_on: bool, errors: bool
) -> tuple[list[str], int]:
    """Return the commands of a run that was typed, and how many of them answer.

    Only the answer of the ``chosen`` one is put out, if it is not below 0, or one of ``every`` command. ``goes_on``
    says that a failure ends nothing there, so that what follows a bad login must not try it again: it would lock the
    user.
    With ``errors`` that of the chosen one is put out where its answer is, and no other's.
    """
    found: list[str] = []
    logged_in, answers, takes = False, 0, call.takes
    for number, outcome in enumerate(outcomes):
        ended = lines.is_logout(outcome) and not logged_in
        body = [] if ended else lines.conditional(outcome, takes=takes)
        logged_in = lines.is_login(outcome) or (logged_in and not lines.is_logout(outcome))
        if number == chosen and lines.is_login(outcome):
            body = [*body, lines.done(PROBE) if call.beside else PROBE]
        if every or number == chosen:
            body = list(map(lines.answering, body))
            body = list(map(lines.with_errors, body)) if errors else body
            answers += sum(map(lines.answers, body))
        elif chosen >= 0:
            body = [_hidden(command, beside=call.beside, errors=errors) for command in body]
        if not takes and _asks_on(outcome) and any(map(_does, outcomes[number + 1 :])):
            # In a pipe the answers are asked, not whether all went well.
            ending = f"{_EXIT}{' 0' if chosen >= 0 or every else ''}"
            body = [f"{command}{ending}" if lines.prints(command) else command for command in body]
        if goes_on and not takes and lines.is_login(outcome):
            body = _tried_once(body, [item for item in outcomes[number + 1 :] if _does(item)], asked=number == chosen)
        found += body
    if logged_in:
        found.append("hsm_logout")
    found = tried(found)
    if takes:
        # The script inside ends where something fails, also where bash does not ask what fails: behind if, in a list.
        found = [*(_or_exit(command) for command in found[:-1]), *found[-1:]]
    return found, answers


def _hidden(command: str, *, beside: bool, errors: bool) -> str:
    """Return a command whose answer is not put out, unless it is one that others are asked for ``beside``."""
    if not beside or not lines.answers(command):
        return lines.silent(command) if lines.prints(command) else command
    return lines.with_errors(command) if errors else command


def _tried_once(body: list[str], behind: Sequence[Outcome], *, asked: bool) -> list[str]:
    """Return the commands of a login, behind which the run ends if it is bad; ``asked``: its answer is looked for."""
    if asked and behind:
        return [*body[:-1], f"{body[-1]}{_EXIT} 0"]
    if len(behind) > 1 and not _asks_on(behind[0]):
        return [*body, f"{PROBE} > /dev/null{_EXIT} 0"]
    return body


def _or_exit(command: str) -> str:
    passes = command.endswith((OR_TRUE, _EXIT)) or command.lstrip().startswith(("#", "by_hand", "hsm_logout"))
    return command if passes else f"{command}{_EXIT}"


def _asks_on(outcome: Outcome) -> bool:
    """Return whether the old tool asked what to do after a failure, and took what was typed behind for the answer."""
    step = outcome.step
    return step.tool == CMU and step.name not in (*HARMLESS, *MANAGEMENT_READS, "loginHSM") and not step.may_fail


def _does(outcome: Outcome) -> bool:
    return bool(outcome.result.actions) and not lines.is_logout(outcome)


def _behind(action: Action, text: str) -> str:
    """Return the command of an action with what comes before it."""
    return f"{{ {'; '.join([*action.before, text])}; }}" if action.before or lines.is_joined(text) else text


def _answering(action: Action) -> str:
    """Return the command of an action whose answer is asked later: all of it is put out."""
    if action.then and action.to is None:
        return lines.command(action._replace(then=_WHOLE))
    return lines.answering(lines.command(action))


def _braced(commands: Sequence[str], indent: str, joint: str = "") -> str:
    if len(commands) == 1:
        return commands[0]
    inside = f"{joint}\n{indent}{_INDENT}".join(commands)
    begin, end = "()" if any(_EXIT in command for command in commands) else "{}"
    return f"{begin}\n{indent}{_INDENT}{inside}\n{indent}{end}"


def _case(choices: Sequence[Sequence[Outcome]], indent: str, call: Call) -> str:
    """Return what does the command that a variable holds."""
    ways = []
    for (held, steps), outcomes in zip(call.choices, choices, strict=True):
        last = outcomes[-1]
        answer = steps[call.steps.index(call.answer)] if call.answer in call.steps else -1
        if last.remains:
            text = lines.hand(last.step.line, last.result.instead, needed=True)
        else:
            alone = Call(call.start, call.end, steps, answer=answer)
            text = _single(outcomes, indent, alone)
        ways.append(f"({words.bash(words.text(held))}) {text} ;;")
    other = lines.hand(choices[0][0].step.line, f"${call.chosen} holds another command than those", needed=True)
    inside = f"\n{indent}{_INDENT}".join([*ways, f"(*) {other} ;;"])
    return f'case "${{{call.chosen}-}}" in\n{indent}{_INDENT}{inside}\n{indent}esac'


def _turns(calls: Sequence[str], call: Call) -> str:
    """Return the loop that does something for each line."""
    if call.splits:
        return f"{{ {call.splits} | while IFS= read -r {call.each}; do {'; '.join(calls)}; done; }}"
    return f"while read -r {call.each}; do {'; '.join(calls)}; done"


def _single(outcomes: Sequence[Outcome], indent: str, call: Call, choices: Sequence[Sequence[Outcome]] = ()) -> str:
    """Return what is done instead of a command that was given as arguments, or of one of several."""
    reading = call.reading
    login = outcomes[0] if lines.is_login(outcomes[0]) else None
    rest = outcomes[1:] if login else outcomes
    prefix = f"hsm_as {lines.credentials(login.step)} " if login else ""
    if call.wrapper:
        prefix = f"{call.wrapper} "
    last = rest[-1] if rest else None
    if call.body:
        calls = [call.body]
    elif choices:
        calls = [_case(choices, indent, call)]
    elif last is None or (login and reading is not None and reading.step == call.steps[0]):
        calls = [f"{prefix}{PROBE}"]
    elif last.remains:
        needed = reading is not None and reading.kind in kinds.VALUES
        return lines.hand(last.step.line, last.result.instead, needed=needed)
    elif last.result.verdict == NO_EFFECT:
        # It showed help only, so whoever looked for a success found none.
        calls = ["true" if reading is None else "false"]
    else:
        tries = alone if login else str
        kept = call.answer in call.steps if reading is None else bool(call.through)
        calls = [
            _behind(action, f"{prefix}{tries(_answering(action) if kept else lines.command(action))}")
            for action in last.result.actions
            if action.argv or action.helper not in ("login", "logout")
        ] or ["true"]
    through = _through(call)
    if call.each:
        return _turns(calls, call)
    if reading is None:
        login_alone = f" || {prefix}{PROBE} > /dev/null" if call.logins and prefix else ""
        return f"{_braced(calls, indent)}{through}{login_alone}"
    if reading.kind in (kinds.OK, kinds.FAILED) and not (call.through or reading.counted):
        return f"{'! ' if reading.kind == kinds.FAILED else ''}{_braced(calls, indent, ' &&')}{through} > /dev/null"
    return f"{_braced(calls, indent)}{through} | {asked(reading)}"
