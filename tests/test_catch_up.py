"""Server-side synchronisation: what is copied, what is left out, and that a deletion is not undone by it."""

from pathlib import Path

import pytest
from model_support import ADMIN, AES, ALICE, ALICE_ID, BOB_ID, KEY, World, clone_of, make_world

from shared import errors
from shared.cluster import directory, members
from shared.cluster.catch_up import COPIED, LEFT_OUT, REMOVED, Step, catch_up
from shared.cluster.client import Client
from shared.cluster.directory import DirectoryError
from shared.hsm.inspection import state_digest
from shared.store.records import Hsm, Share, Tombstone, User

SHARED = KEY._replace(users=(BOB_ID,), m_value=2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, nodes=3)


@pytest.fixture
def alice(world: World) -> Client:
    return world.alice()


def stop(world: World, node: int) -> None:
    directory.set_state(world.realm, world.rows[node].id, "stopped")


def start(world: World, node: int) -> None:
    directory.set_state(world.realm, world.rows[node].id, "up")


def holders(world: World) -> list[list[int]]:
    return [world.handles(node) for node in range(3)]


def run(world: World) -> list[tuple[int, int, str, str]]:
    """Return (node, handle, what was done, why) of a run."""
    nodes = {row.id: row.node for row in world.rows}
    return [(nodes[step.hsm], step.handle, step.action, step.reason) for step in catch_up(world.realm, "demo")]


def test_an_unknown_cluster_is_refused(world: World) -> None:
    with pytest.raises(DirectoryError, match="no cluster named other"):
        catch_up(world.realm, "other")


def test_hsms_in_step_are_left_alone(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    before = [state_digest(world.store, row.id) for row in world.rows]
    assert run(world) == []
    assert [state_digest(world.store, row.id) for row in world.rows] == before


def test_each_gets_what_the_others_have(world: World, alice: Client) -> None:
    for node in range(3):
        stop(world, node)
        alice.generate_secret(AES, 16, SHARED)
        start(world, node)
    assert [len(handles) for handles in holders(world)] == [2, 2, 2]
    assert [(node, action, why) for node, _, action, why in run(world)] == [
        (0, COPIED, "from 10.0.0.2"),
        (1, COPIED, "from 10.0.0.1"),
        (2, COPIED, "from 10.0.0.1"),
    ]
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 1
    assert world.store.count(Share, user=BOB_ID) == 9
    assert run(world) == []


def test_what_is_stopped_neither_gives_nor_takes(world: World, alice: Client) -> None:
    stop(world, 2)
    handle = alice.generate_secret(AES, 16, KEY).value
    assert handle is not None
    stop(world, 1)
    assert run(world) == []
    start(world, 2)
    assert run(world) == [(2, 6, COPIED, "from 10.0.0.1")]
    assert holders(world) == [[6], [6], [6]]


def test_session_keys_stay_where_they_are(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY._replace(token=False))
    assert run(world) == []
    assert holders(world) == [[6], [], []]


def test_users_are_never_synchronised_and_neither_are_their_keys(world: World, alice: Client) -> None:
    """sdk5-differences.md, item 19."""
    world.store.remove(User, hsm=world.rows[2].id, id=ALICE_ID)
    world.store.remove(User, hsm=world.rows[1].id, id=BOB_ID)
    stop(world, 1)
    alice.generate_secret(AES, 16, SHARED)
    start(world, 1)
    assert run(world) == [
        (1, 6, COPIED, "from 10.0.0.1"),
        (2, 6, LEFT_OUT, f"its owner, user {ALICE_ID}, is no CU there"),
    ]
    assert world.store.count(Share, hsm=world.rows[1].id) == 0
    assert world.store.count(User, hsm=world.rows[2].id, id=ALICE_ID) == 0


def test_an_id_that_is_another_kind_of_user_there_owns_nothing(world: World, alice: Client) -> None:
    world.store.remove(User, hsm=world.rows[2].id, id=ALICE_ID)
    world.as_user("CO", "admin", ADMIN, 2).create_user("CO", "other", ALICE)
    assert world.user("other", 2).id == ALICE_ID
    alice.generate_secret(AES, 16, KEY)
    assert [step[2] for step in run(world)] == [LEFT_OUT]


def test_no_more_keys_than_there_is_room_for(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2, max_keys=2)
    alone = world.as_user("CU", "alice", ALICE, 0)
    stop(world, 1)
    alone.generate_secret(AES, 16, KEY)
    alone.generate_secret(AES, 16, KEY)
    start(world, 1)
    world.as_user("CU", "alice", ALICE, 1).generate_secret(AES, 16, KEY)
    assert [(step.action, step.reason) for step in catch_up(world.realm, "demo")] == [
        (LEFT_OUT, "there is no room"),
        (COPIED, "from 10.0.0.1"),
        (LEFT_OUT, "there is no room"),
    ]


def test_a_key_that_differs_is_left_as_it_is(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    world.as_user("CO", "admin", ADMIN, 1).set_attribute(6, 134, b"1")
    assert run(world) == []
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 2


# Deletions


def test_a_key_deleted_while_an_hsm_was_down_goes_there_too(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    stop(world, 2)
    assert alice.delete_key(6).code is errors.RET_OK
    start(world, 2)
    assert holders(world) == [[], [], [6]]
    assert run(world) == [(2, 6, REMOVED, "it was deleted on another HSM")]
    assert holders(world) == [[], [], []]
    assert run(world) == []


def test_a_deletion_that_one_hsm_refused_is_carried_through(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    world.fault(1, "deleteKey", errors.KEY_ACCESS_DENIED)
    alice.delete_key(6)
    assert holders(world) == [[], [6], []]
    assert run(world) == [(1, 6, REMOVED, "it was deleted on another HSM")]


def test_a_deletion_is_remembered_until_every_hsm_was_told(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    stop(world, 2)
    stop(world, 1)
    alice.delete_key(6)
    start(world, 1)
    assert run(world) == [(1, 6, REMOVED, "it was deleted on another HSM")]
    assert world.store.count(Tombstone) == 1
    start(world, 2)
    assert run(world) == [(2, 6, REMOVED, "it was deleted on another HSM")]
    assert world.store.count(Tombstone) == 0


def test_an_hsm_that_is_added_while_the_others_are_told_is_told_next(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.generate_secret(AES, 16, KEY)
    stop(world, 0)
    alice.delete_key(6)
    start(world, 0)
    listed = members(world.store, world.cluster.id)

    def members_then_one_more(*_: object) -> list[Hsm]:
        monkeypatch.undo()
        directory.add_hsm(world.realm, "demo")
        return listed

    monkeypatch.setattr("shared.cluster.catch_up.members", members_then_one_more)
    assert run(world) == [(0, 6, REMOVED, "it was deleted on another HSM")]
    assert world.handles(3) == [6]
    assert run(world) == [(3, 6, REMOVED, "it was deleted on another HSM")]
    assert [world.handles(node) for node in range(4)] == [[], [], [], []]


def test_a_key_that_was_taken_back_does_not_come_back(world: World) -> None:
    client = world.alice(minimum_nodes=3)
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    world.fault(2, "tombstone", errors.SERVER_UNAVAILABLE)
    assert client.generate_secret(AES, 16, KEY).code is errors.CLUSTER_ERROR
    assert holders(world) == [[], [], [6]]
    assert run(world) == [(2, 6, REMOVED, "it was deleted on another HSM")]
    assert holders(world) == [[], [], []]


def test_a_deleted_session_key_leaves_no_trace(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY._replace(token=False))
    alice.delete_key(6)
    assert world.store.count(Tombstone) == 0


def test_a_key_that_somebody_brings_back_stays(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    stop(world, 2)
    alice.delete_key(6)
    start(world, 2)
    masked = world.as_user("CO", "admin", ADMIN, 2).extract_key(6)
    world.as_user("CO", "admin", ADMIN, 0).insert_key(masked)
    assert run(world) == [(1, 6, COPIED, "from 10.0.0.1")]
    assert holders(world) == [[6], [6], [6]]


def test_a_clone_remembers_its_own_deletions_only(world: World, alice: Client) -> None:
    alice.generate_secret(AES, 16, KEY)
    clone = clone_of(world, "clone", ("10.0.9.1", "10.0.9.2"))
    alice.delete_key(6)
    clone.hsm(1).login("CU", "alice", ALICE)
    clone.hsm(1).delete_key(6)
    assert catch_up(world.realm, "demo") == []
    steps = catch_up(world.realm, "clone")
    assert steps == [Step(clone.rows[0].id, "10.0.9.1", 6, REMOVED, "it was deleted on another HSM")]
    directory.delete_cluster(world.realm, "clone")
    assert world.store.count(Tombstone) == 0
