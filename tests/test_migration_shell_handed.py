"""Functions of a shell script that type what they are given at a tool: a call of one is a call of the tool."""

from __future__ import annotations

import re

import pytest
from test_migration_shell import become, left

LOGIN = "loginHSM CO $CO $PW"
EACH = f'cmu() {{\n    printf \'%s\\n\' "{LOGIN}" "$@" logoutHSM quit | CMU 2>&1\n}}\n'
GROUP = f'cmu() {{\n    {{ echo "{LOGIN}"; printf \'%s\\n\' "$@"; echo logoutHSM; echo quit; }} | CMU 2>&1\n}}\n'
ONE = f"cmu() {{\n    CMU 2>&1 <<EOF\n{LOGIN}\n$1\n$2\nlogoutHSM\nquit\nEOF\n}}\n"
JOINED = f"cmu() {{\n    # as CO\n    CMU 2>&1 <<EOF\n{LOGIN}\n$*\ny\nlogoutHSM\nquit\nEOF\n}}\n"
SET = "CO=admin PW=$(head -n1 pw)\n"


def typed(*lines: str) -> str:
    """Return the same lines, typed at the tool without a function."""
    given = " ".join(f'"{line}"' for line in (LOGIN, *lines, "logoutHSM", "quit"))
    return f"printf '%s\\n' {given} | CMU 2>&1"


def commands(text: str) -> str:
    """Return what a script becomes, without comments and what is left of functions."""
    return "\n".join(line for line in become(text).split("\n") if not re.match(r"\s*#|: #", line))


ASKED = 'grep -q "createUser success"'
MADE = "createUser CU $u $p"


@pytest.mark.parametrize("function", [EACH, GROUP, ONE])
@pytest.mark.parametrize(
    ("call", "same"),
    [
        ("{}", "{}"),
        (f"if {{}} | {ASKED}; then echo made; fi", f"if {{}} | {ASKED}; then echo made; fi"),
        (f'out=$({{}})\necho "$out" | {ASKED} || exit 4', f'out=$({{}})\necho "$out" | {ASKED} || exit 4'),
        ("{} > log", "{}"),
    ],
)
def test_a_call_of_a_function_is_the_call_of_the_tool(function: str, call: str, same: str) -> None:
    text = f"{SET}{function}{call}".replace("{}", f'cmu "{MADE}" y')
    direct = typed(MADE, "y")
    if call.endswith("> log"):
        # Its errors go where the function's output goes.
        direct = direct.replace(" 2>&1", " > log 2>&1")
    assert left(text) == []
    assert commands(text) == commands(SET + same.replace("{}", direct))


def test_a_function_whose_answers_nobody_sees_is_followed() -> None:
    quiet = JOINED.replace("CMU 2>&1", "CMU > /dev/null 2>&1")
    assert "} > /dev/null 2>&1\n" in commands(f"{SET}{quiet}cmu createUser CU bob password1")


def test_what_a_function_is_given_without_quotes_is_looked_at() -> None:
    text = commands(f"{SET}{JOINED}cmu createUser CU $u $p\ncmu deleteUser CU bob")
    assert 'hsm_word "$u" "$p"\n' in text
    assert 'hsm user create --username "$u" --role crypto-user --password "$p"' in text
    assert "hsm user delete --username bob --role crypto-user" in text
    assert left(f"{SET}{JOINED}cmu createUser CU $u $p") == []


def test_arguments_of_a_function_that_calls_it_are_those_of_the_caller() -> None:
    text = commands(f'{SET}{EACH}remove() {{\n    cmu "deleteUser CU $2"\n}}\nremove force bob')
    assert 'hsm user delete --username "$2" --role crypto-user' in text


def test_an_argument_of_several_lines_is_typed_line_by_line() -> None:
    text = commands(f'{SET}{EACH}cmu "createUser CU bob $p\ny\ndeleteUser CU eve"')
    assert "hsm user create --username bob" in text
    assert "hsm user delete --username eve" in text


def test_an_argument_that_is_not_given_types_nothing() -> None:
    assert left(f"{SET}{ONE}cmu listUsers") == []
    assert "hsm user list" in commands(f"{SET}{ONE}cmu listUsers")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("printf '%s\\n'", "printf '%s '"),
        ('"$@"', "$@"),
        ('"$@"', '"createUser $@"'),
        ('"$@"', '"${1:-listUsers}"'),
        ('"$@"', '"$#" "$@"'),
        ("CMU 2>&1", "CMU 2>&1 | grep -v '^$'"),
        ("CMU 2>&1", "CMU > out"),
        ("    printf", "    shift\n    printf"),
        ("    printf", "    ! printf"),
    ],
)
def test_a_function_that_does_more_or_types_in_another_way_is_left_to_a_person(old: str, new: str) -> None:
    assert old in EACH
    assert "by_hand" in become(f"{SET}{EACH.replace(old, new)}cmu 'createUser CU bob password1' y")


@pytest.mark.parametrize(
    "call",
    [
        "trap 'cmu \"deleteUser CU bob\"' EXIT",
        "eval cmu listUsers",
        "xargs -n1 cmu < names",
        "export -f cmu; bash -c 'cmu listUsers'",
        "echo y | cmu 'createUser CU bob password1'",
        'run() { cmu "$@"; }; run listUsers',
    ],
)
def test_a_call_in_a_way_that_is_not_read_is_left_to_a_person(call: str) -> None:
    assert "by_hand" in become(f"{SET}{EACH}cmu listUsers\n{call}")


def test_a_function_that_is_given_nothing_stays_one() -> None:
    text = become("users() {\n    echo listUsers | CMU\n}\nusers > all")
    assert "users() {\n" in text
