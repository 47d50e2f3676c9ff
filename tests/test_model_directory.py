"""What AWS's management side does: clusters, HSMs that come and go, backups, clones and their lineage."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from model_support import (
    ADMIN,
    AES,
    ALICE,
    BOB_ID,
    FIRST,
    KEY,
    OTHER,
    WRONG,
    World,
    clone_of,
    make_world,
    open_realm,
    outcome_of,
    refused,
)

from shared import errors
from shared.cluster import directory
from shared.cluster.directory import DirectoryError
from shared.cluster.trust import trusts
from shared.hsm.inspection import state_digest
from shared.realm import Realm
from shared.store.records import Backup, Cluster, Hsm, Key, Login, Share, User


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    return open_realm(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, nodes=3)


def refusal(request: Callable[[], object]) -> str:
    with pytest.raises(DirectoryError) as caught:
        request()
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def digests(world: World) -> list[str]:
    return [state_digest(world.store, row.id) for row in world.rows]


def lineage_files(folder: Path) -> list[str]:
    return sorted(file.stem for file in (folder / "lineage").glob("*"))


# Clusters


def test_a_new_cluster_is_delivered_as_aws_does(realm: Realm, tmp_path: Path) -> None:
    cluster = directory.create_cluster(realm, "demo", ["10.0.0.1", "10.0.0.9"])
    rows = directory.members(realm.store, cluster.id)
    assert [(row.node, row.ip, row.state, row.key_count) for row in rows] == [
        (0, "10.0.0.1", "up", 0),
        (1, "10.0.0.9", "up", 0),
    ]
    world = World(realm, cluster)
    for hsm in world.hsms():
        assert [(user.type, user.name) for user in hsm.list_users()] == [("PRECO", "admin"), ("AU", "app_user")]
        hsm.login("PRECO", "admin", FIRST)
    assert lineage_files(tmp_path) == [cluster.lineage]
    assert len({row.id for row in rows} | {cluster.id, cluster.lineage}) == 4
    assert rows[0].serial == "3.0A0101-ICM000001"


@pytest.mark.parametrize(
    ("name", "addresses", "words"),
    [
        ("", ["10.1.0.1"], "name"),
        ("demo", ["10.1.0.1"], "taken"),
        ("other", [], "a cluster needs an HSM"),
        ("other", 0, "a cluster needs an HSM"),
        ("other", ["10.0.0.1"], "the address 10.0.0.1 is taken"),
        ("other", ["10.1.0.1", "10.1.0.1"], "the address 10.1.0.1 is taken"),
        ("other", ["10.1.0.1", "10.1.0.256"], "'10.1.0.256' is no IPv4 address"),
        ("other", ["host"], "'host' is no IPv4 address"),
        ("other", [""], "'' is no IPv4 address"),
        ("other", ["::1"], "'::1' is no IPv4 address"),
        ("other", ["10.1.0.1\n10.1.0.2"], "'10.1.0.1\\n10.1.0.2' is no IPv4 address"),
        ("other", [f"10.1.0.{number}" for number in range(1, 30)], "a cluster has at most 28 HSMs"),
        ("other", 29, "a cluster has at most 28 HSMs"),
    ],
)
def test_a_cluster_that_cannot_be_made_leaves_nothing(
    realm: Realm, tmp_path: Path, name: str, addresses: list[str] | int, words: str
) -> None:
    directory.create_cluster(realm, "demo", ["10.0.0.1"])
    before = [realm.store.rows(table) for table in (Cluster, Hsm, User)], lineage_files(tmp_path)
    assert words in refusal(lambda: directory.create_cluster(realm, name, addresses))
    assert ([realm.store.rows(table) for table in (Cluster, Hsm, User)], lineage_files(tmp_path)) == before


def test_addresses_are_found_in_a_subnet_of_the_clusters_own(realm: Realm) -> None:
    first = directory.create_cluster(realm, "first", 3)
    second = directory.create_cluster(realm, "second", 28)
    assert [row.ip for row in directory.members(realm.store, first.id)] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert [row.ip for row in directory.members(realm.store, second.id)] == [f"10.0.1.{n}" for n in range(1, 29)]
    assert directory.next_addresses(realm.store, first.id, 2) == ["10.0.0.4", "10.0.0.5"]
    assert refusal(lambda: directory.add_hsm(realm, "second")) == "a cluster has at most 28 HSMs"
    assert "10.0.0" in refusal(lambda: directory.next_addresses(realm.store, first.id, 252))


def test_a_deleted_cluster_takes_everything_with_it(world: World, tmp_path: Path) -> None:
    world.alice().generate_secret(AES, 16, KEY._replace(users=(BOB_ID,)))
    assert refusal(lambda: directory.delete_cluster(world.realm, "other")) == "no cluster named other"
    directory.delete_cluster(world.realm, "demo")
    for table in (Cluster, Hsm, User, Key, Share, Login):
        assert world.store.rows(table) == []
    assert lineage_files(tmp_path) == []


def test_a_deleted_cluster_lives_on_in_its_backup(world: World, tmp_path: Path) -> None:
    handle = 6
    world.alice().generate_secret(AES, 16, KEY)
    backup = directory.create_backup(world.realm, "demo")
    directory.delete_cluster(world.realm, "demo")
    assert lineage_files(tmp_path) == [world.cluster.lineage]
    again = World(world.realm, directory.create_cluster(world.realm, "demo", ["10.0.0.1"], backup=backup.id))
    key = again.as_user("CU", "alice", ALICE).read_key(handle)
    assert len(world.realm.vault.unmask(again.cluster.lineage, b"key4", key.masked)) == 16


# Backups and clones


def test_a_clone_has_content_lineage_and_slot_counter_of_the_backup(world: World) -> None:
    alice = world.alice()
    alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,)))
    alice.generate_secret(AES, 16, KEY._replace(token=False))
    assert outcome_of(lambda: world.hsm().login("CU", "bob", WRONG)) == "RET_USER_LOGIN_FAILURE"
    before = state_digest(world.store, world.rows[0].id)
    backup = directory.create_backup(world.realm, "demo")
    alice.generate_secret(AES, 16, KEY)
    world.as_user("CO", "admin", ADMIN).create_user("CU", "carol", OTHER)
    clone = World(
        world.realm, directory.create_cluster(world.realm, "clone", ["10.9.0.1", "10.9.0.2"], backup=backup.id)
    )
    assert clone.cluster.lineage == world.cluster.lineage
    assert clone.cluster.next_slot == 8
    assert digests(clone) == [before, before]
    assert [row.key_count for row in clone.rows] == [1, 1]
    assert clone.user("bob").failures == 1
    assert not {row.id for row in clone.rows} & {row.id for row in world.rows}
    assert clone.alice().generate_secret(AES, 16, KEY).value[0].handle == 8  # type: ignore[index]
    assert state_digest(world.store, backup.id) == before


def test_a_backup_is_no_hsm(world: World) -> None:
    backup = directory.create_backup(world.realm, "demo")
    assert refusal(lambda: directory.hsm_named(world.store, backup.id)) == f"no HSM {backup.id}"
    assert refusal(lambda: directory.hsm_named(world.store, "")) == "no HSM "
    assert refusal(lambda: directory.remove_hsm(world.realm, backup.id)) == f"no HSM {backup.id}"
    assert refusal(lambda: directory.set_state(world.realm, backup.id, "up")) == f"no HSM {backup.id}"
    assert len(world.rows) == 3
    assert world.store.rows(Backup) == [backup]


def test_an_unknown_backup_or_cluster_is_refused(world: World) -> None:
    realm = world.realm
    assert refusal(lambda: directory.create_cluster(realm, "x", 1, backup="backup-x")) == "no backup backup-x"
    assert refusal(lambda: directory.create_backup(realm, "x")) == "no cluster named x"
    assert refusal(lambda: directory.add_hsm(realm, "x")) == "no cluster named x"
    assert len(world.store.rows(Cluster)) == 1


def test_a_clone_of_a_clone_is_of_the_same_lineage_and_an_independent_cluster_is_not(world: World) -> None:
    clone = clone_of(world)
    second = clone_of(clone, "second", ("10.0.8.1",))
    other = directory.create_cluster(world.realm, "other", ["10.0.7.1"])
    assert second.cluster.lineage == world.cluster.lineage != other.lineage
    key = world.alice().generate_secret(AES, 16, KEY).value[0]  # type: ignore[index]
    admin = world.as_user("CO", "admin", ADMIN)
    there = second.as_user("CO", "admin", ADMIN)
    assert there.insert_key(admin.extract_key(key.handle)).handle == key.handle
    stranger = World(world.realm, other).hsm()
    stranger.login("PRECO", "admin", FIRST)
    stranger.change_password("PRECO", "admin", ADMIN)
    with refused(errors.POLICY_MISMATCH):
        stranger.insert_key(admin.extract_key(key.handle))


def test_the_owner_certificate_comes_with_the_backup_unless_another_is_given(realm: Realm) -> None:
    directory.create_cluster(realm, "demo", ["10.0.0.1"], owner="aa")
    backup = directory.create_backup(realm, "demo")
    assert directory.create_cluster(realm, "one", 1, backup=backup.id).owner_certificate == "aa"
    assert directory.create_cluster(realm, "two", 1, backup=backup.id, owner="bb").owner_certificate == "bb"


def test_a_cluster_trusts_the_first_owner_it_meets_and_no_other(world: World) -> None:
    hsm = world.rows[0].id
    assert not trusts(world.realm, "hsm-unknown", "aa")
    assert trusts(world.realm, hsm, "aa")
    assert not trusts(world.realm, hsm, "bb")
    assert trusts(world.realm, world.rows[2].id, "aa")


# HSMs


def test_an_added_hsm_is_restored_from_the_first_that_is_up(world: World) -> None:
    alice = world.alice()
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    alice.generate_secret(AES, 16, KEY)
    alice.generate_secret(AES, 16, KEY._replace(token=False))
    directory.set_state(world.realm, "10.0.0.1", "stopped")
    added = directory.add_hsm(world.realm, "demo")
    assert (added.node, added.ip) == (3, "10.0.0.4")
    assert world.handles(3) == world.handles(1) == []
    directory.set_state(world.realm, "10.0.0.1", "up")
    assert directory.add_hsm(world.realm, "demo", "10.0.0.77").node == 4
    assert world.handles(4) == world.handles(0) == [6]
    assert digests(world)[4] == digests(world)[0]
    assert world.store.count(Login, hsm=world.rows[4].id) == 0


def test_a_removed_hsms_node_number_is_given_again_and_its_serial_is_not_that_of_another(world: World) -> None:
    removed = directory.remove_hsm(world.realm, "10.0.0.1")
    assert removed.node == 0
    assert [row.node for row in world.rows] == [1, 2]
    assert world.store.count(User, hsm=removed.id) == 0
    added = directory.add_hsm(world.realm, "demo")
    assert (added.node, added.ip) == (0, "10.0.0.1")
    assert added.id != removed.id
    assert len({row.serial for row in world.rows}) == 3
    handle = world.alice().generate_secret(AES, 16, KEY).value[0].handle  # type: ignore[index]
    assert handle == 6


def test_a_slot_is_unique_though_node_numbers_are_given_again(world: World) -> None:
    before = world.alice().generate_secret(AES, 16, KEY).value[0]  # type: ignore[index]
    directory.remove_hsm(world.realm, world.rows[0].id)
    directory.add_hsm(world.realm, "demo")
    after = world.alice().generate_secret(AES, 16, KEY).value[0]  # type: ignore[index]
    assert (before.handle, after.handle) == (6, 7)


def test_without_an_hsm_that_is_up_there_is_nothing_to_restore_or_to_back_up(world: World) -> None:
    for row in world.rows:
        directory.set_state(world.realm, row.id, "stopped")
    assert refusal(lambda: directory.add_hsm(world.realm, "demo")) == "no HSM of demo is up to restore from"
    assert refusal(lambda: directory.create_backup(world.realm, "demo")) == "no HSM of demo is up to back up"
    for row in world.rows:
        directory.remove_hsm(world.realm, row.ip)
    assert refusal(lambda: directory.add_hsm(world.realm, "demo")) == "no HSM of demo is up to restore from"
    assert world.rows == []


def test_an_added_hsm_needs_an_address_of_its_own(world: World) -> None:
    assert refusal(lambda: directory.add_hsm(world.realm, "demo", "10.0.0.2")) == "the address 10.0.0.2 is taken"
    assert refusal(lambda: directory.add_hsm(world.realm, "demo", "ten")) == "'ten' is no IPv4 address"
    assert len(world.rows) == 3


def test_a_stopped_hsm_loses_what_it_held_in_sessions_and_nothing_else(world: World) -> None:
    alice = world.alice()
    alice.generate_secret(AES, 16, KEY)
    alice.generate_secret(AES, 16, KEY._replace(token=False))
    assert world.handles(0) == [6, 7]
    assert refusal(lambda: directory.set_state(world.realm, "10.0.0.99", "stopped")) == "no HSM 10.0.0.99"
    stopped = directory.set_state(world.realm, "10.0.0.1", "stopped")
    assert stopped == world.rows[0]._replace(key_count=stopped.key_count)
    with refused(errors.SERVER_UNAVAILABLE):
        world.hsm(0).list_users()
    started = directory.set_state(world.realm, world.rows[0].id, "up")
    assert started.state == world.rows[0].state == "up"
    assert world.handles(0) == [6]
    assert world.rows[0].key_count == 1
    assert len(world.hsm(0).list_users()) == 4
    assert world.store.count(Login, hsm=world.rows[0].id) == 0
    assert world.store.count(Login, hsm=world.rows[1].id) == 1


def test_a_cluster_is_found_by_name_and_by_id_and_an_hsm_by_id_and_by_address(world: World) -> None:
    assert directory.cluster_named(world.store, "demo") == directory.cluster_named(world.store, world.cluster.id)
    row = world.rows[1]
    assert directory.hsm_named(world.store, row.ip) == directory.hsm_named(world.store, row.id) == row
    assert refusal(lambda: directory.cluster_named(world.store, "")) == "no cluster named "


def test_all_members_are_told_by_the_one_that_answers(world: World, tmp_path: Path) -> None:
    place = SimpleNamespace(
        database=str(tmp_path / "store.db"),
        session_lock=str(tmp_path / "sessions.lock"),
        vault_dir=str(tmp_path / "lineage"),
        profile="3.x",
        setting=lambda _, default: default,
        chosen=lambda _: "first",
    )
    everyone = [(row.ip, 2225, row.ip) for row in world.rows]
    assert directory.members_at(place, "10.0.0.9") == []  # type: ignore[arg-type]
    assert directory.members_at(place, "") == []  # type: ignore[arg-type]
    assert directory.members_at(place, "10.0.0.2") == everyone  # type: ignore[arg-type]
    directory.set_state(world.realm, "10.0.0.2", "stopped")
    assert directory.members_at(place, "10.0.0.2") == []  # type: ignore[arg-type]
    assert directory.members_at(place, "10.0.0.3") == everyone  # type: ignore[arg-type]
