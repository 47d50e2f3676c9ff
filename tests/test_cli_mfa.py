"""Second factors in the CloudHSM CLI: a token of every HSM, signed with openssl."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_support import Session, Sim, key_file, public_key, session, sign_tokens

from shared.installation import Installation

PASSWORD, CONFIRM = "Enter password:", "Confirm password:"
SIGNED = "Enter signed token file path (press enter if same as the unsigned token file):"
KEY = "Enter public key PEM file path:"
REFUSED = "Login failed: the username, role or password is incorrect, or the user is locked"
NOT_SIGNED = "The token file is not signed for every HSM of the cluster, or not with the key that was given"
ALICE = "--username alice --role crypto-user"
ENABLED = [{"strategy": "token-sign", "status": "enabled"}]


class Mfa(NamedTuple):
    """A session of the CO admin, and the folder of its files."""

    shell: Session
    folder: Path

    @property
    def token(self) -> Path:
        """Return the file of the tokens."""
        return self.folder / "mfa.token"


@pytest.fixture
def mfa(cluster2: Installation, tmp_path: Path) -> Iterator[Mfa]:  # noqa: ARG001 - the session finds it
    with session() as shell:
        shell.log_in("admin", "admin", "adminpw1")
        shell.data("user create --username admin2 --role admin --password password1")
        yield Mfa(shell, tmp_path)


def signed(mfa: Mfa, number: int) -> str:
    """Sign the tokens, and say that they are in the same file."""
    sign_tokens(mfa.token, number)
    return ""


def register(mfa: Mfa, user: str = ALICE, number: int = 1, more: str = "") -> None:
    line = f"user change-mfa token-sign {user} --token {mfa.token} {more}"
    pem = str(public_key(mfa.folder, number))
    answers = ((PASSWORD, "password2"), (CONFIRM, "password2"), (SIGNED, lambda: signed(mfa, number)), (KEY, pem))
    mfa.shell.data(line, *answers)


def entry(mfa: Mfa, name: str) -> tuple[object, object]:
    users = {user["username"]: user for user in mfa.shell.data("user list")["users"]}
    return users[name]["mfa"], users[name]["quorum"]


def test_a_registered_factor_is_asked_for(mfa: Mfa) -> None:
    register(mfa)
    assert entry(mfa, "alice") == (ENABLED, [])
    with session() as shell:
        assert shell.error(f"login {ALICE} --password password2") == REFUSED
        login = f"login {ALICE} mfa-token-sign --token {mfa.token}"
        answers = ((PASSWORD, "password2"), (SIGNED, lambda: signed(mfa, 1)))
        assert shell.data(login, *answers) == {"username": "alice", "role": "crypto-user"}
        content = json.loads(mfa.token.read_text())
        assert [list(token) for token in content["tokens"]] == [["unsigned", "signed"]] * 2  # one an HSM
        assert content["version"] == "2.0"


def test_a_factor_that_is_wrong(mfa: Mfa) -> None:
    register(mfa)
    login = f"login {ALICE} --password password2 mfa-token-sign --token {mfa.token}"
    old = mfa.folder / "old.token"
    old.write_text(mfa.token.read_text())
    with session() as shell:
        assert shell.error(login, (SIGNED, "")) == REFUSED
        assert shell.error(login, (SIGNED, lambda: signed(mfa, 2))) == REFUSED
        assert shell.error(login, (SIGNED, str(old))) == NOT_SIGNED  # signed last time
        wrong = login.replace("password2", "wrongpw1")
        assert shell.error(wrong, (SIGNED, lambda: signed(mfa, 1))) == REFUSED
        shell.data(login, (SIGNED, lambda: signed(mfa, 1)))


def test_a_signature_by_another_key_changes_nothing(mfa: Mfa) -> None:
    line = f"user change-mfa token-sign {ALICE} --token {mfa.token} --change-password password2"
    pem = str(public_key(mfa.folder, 2))
    assert mfa.shell.error(line, (SIGNED, lambda: signed(mfa, 1)), (KEY, pem)) == NOT_SIGNED

    def one_only() -> str:
        sign_tokens(mfa.token, 2)
        content = json.loads(mfa.token.read_text())
        content["tokens"][1]["signed"] = ""
        mfa.token.write_text(json.dumps(content))
        return ""

    assert mfa.shell.error(line, (SIGNED, one_only), (KEY, pem)) == NOT_SIGNED
    private = str(key_file(2))
    wrong = mfa.shell.error(line, (SIGNED, lambda: signed(mfa, 2)), (KEY, private))
    assert wrong == "The public key is not an RSA 2048 public key in PEM format"
    assert entry(mfa, "alice") == ([], [])
    with session() as shell:
        shell.log_in("alice", "crypto-user", "password1")


def test_the_same_key_for_the_quorum_and_its_end(mfa: Mfa) -> None:
    user = "--username admin2 --role admin"
    register(mfa, user, more="--change-quorum")
    assert entry(mfa, "admin2") == (ENABLED, ENABLED)
    mfa.shell.data(f"user change-mfa token-sign {user} --change-password password3 --deregister")
    assert entry(mfa, "admin2") == ([], ENABLED)
    mfa.shell.data(f"user change-mfa token-sign {user} --change-password password3 --deregister --change-quorum")
    assert entry(mfa, "admin2") == ([], [])
    with session() as shell:
        shell.log_in("admin2", "admin", "password3")


def test_a_new_password_leaves_the_factor_unless_it_is_dropped(mfa: Mfa) -> None:
    register(mfa)
    mfa.shell.data(f"user change-password {ALICE} --password password3")
    assert entry(mfa, "alice") == (ENABLED, [])
    mfa.shell.data(f"user change-password {ALICE} --password password4 --deregister-mfa")
    assert entry(mfa, "alice") == ([], [])
    with session() as shell:
        shell.log_in("alice", "crypto-user", "password4")


def test_the_end_of_input_at_a_question_changes_nothing(mfa: Mfa) -> None:
    line = f"user change-mfa token-sign {ALICE} --token {mfa.token} --change-password password2"
    assert mfa.shell.error(line) == "The input ended before the question was answered"
    assert entry(mfa, "alice") == ([], [])


def test_an_hsm_that_comes_back_is_not_tried_with_the_password_alone(mfa: Mfa, sim: Sim) -> None:
    register(mfa)
    with session() as shell:
        login = f"login {ALICE} --password password2 mfa-token-sign --token {mfa.token}"
        shell.data(login, (SIGNED, lambda: signed(mfa, 1)))
        sim("hsm", "stop", "10.0.0.2")
        sim("hsm", "start", "10.0.0.2")
        for _ in range(6):
            shell.data("quorum token-sign list")
    users = {user["username"]: user for user in mfa.shell.data("user list")["users"]}
    assert users["alice"]["locked"] == "false"
