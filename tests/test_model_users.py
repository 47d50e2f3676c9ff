"""Users of one HSM: names, passwords, lockout, creation and deletion."""

from pathlib import Path

import pytest
from model_support import (
    ADMIN,
    ADMIN_ID,
    AES,
    ALICE,
    ALICE_ID,
    APP_USER_ID,
    BOB,
    BOB_ID,
    FIRST,
    KEY,
    OTHER,
    WRONG,
    World,
    make_world,
    outcome_of,
    refused,
)

from shared import errors
from shared.crypto.passwords import Password
from shared.hsm import Hsm
from shared.store.records import Login, Share, User


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def admin(world: World) -> Hsm:
    return world.as_user("CO", "admin", ADMIN)


def fail(hsm: Hsm, name: str, times: int, user_type: str = "CU") -> None:
    for _ in range(times):
        with refused(errors.LOGIN_FAILURE):
            hsm.login(user_type, name, WRONG)


# Activation


def test_a_fresh_hsm_has_its_two_users_and_only_the_first_can_log_in(tmp_path: Path) -> None:
    hsm = make_world(tmp_path, activated=False).hsm()
    assert [(user.id, user.type, user.name, user.failures) for user in hsm.list_users()] == [
        (1, "PRECO", "admin", 0),
        (2, "AU", "app_user", 0),
    ]
    assert outcome_of(lambda: hsm.login("AU", "app_user", FIRST)) == "RET_USER_LOGIN_FAILURE"
    assert outcome_of(lambda: hsm.login("CO", "admin", FIRST)) == "RET_USER_MISSING"
    hsm.login("PRECO", "admin", FIRST)


@pytest.mark.parametrize(("profile", "officer"), [("3.x", "CO"), ("1.x", "PCO")])
def test_a_preco_becomes_an_officer_by_its_new_password_and_stays_logged_in(
    tmp_path: Path, profile: str, officer: str
) -> None:
    hsm = make_world(tmp_path, profile=profile, activated=False).hsm()
    hsm.login("PRECO", "admin", FIRST)
    assert outcome_of(lambda: hsm.create_user("CU", "alice", ALICE)) == "RET_NOT_AUTHORIZED"
    hsm.change_password("PRECO", "admin", ADMIN)
    assert [(user.id, user.type) for user in hsm.list_users()] == [(1, officer), (2, "AU")]
    hsm.create_user("CU", "alice", ALICE)
    hsm.logout()
    assert outcome_of(lambda: hsm.login("PRECO", "admin", ADMIN)) == "RET_USER_MISSING"
    assert outcome_of(lambda: hsm.login(officer, "admin", FIRST)) == "RET_USER_LOGIN_FAILURE"
    hsm.login(officer, "admin", ADMIN)


# Names and passwords


@pytest.mark.parametrize(
    "name",
    ["", "x" * 32, "a b", "a-b", "a.b", "a\tb", "ab\n", "é", "\N{ARABIC-INDIC DIGIT ONE}", "a\0", "\udcff", "%s"],
)
def test_a_bad_name_is_refused(admin: Hsm, name: str) -> None:
    with refused(errors.INVALID_DATA):
        admin.create_user("CU", name, OTHER)
    assert len(admin.list_users()) == 4


@pytest.mark.parametrize("name", ["a", "x" * 31, "_", "0", "Crypto_User_1"])
def test_a_good_name_is_taken_as_it_is(admin: Hsm, name: str) -> None:
    admin.create_user("CU", name, OTHER)
    assert admin.list_users()[-1].name == name


@pytest.mark.parametrize("name", ["alice", "ALICE", "Alice", "app_user", "Admin"])
@pytest.mark.parametrize("user_type", ["CU", "CO"])
def test_a_name_is_taken_once_whatever_its_case_and_type(admin: Hsm, name: str, user_type: str) -> None:
    with refused(errors.USER_EXISTS):
        admin.create_user(user_type, name, OTHER)


def test_a_name_is_found_whatever_its_case(world: World, admin: Hsm) -> None:
    world.as_user("CU", "ALICE", ALICE).logout()
    admin.change_password("CU", "aLiCe", OTHER)
    world.as_user("CU", "alice", OTHER).logout()
    assert admin.delete_user("CU", "Alice").user.name == "alice"


@pytest.mark.parametrize("user_type", ["AU", "cu", "", "CU ", "Unknown", "HMCO", "preCO"])
def test_a_user_of_another_type_cannot_be_created(admin: Hsm, user_type: str) -> None:
    with refused(errors.UNKNOWN_USER_TYPE):
        admin.create_user(user_type, "carol", OTHER)


@pytest.mark.parametrize("user_type", ["CO", "CU", "PCO", "PRECO"])
def test_users_of_these_types_can_be_created_and_log_in(world: World, admin: Hsm, user_type: str) -> None:
    admin.create_user(user_type, "carol", OTHER)
    hsm = world.as_user(user_type, "carol", OTHER)
    user = hsm.logged_in()
    assert user is not None
    assert (user.id, user.type, user.name) == (5, user_type, "carol")


TOO_SHORT_OR_LONG = ["", "x" * 6, "x" * 33, "ééé", "é" * 17, "€" * 11, "\udcff" * 6]
JUST_RIGHT = ["x" * 7, "x" * 32, "éééé", "é" * 16, "€€€", "\udcff" * 7, " " * 7, "a' b\"$|>"]


@pytest.mark.parametrize("text", TOO_SHORT_OR_LONG)
def test_a_password_outside_of_7_to_32_bytes_is_refused(world: World, admin: Hsm, text: str) -> None:
    with refused(errors.PASSWORD_LENGTH):
        admin.create_user("CU", "carol", Password(text))
    with refused(errors.PASSWORD_LENGTH):
        admin.change_password("CU", "alice", Password(text))
    world.as_user("CU", "alice", ALICE)


@pytest.mark.parametrize("text", JUST_RIGHT)
def test_a_password_of_7_to_32_bytes_opens(world: World, admin: Hsm, text: str) -> None:
    admin.create_user("CU", "carol", Password(text))
    assert outcome_of(lambda: world.as_user("CU", "carol", Password(text + "x"))) == "RET_USER_LOGIN_FAILURE"
    world.as_user("CU", "carol", Password(text))
    admin.change_password("CU", "alice", Password(text))
    world.as_user("CU", "alice", Password(text))


# Login


@pytest.mark.parametrize(
    ("user_type", "name"), [("CO", "alice"), ("CU", "carol"), ("CU", ""), ("XX", "alice"), ("PRECO", "admin")]
)
def test_an_unknown_user_or_one_of_another_type_does_not_exist(world: World, user_type: str, name: str) -> None:
    with refused(errors.USER_MISSING):
        world.hsm().login(user_type, name, ALICE)
    assert world.user("alice").failures == 0
    assert world.hsm().logged_in() is None


def test_the_same_user_may_log_in_again_and_another_only_after_logout(world: World) -> None:
    hsm = world.as_user("CU", "alice", ALICE)
    hsm.login("CU", "alice", ALICE)
    with refused(errors.ANOTHER_USER):
        hsm.login("CU", "bob", BOB)
    user = hsm.logged_in()
    assert user is not None
    assert user.name == "alice"
    hsm.logout()
    hsm.login("CU", "bob", BOB)


def test_a_replacing_login_takes_the_place_of_the_other_user_only_if_it_succeeds(world: World) -> None:
    hsm = world.as_user("CU", "alice", ALICE)
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CU", "bob", WRONG, replace=True)
    user = hsm.logged_in()
    assert user is not None
    assert user.name == "alice"
    hsm.login("CU", "bob", BOB, replace=True)
    user = hsm.logged_in()
    assert user is not None
    assert user.name == "bob"
    assert world.store.count(Login) == 1


def test_a_logout_without_login_is_refused(world: World) -> None:
    with refused(errors.NOT_LOGGED_IN):
        world.hsm().logout()


def test_five_wrong_passwords_lock_the_user_on_that_hsm_only(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    fail(world.hsm(0), "alice", 4)
    world.as_user("CU", "alice", ALICE, node=0)
    assert world.user("alice").failures == 0
    fail(world.hsm(0), "alice", 5)
    with refused(errors.LOGIN_FAILURE):
        world.hsm(0).login("CU", "alice", ALICE)
    fail(world.hsm(0), "alice", 3)
    assert world.user("alice", 0).failures == 5
    assert world.user("alice", 1).failures == 0
    world.as_user("CU", "alice", ALICE, node=1)
    world.as_user("CU", "bob", BOB, node=0)


def test_a_good_login_sets_the_counter_to_zero(world: World) -> None:
    for _ in range(3):
        fail(world.hsm(), "alice", 4)
        assert world.user("alice").failures == 4
        world.as_user("CU", "alice", ALICE).logout()
        assert world.user("alice").failures == 0


def test_wrong_passwords_count_for_one_who_is_logged_in_already(world: World) -> None:
    hsm = world.as_user("CU", "alice", ALICE)
    fail(hsm, "alice", 5)
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CU", "alice", ALICE)
    assert hsm.logged_in() is not None


def test_a_new_password_unlocks(world: World, admin: Hsm) -> None:
    fail(world.hsm(), "alice", 5)
    with refused(errors.LOGIN_FAILURE):
        world.hsm().login("CU", "alice", ALICE)
    admin.change_password("CU", "alice", OTHER)
    assert world.user("alice").failures == 0
    world.hsm().login("CU", "alice", OTHER)


def test_the_limit_of_older_clusters_can_be_set(tmp_path: Path) -> None:
    world = make_world(tmp_path, login_failures=20)
    fail(world.hsm(), "alice", 19)
    world.hsm().login("CU", "alice", ALICE)
    world.hsm().logout()
    fail(world.hsm(), "alice", 20)
    with refused(errors.LOGIN_FAILURE):
        world.hsm().login("CU", "alice", ALICE)


# Changing passwords


@pytest.mark.parametrize(
    ("user_type", "name", "code"),
    [
        ("XX", "alice", errors.UNKNOWN_USER_TYPE),
        ("CO", "alice", errors.USER_MISSING),
        ("CU", "carol", errors.USER_MISSING),
    ],
)
def test_the_password_of_an_unknown_user_cannot_be_changed(
    admin: Hsm, user_type: str, name: str, code: errors.Code
) -> None:
    with refused(code):
        admin.change_password(user_type, name, OTHER)


def test_a_user_logged_in_elsewhere_keeps_the_password(world: World, admin: Hsm) -> None:
    elsewhere = world.as_user("CU", "alice", ALICE)
    with refused(errors.USER_IS_LOGGED_IN):
        admin.change_password("CU", "alice", OTHER)
    elsewhere.logout()
    admin.change_password("CU", "alice", OTHER)
    elsewhere.login("CU", "alice", OTHER)


def test_the_own_password_can_be_changed_unless_one_is_logged_in_twice(world: World) -> None:
    here, there = world.as_user("CU", "alice", ALICE), world.as_user("CU", "alice", ALICE)
    with refused(errors.USER_IS_LOGGED_IN):
        here.change_password("CU", "alice", OTHER)
    there.logout()
    here.change_password("CU", "alice", OTHER)
    assert here.logged_in() is not None
    there.login("CU", "alice", OTHER)


def test_a_login_on_another_hsm_is_no_hindrance(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    world.as_user("CU", "alice", ALICE, node=1)
    world.as_user("CO", "admin", ADMIN, node=0).change_password("CU", "alice", OTHER)
    with refused(errors.USER_IS_LOGGED_IN):
        world.as_user("CO", "admin", ADMIN, node=1).change_password("CU", "alice", OTHER)


def test_a_new_password_takes_quorum_key_and_second_factor_away(world: World, admin: Hsm) -> None:
    world.store.change(world.user("alice"), quorum_key=b"key", two_factor=1)
    admin.change_password("CU", "alice", OTHER)
    assert (world.user("alice").quorum_key, world.user("alice").two_factor) == (None, 0)


# Creating and deleting


def test_a_new_user_gets_the_lowest_free_id(admin: Hsm) -> None:
    admin.create_user("CU", "carol", OTHER)
    admin.create_user("CU", "dave", OTHER)
    admin.delete_user("CU", "alice")
    admin.delete_user("CU", "carol")
    admin.create_user("CU", "erin", OTHER)
    admin.create_user("CU", "frank", OTHER)
    admin.create_user("CU", "grace", OTHER)
    assert [(user.id, user.name) for user in admin.list_users()] == [
        (ADMIN_ID, "admin"),
        (APP_USER_ID, "app_user"),
        (3, "erin"),
        (BOB_ID, "bob"),
        (5, "frank"),
        (6, "dave"),
        (7, "grace"),
    ]


def test_there_is_room_for_so_many_users(tmp_path: Path) -> None:
    world = make_world(tmp_path, max_users=5)
    admin = world.as_user("CO", "admin", ADMIN)
    admin.create_user("CU", "carol", OTHER)
    with refused(errors.INVALID_DATA):
        admin.create_user("CU", "dave", OTHER)
    admin.delete_user("CU", "carol")
    admin.create_user("CU", "dave", OTHER)


@pytest.mark.parametrize(
    ("user_type", "name", "code"),
    [
        ("XX", "alice", errors.UNKNOWN_USER_TYPE),
        ("CO", "alice", errors.USER_MISSING),
        ("CU", "carol", errors.USER_MISSING),
        ("AU", "app_user", errors.NOT_AUTHORIZED),
        ("CO", "admin", errors.USER_IS_LOGGED_IN),
    ],
)
def test_these_users_cannot_be_deleted(admin: Hsm, user_type: str, name: str, code: errors.Code) -> None:
    with refused(code):
        admin.delete_user(user_type, name)
    assert len(admin.list_users()) == 4


def test_a_user_who_is_logged_in_cannot_be_deleted(world: World, admin: Hsm) -> None:
    elsewhere = world.as_user("CU", "alice", ALICE)
    with refused(errors.USER_IS_LOGGED_IN):
        admin.delete_user("CU", "alice")
    elsewhere.logout()
    admin.delete_user("CU", "alice")
    assert [user.name for user in admin.list_users()] == ["admin", "app_user", "bob"]


def test_an_owner_of_keys_cannot_be_deleted(world: World, admin: Hsm) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    handle = alice.generate_secret(AES, 16, KEY).handle
    alice.logout()
    with refused(errors.USER_OWNS_KEYS):
        admin.delete_user("CU", "alice")
    alice.login("CU", "alice", ALICE)
    alice.delete_key(handle)
    alice.logout()
    admin.delete_user("CU", "alice")


def test_who_takes_a_deleted_users_id_does_not_take_the_users_keys(world: World, admin: Hsm) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    handle = alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,))).handle
    admin.delete_user("CU", "bob")
    assert world.store.rows(Share) == []
    admin.create_user("CU", "carol", OTHER)
    assert world.user("carol").id == BOB_ID
    with refused(errors.KEY_ACCESS_DENIED):
        world.as_user("CU", "carol", OTHER).read_key(handle)


def test_a_deleted_user_can_be_put_back_as_it_was(world: World, admin: Hsm) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    kept, lost = (alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,))).handle for _ in range(2))
    fail(world.hsm(), "bob", 2)
    before = world.user("bob")
    deleted = admin.delete_user("CU", "bob")
    alice.delete_key(lost)
    admin.restore_user(deleted)
    assert world.user("bob") == before
    assert [share.handle for share in world.store.rows(Share)] == [kept]
    bob = world.as_user("CU", "bob", BOB)
    assert bob.read_key(kept).owner == ALICE_ID


@pytest.mark.parametrize("name", ["carol", "BOB"])
def test_a_deleted_user_is_not_put_back_in_the_place_of_another(admin: Hsm, name: str) -> None:
    """The id is taken by carol; the name by a user of another id."""
    deleted = admin.delete_user("CU", "bob")
    admin.create_user("CU", name, OTHER)
    if name == "BOB":
        deleted = deleted._replace(user=deleted.user._replace(id=9))
    before = admin.list_users()
    with refused(errors.USER_EXISTS):
        admin.restore_user(deleted)
    assert admin.list_users() == before


def test_only_the_user_table_of_that_hsm_changes(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    other = world.store.rows(User, "id", hsm=world.rows[1].id)
    admin = world.as_user("CO", "admin", ADMIN)
    admin.create_user("CU", "carol", OTHER)
    admin.delete_user("CU", "bob")
    admin.change_password("CU", "alice", OTHER)
    assert world.store.rows(User, "id", hsm=world.rows[1].id) == other
