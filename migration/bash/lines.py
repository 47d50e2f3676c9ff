"""Lines of bash for the outcome of a step."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import outputs, words
from migration.bash.tried import OR_TRUE
from migration.dialogue import login_of
from migration.map.rule import NO_EFFECT, NOT_NEEDED
from migration.map.scene import LIST, ROLES
from migration.masking import MASK, masked, without_passwords, without_secrets
from migration.reading import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migration.map.rule import Action
    from migration.script import Step
    from migration.translate import Outcome
    from migration.words import Word


_ANSWERS = re.compile(r"hsm |hsm_all_keys |hsm_import_\w+ |hsm_verify_\w+ |hsm_iv_to ")
_DOES = re.compile(r"hsm_(?:pick|\w+_to|approve|sign|public_key)\w* |openssl ")
# Where changePswd has the new password.
_PASSWORD = 3
_MASK = words.bash(words.text(MASK))
_DONE = "printf '{\"error_code\": 0}\\n'"


def spelled(argv: tuple[Word, ...]) -> str:
    """Return words as bash reads them."""
    return " ".join(map(words.bash, argv))


def command(action: Action) -> str:
    """Return the call of one action, without what takes values out of its answer."""
    if action.program:
        return f"{action.program} {spelled(action.argv)}"
    leading = spelled(action.leading)
    if action.then:
        head = "hsm_pick" if action.to is None else f"hsm_pick_to {words.bash(action.to)}"
        return f"{head} {words.bash(words.text(action.then))} {spelled(action.argv)}"
    return " ".join(filter(None, [action.helper or "hsm", leading, spelled(action.argv)]))


def taken(action: Action, perhaps: frozenset[str] = frozenset()) -> list[str]:
    """Return the assignments that take values out of the last answer; those of ``perhaps`` may find none."""
    found = []
    for name, part in action.binds:
        take = f"hsm_take '{outputs.COUNT}'" if part == kinds.COUNT else f"hsm_handle '{outputs.reference(part)}'"
        value = f"$({take})"
        plain = name.removesuffix(LIST)
        if part == "list":
            found.append(f"mapfile -t {plain} < <({take})")
            continue
        takes = f'{plain}+=("{value}")' if name.endswith(LIST) else f"{plain}={value}"
        found.append(takes + (OR_TRUE if name in perhaps else ""))
    return found


def login(outcome: Outcome) -> str:
    """Return the call that logs in."""
    return f"{'hsm_session' if outcome.in_session else 'hsm_login'} {credentials(outcome.step)}"


def again(outcome: Outcome, line: int, passwords: Mapping[str, Word]) -> str:
    """Return the call that logs in again who was logged in at a tool to which a script turns back at a line.

    ``passwords`` are those that were changed in the meantime, by the user's name as it stands.
    """
    if outcome.in_session:
        return hand(line, "what began under this login must go on in one cloudhsm-cli interactive")
    found = login_of(outcome.step)
    password = passwords.get(words.shown(found.user)) if found else None
    return f"hsm_login {credentials(outcome.step, password)}"


def new_password(outcome: Outcome) -> dict[str, Word]:
    """Return whose password a step changes, and to what."""
    step = outcome.step
    if step.name != "changePswd" or not outcome.result.actions or len(step.words) <= _PASSWORD:
        return {}
    hidden = words.literal(step.words[_PASSWORD]) == "-hpswd"
    password = (step.answers[0] if step.answers else None) if hidden else step.words[_PASSWORD]
    return {words.shown(step.words[_PASSWORD - 1]): password} if password else {}


def credentials(step: Step, instead: Word | None = None) -> str:
    """Return role, user and password of a login as words of bash; a password that is not known is asked for."""
    found = login_of(step)
    if found is None:
        return "'' '' ''"
    kind = words.literal(found.type)
    role = (
        words.text(ROLES.get(kind, kind)) if kind is not None else words.code(f"$(hsm_role {words.bash(found.type)})")
    )
    password = instead or found.password or words.code(f"$(hsm_password {words.bash(found.user)})")
    return spelled((role, found.user, password))


def is_login(outcome: Outcome) -> bool:
    """Return whether a step logs somebody in who can log in."""
    return any(action.helper == "login" for action in outcome.result.actions)


def is_logout(outcome: Outcome) -> bool:
    """Return whether a step ends a login."""
    return any(action.helper == "logout" for action in outcome.result.actions)


def hand(line: int, text: str, *, needed: bool = False) -> str:
    """Return the call that stops for a person; ``needed`` if its output or status is asked for, so nothing goes on."""
    # It may stand between backquotes, which one of its own would end.
    told = words.bash(words.text(f"line {line}: {text}".replace("`", "'")))
    return f"{'by_hand_first' if needed else 'by_hand'} {told}"


def answers(command: str) -> bool:
    """Return whether a command's output is an answer of CloudHSM CLI."""
    return bool(_ANSWERS.match(command) or command.endswith(_DONE))


def prints(command: str) -> bool:
    """Return whether a command puts something out: an answer, or what is picked out of one."""
    return answers(command) or bool(_DOES.match(command))


def silent(command: str) -> str:
    """Return a command whose answer is not put out."""
    bare = command.removesuffix(OR_TRUE)
    return f"{bare} > /dev/null{command[len(bare) :]}"


def answering(command: str) -> str:
    """Return a command with an answer as its output, if it does something and puts out none itself."""
    if answers(command) or not _DOES.match(command):
        return command
    return done(command)


def done(command: str) -> str:
    """Return a command whose only answer is that it went well."""
    return f"{command} > /dev/null && {_DONE}"


def is_joined(command: str) -> bool:
    """Return whether a command is two, so that a redirection behind it would be that of the second one."""
    return command.endswith(_DONE)


def with_errors(command: str) -> str:
    """Return a command whose refusal is put out where its answer is."""
    bare = command.removesuffix(OR_TRUE)
    return f"{bare} 2>&1{command[len(bare) :]}" if answers(bare) and not is_joined(bare) else command


def body(outcome: Outcome, *, takes: bool = True) -> list[str]:
    """Return what a step's commands are in bash; none if nothing is to be done.

    ``takes`` says that values are taken out of the answers into variables.
    """
    step, result = outcome.step, outcome.result
    if result.verdict in (NOT_NEEDED, NO_EFFECT):
        return []
    if outcome.remains:
        return [hand(step.line, result.instead)]
    if is_login(outcome):
        return [login(outcome)]
    if is_logout(outcome):
        return ["hsm_logout"]
    found = []
    for action in result.actions:
        if action.argv or action.helper:
            spelled_out = f"{command(action)}{OR_TRUE}" if step.may_fail else command(action)
            found += [*action.before, spelled_out, *(taken(action, step.perhaps) if takes else ())]
    found += [f"hsm_take '{check}' > /dev/null" for check in step.checks]
    return found


def conditional(outcome: Outcome, *, takes: bool = True) -> list[str]:
    """Return a step's commands, or the call that stops for a person where only the run tells whether they are done."""
    step, found = outcome.step, body(outcome, takes=takes)
    if not step.condition or step.when is not None or not found:
        return found
    told = body(_without_passwords(outcome), takes=takes)
    what = outcome.result.instead if outcome.remains else "; ".join(map(one_line, told)).replace(_MASK, MASK)
    return [hand(step.line, f"{one_line(step.condition)}: {one_line(what)}")]


def _without_passwords(outcome: Outcome) -> Outcome:
    """Return what stands for an outcome where people read it."""
    actions = (action._replace(argv=without_secrets(action.argv)) for action in outcome.result.actions)
    return replace(
        outcome, step=without_passwords(outcome.step), result=replace(outcome.result, actions=tuple(actions))
    )


def remarks(outcome: Outcome, seen: set[str]) -> list[str]:
    """Return comments: the legacy line, what it becomes if nothing, what differs that was not ``seen`` yet."""
    step, result = outcome.step, outcome.result
    found = [f"# line {step.line}: {one_line(masked(step))}"]
    if outcome.remains:
        items = "".join(f" [{note.item}]" for note in result.notes if note.item and not note.text)
        found.append(f"#   {result.verdict}: {one_line(result.instead)}{items}")
    elif result.verdict in (NOT_NEEDED, NO_EFFECT):
        found.append(f"#   {result.verdict}")
    for note in result.notes:
        if note.text and note.text not in seen:
            seen.add(note.text)
            item = f" [{note.item}]" if note.item else ""
            found.append(f"#   {one_line(note.text)}{item}")
    return found


def one_line(text: str) -> str:
    """Return text that cannot leave its line."""
    return " ".join(text.split())
