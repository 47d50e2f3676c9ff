"""The audit log of an HSM: what is in it, in which order, and that nobody alters it unnoticed."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from model_support import (
    ADMIN,
    AES,
    ALICE,
    BOB,
    KEY,
    OTHER,
    ROOT,
    WRONG,
    World,
    clone_of,
    make_world,
    outcome_of,
    refused,
    start,
)
from test_model_permissions import COMMANDS, Scene

from shared import audit, errors
from shared.audit import DamageError, entries, verify
from shared.cluster import directory
from shared.store import schema
from shared.store.protocol import StoreError
from shared.store.records import AuditEntry, Session
from shared.store.sqlite import SqliteStore

NAMES = {number: name for name, (number, _, _) in audit.OPCODES.items()}
RSA_PUBLIC, RSA_PRIVATE = 6, 7


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, nodes=2)


def log(world: World, node: int = 0, since: int = 0) -> list[AuditEntry]:
    """Return an HSM's entries from a sequence number on; all of them must be whole."""
    return list(entries(world.store, world.rows[node].id))[since:]


def names(found: list[AuditEntry]) -> list[str]:
    return [NAMES[entry.opcode] for entry in found]


def test_refusals_are_logged_in_their_order_and_change_nothing_else(world: World) -> None:
    hsm, before = world.hsm(), len(log(world))
    with refused(errors.NOT_LOGGED_IN):
        hsm.create_user("CU", "carol", OTHER)
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", "admin", WRONG)
    with refused(errors.USER_MISSING):
        hsm.login("CO", "nobody", WRONG)
    hsm.login("CO", "admin", ADMIN)
    with refused(errors.USER_EXISTS):
        hsm.create_user("CU", "alice", OTHER)
    with refused(errors.USER_MISSING):
        hsm.delete_user("CO", "carol")
    hsm.create_user("CO", "carol", OTHER)
    found = log(world, since=before)
    assert [(NAMES[entry.opcode], entry.response, entry.user_name, entry.user_type) for entry in found] == [
        ("CN_CREATE_USER", errors.NOT_LOGGED_IN.number, "carol", 1),
        ("CN_LOGIN", 0xA3, "admin", 2),
        ("CN_LOGIN", 0xCE, "nobody", 2),
        ("CN_LOGIN", 0, "admin", 2),
        ("CN_CREATE_USER", errors.USER_EXISTS.number, "alice", 1),
        ("CN_DELETE_USER", 0xCE, "carol", 2),
        ("CN_CREATE_CO", 0, "carol", 2),
    ]
    assert {entry.session for entry in found} == {hsm.session}
    assert world.store.one(directory.User, hsm=hsm.id, name="admin") is not None
    assert world.user("admin").failures == 0


def test_every_entry_is_written_under_the_lock(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal's too: two that read the end of the log at once would write one number twice."""
    write, seen = audit.write, list[bool]()

    def watched(store: SqliteStore, *rest: Any) -> None:
        # A second writer is turned away at once for as long as the lock is held.
        other = sqlite3.connect(tmp_path / "store.db", 0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            seen.append(True)
        else:
            seen.append(False)
        finally:
            other.close()
        write(store, *rest)

    monkeypatch.setattr(audit, "write", watched)
    hsm = world.hsm()
    with refused(errors.NOT_LOGGED_IN):
        hsm.create_user("CU", "carol", OTHER)
    hsm.login("CO", "admin", ADMIN)
    assert seen == [True, True]


def test_a_wrong_password_counts_in_the_step_that_logs_it(world: World) -> None:
    for _ in range(6):
        with refused(errors.LOGIN_FAILURE):
            world.hsm().login("CU", "bob", WRONG)
    assert world.user("bob").failures == 5
    assert [entry.response for entry in log(world)[-6:]] == [0xA3] * 6


def test_every_command_that_nobody_may_give_is_logged_unless_it_only_reads(tmp_path: Path) -> None:
    reads = {"loginStatus", "listUsers", "getHSMInfo", "findAllKeys", "findKey", "findSingleKey", "getAttribute"}
    scene = Scene(tmp_path)
    hsm = scene.connection("nobody")
    for name, (_, request) in COMMANDS.items():
        if name in {"loginHSM", "getKeyInfo", *reads}:
            continue
        before = len(log(scene.world))
        with refused(errors.NOT_LOGGED_IN):
            request(hsm, scene)
        assert [entry.response for entry in log(scene.world, since=before)] == [errors.NOT_LOGGED_IN.number], name
    before = len(log(scene.world))
    for name in reads:
        assert outcome_of(lambda name=name: COMMANDS[name][1](hsm, scene)) in ("ok", "RET_NOT_LOGGED_IN")
    assert len(log(scene.world)) == before
    scene.world.realm.close()


def test_every_command_that_writes_has_an_opcode() -> None:
    files = (ROOT / "shared" / "hsm").glob("*.py")
    commands = {name for file in files for name in re.findall(r'_(?:writing|examining)\("(\w+)"', file.read_text())}
    assert len(commands) > 20
    assert not [name for name in commands if not audit.opcode_of(name, "CU")]
    numbers = [number for number, _, _ in audit.OPCODES.values()]
    assert len(set(numbers)) == len(numbers)
    assert {source for number, _, source in audit.OPCODES.values() if number > 0x100} == {"placeholder", "choice"}


def test_a_daemon_s_login_is_logged_everywhere_and_its_logout_once(world: World) -> None:
    before = [len(log(world, node)) for node in (0, 1)]
    client = world.alice()
    client.logout()
    assert names(log(world, 0, before[0])) == ["CN_LOGIN", "CN_LOGOUT"]
    assert names(log(world, 1, before[1])) == ["CN_LOGIN"]
    assert client.logout().code is errors.NOT_LOGGED_IN
    assert [entry.response for entry in log(world)][-1] == errors.NOT_LOGGED_IN.number


def test_a_daemon_logs_out_where_somebody_was_logged_in(world: World) -> None:
    world.fault(0, "loginHSM", errors.LOGIN_FAILURE)
    client = world.client(world.realm.open_session("test"))
    assert client.login("CU", "alice", ALICE).code is errors.LOGIN_FAILURE
    assert [entry.response for entry in log(world)][-2:] == [0xA3, errors.NOT_LOGGED_IN.number]
    assert names(log(world, 1))[-2:] == ["CN_LOGIN", "CN_LOGOUT"]


def test_a_key_is_made_on_one_hsm_and_carried_to_the_other(world: World) -> None:
    client = world.alice()
    before = [len(log(world, node)) for node in (0, 1)]
    client.generate_ec(2, KEY)
    client.delete_key(RSA_PUBLIC)
    handles = [(NAMES[entry.opcode], entry.private, entry.public) for entry in log(world, 0, before[0])]
    assert handles == [
        ("CN_GENERATE_KEY_PAIR", RSA_PRIVATE, RSA_PUBLIC),
        ("CN_EXTRACT_MASKED_OBJECT_USER", RSA_PUBLIC, 0),
        ("CN_EXTRACT_MASKED_OBJECT_USER", RSA_PRIVATE, 0),
        ("CN_DESTROY_OBJECT", RSA_PUBLIC, 0),
    ]
    assert names(log(world, 1, before[1])) == ["CN_INSERT_MASKED_OBJECT_USER"] * 2 + ["CN_DESTROY_OBJECT"]


def test_a_session_key_stays_where_it_was_made(world: World) -> None:
    client = world.alice()
    before = [len(log(world, node)) for node in (0, 1)]
    client.generate_secret(AES, 16, KEY._replace(token=False))
    assert [names(log(world, node, before[node])) for node in (0, 1)] == [["CN_GENERATE_KEY"], []]


def test_a_key_that_cannot_be_copied_is_marked_for_deletion(world: World) -> None:
    client = world.alice(minimum_nodes=2)
    world.fault(1, "insertMaskedObject", errors.POLICY_MISMATCH)
    assert client.generate_secret(AES, 16, KEY).code is errors.CLUSTER_ERROR
    assert names(log(world))[-1] == "CN_TOMBSTONE_OBJECT"
    refusals = [(NAMES[entry.opcode], entry.response) for entry in log(world, 1)][-2:]
    assert refusals == [("CN_INSERT_MASKED_OBJECT_USER", 0xB3), ("CN_TOMBSTONE_OBJECT", 0xA8)]


def test_what_takes_long_is_logged_once_whether_it_is_refused_or_done(world: World) -> None:
    hsm, before = world.as_user("CU", "alice", ALICE), len(log(world))
    with refused(errors.POLICY_MISMATCH):
        hsm.generate_ec(1, KEY)
    with refused(errors.POLICY_MISMATCH):
        hsm.generate_rsa(2048, 3, KEY)
    with refused(errors.POLICY_MISMATCH):
        hsm.generate_pbe(KEY)
    with refused(errors.ERR_BAD_PKCS_DATA):
        hsm.import_public(b"none", KEY)
    hsm.generate_ec(2, KEY)
    opcodes = ["CN_LOGIN", "CN_GENERATE_KEY_PAIR", "CN_GENERATE_KEY_PAIR", "CN_DERIVE_KEY", "CN_CREATE_OBJECT"]
    assert names(log(world, since=before - 1)) == [*opcodes, "CN_GENERATE_KEY_PAIR"]
    assert [entry.response for entry in log(world, since=before)] == [0xB3, 0xB3, 0xB3, 0x1B, 0]


def test_a_fault_of_the_hsm_is_logged_and_one_of_the_cluster_is_not(world: World) -> None:
    hsm = world.as_user("CO", "admin", ADMIN)
    before = len(log(world))
    for code in (errors.SERVER_UNAVAILABLE, errors.INVALID_DATA):
        world.fault(0, "createUser", code)
        with refused(code):
            hsm.create_user("CU", "carol", OTHER)
    world.fault(0, "listUsers", errors.INVALID_DATA)
    with refused(errors.INVALID_DATA):
        hsm.list_users()
    assert [entry.response for entry in log(world, since=before)] == [errors.INVALID_DATA.number]


def test_the_appliance_user_comes_and_goes_unlogged(world: World) -> None:
    world.as_user("CO", "admin", ADMIN).change_password("AU", "app_user", OTHER)
    before = len(log(world))
    with refused(errors.LOGIN_FAILURE):
        world.hsm().login("AU", "app_user", WRONG)
    world.as_user("AU", "app_user", OTHER).logout()
    session = world.as_user("AU", "app_user", OTHER).session
    world.realm.close_session(session)
    assert len(log(world)) == before


@pytest.mark.parametrize(("profile", "response"), [("1.x", 157), ("3.x", 206)])
def test_an_unknown_user_has_the_text_of_the_time(tmp_path: Path, profile: str, response: int) -> None:
    world = make_world(tmp_path, profile=profile)
    with refused(errors.USER_MISSING):
        world.hsm().login("CU", "nobody", WRONG)
    assert log(world)[-1].response == response


def test_a_name_that_is_none_fits_into_its_entry(world: World) -> None:
    for name in ("", "two\nlines", "\udcff", "x" * 400, "\0", "é"):
        with refused(errors.USER_MISSING):
            world.hsm().login("CU", name, WRONG)
    shown = [entry.user_name for entry in log(world)[-6:]]
    assert shown == ["", r"two\nlines", r"\udcff", "x" * 31, r"\x00", r"\xe9"]


def test_a_session_ends_where_it_left_something(world: World) -> None:
    session = world.realm.open_session("test")
    world.hsm(1, session).login("CU", "alice", ALICE)
    other = world.hsm(0, session)
    other.login("CU", "bob", BOB)
    other.generate_secret(AES, 16, KEY._replace(token=False))
    other.logout()
    before = [len(log(world, node)) for node in (0, 1)]
    world.realm.close_session(session)
    ends = [[(NAMES[entry.opcode], entry.user_name) for entry in log(world, node, before[node])] for node in (0, 1)]
    assert ends == [[("CN_APP_FINALIZE", "bob")], [("CN_APP_FINALIZE", "alice")]]


def test_a_killed_process_s_session_is_closed_by_whoever_comes_next(world: World, tmp_path: Path) -> None:
    code = """
from model_support import ALICE, World, open_realm
from shared.cluster.directory import cluster_named
from pathlib import Path
import os
realm = open_realm(Path(sys.argv[1]))
world = World(realm, cluster_named(realm.store, "demo"))
world.as_user("CU", "alice", ALICE)
os._exit(0)
"""
    child = start(code, tmp_path)
    assert child.wait() == 0
    child.communicate()
    session = max(row.id or 0 for row in world.store.rows(Session))
    world.hsm().list_users()
    last = log(world)[-1]
    assert (NAMES[last.opcode], last.user_name, last.session) == ("CN_CLOSE_SESSION", "alice", session)


def test_the_first_hsm_tells_of_its_beginning_and_the_others_do_not(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2, activated=False)
    assert names(log(world))[:3] == ["CN_INIT_TOKEN", "CN_GEN_PSWD_ENC_KEY", "CN_CREATE_APPLIANCE_USER"]
    assert names(log(world))[3:] == ["CN_CREATE_CO", "CN_INIT_DONE"]
    assert log(world, 1) == []
    assert (world.rows[1].log_entries, world.rows[1].log_digest) == (0, b"")


def test_copies_of_an_hsm_begin_a_log_of_their_own(world: World) -> None:
    kept = log(world)
    clone = clone_of(world)
    assert log(clone) == []
    assert log(world)[:-2] == kept
    assert names(log(world))[-2:] == ["CN_BACKUP_BEGIN", "CN_BACKUP_END"]
    added = directory.add_hsm(world.realm, "demo")
    assert verify(world.store, added.id) == 0
    clone.as_user("CU", "alice", ALICE)
    assert names(log(clone)) == ["CN_LOGIN"]


def test_a_removed_hsm_takes_its_log_along(world: World) -> None:
    removed, kept = world.rows[1].id, log(world)
    directory.remove_hsm(world.realm, removed)
    assert world.store.rows(AuditEntry, hsm=removed) == []
    assert log(world) == kept


def test_the_reboot_counter_grows_when_an_hsm_comes_up(world: World) -> None:
    hsm = world.rows[0].id
    for state in ("up", "stopped", "stopped", "up"):
        directory.set_state(world.realm, hsm, state)
    world.as_user("CU", "alice", ALICE)
    assert [entry.reboots for entry in log(world)[-2:]] == [1, 2]
    assert world.rows[1].reboots == 1


def test_many_writers_leave_no_gap(world: World, tmp_path: Path) -> None:
    code = """
from model_support import ALICE, World, open_realm
from shared.cluster.directory import cluster_named
from pathlib import Path
realm = open_realm(Path(sys.argv[1]))
world = World(realm, cluster_named(realm.store, "demo"))
hsm = world.as_user("CU", "alice", ALICE)
for _ in range(25):
    try:
        hsm.delete_key(99)
    except Exception as refusal:
        assert "Invalid object handle" in str(refusal)
hsm.logout()
realm.close()
"""
    before = len(log(world))
    children = [start(code, tmp_path) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    for child in children:
        child.communicate()
    found = log(world, since=before)
    assert [entry.sequence for entry in found] == list(range(before, before + 4 * 27))


def spoil(folder: Path, world: World, *statements: str) -> None:
    """Run SQL on the store's file as somebody who has no business there."""
    hsm = world.rows[0].id
    database = sqlite3.connect(folder / "store.db")
    for statement in statements:
        database.execute(statement.replace("WHERE", f"WHERE hsm = '{hsm}' AND"))
    database.commit()
    database.close()


def forged(sequence: int) -> str:
    columns = ",".join(field for field in AuditEntry._fields if field != "sequence")
    copy = f"SELECT {columns}, {sequence} FROM auditentry WHERE sequence = 1"  # noqa: S608 - ours
    return f"INSERT INTO auditentry ({columns}, sequence) {copy}"


@pytest.mark.parametrize(
    ("statements", "damage"),
    [
        (["UPDATE auditentry SET user_name = 'mallory' WHERE sequence = 3"], (3, "has been changed")),
        (["UPDATE auditentry SET time = time + 1 WHERE sequence = 0"], (0, "has been changed")),
        (["UPDATE auditentry SET digest = x'00' WHERE sequence = 2"], (2, "has been changed")),
        (["DELETE FROM auditentry WHERE sequence = 4"], (4, "is missing")),
        (["DELETE FROM auditentry WHERE sequence = 0"], (0, "is missing")),
        (["DELETE FROM auditentry WHERE sequence >= 7"], (7, "is missing, with all behind it")),
        (["DELETE FROM auditentry WHERE true"], (0, "is missing, with all behind it")),
        (
            [
                "UPDATE auditentry SET sequence = -1 WHERE sequence = 2",
                "UPDATE auditentry SET sequence = 2 WHERE sequence = 3",
                "UPDATE auditentry SET sequence = 3 WHERE sequence = -1",
            ],
            (2, "has been changed"),
        ),
    ],
)
def test_a_log_that_somebody_has_altered_is_noticed(
    world: World, tmp_path: Path, statements: list[str], damage: tuple[int, str]
) -> None:
    spoil(tmp_path, world, *statements)
    with pytest.raises(DamageError) as caught:
        verify(world.store, world.rows[0].id)
    sequence, what = damage
    assert str(caught.value) == f"entry 0x{caught.value.sequence:x} {what}"
    assert caught.value.sequence == sequence
    assert verify(world.store, world.rows[1].id) > 0


def test_an_entry_put_behind_the_last_is_noticed(world: World, tmp_path: Path) -> None:
    count = world.rows[0].log_entries
    spoil(tmp_path, world, "DROP TRIGGER audit_entry_added", forged(count))
    with pytest.raises(DamageError, match=f"entry 0x{count:x} is not the HSM's"):
        verify(world.store, world.rows[0].id)
    spoil(tmp_path, world, f"UPDATE auditentry SET sequence = sequence + 5 WHERE sequence = {count}")  # noqa: S608 - ours
    with pytest.raises(DamageError, match=f"entry 0x{count:x} is missing"):
        verify(world.store, world.rows[0].id)


def test_a_damaged_log_goes_on_and_stays_damaged(world: World, tmp_path: Path) -> None:
    spoil(tmp_path, world, "DELETE FROM auditentry WHERE sequence >= 7")
    world.as_user("CU", "alice", ALICE)
    with pytest.raises(DamageError, match="entry 0x7 is missing"):
        verify(world.store, world.rows[0].id)


def test_a_store_from_before_the_log_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.db"
    with monkeypatch.context() as patch:
        step = next(number for number, step in enumerate(schema.MIGRATIONS) if "auditentry" in step)
        patch.setattr("shared.store.sqlite.MIGRATIONS", schema.MIGRATIONS[:step])
        SqliteStore(str(file), create=True).close()
    database = sqlite3.connect(file)
    database.execute(
        "INSERT INTO hsm (id, cluster, node, ip, state, serial) VALUES ('h', 'c', 0, '1.1.1.1', 'up', 's')"
    )
    database.commit()
    database.close()
    store = SqliteStore(str(file))
    row = store.one(directory.Hsm, id="h")
    assert row is not None
    assert (row.reboots, verify(store, "h")) == (1, 0)
    audit.write(store, row, "CN_INIT_DONE", 0, audit.Subject())
    assert verify(store, "h") == 1
    store.close()


def test_an_hsm_that_is_gone_has_no_entries(world: World) -> None:
    assert list(entries(world.store, "hsm-none")) == []


def test_an_entry_that_cannot_be_kept_undoes_the_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm = world.as_user("CO", "admin", ADMIN)
    before = len(log(world))

    def fail(*_: object) -> None:
        raise StoreError

    with monkeypatch.context() as patch:
        patch.setattr(audit, "write", fail)
        with pytest.raises(StoreError):
            hsm.create_user("CU", "carol", OTHER)
    assert world.store.one(directory.User, hsm=hsm.id, name="carol") is None
    assert len(log(world)) == before
