"""Quorum authentication in the CloudHSM CLI: files that people sign with openssl, used once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_support import Session, Sim, approve, key_file, public_key, session, sign_tokens

from shared.installation import Installation

REQUIRED = "Quorum approval is required for this operation"
UNKNOWN = "Invalid username-signature pair for quorum authorization"
CREATE = "user create --username bob --role crypto-user --password password1"


class Quorum(NamedTuple):
    """A session of the CO admin, where admin and admin2 must approve, and the folder of its files."""

    shell: Session
    folder: Path

    def token(self, service: str = "user") -> Path:
        """Return the file of a new token."""
        path = self.folder / "token"
        assert self.shell.data(f"quorum token-sign generate --service {service} --token {path}") == {"path": str(path)}
        return path

    def create(self, path: Path) -> str:
        """Return how the creation of a user is refused."""
        return self.shell.error(f"{CREATE} --approval {path}")


def register(shell: Session, folder: Path, number: int) -> None:
    token = folder / f"registration-{number}"
    shell.data(f"quorum token-sign generate --service registration --token {token}")
    sign_tokens(token, number)
    key = public_key(folder, number)
    shell.data(f"user change-quorum token-sign register --public-key {key} --signed-token {token}")


@pytest.fixture
def quorum(cluster2: Installation, tmp_path: Path) -> Iterator[Quorum]:  # noqa: ARG001 - the sessions find it
    with session() as shell:
        shell.log_in("admin", "admin", "adminpw1")
        shell.data("user create --username admin2 --role admin --password password1")
        register(shell, tmp_path, 1)
        with session() as other:
            other.log_in("admin2", "admin", "password1")
            register(other, tmp_path, 2)
        shell.data("quorum token-sign set-quorum-value --service user --value 2")
        yield Quorum(shell, tmp_path)


def test_who_has_registered_a_key_is_listed(quorum: Quorum) -> None:
    users = {user["username"]: user for user in quorum.shell.data("user list")["users"]}
    assert users["admin2"]["quorum"] == [{"strategy": "token-sign", "status": "enabled"}]
    assert (users["admin2"]["mfa"], users["alice"]["quorum"]) == ([], [])


def test_the_files_are_as_documented(quorum: Quorum) -> None:
    content = json.loads(quorum.token().read_text())
    assert list(content) == ["version", "approval_data", "token", "signatures"]
    assert (content["version"], content["signatures"]) == ("2.0", [])
    assert len(content["approval_data"]) == 216  # a block of 80 bytes for each of two HSMs, in base64
    assert len(content["token"]) == 44
    path = quorum.folder / "registration-3"
    quorum.shell.data(f"quorum token-sign generate --service registration --token {path}")
    content = json.loads(path.read_text())
    assert list(content) == ["version", "tokens"]
    assert [list(token) for token in content["tokens"]] == [["approval_data", "unsigned", "signed"]]


def test_an_approved_token_lets_one_command_through(quorum: Quorum) -> None:
    assert quorum.shell.error(CREATE) == REQUIRED
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    assert quorum.shell.data(f"{CREATE} --approval {path}") == {"username": "bob", "role": "crypto-user"}
    delete = "user delete --username bob --role crypto-user"
    assert quorum.shell.error(f"{delete} --approval {path}") == UNKNOWN
    assert quorum.shell.error(delete) == REQUIRED
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    quorum.shell.data(f"{delete} --approval {path}")


def test_approvals_that_do_not_suffice(quorum: Quorum) -> None:
    path = quorum.token()
    assert quorum.create(path) == "No token signatures provided"
    approve(path, ("admin", 1))
    few = "Too few quorum approvals: currently 1 approvals, but 2 approvals required"
    assert quorum.create(path) == few
    approve(path, ("admin", 1))
    assert quorum.create(path) == UNKNOWN  # nobody approves twice
    assert "bob" not in str(quorum.shell.data("user list"))


def test_an_approver_who_does_not_count(quorum: Quorum) -> None:
    path = quorum.token()
    content = path.read_text()
    others = ((name, 2, UNKNOWN) for name in ("alice", "nobody", "app_user"))
    for name, key, text in (("admin2", 3, "InvalidQuorumSignature"), *others):
        path.write_text(content)
        approve(path, ("admin", 1), (name, key))
        assert quorum.create(path) == text


def test_a_refused_approval_uses_nothing_up(quorum: Quorum) -> None:
    path = quorum.token()
    approve(path, ("admin", 1))
    quorum.create(path)
    approve(path, ("ADMIN2", 2))
    quorum.shell.data(f"{CREATE} --approval {path}")


NO_TOKEN_FILES = (
    "",
    "[]",
    "{",
    '{"version": "1.0"}',
    '{"version": "2.0", "approval_data": "AA==", "token": "AA==", "signatures": []}',
    '{"version": "2.0", "approval_data": "%", "token": "AA==", "signatures": []}',
    '{"version": "2.0", "approval_data": "AA==", "token": "AA==", "signatures": [1]}',
    '{"version": "2.0", "approval_data": "AA==", "token": "AA==", "signatures": [{"username": 5}]}',
)


def test_a_file_that_is_none(quorum: Quorum) -> None:
    for content in NO_TOKEN_FILES:
        path = quorum.folder / "broken"
        path.write_text(content)
        assert quorum.create(path) == "Quorum Failed", content


def test_a_signature_that_is_no_base64(quorum: Quorum) -> None:
    path = quorum.token()
    content = json.loads(path.read_text())
    content["signatures"] = [{"username": "admin", "signature": "?"}]
    path.write_text(json.dumps(content))
    assert quorum.create(path) == "InvalidQuorumSignature"


def test_a_file_that_is_not_there(quorum: Quorum) -> None:
    path = quorum.folder / "missing"
    assert quorum.create(path) == f"Unable to read {path}: No such file or directory"


def test_a_token_of_another_service_or_session(quorum: Quorum) -> None:
    path = quorum.token("quorum")
    approve(path, ("admin", 1), ("admin2", 2))
    assert quorum.create(path) == UNKNOWN
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    with session() as other:
        other.log_in("admin2", "admin", "password1")
        assert other.error(f"{CREATE} --approval {path}") == UNKNOWN
    quorum.shell.data("logout")
    quorum.shell.log_in("admin", "admin", "adminpw1")
    assert quorum.create(path) == UNKNOWN  # it went with the login


def test_there_is_one_token_of_a_service(quorum: Quorum) -> None:
    first = quorum.token().read_text()
    second = quorum.token()
    approve(second, ("admin", 1), ("admin2", 2))
    old = quorum.folder / "old"
    old.write_text(first)
    approve(old, ("admin", 1), ("admin2", 2))
    assert quorum.create(old) == UNKNOWN
    tokens = quorum.shell.data("quorum token-sign list")["tokens"]
    left = tokens[0].pop("token-timeout-seconds")
    assert 500 < left <= 600
    assert tokens == [
        {
            "username": "admin",
            "service": "user",
            "approvals-required": 2,
            "number-of-approvals": 0,
            "cluster-coverage": "full",
        }
    ]


def test_the_quorum_value_of_quorum_itself(quorum: Quorum) -> None:
    quorum.shell.data("quorum token-sign set-quorum-value --service quorum --value 2")
    lower = "quorum token-sign set-quorum-value --service user --value 1"
    assert quorum.shell.error(lower) == REQUIRED
    path = quorum.token("quorum")
    approve(path, ("admin", 1), ("admin2", 2))
    assert quorum.shell.data(f"{lower} --approval {path}") == "Set quorum value successful"
    assert quorum.shell.data("quorum token-sign list-quorum-values") == {"user": 1, "quorum": 2}
    quorum.shell.data(CREATE)


def test_tokens_are_deleted_by_their_owner_or_an_admin(quorum: Quorum) -> None:
    quorum.token()
    quorum.token("quorum")
    assert len(quorum.shell.data("quorum token-sign list")["tokens"]) == 2
    with session() as other:
        other.log_in("alice", "crypto-user", "password1")
        denied = "User is not authorized to perform this operation"
        assert other.error("quorum token-sign delete --scope all") == denied
        assert other.data("quorum token-sign delete --scope user") == "Deletion of quorum token(s) successful"
        assert len(other.data("quorum token-sign list")["tokens"]) == 2
        other.data("logout")
        other.log_in("admin2", "admin", "password1")
        other.data("quorum token-sign delete --scope all")
    assert quorum.shell.data("quorum token-sign list") == {"tokens": []}


def test_every_protected_user_command_wants_an_approval(quorum: Quorum) -> None:
    shell = quorum.shell
    change = "--username alice --role crypto-user"
    assert shell.error(f"user change-password {change} --password password2") == REQUIRED
    assert shell.error(f"user change-mfa token-sign {change} --change-password password2 --deregister") == REQUIRED
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    shell.data(f"user change-password {change} --password password2 --approval {path}")


def test_a_registration_signed_with_another_key_or_twice(quorum: Quorum) -> None:
    shell, folder = quorum
    path, key = folder / "registration", public_key(folder, 3)
    shell.data(f"quorum token-sign generate --service registration --token {path}")
    command = f"user change-quorum token-sign register --public-key {key} --signed-token {path}"
    wrong = "The registration token is not signed with the key that was given, or it is no longer valid"
    assert shell.error(command) == wrong
    sign_tokens(path, 2)
    assert shell.error(command) == wrong
    sign_tokens(path, 3)
    private = f"user change-quorum token-sign register --public-key {key_file(3)} --signed-token {path}"
    assert shell.error(private) == "The public key is not an RSA 2048 public key in PEM format"
    shell.data(command)
    assert shell.error(command) == wrong


def test_a_token_file_that_cannot_be_written_leaves_no_token(quorum: Quorum) -> None:
    command = "quorum token-sign generate --service user --token /nowhere/token"
    assert quorum.shell.error(command) == "Unable to write /nowhere/token: No such file or directory"
    assert quorum.shell.data("quorum token-sign list") == {"tokens": []}


def test_deregister_quorum_takes_the_key_away(quorum: Quorum) -> None:
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    drop = "user change-password --username admin2 --role admin --password password2 --deregister-quorum"
    quorum.shell.data(f"{drop} --approval {path}")
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    assert quorum.create(path) == UNKNOWN


def test_a_token_lasts_ten_minutes(quorum: Quorum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", "1800000000")
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", "1800000601")
    assert quorum.shell.data("quorum token-sign list") == {"tokens": []}
    assert quorum.create(path) == UNKNOWN


def test_an_hsm_without_the_token_refuses(quorum: Quorum, sim: Sim) -> None:
    """What the others did stays, and the create repairs it once it is approved again."""
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    sim("hsm", "stop", "10.0.0.2")
    sim("hsm", "start", "10.0.0.2")
    assert [token["cluster-coverage"] for token in quorum.shell.data("quorum token-sign list")["tokens"]] == [
        "inconsistent"
    ]
    assert quorum.create(path) == UNKNOWN
    path = quorum.token()
    approve(path, ("admin", 1), ("admin2", 2))
    quorum.shell.data(f"{CREATE} --approval {path}")
    users = {user["username"]: user for user in quorum.shell.data("user list")["users"]}
    assert users["bob"]["cluster-coverage"] == "full"
