"""Shell scripts: whether a login is good, where it alone is asked for, and where the new command needs none."""

from __future__ import annotations

import pytest
from test_migration_shell import KMU, become, left

TRIED = "hsm_as crypto-user alice password1 hsm_tried hsm user list"


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("KMU listUsers | grep -q SUCCESS || exit 1", f"{TRIED} > /dev/null || exit 1"),
        ("if KMU listUsers > users; then :; fi", f"if {TRIED} > users 2>&1; then :; fi"),
        ("KMU listUsers > users\nif [ $? -ne 0 ]; then exit 1; fi", f"{TRIED} > users 2>&1 && true\nif [ $?"),
        ("n=$(KMU listUsers | awk '/Number/ {print $NF}')", f"n=$({TRIED} | jq -r"),
        ("KMU getHSMInfo", "password1 hsm_tried hsm cluster hsm-info"),
    ],
)
def test_a_bad_login_is_a_failure_where_the_new_command_needs_none(line: str, now: str) -> None:
    assert now in become(line)


def test_a_function_that_runs_what_it_is_given_tries_the_login_too() -> None:
    text = become('kmu() { echo "$1" >> log; KMU "$@" | tee -a log; }\nkmu listUsers\nkmu findKey')
    assert "\nkmu hsm_tried hsm user list\n" in text
    assert "\nkmu hsm_all_keys key list" in text


def test_what_asks_for_the_login_alone_tries_it() -> None:
    asks = "grep -q 'Cfm3LoginHSM returned: 0x00'"
    assert "password1 hsm key list --max-items 1 > /dev/null; then" in become(f"if KMU listUsers | {asks}; then :; fi")
    # Where the command does something, it must be done.
    assert left(f"if KMU genSymKey -t 31 -s 32 -l a | {asks}; then :; fi") == [2]


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("KMU loginStatus > /dev/null || exit 1", "password1 hsm key list --max-items 1 > /dev/null || exit"),
        ('KMU loginStatus | grep -q "CU has logged-in" || exit 1', "--max-items 1 > /dev/null || exit 1"),
        ('out=$(KMU loginStatus)\necho "$out" | grep -q SUCCESS || exit 1', ".[0].error_code == 0"),
    ],
)
def test_who_asks_whether_somebody_is_logged_in_tries_the_login(line: str, now: str) -> None:
    assert now in become(line)
    assert left(line) == []


@pytest.mark.parametrize(
    "line",
    [
        'KMU loginStatus | grep -q "CO has logged-in" || exit 1',
        # A singlecmd behind a bad login said nothing of it.
        'KMU loginStatus | grep -q "No user" && exit 1',
        "who=$(KMU loginStatus | tail -1)",
    ],
)
def test_who_asks_who_is_logged_in_is_left_to_a_person(line: str) -> None:
    assert left(line) == [2]
    assert left(f"{KMU.replace('-u CU', '-u CO')} loginStatus") == [2]
