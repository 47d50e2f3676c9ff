"""Faults that wait in an HSM: which request meets which, how often, and that the names are those of the tools."""

import ast
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from model_support import ADMIN, AES, ALICE, KEY, ROOT, World, make_world, open_realm, outcome_of, refused

from cloudhsm_mgmt_util.table import COMMANDS as CMU_COMMANDS
from key_mgmt_util.table import COMMANDS as KMU_COMMANDS
from shared import errors
from shared.cluster import directory
from shared.cluster.directory import DirectoryError
from shared.cluster.faults import add_fault, remove_faults, waiting_faults
from shared.hsm import Hsm, faults
from shared.store import schema
from shared.store.records import Fault
from shared.store.sqlite import SqliteStore

# Commands of the tools that ask no HSM.
LOCAL = {"Error2String", "enable_e2e", "exit", "help", "info", "listAttributes", "listECCCurveIds", "quit", "server"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, nodes=3)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("shared.hsm.faults.time.sleep", taken.append)
    return taken


def add(world: World, node: int, kind: str, command: str = "", code: int = 0, **rest: float) -> None:
    add_fault(world.realm, world.rows[node].ip, kind, command=command, code=code, **rest)  # type: ignore[arg-type]


def remaining(world: World) -> list[int]:
    return [fault.remaining for fault, _ in waiting_faults(world.realm)]


# Names


def test_the_firmwares_commands_are_those_of_the_model() -> None:
    calls = (
        node
        for file in (ROOT / "shared" / "hsm").glob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("_examining", "_reading", "_using", "_writing")
    )
    named = {name.value for call in calls for name in call.args[:1] if isinstance(name, ast.Constant)}
    assert named | {faults.REPLICATION} == faults.COMMANDS


def test_a_command_of_either_tool_stands_for_one_of_the_firmware() -> None:
    tools = KMU_COMMANDS.keys() | CMU_COMMANDS.keys()
    assert {name for name in tools if faults.command_named(name) is None} == LOCAL
    assert faults.TOOL_COMMANDS.keys() <= tools
    assert set(faults.TOOL_COMMANDS.values()) <= faults.COMMANDS
    assert not faults.TOOL_COMMANDS.keys() & faults.COMMANDS
    assert faults.command_named("nosuchCommand") is None


# Kinds


def test_an_hsm_that_is_down_for_a_while_answers_nothing_and_then_goes_on(world: World) -> None:
    hsm = world.as_user("CU", "alice", ALICE, 1)
    add(world, 1, "down", times=2)
    with refused(errors.SERVER_UNAVAILABLE):
        hsm.info()
    with refused(errors.SERVER_UNAVAILABLE):
        hsm.generate_secret(AES, 16, KEY)
    assert hsm.logged_in() is not None
    assert world.handles(1) == []
    assert remaining(world) == []


def test_others_do_not_meet_it(world: World) -> None:
    add(world, 1, "down")
    world.hsm(0).info()
    world.hsm(2).info()
    assert remaining(world) == [1]


def test_a_stopped_hsm_meets_nothing(world: World) -> None:
    add(world, 1, "refuse", "getHSMInfo", errors.POLICY_MISMATCH.number)
    directory.set_state(world.realm, world.rows[1].id, "stopped")
    with refused(errors.SERVER_UNAVAILABLE):
        world.hsm(1).info()
    assert remaining(world) == [1]
    directory.set_state(world.realm, world.rows[1].id, "up")
    with refused(errors.POLICY_MISMATCH):
        world.hsm(1).info()
    assert remaining(world) == []


def test_the_oldest_of_several_is_met_first_and_one_at_a_time(world: World) -> None:
    add(world, 0, "refuse", "getHSMInfo", errors.POLICY_MISMATCH.number)
    add(world, 0, "down")
    with refused(errors.SERVER_UNAVAILABLE):
        world.hsm(0).list_users()
    with refused(errors.POLICY_MISMATCH):
        world.hsm(0).info()
    assert remaining(world) == []


def test_a_delay_comes_before_a_refusal_and_each_is_met(world: World, naps: list[float]) -> None:
    add(world, 0, "refuse", "getHSMInfo", errors.POLICY_MISMATCH.number)
    add(world, 0, "delay", seconds=0.5)
    add(world, 0, "delay", "getHSMInfo", seconds=2.0, times=2)
    with refused(errors.POLICY_MISMATCH):
        world.hsm(0).info()
    world.hsm(0).list_users()
    world.hsm(0).info()
    world.hsm(0).info()
    world.hsm(0).info()
    assert naps == [0.5, 2.0, 2.0]
    assert remaining(world) == []


def test_a_delay_holds_no_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm = world.as_user("CO", "admin", ADMIN, 0)
    monkeypatch.setattr("shared.hsm.faults.time.sleep", lambda _: world.as_user("CO", "admin", ADMIN, 1))
    add(world, 0, "delay", seconds=1.0)
    hsm.create_user("CU", "carol", ALICE)
    assert world.user("carol").name == "carol"


def test_those_who_ask_at_once_meet_it_as_often_as_it_says(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(world, 1, "refuse", "listUsers", errors.MAX_SESSIONS.number, times=3)
    hsm, askers = world.rows[1].id, 8
    together = threading.Barrier(askers)
    rows = SqliteStore.rows

    def read_and_be_overtaken(*arguments: Any, **criteria: Any) -> list[Any]:
        found = rows(*arguments, **criteria)
        time.sleep(0.005)
        return found

    monkeypatch.setattr(SqliteStore, "rows", read_and_be_overtaken)

    def ask(_: int) -> str:
        realm = open_realm(tmp_path, create=False)
        try:
            together.wait()
            return outcome_of(Hsm(realm, hsm, 0).list_users)
        finally:
            realm.close()

    with ThreadPoolExecutor(askers) as pool:
        assert Counter(pool.map(ask, range(askers))) == {errors.MAX_SESSIONS.symbol: 3, "ok": askers - 3}
    assert remaining(world) == []


def test_a_dropped_copy_is_missing_and_the_node_is_called_unavailable(world: World) -> None:
    alice = world.alice()
    add(world, 2, "drop")
    outcome = alice.generate_ec(2, KEY)
    assert outcome.code is errors.CLUSTER_INCOMPLETE
    assert [status.code for status in outcome.nodes] == [errors.RET_OK, errors.RET_OK, errors.SERVER_UNAVAILABLE]
    assert [world.handles(node) for node in range(3)] == [[6, 7], [6, 7], []]
    assert alice.generate_secret(AES, 16, KEY).code is errors.RET_OK


def test_only_the_copy_of_a_new_key_is_dropped(world: World) -> None:
    source = world.as_user("CU", "alice", ALICE, 0)
    handle = source.generate_secret(AES, 16, KEY).handle
    add(world, 1, "drop")
    target = world.as_user("CU", "alice", ALICE, 1)
    target.insert_key(source.extract_key(handle))
    assert world.handles(1) == [handle]
    assert remaining(world) == [1]


def test_a_refused_insertion_is_any_insertion(world: World) -> None:
    source = world.as_user("CU", "alice", ALICE, 0)
    handle = source.generate_secret(AES, 16, KEY).handle
    add(world, 1, "refuse", "insertMaskedObject", errors.KEY_ACCESS_DENIED.number, times=2)
    with refused(errors.KEY_ACCESS_DENIED):
        world.as_user("CU", "alice", ALICE, 1).insert_key(source.extract_key(handle))
    assert world.alice().generate_secret(AES, 16, KEY).nodes[1].code is errors.KEY_ACCESS_DENIED


# The operator's hand


def test_faults_are_listed_until_they_are_met_or_removed(world: World) -> None:
    add(world, 0, "down")
    add(world, 1, "drop", times=3)
    listed = waiting_faults(world.realm)
    assert [(fault.kind, fault.command, fault.remaining, hsm.node) for fault, hsm in listed] == [
        ("down", "", 1, 0),
        ("drop", "replicateKey", 3, 1),
    ]
    assert remove_faults(world.realm, [2]) == 1
    with pytest.raises(DirectoryError, match="no fault 2 waits"):
        remove_faults(world.realm, [1, 2])
    assert remaining(world) == [1]
    assert remove_faults(world.realm, None) == 1
    assert remaining(world) == []


def test_an_unknown_hsm_has_no_faults(world: World) -> None:
    with pytest.raises(DirectoryError, match=r"no HSM 10\.9\.9\.9"):
        add_fault(world.realm, "10.9.9.9", "down")


def test_a_removed_hsm_takes_its_faults_with_it(world: World) -> None:
    add(world, 1, "down")
    directory.remove_hsm(world.realm, world.rows[1].id)
    assert waiting_faults(world.realm) == []


def test_a_store_made_before_there_were_kinds_keeps_its_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.db"
    with monkeypatch.context() as patch:
        patch.setattr("shared.store.sqlite.MIGRATIONS", schema.MIGRATIONS[:1])
        SqliteStore(str(file), create=True).close()
    database = sqlite3.connect(file)
    database.execute("INSERT INTO hsm VALUES ('hsm-a', 'c', 0, '10.0.0.1', 'up', 's', 0)")
    database.execute("INSERT INTO fault VALUES (4, 'hsm-a', 'findKey', 179, 2)")
    database.commit()
    database.close()
    store = SqliteStore(str(file))
    assert store.rows(Fault) == [Fault(4, "hsm-a", "findKey", 179, 2, "refuse", 0.0)]
    store.close()
