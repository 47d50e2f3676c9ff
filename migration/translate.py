"""From a script that was read to what each of its steps becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from migration import legacy, words
from migration.dialogue import login_of
from migration.map import table
from migration.map.rule import NONE, NOT_NEEDED, TRANSLATED, UNRESOLVED, Result, Unresolved, no_effect
from migration.map.scene import Scene
from migration.places import Places
from migration.script import ALL_ARGUMENTS, CMU, FILE, HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migration.script import Script, Step

_IN_ONE_SESSION = ("getToken", "approveToken", "registerQuorumPubKey", "registerMofnPubKey")
_ENDINGS = ("quit", "exit", "logoutHSM")
_READS = (
    "listUsers",
    "getHSMInfo",
    "info",
    "help",
    "getAttribute",
    "getKeyInfo",
    "findAllKeys",
    "loginHSM",
    "logoutHSM",
    "quit",
    "getMValue",
    "listTokens",
)


class Knowledge(NamedTuple):
    """What is known beside the script: names of users by id, files that it reads (approval files) by name."""

    users: Mapping[int, str] = {}
    files: Mapping[str, str] = {}


@dataclass(frozen=True)
class Outcome:
    """What a step becomes. ``in_session`` says that the login that begins here must hold for all commands under it."""

    step: Step
    result: Result
    in_session: bool = False

    @property
    def remains(self) -> bool:
        """Return whether a person must do it."""
        return self.result.verdict in (NONE, UNRESOLVED)


@dataclass(frozen=True)
class Translation:
    """All outcomes, one a step, in order."""

    script: Script
    outcomes: tuple[Outcome, ...]

    @property
    def remains(self) -> list[tuple[int, str]]:
        """Return (line, what to do) of everything that is left to a person, by line."""
        found = [(work.line, work.text) for work in self.script.hand_work]
        found += [(item.step.line, item.result.instead) for item in self.outcomes if item.remains]
        found += [
            (item.step.line, f"is run {item.step.condition}")
            for item in self.outcomes
            if item.step.condition
            and item.step.when is None
            and not item.remains
            and item.result.actions
            and item.step.name not in _ENDINGS
        ]
        places = Places(self.script.text.encode("utf-8", "surrogateescape"))
        found += [(places.line(call.start), call.gap) for call in self.script.calls if call.gap]
        found += [(line.number, line.remark) for line in self.script.lines if line.kind == "not understood"]
        return sorted(dict.fromkeys(found))

    @property
    def passed_over(self) -> list[tuple[int, str]]:
        """Return what of ``remains`` the translated script does not stop at: what was done where something failed."""
        stopping = {(work.line, work.text) for work in self.script.hand_work if work.stops}
        return sorted({(work.line, work.text) for work in self.script.hand_work if not work.stops} - stopping)


def translate(script: Script, knowledge: Knowledge = Knowledge()) -> Translation:  # noqa: B008 - it cannot be changed
    """Return what every step of a script becomes."""
    scene = Scene(
        {**script.users, **knowledge.users},
        {**knowledge.files, **script.files},
        script.signatures,
        script.constants,
        in_place=script.language == "shell",
        names=script.names,
    )
    scene.unmade.update(script.unmade)
    outcomes = [_outcome(step, scene) for step in script.steps]
    return Translation(script, tuple(_with_sessions(outcomes)))


def _outcome(step: Step, scene: Scene) -> Outcome:
    scene.step, scene.notes = step, []
    scene.login = step.session.login
    scene.loops = {step.loop[0]} if step.loop and not step.loop[1].startswith((ALL_ARGUMENTS, FILE)) else set()
    result = _result(step, scene)
    if result.verdict == UNRESOLVED:
        # A variable stays one in the translation, unless CloudHSM CLI has a name for what it holds.
        written_out = replace(step, words=tuple(words.substitute(word, scene.held) for word in step.words))
        if written_out != step:
            scene.step, scene.notes = written_out, []
            result = _result(written_out, scene)
    if result.verdict in (NONE, UNRESOLVED):
        scene.leave(step)
    scene.bound.update(
        capture.variable for capture in step.captures if not result.actions or capture.what in ("last", "list", "each")
    )
    notes = tuple(dict.fromkeys([*result.notes, *scene.notes]))
    return Outcome(step, replace(result, notes=notes))


def _result(step: Step, scene: Scene) -> Result:  # noqa: PLR0911 - one return a verdict
    if not step.name:
        return Result(UNRESOLVED, instead="which command it is depends on a variable")
    if step.unclear:
        return Result(UNRESOLVED, instead=step.unclear)
    if step.declined:
        return no_effect("it is answered with n, so nothing is done")
    arguments = step.words[1:]
    parsed = (
        legacy.Parsed(step.name, {}, arguments) if step.tool == HOST else legacy.parse(step.tool, step.name, arguments)
    )
    if parsed.mistake or step.mistake:
        return _mistaken(parsed.mistake, step)
    if parsed.unresolved:
        return Result(UNRESOLVED, instead=f"{parsed.unresolved}: write it out")
    if step.condition.startswith("the answer"):
        return Result(UNRESOLVED, instead=step.condition)
    try:
        result = table.find(step.tool, step.name).rule(parsed, scene)
    except Unresolved as reason:
        return Result(UNRESOLVED, instead=str(reason))
    if step.tool == CMU and step.session.server is not None and result.verdict == TRANSLATED:
        number = words.shown(step.session.server)
        if step.name not in _READS:
            return Result(
                UNRESOLVED, instead=f"it was done on server {number} alone, and CloudHSM CLI does it on all HSMs"
            )
        scene.note(f"it was asked of server {number} alone, and is of all HSMs now", 11)
    return result


def _mistaken(mistake: str, step: Step) -> Result:
    """Return what becomes of a command that the tool does not take, unless a variable is not just one word of it."""
    if not mistake:
        return no_effect(step.mistake)
    loose = next((word for word in step.words[1:] if words.literal(word) is None), None)
    if loose is None:
        return no_effect(f"the real tool only shows help: {mistake}")
    told = f"the real tool only shows help, unless {words.shown(loose)} holds several words, or none: {mistake}"
    return Result(UNRESOLVED, instead=told)


def _with_sessions(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Mark each login under which something is done that would end with a login of its own."""
    found = list(outcomes)
    current: dict[int, int] = {}
    for index, outcome in enumerate(outcomes):
        step = outcome.step
        if login_of(step) is not None and not step.condition:
            current[step.session.run] = index
            if step.session.login is None or not step.session.words:
                second = login_of(step)
                if second is not None and second.second_factor is not None:
                    found[index] = replace(found[index], in_session=True)
        elif step.session.run in current and not step.session.words and _needs_session(outcome):
            place = current[step.session.run]
            found[place] = replace(found[place], in_session=True)
    return found


def _needs_session(outcome: Outcome) -> bool:
    if outcome.step.name in _IN_ONE_SESSION:
        return True
    return any(words.text("--session") in action.argv for action in outcome.result.actions)


__all__ = ["NOT_NEEDED", "Knowledge", "Outcome", "Translation", "translate"]
