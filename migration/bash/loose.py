"""What stood without quotes in a command: the old tool got one word of it, none, or several; now it is one.

It is looked at in the shell that runs the command, so that this ends there where it is no word: what a substitution
among the words says would not keep the command from being run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.bash import names
from migration.words import CODE, VARIABLE, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migration.map.rule import Action
    from migration.translate import Outcome
    from migration.words import Word

FUNCTIONS = r"""
# WORD...: what stood without quotes; where one is no word now, the old tool was given something else.
hsm_word() {
    local word
    for word in "$@"; do
        [ -n "$word" ] || by_hand_first 'what stood without quotes is empty'
    done
    hsm_piece "$@"
}

# PIECE...: what stood without quotes in a word; with blanks in it, it was several words.
hsm_piece() {
    local word
    for word in "$@"; do
        [[ $word != *[[:space:]"${IFS-}"]* ]] || by_hand_first 'what stood without quotes has blanks in it'
    done
}

# VALUE...: what is typed at a prompt; one with a blank in it was several words there.
hsm_typed() {
    local value
    for value in "$@"; do
        [[ $value != *[[:space:]]* ]] || by_hand_first 'what was typed as one word has blanks in it'
    done
}

# QUOTES VALUE...: what a shell read again in a command line, within such quotes or none; a blank: it was cut at blanks.
hsm_read() {
    local value signs
    case $1 in
        \') signs="[']" ;;
        \") signs='["$`\\]' ;;
        ' ') signs='[[:space:]]' ;;
        *) signs='[][:space:]["$`\\;&|<>()*?{}~#!'"']" ;;
    esac
    for value in "${@:2}"; do
        if [[ $value == *$signs* || (-z $value && $1 != [\'\"]) ]]; then
            printf '%s: to be done by hand: a command line reads what it is given as something else\n' "${0##*/}" >&2
            exit 3
        fi
    done
}
"""


def checked(outcome: Outcome) -> Outcome:
    """Return an outcome whose commands are not done where a variable without quotes is not one word.

    Code that stands in a command twice is run once, and what may stop for a person before the command.
    """
    loose = dict(outcome.step.loose)
    actions = tuple(_checked(action, loose) for action in outcome.result.actions)
    return replace(outcome, result=replace(outcome.result, actions=actions))


def _checked(action: Action, loose: Mapping[Part, bool]) -> Action:
    if action.helper == "login":
        # What is no word is no good login either.
        return action
    parts = list(_parts(action))
    instead: dict[Part, Part] = {}
    before: list[str] = []
    for part in dict.fromkeys(parts):
        again = part in loose or parts.count(part) > 1 or part.text.startswith(names.CALLS)
        if part.kind == CODE and part.text[:1] in "$`" and again:
            if not part.text.startswith(("$(", "`")) or part.text.startswith("$(("):
                continue
            instead[part] = Part(VARIABLE, f"HSM_WORD_{len(instead) + 1}")
            before.append(f'{instead[part].text}="{part.text}"')
    for program, whole in (("hsm_word", True), ("hsm_piece", False)):
        found = [words.bash((instead.get(part, part),)) for part in dict.fromkeys(parts) if loose.get(part) is whole]
        if found:
            before.append(f"{program} {' '.join(found)}")
    if not before:
        return action

    def named(found: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(tuple(instead.get(part, part) for part in word) for word in found)

    to = named((action.to,))[0] if action.to is not None else None
    return action._replace(argv=named(action.argv), leading=named(action.leading), to=to, before=tuple(before))


def _parts(action: Action) -> Iterator[Part]:
    for word in (*action.leading, *action.argv, action.to or ()):
        yield from (part for part in word if part.kind != words.TEXT)
