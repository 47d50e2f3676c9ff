"""Every change, refused by each server in turn: what the transcript says is what the HSMs hold, no more and no less."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cmu_support import ADMIN_LINE, digests, play
from model_support import ADMIN, ALICE, BOB_ID, DATA, World, make_world

from shared import errors
from shared.hsm.keys import Template

if TYPE_CHECKING:
    from pathlib import Path

SERVERS = 3
USER_LINE = "loginHSM CU alice alicepw1"
REGISTRATION = "CO admin message signature public"


class Change(NamedTuple):
    """A command that changes state: who gives it, the whole line, and what may be answered when a server refuses."""

    login: str
    line: str
    answers: str
    confirmed: bool = True

    @property
    def name(self) -> str:
        """Return the command's name."""
        return self.line.split()[0]


CHANGES = (
    Change(ADMIN_LINE, "createUser CU carol carolpw1", "RIA"),
    Change(ADMIN_LINE, "changePswd CU bob bobpw456", "RIA"),
    Change(ADMIN_LINE, "deleteUser CU bob", "RIB", confirmed=False),
    Change(ADMIN_LINE, "setMValue 3 2", "RIA"),
    Change(ADMIN_LINE, f"registerQuorumPubKey {REGISTRATION}", "RIA"),
    Change(ADMIN_LINE, "setAttribute 6 134 1", "RIA"),
    Change(USER_LINE, "setAttribute 6 264 1", "RIA"),
    Change(USER_LINE, f"shareKey 6 {BOB_ID} 1", "RIA"),
)
CASES = [
    pytest.param(change, server, answer, id=f"{change.line.split(' ')[0]}-{number}-{server}-{answer}")
    for number, change in enumerate(CHANGES)
    for server in range(SERVERS)
    for answer in change.answers
]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    world = make_world(tmp_path, SERVERS)
    client = world.alice()
    assert client.generate_secret(31, 32, Template(b"key")).successes == SERVERS
    client.logout()
    for hsm in world.hsms():
        # A minimum of two needs two officers.
        hsm.login("CO", "admin", ADMIN)
        hsm.create_user("CO", "second", ALICE)
        hsm.logout()
    return world


def sign_registration(folder: Path) -> None:
    key = str(DATA / "approver-1.pem")
    (folder / "message").write_bytes(b"a registration token")
    for words in (
        ["dgst", "-sha256", "-sign", key, "-out", "signature", "message"],
        ["pkey", "-in", key, "-pubout", "-out", "public"],
    ):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("change", "server", "answer"), CASES)
def test_state_is_what_the_transcript_says(
    world: World, tmp_path: Path, change: Change, server: int, answer: str
) -> None:
    sign_registration(tmp_path)
    before = digests(world)
    world.fault(server, change.name, errors.POLICY_MISMATCH)
    output = play(world, change.login, change.line, *(["y"] if change.confirmed else []), answer)
    after = digests(world)

    said = [f"{change.name} success on server {number}(" in output for number in range(SERVERS)]
    rolled_back = answer == "B"
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [done and not rolled_back for done in said]
    assert output.count(f"{change.name} failed: ") == 1
    # R makes up for it, I leaves one out, A and B stop where they are.
    expected = {"R": [True] * SERVERS, "I": [number != server for number in range(SERVERS)]}
    assert said == expected.get(answer, [number < server for number in range(SERVERS)])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.line.split(" ")[0])
def test_without_a_fault_every_server_changes(world: World, tmp_path: Path, change: Change) -> None:
    sign_registration(tmp_path)
    before = digests(world)
    output = play(world, change.login, change.line, *(["y"] if change.confirmed else []))
    assert f"{change.name} failed" not in output
    assert all(old != new for old, new in zip(before, digests(world), strict=True))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.line.split(" ")[0])
def test_nothing_changes_without_a_login_or_after_a_no(world: World, tmp_path: Path, change: Change) -> None:
    sign_registration(tmp_path)
    before = digests(world)
    play(world, change.line, *(["y"] if change.confirmed else []))
    if change.confirmed:
        play(world, change.login, change.line, "n")
    assert digests(world) == before
