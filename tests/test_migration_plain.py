"""What is answered in lists and recorded sessions: to a question, after a failure, wrongly."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.bash import linear
from migration.map.rule import NO_EFFECT
from migration.script import Login
from migration.translate import translate

QUESTION = "Do you want to continue(y/n)?"
ASKED = f"aws-cloudhsm>createUser CU a password1\n{QUESTION}"
HIDDEN = "aws-cloudhsm>changePswd CU a -hpswd\nEnter new password:\nRe-enter new password:\n"
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s app -p password1"
FAILED = "Retry/Ignore/Abort?(R/I/A):"


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("createUser CU a password1\nyes\nn\nlistUsers\n", False),
        ("createUser CU a password1\nyes\ny\nlistUsers\n", True),
        ("createUser CU a password1\nlistUsers\n", True),
        (ASKED + "u\n" + QUESTION + "n\n", False),
        (ASKED + "u\n" + QUESTION + "y\n", True),
        (ASKED + "deleteUser CU a\n", False),
        (HIDDEN + "Passwords do not match\n", False),
        (HIDDEN + QUESTION + "y\n", True),
    ],
)
def test_a_wrong_answer_is_none(text: str, *, done: bool) -> None:
    first, *rest = translate(script(text)).outcomes
    assert (first.result.verdict != NO_EFFECT) is done
    assert all(outcome.step.name == "listUsers" for outcome in rest)


def test_a_failure_that_was_answered_does_not_end_the_translation_of_a_session() -> None:
    text = f"aws-cloudhsm>deleteUser CU a\n{FAILED}R\n{FAILED}A\naws-cloudhsm>listUsers\n"
    assert [step.may_fail for step in script(text).steps] == [True, False]


def test_a_login_that_was_refused_in_a_session_is_none() -> None:
    text = (
        "aws-cloudhsm>loginHSM CO admin wrongpw1\nloginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE on server 0(h)\n"
        "aws-cloudhsm>loginHSM CO admin adminpw1\nloginHSM success on server 0(10.0.0.1)\naws-cloudhsm>listUsers\n"
    )
    first, second, last = translate(script(text)).outcomes
    assert (first.result.verdict, second.step.mistake) == (NO_EFFECT, "")
    assert last.step.session.login == Login(*map(words.text, ("CO", "admin", "adminpw1")), None)


def test_a_password_that_a_session_does_not_show_is_none_of_its_answers() -> None:
    (step,) = script(HIDDEN + QUESTION + "y\n").steps
    assert (step.answers, step.declined) == ((), False)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (f"for l in a b; do {KMU} deleteKey -k $l; done", True),
        (f"{KMU} deleteKey -k 7 && {KMU} deleteKey -k 8", True),
        (f"echo exit | {KMU}", True),
        (f"{KMU} < commands.txt", True),
        (f"ssh hsm1 {KMU} deleteKey -k 7", True),
        (f"sudo -u hsm sh -c '{KMU} deleteKey -k 7'", True),
        (f"{KMU} deleteKey -k 7", False),
        ("ls -l /opt/cloudhsm/bin/key_mgmt_util; ps aux | grep key_mgmt_util", False),
    ],
)
def test_a_line_of_a_shell_that_runs_a_tool_in_another_way_is_left(typed: str, *, left: bool) -> None:
    read = script(f"$ {typed}\naws-cloudhsm>listUsers\n")
    assert linear.render(translate(read)).startswith("by_hand 'line 1: ") is left


@pytest.mark.parametrize("behind", ["> /dev/null", "2>&1 | tee log", "; date", ">> log 2>&1", ""])
@pytest.mark.parametrize("before", ["$ ", ""])
def test_what_a_shell_does_with_an_output_is_no_part_of_the_command(before: str, behind: str) -> None:
    (_, step) = script(f"{before}{KMU} deleteKey -k 7 {behind}\n").steps
    assert [words.shown(word) for word in step.words] == ["deleteKey", "-k", "7"]
