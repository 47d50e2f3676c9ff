"""Backups, clones and strangers: what a lineage has in common, and what it keeps from others."""

from pathlib import Path

import pytest
from model_support import (
    ADMIN,
    AES,
    ALICE,
    BOB_ID,
    FIRST,
    KEY,
    OTHER,
    World,
    clone_of,
    make_world,
    refused,
)

from shared import errors
from shared.cluster.directory import create_backup, create_cluster, delete_cluster
from shared.hsm import Hsm
from shared.hsm.quorum import MISC_CO, USER_MGMT
from shared.store.protocol import Criteria


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, nodes=2)


@pytest.fixture
def alices(world: World) -> list[Hsm]:
    return [world.as_user("CU", "alice", ALICE, node) for node in range(2)]


@pytest.fixture
def admins(world: World) -> list[Hsm]:
    return [world.as_user("CO", "admin", ADMIN, node) for node in range(2)]


def foreign(world: World) -> World:
    other = World(world.realm, create_cluster(world.realm, "foreign", ["10.7.0.1"]))
    hsm = other.hsm()
    hsm.login("PRECO", "admin", FIRST)
    hsm.change_password("PRECO", "admin", ADMIN)
    hsm.create_user("CU", "alice", ALICE)
    return other


def test_another_lineage_refuses_keys_and_users(world: World, alices: list[Hsm], admins: list[Hsm]) -> None:
    other = foreign(world)
    stranger = other.hsm()
    handle = alices[0].generate_secret(AES, 16, KEY).handle
    with refused(errors.POLICY_MISMATCH):
        stranger.insert_key(admins[0].extract_key(handle))
    with refused(errors.POLICY_MISMATCH):
        stranger.insert_user(admins[0].extract_user(BOB_ID))
    assert other.handles() == []
    assert len(stranger.list_users()) == 3


def test_an_object_of_another_lineage_cannot_be_passed_off_as_ones_own(world: World, alices: list[Hsm]) -> None:
    """Whoever writes the right lineage over the foreign one still has the wrong masking key."""
    other = foreign(world)
    masked = alices[0].extract_key(alices[0].generate_secret(AES, 16, KEY).handle)
    forged = masked.replace(world.cluster.lineage.encode(), other.cluster.lineage.encode())
    assert forged != masked
    with refused(errors.ERR_BAD_PKCS_DATA):
        other.hsm().insert_key(forged)


def test_a_clone_takes_keys_both_ways_under_their_own_handles(world: World, alices: list[Hsm]) -> None:
    before = alices[0].generate_secret(AES, 16, KEY)
    clone = clone_of(world)
    there = clone.as_user("CU", "alice", ALICE)
    assert there.find_keys(Criteria()) == [before.handle]
    for _ in range(3):
        alices[1].generate_secret(AES, 16, KEY)
    late = alices[1].generate_secret(AES, 16, KEY)
    assert there.insert_key(alices[1].extract_key(late.handle)).handle == late.handle == 262144 + 10
    assert there.generate_secret(AES, 16, KEY).handle == 11
    back = alices[0].insert_key(there.extract_key(11))
    assert back.handle == 11
    assert alices[0].generate_secret(AES, 16, KEY).handle == 12


def test_two_clones_that_gave_the_same_handle_twice_refuse_to_mix_the_keys(world: World, alices: list[Hsm]) -> None:
    clone = clone_of(world)
    there = clone.as_user("CU", "alice", ALICE)
    here, other = alices[0].generate_secret(AES, 16, KEY), there.generate_secret(AES, 16, KEY)
    assert here.handle == other.handle
    with refused(errors.INVALID_DATA):
        there.insert_key(alices[0].extract_key(here.handle))
    assert there.read_key(other.handle) == other


def test_lineage_is_kept_through_generations(world: World, alices: list[Hsm]) -> None:
    # Each is made once the one before has a key, and has a key more than that.
    keys = [alices[0].generate_secret(AES, 16, KEY)]
    child = clone_of(world, "child", ("10.0.9.1",))
    family = [alices[0], child.as_user("CU", "alice", ALICE)]
    keys.append(family[1].generate_secret(AES, 16, KEY))
    grandchild = clone_of(child, "grandchild", ("10.0.9.2", "10.0.9.3"))
    family.append(grandchild.as_user("CU", "alice", ALICE, 0))
    keys.append(family[2].generate_secret(AES, 16, KEY))
    for key, source in zip(keys, family, strict=True):
        for there in family:
            arrived = there.insert_key(source.extract_key(key.handle))
            assert (arrived.handle, arrived.masked) == (key.handle, key.masked)
    for name in ("demo", "child"):
        delete_cluster(world.realm, name)
    backup = create_backup(world.realm, "grandchild")
    delete_cluster(world.realm, "grandchild")
    heir = World(world.realm, create_cluster(world.realm, "heir", ["10.0.9.1"], backup=backup.id))
    again = heir.as_user("CU", "alice", ALICE)
    assert again.read_key(keys[0].handle).masked == keys[0].masked
    assert again.generate_secret(AES, 16, KEY).handle == keys[2].handle + 1
    assert heir.cluster.lineage == world.cluster.lineage


def test_a_backup_holds_what_quorum_needs(world: World, admins: list[Hsm]) -> None:
    world.store.change(world.user("alice"), quorum_key=b"\x00key", two_factor=0, failures=2)
    admins[0].create_user("CO", "officer", OTHER)
    for service in (MISC_CO, USER_MGMT):
        admins[0].set_m_value(service, 2)
    # Tokens belong to a login, which nobody has there.
    admins[0].get_token(USER_MGMT, "admin")
    clone = clone_of(world)
    there = clone.as_user("CO", "admin", ADMIN)
    assert [there.m_value(service) for service in (USER_MGMT, MISC_CO)] == [2, 2]
    assert there.list_tokens() == []
    assert clone.user("alice") == world.user("alice")._replace(hsm=clone.rows[0].id)
    with refused(errors.MXN_AUTH_FAILED):
        there.create_user("CU", "carol", OTHER)
