"""How bash asks an answer of CloudHSM CLI what the old script asked of a legacy tool's output, by jq."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from migration import outputs, words
from migration.reading import kinds

if TYPE_CHECKING:
    from migration.reading.kinds import Reading

_EMPTY = " // empty"
# How a reference becomes the number that the handle was.
_HANDLE = " | handle"
_VALUES = {
    kinds.COUNT: outputs.COUNT,
    kinds.USERS: ".data.users | length",
    kinds.NAMES: ".data.users[].username",
    kinds.NAMES_CU: '.data.users[] | select(.role == "crypto-user").username',
    kinds.NAMES_CO: '.data.users[] | select(.role == "admin").username',
    kinds.COUNT_CU: '.data.users | map(select(.role == "crypto-user")) | length',
    kinds.COUNT_CO: '.data.users | map(select(.role == "admin")) | length',
}
# An answer may hold a text where another one holds an object.
_SEVERAL = {
    kinds.COUNT: f"{outputs.COUNT}? // empty",
    kinds.USERS: ".data.users? | arrays | length",
    kinds.NAMES: ".data.users?[]?.username",
    kinds.NAMES_CU: '.data.users?[]? | select(.role == "crypto-user").username',
    kinds.NAMES_CO: '.data.users?[]? | select(.role == "admin").username',
    kinds.COUNT_CU: '.data.users? | arrays | map(select(.role == "crypto-user")) | length',
    kinds.COUNT_CO: '.data.users? | arrays | map(select(.role == "admin")) | length',
}
_NAMED = {
    kinds.WHOLE: ".username == $user",
    kinds.PART: "(.username | contains($user))",
    kinds.BEGINNING: "(.username | startswith($user))",
    kinds.END: "(.username | endswith($user))",
    kinds.FIRST_WORD: r'(.username | test("^\\Q\($user)\\E(?!\\w)"))',
    kinds.LAST_WORD: r'(.username | test("(?<!\\w)\\Q\($user)\\E$"))',
    kinds.WORD: r'(.username | test("(?<!\\w)\\Q\($user)\\E(?!\\w)"))',
}
_TESTS = {
    kinds.OK: ".[0].error_code == 0",
    kinds.FAILED: ".[0].error_code == 0",
    kinds.FOUND: f".[0]{outputs.FOUND}",
    kinds.NONE_FOUND: f".[0]{outputs.NONE_FOUND}",
}


def asked(reading: Reading, source: str = "", *, answers: int = 0, several: bool = False) -> str:
    """Return the command that asks; ``source`` gives it the answer, nothing if a pipe does.

    ``answers`` is how many answers there are if all went well, for a test of all of them. ``several`` says that
    answers of other commands are there, too, which hold nothing of the kind.
    """
    behind = f" {source}" if source else ""
    if reading.kind in kinds.VALUES:
        path = value(reading, several=several)
        given = _options(reading)
        program = "hsm_handles" if outputs.is_reference(reading.kind) else "jq"
        # No end of the line, where the old filters left none.
        ending = "" if reading.end else "j"
        # Without -s, jq 1.6 has status 0 for no answer at all.
        if reading.strict:
            return f"{program} -ers{ending}{given} '.[] | {path.removesuffix(_EMPTY)}{_EMPTY}'{behind}"
        return f"{program} -r{ending}{given} '{path}'{behind}"
    text = _test(reading, answers)
    if several:
        text = _of_any(reading, text)
    test = f"jq -es{_options(reading)} '{text}'{behind} > /dev/null"
    if reading.kind in (kinds.FAILED, kinds.ANY_FAILED):
        test = f"! {test}" if source else f"{{ ! {test}; }}"
    if reading.counted:
        return f"{test} && echo 1 || echo 0" if source else f"{{ {test} && echo 1 || echo 0; }}"
    return test


def value(reading: Reading, *, several: bool = False) -> str:
    """Return the jq filter of a value, as it stood in what the old filters put out."""
    if outputs.is_reference(reading.kind):
        path = outputs.reference(reading.kind, several=several) + _HANDLE
        path += f" | select(. >= {reading.least})" if reading.least else ""
    elif reading.kind == kinds.ID:
        path = f".data.users?[]? | select({_is_user(reading)}).username"
        return f"[{path}][0]{_EMPTY}" if reading.first else path
    else:
        path = (_SEVERAL if several else _VALUES)[reading.kind]
    if reading.kind == kinds.OPENING:
        path = f'[{path}] | (if length > 1 then "\\(.[0])," else .[0] end){_EMPTY}'
    before, behind = (json.dumps(text)[1:-1] for text in reading.around)
    if reading.kind not in kinds.LISTS:
        return f'"{before}\\({path}){behind}"' if before or behind else path
    if reading.extra == "\n" and reading.end and not (before or behind):
        return path
    pieces = (before and f'"{before}"', f"join({json.dumps(reading.extra)})", behind and f'"{behind}"')
    return f"[{path}] | select(length > 0) | {' + '.join(filter(None, pieces))}"


def _of_any(reading: Reading, text: str) -> str:
    """Return the test of one answer among others, whose data may be a text, or of the one behind the login's."""
    if reading.kind in (kinds.OK, kinds.FAILED):
        return ".[1].error_code == 0"
    if reading.kind == kinds.USER:
        return f"any(.[]{text.removeprefix('any(.[0]')}"
    return f"any(.[]; {text.replace(f'.[0]{outputs.COUNT}', f'{outputs.COUNT}?')})"


def _options(reading: Reading) -> str:
    if reading.kind not in (kinds.USER, kinds.ID):
        return ""
    role = f' --arg role "$(hsm_listed_role {words.bash(reading.role)})"' if reading.role else ""
    return f" --arg user {words.bash(reading.name)}{role}"


def _is_user(reading: Reading) -> str:
    if reading.role:
        return f"{_NAMED[reading.where]} and .role == $role"
    role = f' and .role == "{reading.extra}"' if reading.extra else ""
    return f"{_NAMED[reading.where]}{role}"


def _test(reading: Reading, answers: int) -> str:
    if reading.kind == kinds.COUNT_IS:
        return f".[0]{outputs.COUNT} == {reading.extra}"
    if reading.kind == kinds.USER:
        return f"any(.[0].data.users[]?; {_is_user(reading)})"
    if reading.kind in (kinds.ALL_OK, kinds.ANY_FAILED):
        return f"length == {answers} and all(.error_code == 0)"
    return _TESTS[reading.kind]
