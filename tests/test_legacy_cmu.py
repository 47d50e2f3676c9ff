"""Legacy scripts over cloudhsm_mgmt_util: expect, pexpect, and plain pipes without a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from legacy.lab import Lab

pytest_plugins = ["legacy.lab"]

BASE = ["CO:admin", "AU:app_user", "CU:alice"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["wrongpw1", "CU", "carol", "password2"], 2),
        (["adminpw1", "CU", "alice", "password2"], 3),
        (["adminpw1", "XU", "carol", "password2"], 4),
        (["adminpw1", "CU", "ca-rol", "password2"], 5),
        (["adminpw1", "CU", "carol", "short"], 6),
    ],
    ids=["login", "exists", "type", "name", "length"],
)
def test_create_user_branches_on_what_goes_wrong(lab: Lab, words: list[str], status: int) -> None:
    before = lab.status()
    assert lab.script("expect/create_user.exp", *words).status == status
    after = lab.status()
    assert [hsm["keys"] for hsm in after] == [hsm["keys"] for hsm in before]
    assert lab.state()["users"] == BASE


def test_create_user_in_a_cluster_of_three(lab: Lab) -> None:
    done = lab.script("expect/create_user.exp", "adminpw1", "CU", "carol", "password2")
    assert done.status == 0
    assert done.out.count("createUser CU carol password2") == 1, "the input is echoed once"
    assert lab.state()["users"] == [*BASE, "CU:carol"]


def test_all_is_typed_before_the_first_prompt(new_lab: Lab) -> None:
    done = new_lab.script("expect/activate.exp", "Adm1nPassw0rd")
    assert done.status == 0, done.out
    assert done.lines()[-1].endswith("disconnecting from servers, please wait...")
    assert (
        len(re.findall(r"^changePswd success on server \d\(10\.0\.0\.\d\)$", done.out.replace("\r", ""), re.MULTILINE))
        == 3
    )
    assert new_lab.state()["users"] == ["CO:admin", "AU:app_user"]
    assert new_lab.script("expect/login.exp", "CO", "admin", "Adm1nPassw0rd").lines()[-1] == "logged in"


@pytest.mark.parametrize(("password", "verdict"), [("adminpw1", "logged in"), ("adminpw2", "refused")])
def test_terminal_that_goes_away_after_quit_does_no_harm(lab: Lab, password: str, verdict: str) -> None:
    done = lab.script("expect/login.exp", "CO", "admin", password)
    assert (done.status, done.lines()[-1]) == (0, verdict)
    assert lab.state()["users"] == BASE


def test_passwords_that_are_asked_for(lab: Lab) -> None:
    words = ["adminpw1", "Hidden.Officer", "carol", "Hidden.User"]
    done = lab.script("expect/hidden_passwords.exp", *words)
    assert done.status == 0, done.out
    assert lab.state()["users"] == [*BASE, "CU:carol"]
    # The key tool was typed ahead, so the terminal itself has echoed that one; the rest was hidden.
    management = done.out.partition("key_mgmt_util")[0]
    assert not any(password in management for password in words if password != "carol")
    assert lab.script("expect/login.exp", "CO", "admin", "Hidden.Officer").lines()[-1] == "logged in"


@pytest.mark.parametrize(("name", "users"), [("alice", BASE[:2]), ("nobody", BASE)])
def test_an_answer_nobody_asked_for_is_harmless(lab: Lab, name: str, users: list[str]) -> None:
    done = lab.script("expect/delete_user.exp", "adminpw1", "CU", name)
    assert done.status == 0, done.out
    assert lab.state()["users"] == users


def test_a_forgotten_answer_eats_the_next_command(lab: Lab) -> None:
    assert lab.script("expect/forgotten_answer.exp").status == 0
    assert lab.state()["users"] == BASE


def test_server_mode_makes_and_mends_a_difference(lab: Lab) -> None:
    done = lab.script("expect/server_mode.exp")
    assert done.status == 0, done.out
    assert lab.state()["users"] == BASE


def test_a_server_that_does_not_answer_ends_the_tool(lab: Lab) -> None:
    assert lab.script("expect/unreachable.exp").status == 0
    lab.simulator("hsm", "stop", "10.0.0.2")
    assert lab.script("expect/unreachable.exp").status == 7


def test_keys_of_a_user_from_the_screen_and_from_a_file(lab: Lab) -> None:
    none = lab.script("expect/find_all_keys.exp", "adminpw1", "3")
    assert (none.status, none.lines()[-1]) == (0, "counts: 0= 0= 0=")
    for _ in range(2):
        lab.shell(
            "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 16 -l k"
        )
    handles = list(lab.state()["keys"])
    listed = ",".join(f"{handle}(o)" for handle in handles)
    screen = lab.script("expect/find_all_keys.exp", "adminpw1", "3")
    assert screen.status == 0
    assert screen.lines()[-1] == f"counts: 2={listed} 2={listed} 2={listed}"

    done = lab.script("shell/find_all_keys.sh", "3")
    assert done.status == 0, done.out
    assert done.lines()[-3:] == ["count: 2", *(f"handle: {handle}" for handle in handles)]


def test_heredoc_in_the_background_without_a_terminal(new_lab: Lab) -> None:
    done = new_lab.script("shell/activate_heredoc.sh")
    assert (done.status, done.lines()) == (0, ["status 0"]), done.out + done.err
    assert new_lab.state()["users"] == ["CO:admin", "AU:app_user", "CU:builder", "CO:second"]


def test_users_out_of_the_listings(lab: Lab) -> None:
    done = lab.script("shell/list_users.sh", "alice")
    assert done.status == 0, done.out + done.err
    assert done.lines() == ["users: 3", "id: 3", "words: 18", "found"]


def test_pexpect_program_changes_a_password(lab: Lab) -> None:
    done = lab.script("programs/rotate_password.py", "adminpw1", "adminpw2")
    assert done.status == 0, done.out + done.err
    users = [line for line in done.lines() if line.startswith("user ")]
    assert users == ["user 1 CO admin", "user 2 AU app_user", "user 3 CU alice"]
    lab.state()
    assert lab.script("programs/rotate_password.py", "adminpw1", "adminpw3").status == 3
    assert lab.script("expect/login.exp", "CO", "admin", "adminpw2").lines()[-1] == "logged in"


def test_password_of_odd_signs(lab: Lab) -> None:
    done = lab.script("shell/odd_password.sh")
    assert done.status == 0, done.out + done.err
    assert done.out.count("loginHSM success on server") == 6
    assert "Total number of keys present: 1\n" in done.out
    state = lab.state()
    assert state["users"] == [*BASE, "CU:odd"]
    assert list(state["keys"].values()) == ["odd"]


def test_locked_user_is_unlocked_by_the_officer(lab: Lab) -> None:
    done = lab.script("shell/locked_user.sh")
    assert done.status == 0, done.out + done.err
    assert done.lines()[:2] == ["15", "3"]
    assert [line for line in done.lines() if line.startswith("failures: ")] == ["failures: 5"] * 3
    assert [user["login_failures"] for user in lab.status()[0]["users"]] == [0, 0, 0]
