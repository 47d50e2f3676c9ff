"""Legacy scripts over key_mgmt_util: singlecmd in shell loops, expect, heredocs, and programs with pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from legacy.lab import Lab

pytest_plugins = ["legacy.lab"]


def test_keys_are_rotated_by_singlecmds_under_set_e(lab: Lab) -> None:
    done = lab.script("shell/rotate_keys.sh")
    assert done.status == 0, done.out + done.err
    assert done.lines()[:4] == ["before: 0", "deleted", "deleted", "refused with 255"]
    keys = lab.state()["keys"]
    assert list(keys.values()) == ["rotated"]
    assert done.lines()[-1] == f"handle: {next(iter(keys))}"
    # The wrong password is remembered on every HSM until the next good login.
    assert {user["login_failures"] for hsm in lab.status() for user in hsm["users"] if user["name"] == "alice"} == {1}


def test_expect_script_works_on_keys(lab: Lab) -> None:
    done = lab.script("expect/keys.exp", "alice", "password1")
    assert done.status == 0, done.out
    keys = lab.state()["keys"]
    assert list(keys.values()) == ["kept", "ec", "ec"], "the other session key went with its session"
    assert done.lines()[-1] == "left: " + " ".join(map(str, keys))
    assert (lab.work / "label.txt").read_text().splitlines()[-1] == "kept"


@pytest.mark.parametrize(("password", "status"), [("password1", 0), ("password2", 3)])
def test_wrong_password_has_a_code_of_its_own(lab: Lab, password: str, status: int) -> None:
    assert lab.script("expect/kmu_wrong_password.exp", "alice", password).status == status
    assert lab.status()[0]["users"][2]["login_failures"] == (1 if status else 0)


@pytest.mark.parametrize("last", ["exit", "quit", "", "logout\nexit", "logoutHSM\nquit"])
def test_commands_from_a_heredoc(lab: Lab, last: str) -> None:
    done = lab.script("shell/kmu_heredoc.sh", last)
    assert done.status == 0, done.out + done.err
    assert done.lines()[0] == "status 0"
    keys = lab.state()["keys"]
    assert list(keys.values()) == ["heredoc"]
    assert done.lines()[1] == f"\tSymmetric Key Created.  Key Handle: {next(iter(keys))}"


def test_handles_are_words_of_the_answer(lab: Lab) -> None:
    done = lab.script("programs/make_pair.py", "alice", "password1", "pair")
    assert done.status == 0, done.err
    assert done.out.split() == ["pair", *map(str, lab.state()["keys"])]


def test_one_block_is_one_read(lab: Lab) -> None:
    done = lab.script("programs/pipe_driver.py")
    assert done.status == 0, done.out + done.err
    assert list(lab.state()["keys"].values()) == ["one"]


def test_vendor_names_of_the_tool(lab: Lab) -> None:
    done = lab.script("shell/vendor_names.sh")
    assert done.status == 0, done.out + done.err
    assert list(lab.state()["keys"].values()) == ["vendor", "vendor"]
