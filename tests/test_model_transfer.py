"""Masked objects: keys and users on their way to another HSM of the lineage, and to no other."""

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
    KEY,
    OTHER,
    WRONG,
    World,
    make_world,
    outcome_of,
    refused,
    use_known_rsa_keys,
)

from shared import errors
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.hsm.quorum import MISC_CO, USER_MGMT
from shared.mechanisms import KEY_DES3
from shared.store.protocol import Criteria
from shared.store.records import Key, Share


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    use_known_rsa_keys(monkeypatch)
    return make_world(tmp_path, nodes=2)


@pytest.fixture
def alices(world: World) -> list[Hsm]:
    return [world.as_user("CU", "alice", ALICE, node) for node in range(2)]


@pytest.fixture
def admins(world: World) -> list[Hsm]:
    return [world.as_user("CO", "admin", ADMIN, node) for node in range(2)]


# Keys


@pytest.mark.parametrize("extractable", [True, False])
def test_a_key_arrives_with_all_that_belongs_to_it(
    world: World, alices: list[Hsm], admins: list[Hsm], extractable: bool
) -> None:
    template = Template(b"\xff\x00 label", b"\x00id", extractable=extractable, users=(BOB_ID,), m_value=2)
    made = [
        alices[0].generate_secret(KEY_DES3, 24, template),
        *alices[0].generate_rsa(2048, 65537, template),
        *alices[0].generate_ec(14, template),
    ]
    for number, key in enumerate(made):
        carrier = (alices, admins)[number % 2]
        arrived = carrier[1].insert_key(carrier[0].extract_key(key.handle))
        assert arrived == key._replace(hsm=world.rows[1].id)
        assert alices[1].read_key(key.handle) == arrived
        assert alices[1].key_info(key.handle) == alices[0].key_info(key.handle)
    hashes = [admin.user_keys(0, with_digest=True).digest for admin in admins]
    assert hashes[0] == hashes[1]
    assert [row.key_count for row in world.rows] == [5, 5]


def test_an_arrived_key_is_the_same_key(world: World, alices: list[Hsm]) -> None:
    """Its material opens on the other HSM, and to the same bytes."""
    key = alices[0].generate_secret(AES, 32, KEY)
    arrived = alices[1].insert_key(alices[0].extract_key(key.handle))
    vault, lineage = world.realm.vault, world.cluster.lineage
    assert vault.unmask(lineage, b"key4", arrived.masked) == vault.unmask(lineage, b"key4", key.masked)
    assert len(vault.unmask(lineage, b"key4", key.masked)) == 32


def test_a_key_of_another_owner_cannot_be_carried_by_a_cu(world: World, alices: list[Hsm], admins: list[Hsm]) -> None:
    handle = alices[0].generate_secret(AES, 16, KEY._replace(users=(BOB_ID,))).handle
    masked = admins[0].extract_key(handle)
    bob = world.as_user("CU", "bob", BOB, 1)
    with refused(errors.KEY_ACCESS_DENIED):
        bob.insert_key(masked)
    with refused(errors.KEY_ACCESS_DENIED):
        world.as_user("CU", "bob", BOB, 0).extract_key(handle)
    assert world.handles(1) == []


def test_unknown_keys_and_session_keys_are_not_extracted(alices: list[Hsm], admins: list[Hsm]) -> None:
    session_key = alices[0].generate_secret(AES, 16, KEY._replace(token=False))
    for handle in (session_key.handle, 7, 4, 0):
        with refused(errors.INVALID_HANDLE):
            admins[0].extract_key(handle)


def test_a_key_that_is_there_and_equal_is_left_as_it_is(world: World, admins: list[Hsm], alices: list[Hsm]) -> None:
    key = alices[0].generate_secret(AES, 16, KEY)
    masked = admins[0].extract_key(key.handle)
    arrived = admins[1].insert_key(masked)
    assert admins[1].insert_key(masked) == arrived
    assert admins[0].insert_key(masked) == key
    assert [row.key_count for row in world.rows] == [1, 1]


@pytest.mark.parametrize("changes", [{"label": b"other"}, {"flags": 0}, {"owner": BOB_ID}, {"m_value": 2}])
def test_another_key_under_the_same_handle_is_left_as_it_is(
    world: World, admins: list[Hsm], alices: list[Hsm], changes: dict[str, object]
) -> None:
    key = alices[0].generate_secret(AES, 16, KEY)
    masked = admins[0].extract_key(key.handle)
    there = admins[1].insert_key(masked)
    world.store.change(there, **changes)
    with refused(errors.INVALID_DATA):
        admins[1].insert_key(masked)
    assert world.store.one(Key, hsm=world.rows[1].id, handle=key.handle) == there._replace(**changes)


@pytest.mark.parametrize("officer", [True, False])
@pytest.mark.parametrize("here", [True, False])
def test_a_key_that_is_shared_otherwise_there_is_left_as_it_is(
    world: World, admins: list[Hsm], alices: list[Hsm], here: bool, officer: bool
) -> None:
    """It would be no repair to call it a success: the hashes of findAllKeys go on to differ."""
    key = alices[0].generate_secret(AES, 16, KEY)
    carriers = admins if officer else alices
    carriers[1].insert_key(carriers[0].extract_key(key.handle))
    alices[0 if here else 1].share_key(key.handle, BOB_ID, True)
    with refused(errors.INVALID_DATA):
        carriers[1].insert_key(carriers[0].extract_key(key.handle))
    assert alices[1].key_info(key.handle).shared_with == (() if here else (BOB_ID,))
    alices[1 if here else 0].share_key(key.handle, BOB_ID, True)
    assert carriers[1].insert_key(carriers[0].extract_key(key.handle)) == key._replace(hsm=world.rows[1].id)


def test_the_owner_is_whoever_has_the_id_there(world: World, alices: list[Hsm], admins: list[Hsm]) -> None:
    key = alices[0].generate_secret(AES, 16, KEY)
    alices[1].logout()
    admins[1].delete_user("CU", "alice")
    admins[1].create_user("CU", "dave", OTHER)
    assert world.user("dave", 1).id == ALICE_ID
    admins[1].insert_key(admins[0].extract_key(key.handle))
    dave = world.as_user("CU", "dave", OTHER, 1)
    assert dave.find_keys(Criteria()) == [key.handle]
    assert len({admin.user_keys(0, with_digest=True).digest for admin in admins}) == 1


def test_a_key_whose_owner_is_missing_there_is_refused(world: World, alices: list[Hsm], admins: list[Hsm]) -> None:
    handle = alices[0].generate_secret(AES, 16, KEY).handle
    alices[1].logout()
    admins[1].delete_user("CU", "alice")
    with refused(errors.USER_MISSING):
        admins[1].insert_key(admins[0].extract_key(handle))
    admins[1].create_user("CO", "alice", OTHER)
    assert world.user("alice", 1).id == ALICE_ID
    with refused(errors.USER_MISSING):
        admins[1].insert_key(admins[0].extract_key(handle))
    assert world.handles(1) == []


def test_shares_with_users_who_are_missing_there_are_left_out(
    world: World, alices: list[Hsm], admins: list[Hsm]
) -> None:
    for admin in admins:
        admin.create_user("CU", "carol", OTHER)
    carol = world.user("carol").id
    handle = alices[0].generate_secret(AES, 16, KEY._replace(users=(BOB_ID, carol))).handle
    admins[1].delete_user("CU", "bob")
    admins[1].insert_key(admins[0].extract_key(handle))
    assert alices[1].key_info(handle).shared_with == (carol,)
    # It is as equal as it can be there.
    admins[1].insert_key(admins[0].extract_key(handle))
    assert [share.user for share in world.store.rows(Share, hsm=world.rows[1].id)] == [carol]


def test_a_key_is_not_shared_with_an_officer_who_has_the_users_id_there(
    world: World, alices: list[Hsm], admins: list[Hsm]
) -> None:
    handle = alices[0].generate_secret(AES, 16, KEY._replace(users=(BOB_ID,))).handle
    admins[1].delete_user("CU", "bob")
    admins[1].create_user("CO", "officer", OTHER)
    assert world.user("officer", 1).id == BOB_ID
    admins[1].insert_key(admins[0].extract_key(handle))
    assert world.store.rows(Share, hsm=world.rows[1].id) == []


def test_there_must_be_room_for_the_key(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2, max_keys=1)
    here, there = (world.as_user("CU", "alice", ALICE, node) for node in range(2))
    masked = here.extract_key(here.generate_secret(AES, 16, KEY).handle)
    there.generate_secret(AES, 16, KEY._replace(token=False))
    with refused(errors.INVALID_DATA):
        there.insert_key(masked)


def spoilt_forms(masked: bytes) -> list[bytes]:
    forms = [b"", masked[:4], masked[:40], masked[:-1], masked + b"\0", masked[::-1], b"x" + masked]
    for position in (0, 7, 27, 30, len(masked) // 2, len(masked) - 1):
        spoilt = bytearray(masked)
        spoilt[position] ^= 1
        forms.append(bytes(spoilt))
    return forms


def test_a_damaged_object_is_refused(world: World, alices: list[Hsm], admins: list[Hsm]) -> None:
    handle = alices[0].generate_secret(AES, 16, KEY).handle
    users = len(admins[1].list_users())
    for form in spoilt_forms(admins[0].extract_key(handle)):
        with refused(errors.ERR_BAD_PKCS_DATA):
            admins[1].insert_key(form)
    admins[1].delete_user("CU", "bob")
    for form in spoilt_forms(admins[0].extract_user(BOB_ID)):
        with refused(errors.ERR_BAD_PKCS_DATA):
            admins[1].insert_user(form)
    assert world.handles(1) == []
    assert len(admins[1].list_users()) == users - 1


def test_a_user_is_no_key_and_a_key_no_user(alices: list[Hsm], admins: list[Hsm]) -> None:
    handle = alices[0].generate_secret(AES, 16, KEY).handle
    with refused(errors.ERR_BAD_PKCS_DATA):
        admins[1].insert_key(admins[0].extract_user(BOB_ID))
    with refused(errors.ERR_BAD_PKCS_DATA):
        admins[1].insert_user(admins[0].extract_key(handle))


def test_a_masked_object_shows_neither_key_nor_password(
    world: World, alices: list[Hsm], admins: list[Hsm], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.crypto.primitives.random_key", lambda _: b"SECRET-AES-128-K")
    masked = admins[0].extract_key(alices[0].generate_secret(AES, 16, Template(b"LABEL")).handle)
    assert b"SECRET" not in masked
    assert b"LABEL" not in masked
    assert world.user("bob").verifier.encode()[-20:] not in admins[0].extract_user(BOB_ID)


# Users


def test_a_user_arrives_without_an_approval(world: World, admins: list[Hsm]) -> None:
    """The guide's USER_MGMT is createUser, deleteUser and changePswd of another."""
    for admin in admins:
        admin.create_user("CO", "officer", OTHER)
        admin.create_user("CU", "carol", OTHER)
    admins[1].delete_user("CU", "carol")
    for service in (MISC_CO, USER_MGMT):
        admins[1].set_m_value(service, 2)
    with refused(errors.MXN_AUTH_FAILED):
        admins[1].create_user("CU", "carol", OTHER)
    carol = world.user("carol").id
    assert admins[1].insert_user(admins[0].extract_user(carol)).id == carol


def test_a_user_arrives_with_id_and_password_and_is_not_locked(world: World, admins: list[Hsm]) -> None:
    admins[0].create_user("CU", "carol", OTHER)
    for _ in range(5):
        assert outcome_of(lambda: world.hsm(0).login("CU", "carol", WRONG)) == "RET_USER_LOGIN_FAILURE"
    world.store.change(world.user("carol"), quorum_key=b"\x00key", two_factor=1)
    masked = admins[0].extract_user(world.user("carol").id)
    arrived = admins[1].insert_user(masked)
    expected = world.user("carol")._replace(hsm=world.rows[1].id, failures=0)
    assert arrived == world.user("carol", 1) == expected
    # Without its second factor, which the test does not have, the password is told to be the same.
    world.store.change(arrived, two_factor=0)
    world.as_user("CU", "carol", OTHER, node=1)


def test_a_user_whose_id_is_taken_gets_the_lowest_free_one(world: World, admins: list[Hsm]) -> None:
    admins[0].create_user("CU", "carol", OTHER)
    admins[1].delete_user("CU", "alice")
    admins[1].create_user("CU", "dave", OTHER)
    admins[1].create_user("CU", "erin", OTHER)
    admins[1].delete_user("CU", "dave")
    assert [user.id for user in admins[1].list_users()] == [1, 2, 4, 5]
    assert world.user("carol").id == 5
    assert admins[1].insert_user(admins[0].extract_user(5)).id == 3


@pytest.mark.parametrize("name", ["bob", "BOB"])
def test_a_user_who_is_there_is_refused(world: World, admins: list[Hsm], name: str) -> None:
    admins[1].delete_user("CU", "bob")
    admins[1].create_user("CU", name, OTHER)
    before = world.user("bob", 1)
    with refused(errors.USER_EXISTS):
        admins[1].insert_user(admins[0].extract_user(BOB_ID))
    assert world.user("bob", 1) == before


@pytest.mark.parametrize(
    ("user_id", "code"), [(99, errors.USER_MISSING), (0, errors.USER_MISSING), (APP_USER_ID, errors.NOT_AUTHORIZED)]
)
def test_these_users_are_not_extracted(admins: list[Hsm], user_id: int, code: errors.Code) -> None:
    with refused(code):
        admins[0].extract_user(user_id)


def test_a_preco_is_not_extracted_and_an_officer_is(world: World, admins: list[Hsm]) -> None:
    admins[0].create_user("PRECO", "fresh", OTHER)
    with refused(errors.NOT_AUTHORIZED):
        admins[0].extract_user(world.user("fresh").id)
    with refused(errors.USER_EXISTS):
        admins[1].insert_user(admins[0].extract_user(ADMIN_ID))


def test_there_must_be_room_for_the_user(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2, max_users=5)
    here, there = (world.as_user("CO", "admin", ADMIN, node) for node in range(2))
    here.create_user("CU", "carol", OTHER)
    there.create_user("CU", "dave", OTHER)
    with refused(errors.INVALID_DATA):
        there.insert_user(here.extract_user(world.user("carol").id))
