"""What is answered in lists and recorded sessions: to a question, after a failure, wrongly."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.map.rule import NO_EFFECT
from migration.script import Login
from migration.translate import translate

QUESTION = "Do you want to continue(y/n)?"
ASKED = f"aws-cloudhsm>createUser CU a password1\n{QUESTION}"
HIDDEN = "aws-cloudhsm>changePswd CU a -hpswd\nEnter new password:\nRe-enter new password:\n"
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
