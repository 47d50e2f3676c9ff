"""Which HSM serves a request: always the first that is up, or one after the other."""

from pathlib import Path

import pytest
from model_support import AES, ALICE, KEY, World, make_world, use_known_rsa_keys

from shared import errors
from shared.cluster import directory
from shared.cluster.client import Client, Outcome
from shared.store.records import Key, Share

SESSION_KEY = KEY._replace(token=False)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    use_known_rsa_keys(monkeypatch)
    world = make_world(tmp_path, nodes=3)
    world.realm.load_balancing = "round-robin"
    return world


def maker(outcome: Outcome[tuple[Key, ...]]) -> int:
    """Return the node that made a key, which its handle tells."""
    assert outcome.value is not None
    return outcome.value[0].handle >> 18


def first_turn(world: World) -> Client:
    """Return a client of alice in whose session the first HSM comes first."""
    while (session := world.realm.open_session("test")) % 3:
        pass
    client = world.client(session)
    assert client.login("CU", "alice", ALICE).code is errors.RET_OK
    return client


def test_without_it_the_first_serves_and_makes(tmp_path: Path) -> None:
    alice = make_world(tmp_path, nodes=3).alice()
    assert [maker(alice.generate_secret(AES, 16, KEY)) for _ in range(4)] == [0, 0, 0, 0]


def test_the_hsms_take_turns_in_making(world: World) -> None:
    alice = first_turn(world)
    assert [maker(alice.generate_secret(AES, 16, KEY)) for _ in range(4)] == [0, 1, 2, 0]
    assert [status.node for status in alice.generate_ec(2, KEY).nodes] == [0, 1, 2]
    assert all(len(world.handles(node)) == 6 for node in range(3))


def test_reading_does_not_shift_the_turns_of_making(world: World) -> None:
    alice = first_turn(world)
    makers = []
    for _ in range(4):
        alice.hsm_info()
        makers.append(maker(alice.generate_rsa(2048, 65537, KEY)))
    assert makers == [0, 1, 2, 0]


def test_the_hsms_take_turns_in_serving(world: World) -> None:
    alice = first_turn(world)
    alice.generate_secret(AES, 16, KEY)
    # What only one of them knows tells who has answered.
    world.store.add(Share(world.rows[1].id, 6, 4))
    answers = [alice.key_info(6).value for _ in range(4)]
    assert [answer and answer.shared_with for answer in answers] == [(), (4,), (), ()]
    serials = [info and info.serial for info in (alice.hsm_info().value for _ in range(3))]
    assert serials == [world.rows[node].serial for node in (1, 2, 0)]


def test_an_hsm_that_lacks_the_key_is_passed_over(world: World) -> None:
    alice = first_turn(world)
    assert maker(alice.generate_secret(AES, 16, SESSION_KEY)) == 0
    assert [alice.read_key(6).code for _ in range(3)] == [errors.RET_OK] * 3


def test_one_that_is_down_has_no_turn(world: World) -> None:
    alice = first_turn(world)
    directory.set_state(world.realm, world.rows[1].id, "stopped")
    assert {maker(alice.generate_secret(AES, 16, KEY)) for _ in range(4)} == {0, 2}
    for node in (0, 2):
        directory.set_state(world.realm, world.rows[node].id, "stopped")
    assert alice.generate_secret(AES, 16, KEY).code is errors.INVALID_OPERATION


def test_one_that_fails_gives_its_turn_to_the_next(world: World) -> None:
    alice = first_turn(world)
    alice.generate_secret(AES, 16, KEY)
    world.fault(1, "generateKey", errors.SERVER_UNAVAILABLE)
    outcome = alice.generate_secret(AES, 16, KEY)
    assert (maker(outcome), [status.node for status in outcome.nodes]) == (2, [0, 1, 2])


def test_short_sessions_take_turns_too(world: World) -> None:
    makers = [maker(world.alice().generate_secret(AES, 16, KEY)) for _ in range(3)]
    assert sorted(makers) == [0, 1, 2]
