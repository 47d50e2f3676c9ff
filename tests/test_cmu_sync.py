"""syncKey and syncUser where no transcript shows it: HSMs that are lost, full or strange, and what lives elsewhere."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cmu_support import ADMIN_LINE, Step, digests, play, servers_of
from model_support import ADMIN, AES, ALICE, DATA, FIRST, KEY, OTHER, World, clone_of, make_world
from sign_support import openssl

from cloudhsm_mgmt_util.shell import Server
from shared import errors
from shared.cluster import directory
from shared.errors import Code

ALICE_LINE = "loginHSM CU alice alicepw1"
EXTRACTED = "ExtractMaskedObject: 0x0 !\n"


class Sync(NamedTuple):
    """A line that copies something to server 1, and who types it."""

    login: str
    line: str

    def refused(self, code: Code, *, there: bool = True) -> str:
        """Return what is printed when the destination refuses, or the source."""
        name, text = self.line.split()[0], ""
        if name == "syncUser":
            step = f"{'Insert' if there else 'Extract'}MaskedObject: 0x{code.number:x} !\n"
            text = EXTRACTED + step if there else step
        return f"{text}{name} failed: {code.text}\n"

    @property
    def done(self) -> str:
        """Return what is printed when it works."""
        if self.line.startswith("syncUser"):
            return f"{EXTRACTED}InsertMaskedObject: 0x0 !\nsyncUser success\n"
        return "syncKey success\n"


SYNCS = {
    "key by an officer": Sync(ADMIN_LINE, "syncKey 6 1"),
    "key by its owner": Sync(ALICE_LINE, "syncKey 6 1"),
    "user": Sync(ADMIN_LINE, "syncUser 5 1"),
}
each_sync = pytest.mark.parametrize("sync", SYNCS.values(), ids=SYNCS)


def with_news(world: World) -> World:
    """Give the first HSM alone a key of alice's, 6, and the CU carol, whose id is 5."""
    world.as_user("CU", "alice", ALICE).generate_secret(AES, 16, KEY)
    world.as_user("CO", "admin", ADMIN).create_user("CU", "carol", OTHER)
    return world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return two HSMs, the first with news; the working directory is empty."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return with_news(make_world(tmp_path / "world", 2))


def setting(world: World, node: int, state: str) -> Callable[[], object]:
    """Return a step that takes an HSM down or up."""
    return lambda: directory.set_state(world.realm, world.rows[node].id, state)


def on_server_0(world: World, login: str, *steps: Step, servers: list[Server] | None = None) -> str:
    """Return what the shell prints behind a login on all servers and ``server 0``."""
    head, mode, rest = play(world, login, "server 0", *steps, servers=servers).partition("Server is in 'E2' mode...\n")
    assert mode
    assert "failed" not in head
    return rest


@each_sync
def test_the_destination_is_down(world: World, sync: Sync) -> None:
    before = digests(world)
    output = on_server_0(world, sync.login, setting(world, 1, "stopped"), sync.line, setting(world, 1, "up"), sync.line)
    extracted = EXTRACTED if sync.line.startswith("syncUser") else ""
    # It comes back with nobody logged in.
    assert output == f"{extracted}Server 1(10.0.0.2) is not connected\n{sync.refused(errors.NOT_LOGGED_IN)}"
    assert digests(world) == before
    assert on_server_0(world, sync.login, sync.line) == sync.done


@each_sync
def test_the_source_is_down(world: World, sync: Sync) -> None:
    before = digests(world)
    output = on_server_0(world, sync.login, setting(world, 0, "stopped"), sync.line, setting(world, 0, "up"), sync.line)
    nobody = sync.refused(errors.NOT_LOGGED_IN, there=False)
    assert output == f"Server 0(10.0.0.1) is not connected\n{nobody}"
    assert digests(world) == before


@each_sync
def test_either_side_refuses_and_no_second_time(world: World, sync: Sync) -> None:
    before = digests(world)
    world.fault(0, "extractMaskedObject", errors.POLICY_MISMATCH)
    world.fault(1, "insertMaskedObject", errors.POLICY_MISMATCH)
    seen: list[list[str]] = []
    output = on_server_0(world, sync.login, sync.line, sync.line, lambda: seen.append(digests(world)), sync.line)
    refusals = [sync.refused(errors.POLICY_MISMATCH, there=there) for there in (False, True)]
    assert output == "".join(refusals) + sync.done
    assert seen == [before]


@pytest.mark.parametrize(("sync", "quota"), [(SYNCS["key by its owner"], "max_keys"), (SYNCS["user"], "max_users")])
def test_the_destination_is_full(tmp_path: Path, sync: Sync, quota: str) -> None:
    world = with_news(make_world(tmp_path, 2, **{quota: 5 if quota == "max_users" else 1}))
    alice, admin = world.as_user("CU", "alice", ALICE, 1), world.as_user("CO", "admin", ADMIN, 1)
    alice.generate_secret(AES, 16, KEY)
    admin.create_user("CU", "dave", OTHER)
    before = digests(world)
    assert on_server_0(world, sync.login, sync.line) == sync.refused(errors.INVALID_DATA)
    assert digests(world) == before


@pytest.mark.parametrize("login", [ADMIN_LINE, ALICE_LINE])
def test_a_session_key_of_another_program(world: World, login: str) -> None:
    handle = world.as_user("CU", "alice", ALICE).generate_secret(AES, 16, KEY._replace(token=False)).handle
    line = f"syncKey {handle} 1"
    assert on_server_0(world, login, line) == Sync(login, line).refused(errors.INVALID_HANDLE)
    assert world.handles(1) == []


# Clones and strangers


def clone_and_stranger(world: World, *, made: bool) -> tuple[World, World]:
    """Return a clone of a clone, and a cluster whose users have the same names and passwords."""
    heir = clone_of(clone_of(world), "heir", ("10.0.9.2",))
    if made:
        with_news(heir)
    stranger = World(world.realm, directory.create_cluster(world.realm, "stranger", ["10.0.8.1"]))
    hsm = stranger.hsm()
    hsm.login("PRECO", "admin", FIRST)
    hsm.change_password("PRECO", "admin", ADMIN)
    hsm.create_user("CU", "alice", ALICE)
    hsm.logout()
    return heir, stranger


def one_of_each(*worlds: World) -> list[Server]:
    """Return connections to the first HSM of each cluster, as the guide's configuration for clones has them."""
    session = worlds[0].realm.open_session("test")
    servers = [servers_of(world, session)[0] for world in worlds]
    for number, server in enumerate(servers):
        server.number = number
    return servers


@each_sync
def test_a_clone_takes_what_a_stranger_refuses(tmp_path: Path, sync: Sync) -> None:
    world = make_world(tmp_path, 1)
    clone, stranger = clone_and_stranger(world, made=False)
    with_news(world)
    servers = one_of_each(world, clone, stranger)
    before = digests(stranger)
    to_stranger = sync._replace(line=sync.line.replace(" 1", " 2"))
    output = on_server_0(world, sync.login, sync.line, to_stranger.line, servers=servers)
    assert output == sync.done + to_stranger.refused(errors.POLICY_MISMATCH)
    assert digests(stranger) == before


@each_sync
def test_what_both_have_made_since_the_backup(tmp_path: Path, sync: Sync) -> None:
    """The same handle is another key there; the same name is there already."""
    world = make_world(tmp_path, 1)
    clone, _ = clone_and_stranger(world, made=True)
    with_news(world)
    before = digests(world), digests(clone)
    output = on_server_0(world, sync.login, sync.line, servers=one_of_each(world, clone))
    assert output == sync.refused(errors.USER_EXISTS if sync.line.startswith("syncUser") else errors.INVALID_DATA)
    assert (digests(world), digests(clone)) == before


# Second factors


def signing(step: str) -> Callable[[], None]:
    """Return a step that signs every digest of an authentication data file."""

    def sign() -> None:
        document = json.loads(Path(step).read_text())
        document["PublicKey"] = openssl("pkey", "-in", DATA / "approver-1.pem", "-pubout").decode()
        for entry in document["Data"]:
            digest = base64.b64decode(entry["Digest"])
            words = ("pkeyutl", "-sign", "-inkey", DATA / "approver-1.pem", "-pkeyopt", "digest:sha256")
            entry["Signature"] = base64.b64encode(openssl(*words, data=digest)).decode()
        Path(step).write_text(json.dumps(document))

    return sign


def test_a_second_factor_goes_with_the_user(world: World) -> None:
    create = ("createUser CO olga another1 -2fa auth.json", "y", signing("auth.json"), "")
    output = on_server_0(world, ADMIN_LINE, *create, "syncUser 6 1")
    assert output.endswith(Sync(ADMIN_LINE, "syncUser 6 1").done)
    assert world.user("olga", 1).two_factor == 1
    without = play(world, "server 1", "loginHSM CO olga another1")
    assert "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\n" in without
    output = play(world, "server 1", "loginHSM CO olga another1 -2fa auth.json", signing("auth.json"), "", "logoutHSM")
    assert output.endswith("loginHSM success\nlogoutHSM success\n")
