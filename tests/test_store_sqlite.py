"""The store's file: what is refused, what survives, and that writers lose nothing to each other."""

import os
import resource
import signal
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from model_support import World, build_world, make_world, open_realm, start

from shared.store import records, schema
from shared.store.protocol import Criteria, StoreError
from shared.store.records import Cluster, Fault, Hsm, Key, Session, Share, User
from shared.store.sqlite import SqliteStore

CLUSTER = Cluster("cluster-1", "demo", "lineage-1", 6, None, 0.0)
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a store with a cluster and so many sessions that it has several pages."""
    file = tmp_path / "store.db"
    store = SqliteStore(str(file), create=True)
    store.add(CLUSTER)
    with store.transaction():
        for _ in range(500):
            store.add(Session(None, "a tool with a long name", 0.0))
    store.close()
    return file


def message_of(path: Path, *, create: bool = False) -> str:
    with pytest.raises(StoreError) as caught:
        SqliteStore(str(path), create=create)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert str(path) in message
    return message


def test_a_missing_store_is_refused_and_not_made(tmp_path: Path) -> None:
    assert message_of(tmp_path / "store.db").startswith("no cluster store at ")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("create", [False, True])
def test_text_is_refused_and_left_as_it_is(tmp_path: Path, create: bool) -> None:
    file = tmp_path / "store.db"
    file.write_text("this is a letter, and no database at all\n" * 200)
    before = file.read_bytes()
    message_of(file, create=create)
    assert file.read_bytes() == before


@pytest.mark.parametrize("application", [0, 7])
@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_foreign_database_is_refused_and_left_as_it_is(tmp_path: Path, application: int, version: int) -> None:
    file = tmp_path / "store.db"
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE user (name TEXT)")
    database.execute(f"PRAGMA application_id={application}")
    database.execute(f"PRAGMA user_version={version}")
    database.close()
    before = file.read_bytes()
    assert message_of(file, create=True).endswith("is not a cluster store")
    assert file.read_bytes() == before


def test_a_store_of_a_later_version_is_refused_and_left_as_it_is(file: Path) -> None:
    database = sqlite3.connect(file)
    database.execute(f"PRAGMA user_version={len(schema.MIGRATIONS) + 1}")
    database.close()
    before = file.read_bytes()
    assert message_of(file, create=True).endswith("was made by a later version")
    assert file.read_bytes() == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    message_of(tmp_path, create=False)
    message_of(tmp_path, create=True)


def test_a_store_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    message_of(tmp_path / "nowhere" / "store.db", create=True)


def test_an_unreadable_store_is_refused(file: Path) -> None:
    os.chmod(file, 0o600 if os.getuid() == 0 else 0)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            SqliteStore(str(file))
        except StoreError as error:
            status = 10 + len(str(error).splitlines())
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 11


@pytest.mark.parametrize("size", [50, 99, 100, 512, 4095])
def test_a_store_that_was_cut_within_its_first_page_is_refused(file: Path, size: int) -> None:
    os.truncate(file, size)
    message_of(file)


@pytest.mark.parametrize("pages", [1, 2, 5, 10])
def test_a_store_that_was_cut_gives_one_line_when_it_is_used(file: Path, pages: int) -> None:
    os.truncate(file, pages * 4096)
    with pytest.raises(StoreError) as caught:
        read_everything(file)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("page", range(1, 12))
def test_a_store_with_a_spoilt_page_gives_one_line_or_what_was_in_it(file: Path, page: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(page * 4096)
        stream.write(b"\xaa" * 4096)
    try:
        found = read_everything(file)
    except StoreError as error:
        found = error
    assert found == (1, 500) or len(str(found).splitlines()) == 1


def test_at_least_one_spoilt_page_is_noticed(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xaa" * (os.path.getsize(file) - 4096))
    with pytest.raises(StoreError):
        read_everything(file)


def read_everything(file: Path) -> tuple[int, int]:
    store = SqliteStore(str(file))
    try:
        with store.transaction():
            for table in (Hsm, User, Key, Share, records.Login, records.Fault, records.Backup):
                store.rows(table)
            return len(store.rows(Cluster)), len(store.rows(Session))
    finally:
        store.close()


def test_a_full_disk_is_one_line_and_undoes_the_transaction(file: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            store = SqliteStore(str(file))
            resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(file), resource.RLIM_INFINITY))
            try:
                with store.transaction():
                    store.add(CLUSTER._replace(id="cluster-2", name="x" * 10_000_000))
            except StoreError as error:
                status = 10 + len(str(error).splitlines())
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            with store.transaction():
                store.add(CLUSTER._replace(id="cluster-3", name="afterwards"))
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 11
    store = SqliteStore(str(file))
    assert [cluster.id for cluster in store.rows(Cluster, "id")] == ["cluster-1", "cluster-3"]


def test_a_file_left_empty_by_a_killed_process_becomes_a_store(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.touch()
    store = SqliteStore(str(file))
    store.add(CLUSTER)
    assert store.one(Cluster, id="cluster-1") == CLUSTER


@pytest.mark.parametrize("name", ["a store", "100%", "what?", "half#", "a%3fb", "é€", "a'b\"c"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    store = SqliteStore(str(tmp_path / name), create=True)
    store.close()
    assert os.listdir(tmp_path) == [name]


def test_all_files_of_the_store_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        world = build_world(tmp_path)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in sorted(tmp_path.rglob("*")) if file.is_file()}
        folder = stat.S_IMODE((tmp_path / "lineage").stat().st_mode)
    finally:
        os.umask(before)
    world.realm.close()
    assert {"store.db", "store.db-wal", "sessions.lock", f"{world.cluster.lineage}.key"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert folder == 0o700


def test_an_exception_undoes_the_transaction(file: Path) -> None:
    store = SqliteStore(str(file))

    def interrupted() -> None:
        with store.transaction():
            store.add(CLUSTER._replace(id="cluster-2", name="second"))
            store.remove(Session)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.count(Cluster) == 1
    assert store.count(Session) == 500
    with store.transaction():
        store.add(CLUSTER._replace(id="cluster-2", name="second"))
    assert store.count(Cluster) == 2


def test_a_snapshot_does_not_change_while_it_is_looked_at(file: Path) -> None:
    reader, writer = SqliteStore(str(file)), SqliteStore(str(file))
    with reader.snapshot():
        assert reader.count(Session) == 500
        writer.remove(Session, id=1)
        assert reader.count(Session) == 500
    assert reader.count(Session) == 499


def test_a_transaction_has_the_write_lock_from_its_start(file: Path) -> None:
    """The second writer reads what the first has written, though it began before the first ended."""
    first, seen = SqliteStore(str(file)), []

    def second() -> None:
        store = SqliteStore(str(file))
        waiting.set()
        with store.transaction():
            seen.append(store.take_slots("cluster-1", 1))
        store.close()

    waiting = threading.Event()
    thread = threading.Thread(target=second)
    with first.transaction():
        assert first.take_slots("cluster-1", 1) == 6
        thread.start()
        waiting.wait()
        thread.join(0.1)
        assert seen == []
    thread.join()
    assert seen == [7]


WRITER = """
from shared.store.sqlite import SqliteStore
from shared.store.records import Cluster, Session
print("ready", flush=True)
sys.stdin.readline()
store = SqliteStore(sys.argv[1], create=True)
for number in range(50):
    with store.transaction():
        if store.one(Cluster, id="c") is None:
            store.add(Cluster("c", "demo", "l", 6, None, 0.0))
        slot = store.one(Cluster, id="c").next_slot
        store.change(store.one(Cluster, id="c"), next_slot=slot + 1)
        store.add(Session(None, str(slot), 0.0))
store.close()
"""


def test_eight_processes_that_make_the_store_and_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    children = [start(WRITER, file) for _ in range(8)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    assert [child.wait() for child in children] == [0] * 8
    for child in children:
        child.communicate()
    store = SqliteStore(str(file))
    assert store.one(Cluster, id="c") == Cluster("c", "demo", "l", 6 + 400, None, 0.0)
    assert [int(session.tool) for session in store.rows(Session, "id")] == list(range(6, 406))


def test_migrations_are_done_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (*schema.MIGRATIONS, "CREATE TABLE extra (a);\nINSERT INTO extra VALUES (1);\n")
    monkeypatch.setattr("shared.store.sqlite.MIGRATIONS", steps)
    for _ in range(2):
        store = SqliteStore(str(file))
        assert store.one(Cluster, id="cluster-1") == CLUSTER
        store.close()
    database = sqlite3.connect(file)
    assert database.execute("SELECT count(*) FROM extra").fetchall() == [(1,)]
    assert database.execute("PRAGMA user_version").fetchall() == [(len(steps),)]
    database.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (*schema.MIGRATIONS, "CREATE TABLE extra (a);\nDROP TABLE cluster;\nDROP TABLE nothing;\n")
    with monkeypatch.context() as patch:
        patch.setattr("shared.store.sqlite.MIGRATIONS", steps)
        message_of(file)
    assert SqliteStore(str(file)).one(Cluster, id="cluster-1") == CLUSTER


def test_a_new_store_is_sound_and_indexed(tmp_path: Path) -> None:
    build_world(tmp_path).realm.close()
    database = sqlite3.connect(tmp_path / "store.db")
    assert database.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


@pytest.mark.parametrize(
    "criteria",
    [
        Criteria(),
        Criteria(key_class=3, key_type=0, label=b"x", key_id=b"y", kcv=b"abc", modulus=b"m"),
        Criteria(session=True),
        Criteria(session=False, users=(3, 4)),
    ],
)
def test_searching_keys_never_scans_all_keys(tmp_path: Path, criteria: Criteria) -> None:
    """Cost per command is flat in the number of keys that others hold."""
    store = SqliteStore(str(tmp_path / "store.db"), create=True)
    asked: list[str] = []
    database = sqlite3.connect(tmp_path / "store.db")
    store._db.set_trace_callback(asked.append)  # noqa: SLF001 - what is asked is seen nowhere else
    store.accessible("hsm-1", 3, criteria)
    plan = [row[3] for sql in asked for row in database.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert any("SEARCH key" in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN") and "(" not in step and "MERGE" not in step]


def test_what_hangs_on_an_hsm_goes_with_it(tmp_path: Path) -> None:
    world: World = make_world(tmp_path, nodes=2)
    hsm = world.rows[0]
    assert world.store.count(User, hsm=hsm.id) == 4
    world.store.remove(Hsm, id=hsm.id)
    assert world.store.count(User, hsm=hsm.id) == 0
    assert world.store.count(User) == 4


def test_rows_come_back_as_they_were_stored(tmp_path: Path) -> None:
    store = open_realm(tmp_path).store
    cluster = Cluster("c", "Zürich \N{SNOWMAN}", "l", 6, "fingerprint", 12.5)
    store.add(cluster)
    assert store.rows(Cluster) == [cluster]
    assert store.one(Cluster, owner_certificate="fingerprint") == cluster
    assert store.one(Cluster, owner_certificate=None) is None
    store.change(cluster, owner_certificate=None)
    assert store.one(Cluster, owner_certificate=None) == cluster._replace(owner_certificate=None)
    assert store.count(Cluster, id="c") == 1
    assert store.remove(Cluster, id="other") == 0
    assert store.remove(Cluster, id="c") == 1
    assert store.one(Cluster, id="c") is None


def test_a_key_of_before_needs_as_many_approvals_for_its_use_as_for_its_management(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = sqlite3.connect(path)
    before = next(number for number, step in enumerate(schema.MIGRATIONS) if "use_value" in step)
    for step in schema.MIGRATIONS[:before]:
        database.executescript(step)
    database.execute("INSERT INTO cluster VALUES ('c', 'demo', 'l', 6, NULL, 0)")
    database.execute(
        "INSERT INTO hsm (id, cluster, node, ip, state, serial) VALUES ('h', 'c', 0, '10.0.0.1', 'up', 's')"
    )
    database.execute("INSERT INTO key VALUES ('h', 6, 6, 4, 31, 'k', '', 0, 3, NULL, 2, '', 16, '', '', 0, '', '', '')")
    database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version={before}")
    database.commit()
    database.close()
    store = SqliteStore(str(path))
    key = store.one(Key, hsm="h")
    cluster = store.one(Cluster, id="c")
    store.close()
    assert key is not None
    assert cluster is not None
    assert (key.m_value, key.use_value) == (2, 2)
    assert (cluster.hsm_type, cluster.mode) == ("hsm1.medium", "FIPS")


def test_what_every_command_asks_first(tmp_path: Path) -> None:
    """The sessions of all, and the faults of one HSM."""
    world = make_world(tmp_path, nodes=2)
    one, two = (row.id for row in world.rows)
    own, other = world.session, world.store.add(Session(None, "another tool", 0.0))
    world.store.add(Fault(None, one, "", 0, 1.0, 1))
    assert world.store.sessions_and_faults(one) == (f"{own},{other}", 1)
    assert world.store.sessions_and_faults(two) == (f"{own},{other}", 0)
    world.store.remove(Session)
    assert world.store.sessions_and_faults(two) == ("", 0)


def test_the_same_question_with_and_without_a_value(file: Path) -> None:
    store = SqliteStore(str(file))
    assert store.count(Cluster, id="cluster-1", owner_certificate=None) == 1
    assert store.count(Cluster, id="cluster-1", owner_certificate="none") == 0
    assert store.one(Cluster, owner_certificate=None) == CLUSTER
    assert store.one(Cluster, owner_certificate="none") is None
    assert store.rows(Session, "id", tool="nothing") == []
    assert [row.id for row in store.rows(Session, "id DESC", tool="a tool with a long name")][:2] == [500, 499]
    store.close()
