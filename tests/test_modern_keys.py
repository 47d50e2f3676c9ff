"""Keys as Client SDK 5 makes, changes, finds and shows them, over the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from model_support import ADMIN, ALICE, BOB, BOB_ID, World, clone_of, refused, use_known_rsa_keys
from modern_support import by_label, key_client, modern_world, rsa_pair, wish

from shared import attribute_names as names
from shared import attributes as a
from shared import errors
from shared import mechanisms as m
from shared.audit import OPCODES
from shared.cluster.directory import set_state
from shared.cluster.modern import CopyError, KeyClient, NotOneKeyError, OutOfStepError, UnavailableKeyError
from shared.crypto.wrapping import NIST_AES_PAD, Parameters
from shared.hsm.keys import Template
from shared.store.protocol import Criteria
from shared.store.records import AuditEntry, Key, Share

if TYPE_CHECKING:
    from pathlib import Path

    from shared.cluster.keyview import KeyView

SECRET_DEFAULTS = {
    "token", "always-sensitive", "destroyable", "extractable", "local", "modifiable", "private", "sensitive", "sign",
    "verify",
}  # fmt: skip
PUBLIC_DEFAULTS = {"token", "destroyable", "extractable", "local", "modifiable", "private"}
PRIVATE_DEFAULTS = SECRET_DEFAULTS - {"sign", "verify"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return modern_world(tmp_path)


@pytest.fixture
def alice(world: World) -> KeyClient:
    return key_client(world)


def on(view: KeyView) -> set[str]:
    return {name for name, value in view.flags.items() if value}


# What a new key starts with (reference 10.2).


def test_a_secret_key_starts_with_the_defaults(alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 32, wish())
    assert on(view) == SECRET_DEFAULTS
    assert view.full
    assert view.owners == (("alice", True),)


def test_a_pair_can_do_nothing_unless_told(alice: KeyClient) -> None:
    public, private = alice.make_ec(13, wish(m.CLASS_PRIVATE), wish(m.CLASS_PUBLIC, label=b"p").template)
    assert on(public) == PUBLIC_DEFAULTS
    assert on(private) == PRIVATE_DEFAULTS
    assert (public.key.label, private.key.label) == (b"p", b"k")
    assert (public.key.value_len, private.key.value_len) == (57, 122)


def test_rsa_lengths_are_those_of_the_reference(alice: KeyClient, monkeypatch: pytest.MonkeyPatch) -> None:
    use_known_rsa_keys(monkeypatch)
    public, private = rsa_pair(alice)
    assert public.key.value_len == 512
    assert 1216 <= private.key.value_len <= 1219


def test_history_follows_from_what_was_asked(alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish(extractable=False, sensitive=False, sign=False))
    assert on(view) == SECRET_DEFAULTS - {"extractable", "sensitive", "always-sensitive", "sign"} | {
        "never-extractable"
    }


# Quorum values.


def test_a_value_above_the_users_is_refused(alice: KeyClient) -> None:
    for values in ((3, 2), (2, 3)):
        template = wish().template._replace(m_value=values[0], use_value=values[1])
        with refused(errors.INVALID_DATA):
            alice.make_secret(m.KEY_AES, 16, wish(m.CLASS_SECRET, "bob")._replace(template=template))
    assert alice.search(Criteria()) == []


def test_management_and_use_are_two_values(world: World, alice: KeyClient) -> None:
    template = wish(m.CLASS_PRIVATE, sign=True).template._replace(m_value=2, use_value=0)
    shared = wish(m.CLASS_PRIVATE, "bob")._replace(template=template)
    _, private = alice.make_ec(2, shared, wish(m.CLASS_PUBLIC).template)
    # SDK 3 reads the same key: using it needs nobody, managing it two.
    hsm = world.as_user("CU", "alice", ALICE)
    assert hsm.sign(private.key.handle, 17, b"data")
    assert hsm.key_info(private.key.handle).m_value == 2
    with refused(errors.MXN_AUTH_FAILED):
        alice.share(private, "bob", False)
    with refused(errors.MXN_AUTH_FAILED):
        alice.modify(private, a.DECRYPT, True)
    alice.delete(private)


def test_an_m_value_of_the_older_tools_counts_for_both(world: World, alice: KeyClient) -> None:
    template = Template(b"old", users=(BOB_ID,), m_value=2)
    assert world.alice().generate_secret(m.KEY_AES, 32, template).code is errors.RET_OK
    view = alice.one(by_label(b"old"))
    assert (view.key.m_value, view.key.use_value) == (2, 2)
    assert view.sharers == (("bob", True),)


def test_an_unknown_sharer_leaves_nothing(alice: KeyClient) -> None:
    for name in ("nobody", "admin", "not a name"):
        with refused(errors.USER_MISSING):
            alice.make_secret(m.KEY_AES, 16, wish(m.CLASS_SECRET, name))
    assert alice.search(Criteria()) == []


# One answer for the cluster.


def test_a_key_that_an_hsm_lacks_is_inconsistent(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish())
    world.store.remove(Key, hsm=world.rows[1].id, handle=view.key.handle)
    again = alice.one(by_label(b"k"))
    assert not again.full
    assert again.owners == (("alice", False),)
    with pytest.raises(UnavailableKeyError):
        alice.usable(by_label(b"k"))


def test_coverage_is_relative_to_the_hsms_that_are_there(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish())
    world.store.remove(Key, hsm=world.rows[1].id, handle=view.key.handle)
    set_state(world.realm, world.rows[1].id, "stopped")
    assert alice.one(by_label(b"k")).full


def test_an_attribute_that_differs_has_no_value(world: World, alice: KeyClient) -> None:
    handle = alice.make_secret(m.KEY_AES, 16, wish()).key.handle
    world.as_user("CU", "alice", ALICE, node=1).set_attribute(handle, a.ENCRYPT, b"1")
    view = alice.one(by_label(b"k"))
    assert view.flags["encrypt"] is None
    assert view.flags["decrypt"] is False
    assert not view.full


def test_a_share_on_some_hsms_only(world: World, alice: KeyClient) -> None:
    handle = alice.make_secret(m.KEY_AES, 16, wish(m.CLASS_SECRET, "bob")).key.handle
    world.store.remove(Share, hsm=world.rows[0].id, handle=handle)
    view = alice.one(by_label(b"k"))
    assert view.sharers == (("bob", False),)
    assert not view.full


def test_a_key_that_is_shared_on_some_hsms_only_is_found_there(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish(m.CLASS_SECRET, "bob"))
    world.store.remove(Share, hsm=world.rows[1].id, handle=view.key.handle)
    bob = key_client(world, "bob", BOB)
    assert bob.search(Criteria()) == [view.key.handle]
    seen = bob.one(by_label(b"k"))
    assert (seen.full, seen.holders) == (False, 1)


def test_an_hsm_that_goes_down_meanwhile_is_left_out(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish())
    for command in ("findKey", "getAttribute"):
        world.fault(0, command, errors.SERVER_UNAVAILABLE)
        assert alice.one(by_label(b"k")).full
    world.fault(1, "setAttribute", errors.SERVER_UNAVAILABLE)
    alice.modify(view, a.ENCRYPT, True)
    assert alice.one(by_label(b"k")).flags["encrypt"] is None


def test_one_key_is_asked_for(alice: KeyClient) -> None:
    for count in range(2):
        with pytest.raises(NotOneKeyError) as caught:
            alice.one(Criteria(key_class=4) if count else by_label(b"none"))
        assert caught.value.count == 2 * count
        alice.make_secret(m.KEY_AES, 16, wish())
        alice.make_secret(m.KEY_AES, 24, wish())


def test_every_attribute_can_be_searched_for(alice: KeyClient) -> None:
    _, private = alice.make_ec(14, wish(m.CLASS_PRIVATE, sign=True, modifiable=False), wish(m.CLASS_PUBLIC).template)
    key = private.key
    found = {
        "flags": Criteria(flags_on=a.flags_of((a.SIGN, a.SENSITIVE)), flags_off=a.flags_of((a.WRAP,))),
        "length": Criteria(value_len=key.value_len),
        "curve": Criteria(modulus_bits=715, key_class=3),
        "types": Criteria(key_types=(m.KEY_EC, m.KEY_ED25519), key_class=3),
        "handle": Criteria(handle=key.handle),
        "modifiable": Criteria(flags_on=a.with_flag(0, a.UNMODIFIABLE, True)),
    }
    for what, criteria in found.items():
        assert (what, alice.search(criteria)) == (what, [key.handle])
    assert alice.search(Criteria(flags_off=a.flags_of((a.TOKEN,)))) == []


def test_an_admin_finds_all_keys_and_a_user_the_own(world: World, alice: KeyClient) -> None:
    handle = alice.make_secret(m.KEY_AES, 16, wish()).key.handle
    assert key_client(world, "admin", ADMIN, "CO").search(Criteria()) == [handle]
    bob = key_client(world, "bob", BOB)
    assert bob.search(Criteria()) == []
    alice.share(alice.one(by_label(b"k")), "bob", True)
    assert bob.search(Criteria()) == [handle]
    with refused(errors.KEY_ACCESS_DENIED):
        bob.delete(bob.one(by_label(b"k")))
    alice.share(alice.one(by_label(b"k")), "bob", False)
    assert bob.search(Criteria()) == []


# Key availability.


def test_one_hsm_does_not_suffice(tmp_path: Path) -> None:
    world = modern_world(tmp_path, 1)
    alice = key_client(world)
    with pytest.raises(UnavailableKeyError):
        alice.make_secret(m.KEY_AES, 16, wish())
    assert alice.make_secret(m.KEY_AES, 16, wish(token=False)).full
    relaxed = key_client(world, available_on=1)
    assert relaxed.make_secret(m.KEY_AES, 16, wish(label=b"token")).full
    with pytest.raises(UnavailableKeyError):
        alice.usable(by_label(b"token"))
    assert relaxed.usable(by_label(b"token"))


def test_a_copy_that_fails_takes_the_key_back(world: World, alice: KeyClient) -> None:
    world.fault(1, "insertMaskedObject", errors.INVALID_DATA)
    with pytest.raises(UnavailableKeyError):
        alice.make_secret(m.KEY_AES, 16, wish())
    assert alice.search(Criteria()) == []


# What may be changed (reference 10.1).

FREE = ("encrypt", "decrypt", "wrap", "unwrap", "sign", "verify", "destroyable")


@pytest.mark.parametrize("hsm_type", m.HSM_TYPES)
def test_what_an_owner_may_change(tmp_path: Path, hsm_type: str) -> None:
    world = modern_world(tmp_path, hsm_type=hsm_type)
    alice = key_client(world)
    newer = hsm_type == m.HSM2M
    allowed = {(name, value) for name in FREE for value in (True, False)} | {("wrap-with-trusted", True)}
    if newer:
        allowed |= {("derive", True), ("derive", False), ("extractable", False)}
    for name, attribute in names.BOOLEANS.items():
        for value in (True, False):
            if name in ("modifiable", "token"):
                continue
            view = alice.make_secret(m.KEY_AES, 16, wish())
            if (name, value) in allowed:
                alice.modify(view, attribute, value)
                again = alice.view([view.key.handle])[0]
                assert again.flags == view.flags | {name: value}
                assert again.full
            else:
                with refused(errors.NOT_AUTHORIZED if name == "trusted" else errors.POLICY_MISMATCH):
                    alice.modify(view, attribute, value)
            if name == "destroyable" and not value:
                with refused(errors.POLICY_MISMATCH):
                    alice.delete(view)
            else:
                alice.delete(view)
    view = alice.make_secret(m.KEY_AES, 16, wish(label=b"text"))
    alice.modify(view, a.LABEL, b"new")
    if newer:
        alice.modify(view, a.ID, b"\x01")
    else:
        with refused(errors.POLICY_MISMATCH):
            alice.modify(view, a.ID, b"\x01")
    again = alice.one(by_label(b"new"))
    assert again.key.key_id == (b"\x01" if newer else b"")
    world.realm.close()


def test_a_key_that_is_not_modifiable_stays_so_for_all_tools(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish())
    alice.modify(view, a.UNMODIFIABLE, True)
    assert alice.one(by_label(b"k")).flags["modifiable"] is False
    for change in ((a.UNMODIFIABLE, False), (a.LABEL, b"x"), (a.ENCRYPT, True)):
        with refused(errors.POLICY_MISMATCH):
            alice.modify(view, *change)
    with refused(errors.POLICY_MISMATCH):
        world.as_user("CU", "alice", ALICE).set_attribute(view.key.handle, a.LABEL, b"x")


def test_a_session_key_becomes_a_token_key_on_all_hsms(alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish(token=False))
    assert view.flags["token"] is False
    with refused(errors.POLICY_MISMATCH):
        alice.modify(view, a.TOKEN, False)
    alice.modify(view, a.TOKEN, True)
    again = alice.one(by_label(b"k"))
    assert (again.flags["token"], again.full, again.holders) == (True, True, 2)
    with refused(errors.POLICY_MISMATCH):
        alice.modify(again, a.TOKEN, True)


def test_only_an_admin_says_which_key_is_trusted(world: World, alice: KeyClient) -> None:
    view = alice.make_secret(m.KEY_AES, 16, wish())
    admin = key_client(world, "admin", ADMIN, "CO")
    with refused(errors.NOT_AUTHORIZED):
        admin.modify(view, a.ENCRYPT, True)
    admin.modify(view, a.TRUSTED, True)
    assert alice.one(by_label(b"k")).flags["trusted"]


# Clones.


def test_a_key_is_replicated_to_a_clone(world: World, alice: KeyClient) -> None:
    clone = clone_of(world, addresses=("10.0.9.1", "10.0.9.2"))
    view = alice.make_secret(m.KEY_AES, 16, wish(m.CLASS_SECRET, "bob"))
    there = alice.replicate(view, key_client(clone))
    assert there.key._replace(hsm="") == view.key._replace(hsm="")
    assert (there.owners, there.sharers, there.full) == (view.owners, view.sharers, True)


def test_replication_that_cannot_be(world: World, alice: KeyClient) -> None:
    clone = clone_of(world, addresses=("10.0.9.1", "10.0.9.2"))
    view = alice.make_secret(m.KEY_AES, 16, wish())
    clone.fault(1, "insertMaskedObject", errors.INVALID_DATA)
    with pytest.raises(CopyError) as caught:
        alice.replicate(view, key_client(clone))
    assert (caught.value.failed, caught.value.asked) == (1, 2)
    world.store.remove(Key, hsm=world.rows[1].id, handle=view.key.handle)
    with pytest.raises(OutOfStepError):
        alice.replicate(alice.one(by_label(b"k")), key_client(clone))


def test_the_audit_log_has_what_is_done_to_keys(world: World, alice: KeyClient) -> None:
    before = world.store.count(AuditEntry, hsm=world.rows[0].id)
    view = alice.make_secret(m.KEY_AES, 16, wish(wrap=True))
    alice.modify(view, a.ENCRYPT, True)
    with refused(errors.POLICY_MISMATCH):
        alice.modify(view, a.LOCAL, False)
    alice.share(view, "bob", True)
    alice.wrap(view, view, Parameters(NIST_AES_PAD))
    alice.delete(view)
    entries = world.store.rows(AuditEntry, "sequence", hsm=world.rows[0].id)[before:]
    opcodes = {number: name for name, (number, *_) in OPCODES.items()}
    assert [(opcodes[entry.opcode], errors.CODES[entry.response].symbol) for entry in entries] == [
        ("CN_GENERATE_KEY", "RET_OK"),
        ("CN_EXTRACT_MASKED_OBJECT_USER", "RET_OK"),
        ("CN_MODIFY_OBJECT", "RET_OK"),
        ("CN_MODIFY_OBJECT", "RET_POLICY_MISMATCH"),
        ("CN_SHARE_OBJECT", "RET_OK"),
        ("CN_WRAP_KEY", "RET_OK"),
        ("CN_DESTROY_OBJECT", "RET_OK"),
    ]
