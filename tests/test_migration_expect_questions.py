"""What an expect script reads up to a question, as autoexpect writes it down, and behind it."""

from __future__ import annotations

import pytest
from migration_support import script

from migration.bash import linear
from migration.translate import translate

LOGIN = """set pw [lindex $argv 0]
spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
"""
CAUTION = """\\r
*************************CAUTION********************************\\r
This is a CRITICAL operation, should be done on all nodes in the\\r
cluster. AWS does NOT synchronize these changes automatically with the \\r
nodes on which this operation is not executed or failed, please \\r
ensure this operation is executed on all nodes in the cluster.  \\r
****************************************************************\\r
\\r
Do you want to continue(y/n)?"""
CREATE = 'send -- "createUser CU bob $pw\\r"\n'


def left(text: str) -> list[str]:
    """Return what is left to a person."""
    return [told for _, told in translate(script(LOGIN + text, "x.exp")).remains]


def done(text: str) -> list[str]:
    """Return the commands, without their login, up to where a person must do something."""
    found: list[str] = []
    for line in linear.render(translate(script(LOGIN + text, "x.exp"))).splitlines():
        if line.startswith("by_hand"):
            return [*found, "by hand"]
        if line.startswith("hsm "):
            found.append(line)
    return found


BOB = 'hsm user create --username bob --role crypto-user --password "$pw"'


def test_the_whole_question_behind_the_echo_is_no_failure() -> None:
    text = f'{CREATE}expect -exact "createUser CU bob $pw{CAUTION}"\nsend -- "y\\r"\nexpect -exact "aws-cloudhsm>"\n'
    assert left(text) == []
    assert done(f'{text}send -- "listUsers\\r"\n') == [BOB, "hsm user list"]


@pytest.mark.parametrize("echo", ["createUser CU bob $other", "createUser CU eve $pw", "createUser CU bob $pw $pw"])
def test_what_the_command_does_not_print_is_left_to_a_person(echo: str) -> None:
    text = f'{CREATE}expect -exact "{echo}{CAUTION}"\nsend -- "y\\r"\nexpect -exact "aws-cloudhsm>"\n'
    assert left(text)


@pytest.mark.parametrize("asked", ['"continue*"', '"*(y/n)*"', "-re {continue.*}", '"*continue*"'])
def test_what_is_read_up_to_a_question_ends_there(asked: str) -> None:
    behind = 'expect {\n"failed" { exit 1 }\n"createUser success" { send "quit\\r" }\n}\n'
    text = f'{CREATE}expect {asked}\nsend "y\\r"\n{behind}'
    assert left(text) == []
    assert done(text) == [BOB]


def test_a_greedy_pattern_behind_the_question_reads_what_is_there() -> None:
    behind = 'expect {\n"success" { send "listUsers\\r" }\ntimeout { exit 3 }\n}\n'
    text = f'{CREATE}expect "continue"\nsend "y\\r"\nexpect "success*"\n{behind}'
    assert done(text) == [BOB, "by hand"]
