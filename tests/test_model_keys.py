"""Keys of one HSM: what may be made, who may use it, and what becomes of session keys."""

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
    World,
    make_world,
    outcome_of,
    refused,
    use_known_rsa_keys,
)

from shared import attributes, errors, mechanisms
from shared.hsm import Hsm
from shared.hsm.keys import KeyInfo, Template
from shared.mechanisms import KEY_DES3, KEY_DSA, KEY_GENERIC, KEY_RC4, SLOT_MASK, handle_of
from shared.store.protocol import Criteria
from shared.store.records import Cluster, Key, Share

SESSION_KEY = KEY._replace(token=False)
EVERYTHING = Criteria()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    use_known_rsa_keys(monkeypatch)
    return make_world(tmp_path)


@pytest.fixture
def alice(world: World) -> Hsm:
    return world.as_user("CU", "alice", ALICE)


@pytest.fixture
def bob(world: World) -> Hsm:
    return world.as_user("CU", "bob", BOB)


@pytest.fixture
def stranger(world: World) -> Hsm:
    world.as_user("CO", "admin", ADMIN).create_user("CU", "carol", OTHER)
    return world.as_user("CU", "carol", OTHER)


# What the policy admits


@pytest.mark.parametrize(
    ("key_type", "sizes"),
    [
        (AES, (0, 1, 8, 15, 17, 31, 33, 64, 128)),
        (KEY_DES3, (0, 8, 16, 23, 25)),
        (KEY_GENERIC, (0, 3585, 2**32 - 1)),
        (KEY_RC4, (16, 256)),
        (mechanisms.KEY_RSA, (256,)),
        (0xFFFFFFFF, (16,)),
    ],
)
def test_other_secret_keys_violate_the_policy(alice: Hsm, key_type: int, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        with refused(errors.POLICY_MISMATCH):
            alice.generate_secret(key_type, size, KEY)
    assert alice.find_keys(EVERYTHING) == []


@pytest.mark.parametrize(("key_type", "sizes"), [(AES, (16, 24, 32)), (KEY_DES3, (24,)), (KEY_GENERIC, (1, 800, 3584))])
def test_secret_keys_of_these_sizes_are_made(alice: Hsm, key_type: int, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        assert alice.generate_secret(key_type, size, KEY).value_len == size


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [
        (1024, 65537),
        (2047, 65537),
        (2049, 65537),
        (2176, 65537),
        (4352, 65537),
        (2048, 0),
        (2048, 3),
        (2048, 65535),
        (2048, 65536),
        (2048, 65538),
    ],
)
def test_other_rsa_keys_violate_the_policy(alice: Hsm, bits: int, exponent: int) -> None:
    with refused(errors.POLICY_MISMATCH):
        alice.generate_rsa(bits, exponent, KEY)


@pytest.mark.parametrize(
    ("bits", "exponent"), [(2048, 65537), (2048, 65539), (2048, 195193), (3072, 65537), (4096, 65537)]
)
def test_rsa_keys_of_these_sizes_and_exponents_are_made(alice: Hsm, bits: int, exponent: int) -> None:
    public, private = alice.generate_rsa(bits, exponent, KEY)
    assert (public.modulus_bits, int.from_bytes(public.public_exponent, "big")) == (bits, exponent)
    assert (private.modulus, private.public_exponent) == (public.modulus, public.public_exponent)


def test_ec_keys_are_made_on_the_approved_curves_only(alice: Hsm) -> None:
    for curve in (-1, 0, *mechanisms.CURVES, 17):
        code = outcome_of(lambda curve=curve: alice.generate_ec(curve, KEY))
        assert code == ("ok" if curve in (2, 13, 14, 15, 16) else "RET_POLICY_MISMATCH")


@pytest.mark.parametrize("bits", [0, 512, 1024, 2047, 4096])
def test_other_dsa_keys_violate_the_policy(alice: Hsm, bits: int) -> None:
    with refused(errors.POLICY_MISMATCH):
        alice.generate_dsa(bits, KEY)


def test_a_key_from_a_password_violates_the_policy(alice: Hsm) -> None:
    with refused(errors.POLICY_MISMATCH):
        alice.generate_pbe(KEY)


MAKERS = {
    "secret": lambda hsm, template: hsm.generate_secret(AES, 16, template),
    "rsa": lambda hsm, template: hsm.generate_rsa(2048, 65537, template),
    "ec": lambda hsm, template: hsm.generate_ec(2, template),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(
    ("users", "m_value"),
    [
        ((99,), 0),
        ((0,), 0),
        ((ADMIN_ID,), 0),
        ((APP_USER_ID,), 0),
        ((ALICE_ID,), 0),
        ((BOB_ID, ALICE_ID), 0),
        ((BOB_ID, 99), 0),
        ((BOB_ID, BOB_ID), 0),
        ((), 2),
        ((BOB_ID,), 3),
    ],
)
def test_bad_shares_and_m_values_are_refused(
    world: World, alice: Hsm, make: object, users: tuple[int, ...], m_value: int
) -> None:
    """Sharing with an unknown user, a CO, the AU, oneself, someone twice; more approvals than users."""
    assert callable(make)
    with refused(errors.INVALID_DATA):
        make(alice, KEY._replace(users=users, m_value=m_value))
    assert world.store.count(Key) == 0


@pytest.mark.parametrize(("users", "m_value"), [((), 0), ((), 1), ((BOB_ID,), 0), ((BOB_ID,), 2)])
def test_good_shares_and_m_values_are_kept(alice: Hsm, users: tuple[int, ...], m_value: int) -> None:
    template = KEY._replace(users=users, m_value=m_value)
    key = alice.generate_secret(AES, 16, template)
    assert alice.key_info(key.handle) == KeyInfo(ALICE_ID, users, m_value, session=False)
    public, private = alice.generate_ec(2, template)
    assert alice.key_info(public.handle) == KeyInfo(ALICE_ID, (), 0, session=False)
    assert alice.key_info(private.handle) == KeyInfo(ALICE_ID, users, m_value, session=False)


def test_there_is_room_for_so_many_keys_and_a_pair_needs_two(tmp_path: Path) -> None:
    world = make_world(tmp_path, max_keys=4)
    alice = world.as_user("CU", "alice", ALICE)
    keys = [alice.generate_secret(AES, 16, KEY) for _ in range(3)]
    with refused(errors.INVALID_DATA):
        alice.generate_ec(2, KEY)
    alice.generate_secret(AES, 16, SESSION_KEY)
    with refused(errors.INVALID_DATA):
        alice.generate_secret(AES, 16, KEY)
    alice.delete_key(keys[0].handle)
    alice.delete_key(keys[1].handle)
    alice.generate_ec(2, KEY)
    assert world.rows[0].key_count == 4 == world.store.count(Key)


# Handles


def test_handles_are_made_of_node_and_slot_and_slots_are_unique_in_the_cluster(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=3)
    users = [world.as_user("CU", "alice", ALICE, node) for node in range(3)]
    made = [users[node].generate_secret(AES, 16, KEY).handle for node in (2, 0, 1)]
    public, private = users[1].generate_ec(2, KEY)
    made += [public.handle, private.handle, users[0].generate_secret(AES, 16, SESSION_KEY).handle]
    assert made == [524288 + 6, 7, 262144 + 8, 262144 + 9, 262144 + 10, 11]
    assert [handle & SLOT_MASK for handle in made] == [6, 7, 8, 9, 10, 11]
    assert handle_of(2, 6) == 524294


def test_a_slot_is_not_used_again(alice: Hsm) -> None:
    first = alice.generate_secret(AES, 16, KEY).handle
    alice.delete_key(first)
    assert (first, alice.generate_secret(AES, 16, KEY).handle) == (6, 7)


def test_a_refused_key_takes_no_slot(world: World, alice: Hsm) -> None:
    for template in (KEY._replace(users=(99,)), KEY._replace(m_value=2)):
        assert outcome_of(lambda template=template: alice.generate_secret(AES, 16, template)) == "RET_INVALID_DATA"
    assert outcome_of(lambda: alice.generate_secret(AES, 17, KEY)) == "RET_POLICY_MISMATCH"
    cluster = world.store.one(Cluster, id=world.cluster.id)
    assert cluster.next_slot == 6


def test_the_built_in_wrapping_key_is_not_listed_and_cannot_be_deleted(alice: Hsm) -> None:
    with refused(errors.KEY_ACCESS_DENIED):
        alice.delete_key(4)
    with refused(errors.KEY_ACCESS_DENIED):
        alice.make_token(4, True)
    assert alice.find_keys(EVERYTHING) == []


def test_keys_are_found_by_slot(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    users = [world.as_user("CU", "alice", ALICE, node) for node in range(2)]
    for node in (1, 0, 1, 1, 0):
        key = users[node].generate_secret(AES, 16, KEY)
        users[1 - node].insert_key(users[node].extract_key(key.handle))
    assert [users[node].find_keys(EVERYTHING) for node in range(2)] == [[262150, 7, 262152, 262153, 10]] * 2


# Who may use a key


class Pairing:
    """A key of alice's that is shared with bob, by kind."""

    def __init__(self, alice: Hsm, kind: str, template: Template) -> None:
        if kind == "secret":
            self.handle = alice.generate_secret(AES, 16, template).handle
        else:
            public, private = alice.generate_ec(2, template)
            self.handle = public.handle if kind == "public" else private.handle


ACCESS = ["RET_KEY_ACCESS_DENIED", "ok"]


@pytest.mark.parametrize("kind", ["secret", "private", "public"])
@pytest.mark.parametrize("token", [True, False])
@pytest.mark.parametrize("user", ["owner", "sharer", "stranger"])
def test_access(alice: Hsm, bob: Hsm, stranger: Hsm, *, kind: str, user: str, token: bool) -> None:
    handle = Pairing(alice, kind, KEY._replace(users=(BOB_ID,), token=token)).handle
    hsm = {"owner": alice, "sharer": bob, "stranger": stranger}[user]
    reads = user != "stranger" or kind == "public"
    owns = user == "owner"
    assert outcome_of(lambda: hsm.read_key(handle)) == ACCESS[reads]
    assert outcome_of(lambda: hsm.key_info(handle)) == ACCESS[reads]
    assert (handle in hsm.find_keys(EVERYTHING)) == reads
    assert hsm.key_lifetime(handle) == ("token" if token else "session")
    if token:
        masked = outcome_of(lambda: hsm.insert_key(hsm.extract_key(handle)))
        assert masked == ACCESS[owns]
    else:
        assert outcome_of(lambda: hsm.extract_key(handle)) == ("RET_INVALID_HANDLE" if owns else ACCESS[0])
    assert outcome_of(lambda: hsm.make_token(handle, True)) == ACCESS[owns]
    assert outcome_of(lambda: hsm.delete_key(handle)) == ACCESS[owns]
    assert outcome_of(lambda: alice.read_key(handle)) == ("RET_INVALID_HANDLE" if owns else "ok")


@pytest.mark.parametrize(
    "request_of",
    [
        Hsm.read_key,
        Hsm.key_info,
        Hsm.delete_key,
        Hsm.extract_key,
        lambda hsm, handle: hsm.make_token(handle, True),
    ],
    ids=["read", "info", "delete", "extract", "token"],
)
@pytest.mark.parametrize("handle", [0, 5, 6 + 262144, 7, 2**63 - 1])
def test_an_unknown_handle_is_refused(alice: Hsm, request_of: object, handle: int) -> None:
    assert callable(request_of)
    assert alice.generate_secret(AES, 16, KEY).handle == 6
    with refused(errors.INVALID_HANDLE):
        request_of(alice, handle)
    assert alice.key_lifetime(handle) == ""


def test_a_key_whose_use_needs_approval_cannot_be_deleted_without(alice: Hsm) -> None:
    handle = alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,), m_value=2)).handle
    with refused(errors.MXN_AUTH_FAILED):
        alice.delete_key(handle)
    assert alice.find_keys(EVERYTHING) == [handle]


def test_only_its_owner_takes_a_key_back_and_needs_no_approval(alice: Hsm, bob: Hsm) -> None:
    handle = alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,), m_value=2)).handle
    with refused(errors.KEY_ACCESS_DENIED):
        bob.take_back(handle)
    alice.take_back(handle)
    with refused(errors.INVALID_HANDLE):
        alice.take_back(handle)
    assert alice.find_keys(EVERYTHING) == bob.find_keys(EVERYTHING) == []


def test_deleting_one_of_a_pair_leaves_the_other(world: World, alice: Hsm) -> None:
    public, private = alice.generate_ec(2, KEY._replace(users=(BOB_ID,)))
    alice.delete_key(private.handle)
    assert alice.find_keys(EVERYTHING) == [public.handle]
    assert world.store.rows(Share) == []
    with refused(errors.INVALID_HANDLE):
        alice.delete_key(private.handle)


# Search


def test_find_keys_by_each_criterion(alice: Hsm, bob: Hsm) -> None:
    secret = alice.generate_secret(AES, 16, Template(b"one", b"id1"))
    shared = alice.generate_secret(KEY_GENERIC, 16, Template(b"two", b"id1", users=(BOB_ID,)))
    public, private = alice.generate_rsa(2048, 65537, Template(b"two", b"id2", token=False))
    point, scalar = alice.generate_ec(2, Template(b"\xff\x00", b""))
    for criteria, expected in (
        (Criteria(), [secret, shared, public, private, point, scalar]),
        (Criteria(key_class=2), [public, point]),
        (Criteria(key_class=3), [private, scalar]),
        (Criteria(key_class=9), []),
        (Criteria(key_type=KEY_GENERIC), [shared]),
        (Criteria(key_type=KEY_DSA), []),
        (Criteria(label=b"two"), [shared, public, private]),
        (Criteria(label=b"TWO"), []),
        (Criteria(label=b"tw"), []),
        (Criteria(label=b"\xff\x00"), [point, scalar]),
        (Criteria(key_id=b"id1"), [secret, shared]),
        (Criteria(key_id=b""), [point, scalar]),
        (Criteria(session=True), [public, private]),
        (Criteria(session=False), [secret, shared, point, scalar]),
        (Criteria(users=(BOB_ID,)), [shared, public, point]),
        (Criteria(users=(ALICE_ID,)), [secret, shared, public, private, point, scalar]),
        (Criteria(users=(ALICE_ID, BOB_ID)), [shared, public, point]),
        (Criteria(users=(99,)), [public, point]),
        (Criteria(modulus=public.modulus), [public, private]),
        (Criteria(modulus=public.modulus[:-1]), []),
        (Criteria(kcv=scalar.kcv), [point, scalar]),
        (Criteria(label=b"two", key_class=3, key_type=0, key_id=b"id2", kcv=private.kcv), [private]),
        (Criteria(label=b"two", key_class=3, key_type=0, key_id=b"id1"), []),
    ):
        assert alice.find_keys(criteria) == [key.handle for key in expected], criteria
    assert bob.find_keys(EVERYTHING) == [shared.handle, public.handle, point.handle]
    assert bob.find_keys(Criteria(users=(ALICE_ID,))) == [shared.handle, public.handle, point.handle]


# Session keys


def test_a_session_key_lives_on_one_hsm_until_the_session_ends(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    here, there = (world.as_user("CU", "alice", ALICE, node) for node in range(2))
    handle = here.generate_secret(AES, 16, SESSION_KEY).handle
    with refused(errors.INVALID_HANDLE):
        there.read_key(handle)
    here.logout()
    here.login("CU", "alice", ALICE)
    assert here.read_key(handle).session == here.session
    world.realm.close_session(here.session)
    assert world.handles(0) == []
    assert world.rows[0].key_count == 0


def test_a_session_key_that_becomes_a_token_key_stays_under_its_handle(world: World, alice: Hsm) -> None:
    key = alice.generate_secret(AES, 16, KEY._replace(token=False, users=(BOB_ID,)))
    assert not attributes.flag(key.flags, attributes.TOKEN)
    made = alice.make_token(key.handle, True)
    assert attributes.flag(made.flags, attributes.TOKEN)
    assert made == key._replace(session=None, flags=made.flags)
    assert alice.make_token(key.handle, True) == made
    world.realm.close_session(alice.session)
    assert world.as_user("CU", "alice", ALICE).read_key(key.handle) == made
    assert world.as_user("CU", "bob", BOB).read_key(key.handle) == made


def test_a_token_key_does_not_become_a_session_key(alice: Hsm) -> None:
    key = alice.generate_secret(AES, 16, KEY)
    with refused(errors.INVALID_DATA):
        alice.make_token(key.handle, False)
    session_key = alice.generate_secret(AES, 16, SESSION_KEY)
    assert alice.make_token(session_key.handle, False) == session_key
    assert alice.read_key(key.handle) == key


# What the HSM tells about all keys


def test_find_all_keys_marks_owned_and_shared_keys_and_leaves_other_public_keys_out(
    world: World, alice: Hsm, bob: Hsm
) -> None:
    public, private = alice.generate_ec(2, KEY._replace(users=(BOB_ID,)))
    own = bob.generate_secret(AES, 16, KEY)
    unshared = alice.generate_secret(AES, 16, SESSION_KEY)
    admin = world.as_user("CO", "admin", ADMIN)
    with refused(errors.USER_MISSING):
        admin.user_keys(99, with_digest=False)
    found = admin.user_keys(BOB_ID, with_digest=False)
    assert found == ([private.handle, own.handle], {own.handle}, {private.handle}, "")
    found = admin.user_keys(ALICE_ID, with_digest=False)
    assert found.handles == sorted(found.owned) == [public.handle, private.handle, unshared.handle]
    assert admin.user_keys(ADMIN_ID, with_digest=False).handles == []
    everything = admin.user_keys(0, with_digest=False)
    assert everything == ([public.handle, private.handle, own.handle, unshared.handle], frozenset(), frozenset(), "")


def test_the_key_hash_covers_owners_and_sharers_of_token_keys(world: World, alice: Hsm, bob: Hsm) -> None:
    admin = world.as_user("CO", "admin", ADMIN)

    def digest(user: int = 0) -> str:
        return admin.user_keys(user, with_digest=True).digest

    seen = [digest()]
    key = alice.generate_secret(AES, 16, KEY)
    seen.append(digest())
    alice.generate_secret(AES, 16, SESSION_KEY)
    assert digest() == seen[-1]
    world.store.add(Share(world.rows[0].id, key.handle, BOB_ID))
    seen.append(digest())
    world.store.change(key, owner=BOB_ID)
    seen.append(digest())
    bob.delete_key(key.handle)
    assert digest() == seen[0]
    assert len(set(seen)) == 4
    assert all(len(text) == 64 and set(text) <= set("0123456789abcdef") for text in seen)
    assert digest(ALICE_ID) == digest(BOB_ID) == digest()


def test_hsm_info_carries_the_serial_of_its_hsm(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    serials = [hsm.info().serial for hsm in world.hsms()]
    assert serials == [row.serial for row in world.rows]
    assert len(set(serials)) == 2
