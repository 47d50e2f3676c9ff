"""shareKey and setAttribute on one HSM, and what wrap and unwrap templates and TRUSTED then allow."""

from pathlib import Path

import pytest
from model_support import (
    ADMIN,
    ADMIN_ID,
    AES,
    ALICE,
    ALICE_ID,
    BOB,
    BOB_ID,
    KEY,
    World,
    make_world,
    refused,
    use_known_rsa_keys,
)

from shared import attributes as a
from shared import errors
from shared.crypto.wrapping import AES_KEY_WRAP, Parameters
from shared.hsm import Hsm
from shared.hsm.intake import Wanted
from shared.hsm.keys import Template
from shared.mechanisms import CLASS_SECRET
from shared.store.protocol import Criteria

WRAP = Parameters(AES_KEY_WRAP)


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
def officer(world: World) -> Hsm:
    return world.as_user("CO", "admin", ADMIN)


def new_key(hsm: Hsm, template: Template = KEY) -> int:
    return hsm.generate_secret(AES, 32, template).handle


def test_only_the_owner_shares_and_only_with_another_crypto_user(
    alice: Hsm, bob: Hsm, officer: Hsm, world: World
) -> None:
    handle = new_key(alice)
    with refused(errors.NOT_LOGGED_IN):
        world.hsm().share_key(handle, BOB_ID, True)
    with refused(errors.NOT_AUTHORIZED):
        officer.share_key(handle, BOB_ID, True)
    with refused(errors.KEY_ACCESS_DENIED):
        bob.share_key(handle, BOB_ID, True)
    with refused(errors.INVALID_HANDLE):
        alice.share_key(99, BOB_ID, True)
    for user in (ALICE_ID, ADMIN_ID, 77):
        with refused(errors.INVALID_DATA):
            alice.share_key(handle, user, True)
    assert alice.key_info(handle).shared_with == ()


def test_public_and_session_keys_cannot_be_shared(alice: Hsm) -> None:
    public, private = alice.generate_rsa(2048, 65537, KEY)
    session = new_key(alice, KEY._replace(token=False))
    for handle in (public.handle, session):
        with refused(errors.INVALID_DATA):
            alice.share_key(handle, BOB_ID, True)
    alice.share_key(private.handle, BOB_ID, True)
    assert alice.key_info(private.handle).shared_with == (BOB_ID,)


def test_a_share_can_be_repeated_and_ends(alice: Hsm, bob: Hsm) -> None:
    handle = new_key(alice)
    alice.share_key(handle, BOB_ID, True)
    alice.share_key(handle, BOB_ID, True)
    assert bob.find_keys(Criteria()) == [handle]
    alice.share_key(handle, BOB_ID, False)
    alice.share_key(handle, BOB_ID, False)
    assert bob.find_keys(Criteria()) == []
    with refused(errors.KEY_ACCESS_DENIED):
        bob.read_key(handle)


def test_trusted_is_the_officers_and_nothing_else_is(alice: Hsm, officer: Hsm) -> None:
    handle = new_key(alice)
    with refused(errors.NOT_AUTHORIZED):
        alice.set_attribute(handle, a.TRUSTED, b"1")
    with refused(errors.NOT_AUTHORIZED):
        officer.set_attribute(handle, a.LABEL, b"new")
    with refused(errors.INVALID_HANDLE):
        officer.set_attribute(99, a.TRUSTED, b"1")
    officer.set_attribute(handle, a.TRUSTED, b"1")
    assert a.flag(alice.read_key(handle).flags, a.TRUSTED)


@pytest.mark.parametrize(
    "attribute",
    [a.CLASS, a.TOKEN, a.PRIVATE, a.KEY_TYPE, a.ID, a.SENSITIVE, a.EXTRACTABLE, a.LOCAL, a.MODULUS, a.KCV, 512, 9999],
)
def test_what_cannot_be_set(alice: Hsm, attribute: int) -> None:
    handle = new_key(alice)
    before = alice.read_key(handle)
    with refused(errors.INVALID_DATA):
        alice.set_attribute(handle, attribute, b"1")
    assert alice.read_key(handle) == before


@pytest.mark.parametrize("value", [b"", b"2", b"yes", b"01", b"\xff"])
def test_a_bad_boolean_changes_nothing(alice: Hsm, value: bytes) -> None:
    handle = new_key(alice)
    before = alice.read_key(handle)
    with refused(errors.INVALID_DATA):
        alice.set_attribute(handle, a.SIGN, value)
    assert alice.read_key(handle) == before


@pytest.mark.parametrize(
    "attribute",
    [a.ENCRYPT, a.DECRYPT, a.WRAP, a.UNWRAP, a.SIGN, a.VERIFY, a.DERIVE, a.DESTROYABLE, a.WRAP_WITH_TRUSTED],
)
def test_the_owner_sets_usage(alice: Hsm, bob: Hsm, attribute: int) -> None:
    handle = new_key(alice)
    with refused(errors.KEY_ACCESS_DENIED):
        bob.set_attribute(handle, attribute, b"1")
    value = not a.flag(alice.read_key(handle).flags, attribute)
    alice.set_attribute(handle, attribute, b"1" if value else b"0")
    assert a.flag(alice.read_key(handle).flags, attribute) == value


def test_wrap_with_trusted_is_not_taken_back(alice: Hsm) -> None:
    handle = new_key(alice)
    alice.set_attribute(handle, a.WRAP_WITH_TRUSTED, b"1")
    with refused(errors.INVALID_DATA):
        alice.set_attribute(handle, a.WRAP_WITH_TRUSTED, b"0")


def test_wrap_with_trusted_wants_a_trusted_wrapping_key(alice: Hsm, officer: Hsm) -> None:
    key, wrapping = new_key(alice), new_key(alice)
    alice.set_attribute(key, a.WRAP_WITH_TRUSTED, b"1")
    with refused(errors.POLICY_MISMATCH):
        alice.wrap_key(key, wrapping, WRAP)
    with refused(errors.POLICY_MISMATCH):
        alice.wrap_key(key, 4, WRAP)
    officer.set_attribute(wrapping, a.TRUSTED, b"1")
    alice.wrap_key(key, wrapping, WRAP)


@pytest.mark.parametrize("template", [b"354", b"354=2", b"x=1", b"3=1", b"354=1,", b"354=1;1=1", b"9" * 5000 + b"=1"])
def test_a_malformed_template_is_refused(alice: Hsm, template: bytes) -> None:
    handle = new_key(alice)
    for attribute in (a.WRAP_TEMPLATE, a.UNWRAP_TEMPLATE):
        with refused(errors.INVALID_DATA):
            alice.set_attribute(handle, attribute, template)


def test_a_wrap_template_says_what_a_key_must_be(alice: Hsm) -> None:
    key, wrapping = new_key(alice), new_key(alice)
    alice.set_attribute(wrapping, a.WRAP_TEMPLATE, b"%d=1,%d=0" % (a.SIGN, a.DERIVE))
    with refused(errors.POLICY_MISMATCH):
        alice.wrap_key(key, wrapping, WRAP)
    alice.set_attribute(key, a.SIGN, b"1")
    alice.wrap_key(key, wrapping, WRAP)


def test_an_unwrap_template_says_what_a_key_becomes(alice: Hsm) -> None:
    key, wrapping = new_key(alice), new_key(alice)
    with refused(errors.INVALID_DATA):
        alice.set_attribute(wrapping, a.UNWRAP_TEMPLATE, b"%d=1" % a.TRUSTED)
    alice.set_attribute(wrapping, a.UNWRAP_TEMPLATE, b"%d=0,%d=1" % (a.EXTRACTABLE, a.SIGN))
    wrapped = alice.wrap_key(key, wrapping, WRAP)[1].data
    made = alice.unwrap_key(wrapped, wrapping, WRAP, Wanted(CLASS_SECRET, AES, KEY))
    assert not a.flag(made.flags, a.EXTRACTABLE)
    assert a.flag(made.flags, a.SIGN)
    assert alice.read_key(made.handle) == made
