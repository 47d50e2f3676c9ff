"""findAllKeys with hash: HSMs show the same one exactly when the users, owners and shares of their keys agree."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_support import ADMIN, ADMIN_ID, AES, ALICE_ID, BOB_ID, World, make_world

from shared.hsm import Hsm
from shared.mechanisms import CLASS_SECRET
from shared.store.records import Key, Share, User

USERS = st.sampled_from([ALICE_ID, BOB_ID, 34, 5])
# Handles, owners and sharers whose digits run together: 6:34 is not 63:4.
HANDLES = st.sampled_from([6, 63, 634, 262150])


MORE_USERS = 40


class Access(NamedTuple):
    """Who may use a key."""

    owner: int
    sharers: frozenset[int]


class Looks(NamedTuple):
    """What else there is of a key, and of the HSM, that the hash does not cover."""

    label: bytes
    flags: int
    m_value: int
    session_keys: int
    more_users: int


PLAIN = Looks(b"", 0, 0, 0, 0)
ACCESS = st.builds(Access, USERS, st.frozensets(USERS, max_size=3)).map(
    lambda access: access._replace(sharers=access.sharers - {access.owner})
)
STATES = st.dictionaries(HANDLES, ACCESS, max_size=4)
LOOKS = st.builds(
    Looks, st.sampled_from([b"", b"label"]), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[int, Access], dict[int, Access]]:
    """Draw two states: equal ones in one case of two, else mostly such as differ in little."""
    one = draw(STATES)
    if draw(st.booleans()):
        return one, dict(reversed(one.items()))
    if not one:
        return one, draw(STATES)
    handle = draw(st.sampled_from(sorted(one)))
    access, change = one[handle], draw(st.sampled_from(["owner", "sharer", "swap", "handle", "all"]))
    if change == "owner":
        return one, {**one, handle: access._replace(owner=draw(USERS))}
    if change == "handle":
        others = {other: kept for other, kept in one.items() if other != handle}
        return one, {**others, draw(HANDLES): access}
    if change == "all":
        return one, draw(STATES)
    gone = frozenset(sorted(access.sharers)[:1]) if change == "swap" else frozenset()
    return one, {**one, handle: access._replace(sharers=access.sharers - gone | {draw(USERS)})}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Return two HSMs in step without keys."""
    with tempfile.TemporaryDirectory(prefix="cloudhsm-sim-tests-") as folder:
        world = make_world(Path(folder), 2)
        for hsm in world.hsms():
            hsm.login("CO", "admin", ADMIN)
        yield world
        world.realm.close()


def fill(world: World, hsm: Hsm, state: dict[int, Access], looks: Looks) -> None:
    """Give an HSM the keys of a state, and what the hash does not cover."""
    store = world.store
    for handle, access in state.items():
        store.add(key_of(hsm, handle, access.owner, looks, None))
        for user in access.sharers:
            store.add(Share(hsm.id, handle, user))
    for number in range(looks.session_keys):
        store.add(key_of(hsm, 1000 + number, ALICE_ID, looks, world.session))
    for number in range(looks.more_users):
        store.add(User(hsm.id, MORE_USERS + number, "CU", f"more{number}", "", failures=number))


def key_of(hsm: Hsm, handle: int, owner: int, looks: Looks, session: int | None) -> Key:
    """Return the row of a key without material."""
    return Key(
        hsm=hsm.id,
        handle=handle,
        slot=handle,
        key_class=CLASS_SECRET,
        key_type=AES,
        label=looks.label,
        key_id=b"",
        flags=looks.flags,
        owner=owner,
        session=session,
        m_value=looks.m_value,
        kcv=b"",
        value_len=0,
        masked=b"",
    )


@example(states=({6: Access(34, frozenset())}, {63: Access(4, frozenset())}), one=PLAIN, other=PLAIN)
@example(states=({6: Access(5, frozenset({34}))}, {6: Access(5, frozenset({3, 4}))}), one=PLAIN, other=PLAIN)
@given(states=pairs(), one=LOOKS, other=LOOKS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_hashes_agree_exactly_when_access_agrees(
    world: World, states: tuple[dict[int, Access], dict[int, Access]], one: Looks, other: Looks
) -> None:
    hsms = world.hsms()
    with world.store.transaction():
        for hsm in hsms:
            world.store.remove(Key, hsm=hsm.id)
            for number in range(2):
                world.store.remove(User, hsm=hsm.id, id=MORE_USERS + number)
        for hsm, state, looks in zip(hsms, states, (one, other), strict=True):
            fill(world, hsm, state, looks)
    # The same for whichever user the keys are asked for (guide).
    asked = (0, ADMIN_ID, ALICE_ID)
    hashes = [{hsm.user_keys(user, with_digest=True).digest for user in asked} for hsm in hsms]
    assert [len(shown) for shown in hashes] == [1, 1]
    assert (hashes[0] == hashes[1]) == (states[0] == states[1])
