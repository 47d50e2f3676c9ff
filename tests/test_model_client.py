"""The client daemon's part: what each HSM answers, copies of keys, and HSMs that fail or are not there."""

from pathlib import Path

import pytest
from model_support import (
    ADMIN,
    AES,
    ALICE,
    ALICE_ID,
    BOB,
    BOB_ID,
    KEY,
    OTHER,
    WRONG,
    World,
    make_world,
    outcome_of,
    use_known_rsa_keys,
)

from shared import errors
from shared.cluster import directory
from shared.cluster.client import Client, Outcome
from shared.errors import RET_OK, Code
from shared.hsm.inspection import state_digest
from shared.store.protocol import Criteria
from shared.store.records import Cluster, Fault, Key, Login

SESSION_KEY = KEY._replace(token=False)
SHARED = KEY._replace(users=(BOB_ID,), m_value=2)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    use_known_rsa_keys(monkeypatch)
    return make_world(tmp_path, nodes=3)


@pytest.fixture
def alice(world: World) -> Client:
    return world.alice()


def nodes(outcome: Outcome[object]) -> dict[int, Code]:
    found = {status.node: status.code for status in outcome.nodes}
    assert len(found) == len(outcome.nodes)
    assert list(found) == sorted(found)
    return found


def made(outcome: Outcome[tuple[Key, ...]]) -> Key:
    assert outcome.value is not None
    return outcome.value[0]


def stop(world: World, node: int) -> None:
    directory.set_state(world.realm, world.rows[node].id, "stopped")


def start(world: World, node: int) -> None:
    directory.set_state(world.realm, world.rows[node].id, "up")


REQUESTS = {
    "login": lambda client: client.login("CU", "alice", ALICE),
    "logout": lambda client: client.logout(),
    "secret": lambda client: client.generate_secret(AES, 16, KEY),
    "rsa": lambda client: client.generate_rsa(2048, 65537, KEY),
    "ec": lambda client: client.generate_ec(2, KEY),
    "delete": lambda client: client.delete_key(6),
    "token": lambda client: client.make_token(6, True),
    "find": lambda client: client.find_keys(Criteria()),
    "single": lambda client: client.find_single_key(6),
    "read": lambda client: client.read_key(6),
    "key info": lambda client: client.key_info(6),
    "users": lambda client: client.list_users(),
    "status": lambda client: client.logged_in(),
    "info": lambda client: client.hsm_info(),
}
OPEN = {"login", "users", "status", "info"}


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
def test_with_all_hsms_down_the_host_refuses(world: World, alice: Client, request_of: object) -> None:
    assert callable(request_of)
    alice.generate_secret(AES, 16, KEY)
    for node in range(3):
        stop(world, node)
    outcome = request_of(alice)
    assert outcome.code is errors.INVALID_OPERATION
    assert outcome.code.is_host
    assert not outcome.value
    assert outcome.nodes == ()


@pytest.mark.parametrize("name", sorted(REQUESTS.keys() - OPEN))
def test_nobody_logged_in_gets_nothing(world: World, name: str) -> None:
    world.alice().generate_secret(AES, 16, KEY)
    outcome = REQUESTS[name](world.client())
    assert outcome.code is errors.NOT_LOGGED_IN
    assert outcome.value is None
    assert set(nodes(outcome).values()) <= {errors.NOT_LOGGED_IN}
    assert all(world.handles(node) == [6] for node in range(3))


# Login


def test_a_login_is_a_login_on_every_hsm(world: World) -> None:
    client = world.client()
    outcome = client.login("CU", "alice", ALICE)
    assert (outcome.code, nodes(outcome)) == (RET_OK, {0: RET_OK, 1: RET_OK, 2: RET_OK})
    assert world.store.count(Login, user=ALICE_ID) == 3
    user = client.logged_in().value
    assert user is not None
    assert user.name == "alice"
    outcome = client.logout()
    assert (outcome.code, nodes(outcome)) == (RET_OK, {0: RET_OK, 1: RET_OK, 2: RET_OK})
    assert client.logged_in() == (RET_OK, None, ())


@pytest.mark.parametrize(
    ("user_type", "name", "code"),
    [("CU", "alice", errors.LOGIN_FAILURE), ("CU", "carol", errors.USER_MISSING), ("CO", "alice", errors.USER_MISSING)],
)
def test_a_login_that_all_refuse_has_their_code_and_leaves_the_user_before(
    world: World, alice: Client, user_type: str, name: str, code: Code
) -> None:
    outcome = alice.login(user_type, name, WRONG)
    assert (outcome.code, nodes(outcome)) == (code, dict.fromkeys(range(3), code))
    assert world.store.count(Login, user=ALICE_ID) == 3


@pytest.mark.parametrize("node", range(3))
def test_a_login_that_only_some_refuse_logs_nobody_in(world: World, alice: Client, node: int) -> None:
    """A password that was changed on one HSM; bob was to take the place of alice."""
    world.as_user("CO", "admin", ADMIN, node).change_password("CU", "bob", OTHER)
    outcome = alice.login("CU", "bob", BOB)
    assert outcome.code is errors.LOGIN_FAILURE
    assert nodes(outcome) == {number: RET_OK if number != node else errors.LOGIN_FAILURE for number in range(3)}
    assert world.store.count(Login, user=BOB_ID) == 0
    assert world.store.count(Login, user=ALICE_ID) == 0


def test_a_user_who_is_missing_on_one_hsm_cannot_log_in(world: World) -> None:
    world.as_user("CO", "admin", ADMIN, 1).delete_user("CU", "alice")
    outcome = world.client().login("CU", "alice", ALICE)
    assert outcome.code is errors.LOGIN_FAILURE
    assert nodes(outcome) == {0: RET_OK, 1: errors.USER_MISSING, 2: RET_OK}
    assert world.store.count(Login, user=ALICE_ID) == 0


@pytest.mark.parametrize("node", range(3))
def test_an_hsm_that_does_not_answer_refuses_no_login(world: World, node: int) -> None:
    client = world.client()
    world.fault(node, "loginHSM", errors.SERVER_UNAVAILABLE)
    outcome = client.login("CU", "alice", ALICE)
    assert outcome.code is RET_OK
    assert nodes(outcome) == {number: RET_OK if number != node else errors.SERVER_UNAVAILABLE for number in range(3)}
    assert world.store.count(Login, user=ALICE_ID) == 2
    assert client.generate_secret(AES, 16, KEY).code is RET_OK
    assert world.store.count(Login, user=ALICE_ID) == 3


def test_a_wrong_password_is_wrong_though_an_hsm_does_not_answer(world: World) -> None:
    world.fault(0, "loginHSM", errors.SERVER_UNAVAILABLE)
    outcome = world.client().login("CU", "alice", WRONG)
    assert outcome.code is errors.LOGIN_FAILURE
    assert nodes(outcome) == {0: errors.SERVER_UNAVAILABLE, 1: errors.LOGIN_FAILURE, 2: errors.LOGIN_FAILURE}
    assert world.store.count(Login, user=ALICE_ID) == 0


def test_a_login_that_nobody_answers_is_none(world: World) -> None:
    for node in range(3):
        world.fault(node, "loginHSM", errors.SERVER_UNAVAILABLE)
    client = world.client()
    assert client.login("CU", "alice", ALICE).code is errors.SERVER_UNAVAILABLE
    assert client.logged_in().value is None
    assert client.generate_secret(AES, 16, KEY).code is errors.NOT_LOGGED_IN


def test_a_login_takes_the_place_of_another_user(world: World, alice: Client) -> None:
    assert alice.login("CU", "bob", BOB).code is RET_OK
    assert world.store.count(Login, user=BOB_ID) == 3
    assert world.store.count(Login, user=ALICE_ID) == 0


# New keys


@pytest.mark.parametrize("name", ["secret", "rsa", "ec"])
def test_a_new_key_is_on_every_hsm_and_the_same(world: World, alice: Client, name: str) -> None:
    outcome = REQUESTS[name](alice)
    assert (outcome.code, nodes(outcome), outcome.successes) == (RET_OK, dict.fromkeys(range(3), RET_OK), 3)
    handles = [key.handle for key in outcome.value]
    assert handles == list(range(6, 6 + len(handles)))
    assert [world.handles(node) for node in range(3)] == [handles] * 3
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 1


def test_a_session_key_is_on_one_hsm_and_only_that_one_answers_for_it(world: World, alice: Client) -> None:
    outcome = alice.generate_secret(AES, 16, SESSION_KEY)
    assert (outcome.code, nodes(outcome)) == (RET_OK, {0: RET_OK})
    handle = made(outcome).handle
    assert [world.handles(node) for node in range(3)] == [[handle], [], []]
    found = alice.find_single_key(handle)
    assert (found.code, nodes(found)) == (RET_OK, {0: RET_OK})
    assert alice.read_key(handle).value == made(outcome)
    deleted = alice.delete_key(handle)
    assert (deleted.code, nodes(deleted)) == (RET_OK, {0: RET_OK})
    assert world.store.count(Key) == 0


def test_the_first_hsm_that_is_up_makes_the_key(world: World, alice: Client) -> None:
    stop(world, 0)
    outcome = alice.generate_secret(AES, 16, KEY)
    assert (outcome.code, nodes(outcome)) == (RET_OK, {1: RET_OK, 2: RET_OK})
    assert made(outcome).handle == 262144 + 6
    session = made(alice.generate_secret(AES, 16, SESSION_KEY))
    assert session.handle == 262144 + 7
    assert [world.handles(node) for node in range(3)] == [[], [262150, 262151], [262150]]


@pytest.mark.parametrize("name", ["secret", "rsa", "ec"])
def test_an_hsm_that_fails_as_it_is_asked_is_passed_over(world: World, alice: Client, name: str) -> None:
    command = "generateKey" if name == "secret" else "generateKeyPair"
    world.fault(0, command, errors.SERVER_UNAVAILABLE)
    outcome = REQUESTS[name](alice)
    assert outcome.code is RET_OK
    assert nodes(outcome) == dict.fromkeys(range(3), RET_OK)
    assert outcome.value[0].handle == 262144 + 6


def test_when_every_hsm_fails_the_cluster_is_unavailable(world: World, alice: Client) -> None:
    for node in range(3):
        world.fault(node, "generateKey", errors.SERVER_UNAVAILABLE)
    outcome = alice.generate_secret(AES, 16, KEY)
    assert (outcome.code, outcome.value) == (errors.SERVER_UNAVAILABLE, None)
    assert nodes(outcome) == dict.fromkeys(range(3), errors.SERVER_UNAVAILABLE)
    assert alice.generate_secret(AES, 16, KEY).code is RET_OK


def test_a_policy_is_named_in_the_summary_and_the_node_is_called_unavailable(alice: Client) -> None:
    """So the guide's example of genECCKeyPair has it."""
    outcome = alice.generate_ec(1, KEY)
    assert (outcome.code, outcome.value) == (errors.POLICY_MISMATCH, None)
    assert nodes(outcome) == {0: errors.SERVER_UNAVAILABLE}


def test_another_refusal_is_that_of_the_first_hsm(world: World, alice: Client) -> None:
    outcome = alice.generate_secret(AES, 16, KEY._replace(users=(99,)))
    assert (outcome.code, outcome.value, nodes(outcome)) == (
        errors.INVALID_DATA,
        None,
        {0: errors.INVALID_DATA},
    )
    assert world.store.count(Key) == 0


@pytest.mark.parametrize("name", ["secret", "rsa", "ec"])
def test_a_copy_that_fails_leaves_the_key_incomplete(world: World, alice: Client, name: str) -> None:
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    outcome = REQUESTS[name](alice)
    assert outcome.code is errors.CLUSTER_INCOMPLETE
    assert nodes(outcome) == {0: RET_OK, 1: errors.SERVER_UNAVAILABLE, 2: RET_OK}
    assert outcome.successes == 2
    assert [world.handles(0), world.handles(2)] == [[key.handle for key in outcome.value]] * 2
    assert world.handles(1) == []
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 2


@pytest.mark.parametrize("code", [errors.SERVER_UNAVAILABLE, errors.INVALID_DATA])
def test_a_key_that_cannot_leave_its_maker_is_made_once_and_incomplete(world: World, alice: Client, code: Code) -> None:
    world.fault(0, "extractMaskedObject", code)
    outcome = alice.generate_secret(AES, 16, KEY)
    assert (outcome.code, made(outcome).handle) == (errors.CLUSTER_INCOMPLETE, 6)
    assert nodes(outcome) == {0: RET_OK, 1: code, 2: code}
    assert [world.handles(node) for node in range(3)] == [[6], [], []]


def test_an_hsm_where_the_user_is_gone_takes_no_part(world: World, alice: Client) -> None:
    """Users are never copied; who was deleted in server mode is missing on one HSM only."""
    world.store.remove(type(world.user("alice", 2)), hsm=world.rows[2].id, id=ALICE_ID)
    outcome = alice.generate_secret(AES, 16, KEY)
    assert outcome.code is RET_OK
    assert nodes(outcome) == {0: RET_OK, 1: RET_OK}
    assert world.handles(2) == []


@pytest.mark.parametrize("name", ["secret", "rsa", "ec"])
@pytest.mark.parametrize("template", [KEY, SHARED], ids=["free", "quorum"])
def test_a_key_on_too_few_hsms_is_taken_back(
    world: World, name: str, template: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a key whose deletion would need an approval."""
    monkeypatch.setitem(globals(), "KEY", template)
    client = world.alice(minimum_nodes=3)
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    outcome = REQUESTS[name](client)
    assert (outcome.code, outcome.value) == (errors.CLUSTER_ERROR, None)
    assert nodes(outcome) == {0: RET_OK, 1: errors.SERVER_UNAVAILABLE, 2: RET_OK}
    assert world.store.count(Key) == 0
    assert [row.key_count for row in world.rows] == [0, 0, 0]
    assert REQUESTS[name](client).code is RET_OK


def test_a_minimum_that_cannot_be_reached_takes_every_token_key_back(world: World) -> None:
    client = world.alice(minimum_nodes=4)
    outcome = client.generate_secret(AES, 16, KEY)
    assert (outcome.code, outcome.value) == (errors.CLUSTER_ERROR, None)
    assert world.store.count(Key) == 0
    assert client.generate_secret(AES, 16, SESSION_KEY).code is RET_OK


def test_a_copy_that_cannot_be_taken_back_is_left(world: World) -> None:
    client = world.alice(minimum_nodes=3)
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    world.fault(2, "tombstone", errors.SERVER_UNAVAILABLE)
    assert client.generate_secret(AES, 16, KEY).code is errors.CLUSTER_ERROR
    assert [world.handles(node) for node in range(3)] == [[], [], [6]]


# HSMs that go and come


def test_an_hsm_that_went_down_is_not_asked(world: World, alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    stop(world, 1)
    for outcome in (alice.find_single_key(handle), alice.delete_key(handle), alice.logout()):
        assert (outcome.code, nodes(outcome)) == (RET_OK, {0: RET_OK, 2: RET_OK})
    assert world.handles(1) == [handle]


@pytest.mark.parametrize("node", [0, 1, 2])
def test_an_hsm_that_came_back_is_logged_in_again(world: World, alice: Client, node: int) -> None:
    stop(world, node)
    start(world, node)
    logged_in = alice.logged_in().value
    assert logged_in is not None
    assert logged_in.name == "alice"
    outcome = alice.generate_secret(AES, 16, KEY)
    assert nodes(outcome) == dict.fromkeys(range(3), RET_OK)
    assert nodes(alice.delete_key(made(outcome).handle)) == dict.fromkeys(range(3), RET_OK)
    assert nodes(alice.logout()) == dict.fromkeys(range(3), RET_OK)
    assert world.store.count(Login) == 0


def test_an_hsm_that_came_back_and_refuses_is_left_out(world: World, alice: Client) -> None:
    stop(world, 0)
    start(world, 0)
    world.as_user("CO", "admin", ADMIN, 0).change_password("CU", "alice", OTHER)
    assert nodes(alice.generate_secret(AES, 16, KEY)) == {1: RET_OK, 2: RET_OK}
    assert alice.find_keys(Criteria()).code is RET_OK


def test_nobody_is_logged_in_again_after_a_logout(world: World, alice: Client) -> None:
    assert alice.logout().code is RET_OK
    stop(world, 0)
    start(world, 0)
    assert alice.logged_in().value is None
    assert alice.generate_secret(AES, 16, KEY).code is errors.NOT_LOGGED_IN


def test_session_keys_go_with_their_hsm(world: World, alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, SESSION_KEY)).handle
    stop(world, 0)
    assert alice.read_key(handle).code is errors.KEY_NOT_FOUND
    start(world, 0)
    alice.login("CU", "alice", ALICE)
    assert alice.read_key(handle).code is errors.KEY_NOT_FOUND


def test_an_hsm_that_was_added_takes_part(world: World, alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    directory.add_hsm(world.realm, "demo")
    assert nodes(alice.find_single_key(handle)) == dict.fromkeys(range(4), RET_OK)


def test_a_fault_is_met_as_often_as_it_was_set(world: World, alice: Client) -> None:
    world.fault(0, "findKey", errors.SERVER_UNAVAILABLE, remaining=2)
    codes = [alice.find_keys(Criteria()).code for _ in range(3)]
    assert codes == [errors.SERVER_UNAVAILABLE, errors.SERVER_UNAVAILABLE, RET_OK]
    assert world.store.count(Fault) == 0


def test_a_fault_waits_for_its_command_and_for_its_hsm(world: World, alice: Client) -> None:
    world.fault(1, "generateKey", errors.SERVER_UNAVAILABLE)
    assert alice.generate_secret(AES, 16, KEY).code is RET_OK
    assert world.store.count(Fault) == 1
    stop(world, 1)
    assert outcome_of(lambda: world.hsm(1).generate_secret(AES, 16, KEY)) == "RET_SERVER_UNAVAILABLE"
    assert world.store.count(Fault) == 1
    start(world, 1)
    hsm = world.as_user("CU", "alice", ALICE, 1)
    assert outcome_of(lambda: hsm.generate_secret(AES, 16, KEY)) == "RET_SERVER_UNAVAILABLE"
    assert outcome_of(lambda: hsm.generate_secret(AES, 16, KEY)) == "ok"


# Keys that are not everywhere


@pytest.mark.parametrize("request_of", [Client.delete_key, Client.find_single_key], ids=["delete", "find"])
def test_a_key_that_one_hsm_lacks_is_missing_there_only(world: World, alice: Client, request_of: object) -> None:
    assert callable(request_of)
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    outcome = request_of(alice, handle)
    assert outcome.code is RET_OK
    assert nodes(outcome) == {0: RET_OK, 1: errors.INVALID_HANDLE, 2: RET_OK}


@pytest.mark.parametrize("name", ["delete", "single", "token"])
def test_a_key_that_is_nowhere_is_not_found_and_every_hsm_says_so(alice: Client, name: str) -> None:
    outcome = REQUESTS[name](alice)
    assert (outcome.code, outcome.value) == (errors.KEY_NOT_FOUND, None)
    assert nodes(outcome) == dict.fromkeys(range(3), errors.INVALID_HANDLE)


@pytest.mark.parametrize("name", ["read", "key info"])
def test_a_key_that_is_nowhere_cannot_be_read(alice: Client, name: str) -> None:
    assert REQUESTS[name](alice) == (errors.KEY_NOT_FOUND, None, ())


def test_a_key_is_read_from_the_first_hsm_that_has_it(world: World, alice: Client) -> None:
    key = made(alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,))))
    world.store.remove(Key, hsm=world.rows[0].id, handle=key.handle)
    read = alice.read_key(key.handle).value
    assert read == key._replace(hsm=world.rows[1].id)
    info = alice.key_info(key.handle).value
    assert info is not None
    assert (info.owner, info.shared_with) == (ALICE_ID, (BOB_ID,))


def test_a_key_of_another_user_is_denied_and_stays(world: World, alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    bob = world.client(world.realm.open_session("bob"))
    bob.login("CU", "bob", BOB)
    for outcome in (bob.read_key(handle), bob.key_info(handle)):
        assert outcome == (errors.KEY_ACCESS_DENIED, None, ())
    outcome = bob.delete_key(handle)
    assert (outcome.code, nodes(outcome)) == (
        errors.KEY_ACCESS_DENIED,
        dict.fromkeys(range(3), errors.KEY_ACCESS_DENIED),
    )
    assert bob.make_token(handle, True).code is errors.KEY_ACCESS_DENIED
    assert bob.find_single_key(handle).code is RET_OK
    assert [world.handles(node) for node in range(3)] == [[handle]] * 3


def test_a_deletion_that_one_hsm_refuses_has_its_code(world: World, alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    world.fault(2, "deleteKey", errors.SERVER_UNAVAILABLE)
    outcome = alice.delete_key(handle)
    assert outcome.code is errors.SERVER_UNAVAILABLE
    assert nodes(outcome) == {0: RET_OK, 1: RET_OK, 2: errors.SERVER_UNAVAILABLE}
    assert [world.handles(node) for node in range(3)] == [[], [], [handle]]
    assert alice.delete_key(handle).code is RET_OK
    assert world.store.count(Key) == 0


@pytest.mark.parametrize(("profile", "asked"), [("3.x", [0]), ("1.x", [0, 1, 2])])
def test_one_hsm_answers_find_key_in_3x_and_all_in_1x(tmp_path: Path, profile: str, asked: list[int]) -> None:
    world = make_world(tmp_path, nodes=3, profile=profile)
    alice = world.client()
    alice.login("CU", "alice", ALICE)
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    outcome = alice.find_keys(Criteria())
    assert (outcome.code, outcome.value) == (RET_OK, [handle])
    assert nodes(outcome) == dict.fromkeys(asked, RET_OK)


# Session key to token key


def test_a_session_key_that_becomes_a_token_key_is_copied(world: World, alice: Client) -> None:
    key = made(alice.generate_secret(AES, 16, SESSION_KEY))
    outcome = alice.make_token(key.handle, True)
    assert (outcome.code, nodes(outcome)) == (RET_OK, dict.fromkeys(range(3), RET_OK))
    assert made(outcome).handle == key.handle
    assert [world.handles(node) for node in range(3)] == [[key.handle]] * 3
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 1


def test_a_key_that_became_a_token_key_is_kept_though_it_could_not_be_copied(world: World) -> None:
    """It was there before, so there is nothing to take back."""
    alice = world.alice(minimum_nodes=3)
    handle = made(alice.generate_secret(AES, 16, SESSION_KEY)).handle
    world.fault(1, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    outcome = alice.make_token(handle, True)
    assert outcome.code is errors.CLUSTER_INCOMPLETE
    assert nodes(outcome) == {0: RET_OK, 1: errors.SERVER_UNAVAILABLE, 2: RET_OK}
    assert [world.handles(node) for node in range(3)] == [[handle], [], [handle]]
    assert alice.make_token(handle, True).code is RET_OK
    assert world.handles(1) == [handle]


def test_a_token_key_stays_one(alice: Client) -> None:
    handle = made(alice.generate_secret(AES, 16, KEY)).handle
    outcome = alice.make_token(handle, False)
    assert (outcome.code, outcome.value) == (errors.INVALID_DATA, None)


# Users of all HSMs


def test_users_are_listed_once_and_with_the_most_failures(world: World, alice: Client) -> None:
    world.as_user("CO", "admin", ADMIN, 2).create_user("CO", "stray", OTHER)
    world.as_user("CO", "admin", ADMIN, 1).create_user("CU", "other", OTHER)
    for node, times in ((0, 1), (1, 3), (2, 2)):
        for _ in range(times):
            assert outcome_of(lambda node=node: world.hsm(node).login("CU", "bob", WRONG)) != "ok"
    users = alice.list_users().value
    assert users is not None
    assert [(user.id, user.type, user.name, user.failures) for user in users] == [
        (1, "CO", "admin", 0),
        (2, "AU", "app_user", 0),
        (3, "CU", "alice", 0),
        (4, "CU", "bob", 3),
        (5, "CU", "other", 0),
        (5, "CO", "stray", 0),
    ]


def test_users_cannot_be_listed_if_an_hsm_fails(world: World, alice: Client) -> None:
    world.fault(1, "listUsers", errors.SERVER_UNAVAILABLE)
    assert alice.list_users() == (errors.SERVER_UNAVAILABLE, None, ())
    users = alice.list_users().value
    assert users is not None
    assert len(users) == 4


def test_the_figures_are_those_of_the_first_hsm_that_is_up(world: World) -> None:
    stop(world, 0)
    info = world.client().hsm_info().value
    assert info is not None
    assert info.serial == world.rows[1].serial


def test_commands_of_a_whole_cluster_keep_its_hsms_in_step(world: World, alice: Client) -> None:
    for template in (KEY, SHARED, SESSION_KEY, SHARED._replace(token=False)):
        alice.generate_secret(AES, 16, template)
        alice.generate_ec(2, template)
    alice.delete_key(6)
    assert len({state_digest(world.store, row.id) for row in world.rows}) == 1
    cluster = world.store.one(Cluster, id=world.cluster.id)
    assert cluster.next_slot == 6 + 12
