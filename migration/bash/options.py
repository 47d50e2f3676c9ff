"""Options that the translation reads as the script did: what stands before everything that uses its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from migration.script import Option, Usage

FUNCTIONS = r"""
# NAME VALUE CHOICE...: ends the script if an argument is none of its choices.
hsm_among() {
    local choice
    for choice in "${@:3}"; do
        [ "$2" != "$choice" ] || return 0
    done
    printf '%s: %s is none of %s: %s\n' "${0##*/}" "$1" "${*:3}" "$2" >&2
    exit 2
}

# OPTION FIRST: ends the script if an option is another one than the first of a group that was given.
hsm_alone() {
    [ "$1" != "$2" ] || return 0
    printf '%s: not %s with %s\n' "${0##*/}" "$1" "$2" >&2
    exit 2
}
"""
_SAID = "printf '%s: {what}\\n' \"${{0##*/}}\" {more}>&2"


def reading(usage: Usage) -> list[str]:
    """Return what takes the options out of the arguments, which are counted without them, and refuses others."""
    ways = [line for option in usage.options for line in _ways(option)]
    unknown = _SAID.format(what="not with %s", more='"$1" ')
    return [
        *[f"{option.variable}={words.bash(option.start) if option.start else ''}" for option in usage.options],
        *[f"{group}=" for group, _ in usage.groups],
        "HSM_GIVEN=()",
        "while [ $# -gt 0 ]; do",
        "    case $1 in",
        *[f"        {line}" for line in ways],
        '        --) shift && HSM_GIVEN+=("$@") && break ;;',
        f"        -?*) {unknown} && exit 2 ;;",
        '        *) HSM_GIVEN+=("$1") && shift ;;',
        "    esac",
        "done",
        'set -- "${HSM_GIVEN[@]}"',
        *_refusal(usage),
        *[f"[ $# -lt {place} ] || {_among(name, f'${{{place}-}}', choices)}" for place, name, choices in usage.choices],
    ]


def _ways(option: Option) -> list[str]:
    """Return the branches for the forms of an option."""
    flags = " | ".join(option.flags)
    if not option.carried:
        return [f'{" | ".join(f"{flag}*" for flag in option.flags)}) by_hand_first "the option $1" ;;']
    first = f"${{{option.group}:={option.flags[-1]}}}"
    alone = f'hsm_alone {option.flags[-1]} "{first}" && ' if option.group else ""
    if not option.takes:
        return [f"{flags}) {alone}{option.variable}={words.bash(option.given) if option.given else ''} && shift ;;"]
    checked = f" && {_among(option.flags[-1], f'${option.variable}', option.choices)}" if option.choices else ""
    found = [f"{flags}) {alone}{option.variable}=${{2?a value of $1}} && shift 2{checked} ;;"]
    for flag in option.flags:
        if flag.startswith("--"):
            found.append(f"{flag}=*) {alone}{option.variable}=${{1#*=}} && shift{checked} ;;")
        elif len(flag) == len("-x"):
            found.append(f"{flag}?*) {alone}{option.variable}=${{1#{flag}}} && shift{checked} ;;")
    return found


def _among(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return what ends the script if a value is none of some."""
    return f'hsm_among {name} "{value}" {" ".join(words.bash(words.text(choice)) for choice in choices)}'


def _refusal(usage: Usage) -> list[str]:
    """Return what ends the script where there are too few arguments or too many, or an option is missing."""
    tests = [f"$# -lt {usage.least}"] if usage.least else []
    tests += [f"$# -gt {usage.most}"] if usage.most >= 0 else []
    tests += [f"-z ${option.variable}" for option in usage.options if option.required and option.carried]
    needed = [option.flags[-1] for option in usage.options if option.required]
    for group, required in usage.groups:
        tests += [f"-z ${group}"] if required else []
        needed += [" or ".join(item.flags[-1] for item in usage.options if item.group == group)] if required else []
    what = f"not with these arguments{'; needs ' if needed else ''}{', '.join(needed)}"
    if not tests:
        return []
    return [f"if [[ {' || '.join(tests)} ]]; then", f"    {_SAID.format(what=what, more='')}", "    exit 2", "fi"]
