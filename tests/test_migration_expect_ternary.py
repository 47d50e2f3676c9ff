"""What an expect script makes of its arguments and its environment: one of two values, other letters. Run in bash."""

from __future__ import annotations

import os
import subprocess

import pytest
from migration_support import script

from migration.bash import linear
from migration.translate import translate

STUBS = """hsm_login() { :; }; hsm_logout() { :; }; hsm_typed() { :; }; set -eu
hsm() { echo "$5"; }
"""
LOGIN = """spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
"""
FIND = 'send "genSymKey -t 31 -s 32 -l $x\\r"\nexpect "Command:"\n'


def left(text: str) -> list[str]:
    """Return what is left to a person."""
    return [told for _, told in translate(script(text, "x.exp")).remains]


def made(text: str, *arguments: str, **environment: str) -> tuple[str, int]:
    """Return the label of the key that a translation makes, and its status."""
    code = STUBS + linear.render(translate(script(text, "x.exp")))
    given = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(["bash", "-c", code, "x", *arguments], capture_output=True, text=True, env=given, check=False)
    return done.stdout.strip(), done.returncode


ENV = "set x [expr {[info exists env(X_LABEL)] ? $env(X_LABEL) : %s}]\n"
TURNED = 'set x [expr { ![info exists ::env(X_LABEL)] || $::env(X_LABEL) eq "" ? {plain} : $::env(X_LABEL) }]\n'
COUNT = "set x [expr {$argc > 0 ? [lindex $argv 0] : {plain}}]\n"


@pytest.mark.parametrize(
    ("text", "label"),
    [(ENV % '"plain"', "plain"), (ENV % "3072", "3072"), (TURNED, "plain"), (COUNT, "plain")],
)
def test_the_default_is_there_where_nothing_is_given(text: str, label: str) -> None:
    assert left(text + LOGIN + FIND) == []
    assert made(text + LOGIN + FIND) == (label, 0)


@pytest.mark.parametrize("value", ["told", "4096", "0", "-5", "a.b", "12345678901234567890", "3des", "2024-key"])
def test_what_is_given_is_taken(value: str) -> None:
    for text in (ENV % '"plain"', TURNED):
        assert made(text + LOGIN + FIND, X_LABEL=value) == (value, 0)
    assert made(COUNT + LOGIN + FIND, value) == (value, 0)


@pytest.mark.parametrize("value", ["010", "0x1F", "1.50", "1e3", "+5", " 5", "00", ".5", "089", "Inf", "-0"])
def test_it_stops_at_a_number_that_expr_writes_in_another_way(value: str) -> None:
    """``[expr {1 ? $x : 0}]`` is 8 for 010, and 1000.0 for 1e3."""
    assert made(ENV % '"plain"' + LOGIN + FIND, X_LABEL=value) == ("", 3)
    assert made(COUNT + LOGIN + FIND, value) == ("", 3)


def test_a_path_of_the_tool_needs_no_such_look() -> None:
    text = ENV.replace("set x", "set dir").replace("X_LABEL", "DIR") % '"/opt/cloudhsm"'
    text += LOGIN.replace("key_mgmt_util", "$dir/bin/key_mgmt_util") + FIND.replace("$x", "k")
    assert left(text) == []
    assert made(text, DIR="010") == ("k", 0)


@pytest.mark.parametrize(
    "value",
    [
        "[expr {[info exists env(X_LABEL)] ? $env(X_LABEL) : 010}]",
        '[expr {[info exists env(X_LABEL)] ? "a:b" : [exec hostname]}]',
        "[expr {[info exists env(X_LABEL)] ? 1 : 2 ? 3 : 4}]",
        "[expr {[lindex $argv 1] > 3 ? $env(X_LABEL) : {plain}}]",
    ],
)
def test_what_is_more_than_that_is_left_to_a_person(value: str) -> None:
    assert left(f"set x {value}\n{LOGIN}{FIND}")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('set db [lindex $argv 0]\nset x "TDE_[string toupper $db]_mk"\n', "TDE_CRM-2_mk"),
        ("set x [string tolower [lindex $argv 0]]\n", "crm-2"),
        ("set x [string toupper $env(X_LABEL)]\n", "AB"),
        ('set y "b_$env(X_LABEL)_[lindex $argv 0]"\nset x [string toupper $y]\n', "B_AB_CRM-2"),
    ],
)
def test_small_and_capital_letters_are_made_by_bash(text: str, label: str) -> None:
    assert left(text + LOGIN + FIND) == []
    assert made(text + LOGIN + FIND, "Crm-2", X_LABEL="aB") == (label, 0)


@pytest.mark.parametrize(
    "text",
    [
        "proc up {y} { set z [string toupper $y]; return $z }\nset x [up [lindex $argv 0]]\n",
        "set x [string toupper [exec hostname]]\n",
        "gets stdin y\nset x [string toupper $y]\n",
        "set x [string toupper [lindex $argv 0] 0 0]\n",
    ],
)
def test_other_letters_of_what_only_a_run_knows_are_left_to_a_person(text: str) -> None:
    assert left(text + LOGIN + FIND)
