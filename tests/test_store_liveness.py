"""A session ends with its process, however that ends: its logins and its session keys go, and nobody else's."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import AES, ALICE, BOB, KEY, World, make_world, open_realm, outcome_of, refused, start

from shared import errors
from shared.hsm import Hsm
from shared.realm import Realm
from shared.store.liveness import Liveness
from shared.store.protocol import StoreError
from shared.store.records import Key, Login, Session

SESSION_KEY = KEY._replace(token=False)

# Logs alice in, makes a session key and a token key, and waits to be killed or told to end.
TOOL = """
from pathlib import Path
from model_support import AES, ALICE, KEY, open_realm
from shared.hsm import Hsm
realm = open_realm(Path(sys.argv[1]))
session = realm.open_session("child")
hsm = Hsm(realm, sys.argv[2], session)
hsm.login("CU", "alice", ALICE)
print(hsm.generate_secret(AES, 32, KEY._replace(token=False)).handle, flush=True)
print(hsm.generate_secret(AES, 32, KEY).handle, flush=True)
while sys.stdin.readline():
    print(len(realm.store.rows(type(hsm.read_key(int(sys.argv[3]) if len(sys.argv) > 3 else 6)))), flush=True)
realm.close()
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = make_world(tmp_path)
    yield world
    world.realm.close()


def start_tool(world: World, tmp_path: Path) -> tuple[subprocess.Popen[str], int, int]:
    """Start a process and return it with the handles of its session key and its token key."""
    child = start(TOOL, tmp_path, world.rows[0].id)
    assert child.stdout is not None
    return child, int(child.stdout.readline()), int(child.stdout.readline())


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def test_what_a_killed_process_had_is_gone_at_the_next_start(world: World, tmp_path: Path) -> None:
    child, session_key, token_key = start_tool(world, tmp_path)
    kill(child)
    assert {key.handle for key in world.store.rows(Key)} == {session_key, token_key}
    other = open_realm(tmp_path)
    session = other.open_session("next")
    assert [row.handle for row in other.store.rows(Key)] == [token_key]
    assert other.store.rows(Login) == []
    assert {row.id for row in other.store.rows(Session)} == {world.session, session}
    assert world.rows[0].key_count == 1
    other.close()


def test_what_a_killed_process_had_is_gone_at_the_next_command_of_others(world: World, tmp_path: Path) -> None:
    mine = world.as_user("CU", "alice", ALICE)
    child, session_key, token_key = start_tool(world, tmp_path)
    assert outcome_of(lambda: world.as_user("CO", "admin", BOB)) == "RET_USER_LOGIN_FAILURE"
    assert mine.read_key(session_key).session is not None
    kill(child)
    with refused(errors.INVALID_HANDLE):
        mine.read_key(session_key)
    assert mine.read_key(token_key).session is None
    assert world.rows[0].key_count == 1


def test_a_living_process_keeps_its_own_while_others_come_die_and_go(world: World, tmp_path: Path) -> None:
    living, session_key, token_key = start_tool(world, tmp_path)
    dying, dead_key, left_key = start_tool(world, tmp_path)
    kill(dying)
    visitor = open_realm(tmp_path)
    visitor.open_session("visitor")
    visitor.close()
    kept = {row.handle for row in world.store.rows(Key)}
    assert dead_key not in kept
    assert kept == {session_key, token_key, left_key}
    assert living.stdin is not None
    assert living.stdout is not None
    living.stdin.write("look\n")
    living.stdin.flush()
    assert living.stdout.readline() == "3\n"
    living.communicate()
    assert living.returncode == 0
    assert {row.handle for row in world.store.rows(Key)} == {token_key, left_key}


def test_a_process_that_ends_in_order_leaves_nothing(world: World, tmp_path: Path) -> None:
    child, _, token_key = start_tool(world, tmp_path)
    child.communicate()
    assert child.returncode == 0
    assert [row.handle for row in world.store.rows(Key)] == [token_key]
    assert [row.id for row in world.store.rows(Session)] == [world.session]
    assert world.store.rows(Login) == []


def test_two_sessions_of_one_process_are_two(world: World) -> None:
    first, second = world.as_user("CU", "alice", ALICE), world.as_user("CU", "bob", BOB)
    key = first.generate_secret(AES, 16, SESSION_KEY)
    with refused(errors.KEY_ACCESS_DENIED):
        second.read_key(key.handle)
    world.realm.close_session(second.session)
    assert first.read_key(key.handle).owner == world.user("alice").id
    with refused(errors.NOT_LOGGED_IN):
        second.logout()
    world.realm.close_session(first.session)
    assert world.store.rows(Key) == []
    assert world.rows[0].key_count == 0


def test_another_session_in_the_place_of_an_own_one_is_looked_at(world: World, tmp_path: Path) -> None:
    """``cloudhsm-sim reset --force`` removes the sessions of running tools, so a count does not tell whose they are."""
    hsm = world.hsm()
    child, _, token_key = start_tool(world, tmp_path)
    kill(child)
    world.store.remove(Session, id=hsm.session)
    hsm.list_users()
    assert [row.handle for row in world.store.rows(Key)] == [token_key]
    assert world.store.count(Session) == 0


def test_two_realms_of_one_process_do_not_end_each_others_sessions(world: World, tmp_path: Path) -> None:
    other = open_realm(tmp_path)
    hsm = Hsm(other, world.rows[0].id, other.open_session("other"))
    hsm.login("CU", "alice", ALICE)
    world.realm.reap()
    hsm.generate_secret(AES, 16, SESSION_KEY)
    world.hsm().list_users()
    assert world.store.count(Session) == 2
    other.close()
    assert world.store.count(Session) == 1
    assert world.store.count(Key) == 0


def test_a_program_that_a_tool_has_started_does_not_keep_the_session_alive(world: World, tmp_path: Path) -> None:
    sleeper = "import subprocess; p = subprocess.Popen(['sleep', '60'])\nprint(p.pid, flush=True)\n"
    code = TOOL.replace("while sys", sleeper + "while sys")
    child = start(code, tmp_path, world.rows[0].id)
    assert child.stdout is not None
    session_key, token_key, process = (int(child.stdout.readline()) for _ in range(3))
    assert session_key != token_key
    try:
        kill_only(child)
        world.realm.reap()
        assert [row.handle for row in world.store.rows(Key)] == [token_key]
        os.kill(process, 0)
    finally:
        os.kill(process, signal.SIGKILL)
        child.communicate()


def kill_only(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


def test_session_numbers_are_never_given_twice(world: World) -> None:
    first = world.realm.open_session("one")
    world.realm.close_session(first)
    assert world.realm.open_session("two") > first


def test_a_lock_file_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    from types import SimpleNamespace

    place = SimpleNamespace(
        database=str(tmp_path / "store.db"),
        session_lock=str(tmp_path / "nowhere" / "sessions.lock"),
        vault_dir=str(tmp_path),
        profile="3.x",
        setting=lambda _, default: default,
    )
    with pytest.raises(StoreError) as caught:
        Realm.open(place, create=True)  # type: ignore[arg-type]
    assert str(caught.value) == f"cannot use {tmp_path}/nowhere/sessions.lock: No such file or directory"


def test_a_session_is_alive_until_it_is_released(tmp_path: Path) -> None:
    liveness, other = Liveness(str(tmp_path / "lock")), Liveness(str(tmp_path / "lock"))
    assert not other.alive(1)
    liveness.claim(1)
    assert other.alive(1)
    assert liveness.alive(1)
    assert not other.alive(2)
    other.claim(2)
    other.close()
    assert liveness.alive(1)
    assert not liveness.alive(2)
    liveness.release(1)
    assert not liveness.alive(1)
    liveness.close()
