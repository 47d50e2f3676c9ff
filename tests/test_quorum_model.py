"""Quorum on one HSM: who may set it, what it stops, what a token is good for, and what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from model_support import ADMIN, AES, ALICE, BOB, BOB_ID, KEY, OTHER, World, make_world, outcome_of, refused
from sign_support import public_pem, signed

from shared import errors
from shared.hsm.approvals import MAX_TOKENS, TOKEN_BYTES, VALIDITY_SECONDS, Signed, hsms_of
from shared.hsm.quorum import MANAGE_KEY, MISC_CO, USE_KEY, USER_MGMT
from shared.store.records import Approval, MinimumValue, Token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.hsm import Hsm

# Officers sign with the keys of the files of these names.
FILES = {"admin": "alice", "second": "bob", "third": "carol"}
START = 1_700_000_000


class Office:
    """An HSM with three COs who have quorum keys, and the CUs alice and bob, who have some too."""

    def __init__(self, folder: Path) -> None:
        self.world: World = make_world(folder)
        self.admin = self.world.as_user("CO", "admin", ADMIN)
        for name in ("second", "third"):
            self.admin.create_user("CO", name, OTHER)
        for name in FILES:
            self.register("CO", name)
        for name in ("alice", "bob"):
            self.register("CU", name)

    def register(self, user_type: str, name: str) -> None:
        """Give a user the quorum key of a file."""
        signer = FILES.get(name, name)
        self.admin.register_quorum_key(user_type, name, b"proof", signed(signer, b"proof"), public_pem(signer))

    def approval(self, name: str, file: bytes, key: str = "") -> Signed:
        """Return a user's approval of a token file."""
        user_type = "CO" if name.lower() in FILES else "CU"
        return Signed(user_type, name, signed(key or FILES.get(name.lower(), name), file))

    def approve(self, hsm: Hsm, file: bytes, *names: str) -> None:
        """Hand in the approvals of users."""
        hsm.approve_token(file, [self.approval(name, file) for name in names])

    def raise_m(self, value: int = 2) -> None:
        """Switch quorum on for both services of the officers."""
        self.admin.set_m_value(MISC_CO, value)
        self.admin.set_m_value(USER_MGMT, value)

    def as_officer(self, name: str = "second") -> Hsm:
        """Return a connection in which another CO is logged in."""
        return self.world.as_user("CO", name, OTHER)

    def tokens(self) -> int:
        """Return how many tokens there are."""
        return int(self.world.store.count(Token))

    def approvals(self) -> int:
        """Return how many approvals have been counted."""
        return int(self.world.store.count(Approval))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START))
    return Office(tmp_path)


def test_what_must_be_approved_is_refused_without_a_token(office: Office) -> None:
    office.raise_m()
    for attempt in (
        lambda: office.admin.create_user("CU", "carol", OTHER),
        lambda: office.admin.create_user("CU", "bad name", OTHER),
        lambda: office.admin.delete_user("CU", "bob"),
        lambda: office.admin.change_password("CU", "bob", OTHER),
        lambda: office.admin.set_m_value(USER_MGMT, 1),
        lambda: office.admin.set_m_value(MISC_CO, 1),
    ):
        assert outcome_of(attempt) == "RET_MXN_AUTH_FAILED"


def test_the_own_password_needs_no_approval(office: Office) -> None:
    office.raise_m()
    office.admin.change_password("CO", "admin", OTHER)
    office.world.as_user("CU", "alice", ALICE).change_password("CU", "alice", OTHER)


def test_others_learn_that_they_are_not_authorized(office: Office) -> None:
    office.raise_m()
    alice = office.world.as_user("CU", "alice", ALICE)
    assert outcome_of(lambda: alice.create_user("CU", "carol", OTHER)) == "RET_NOT_AUTHORIZED"
    assert outcome_of(lambda: alice.change_password("CU", "bob", OTHER)) == "RET_NOT_AUTHORIZED"


def test_an_approved_token_is_good_for_one_operation(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "admin", "second")
    office.admin.create_user("CU", "carol", OTHER)
    assert office.tokens() == office.approvals() == 0
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.create_user("CU", "dave", OTHER)
    assert office.world.store.count(Approval) == 0


def test_an_operation_that_fails_does_not_use_the_token_up(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "second", "third")
    assert outcome_of(lambda: office.admin.create_user("CU", "bob", OTHER)) == "RET_USER_EXISTS"
    assert outcome_of(lambda: office.admin.delete_user("CU", "nobody")) == "RET_USER_MISSING"
    assert (office.tokens(), office.approvals()) == (1, 2)
    office.admin.delete_user("CU", "bob")


def test_the_password_of_another_with_a_token(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "second", "third")
    office.admin.change_password("CU", "bob", OTHER)
    office.world.as_user("CU", "bob", OTHER)


def test_too_few_approvals(office: Office) -> None:
    office.raise_m(3)
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "admin", "second")
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.create_user("CU", "carol", OTHER)
    office.approve(office.admin, file, "third")
    office.admin.create_user("CU", "carol", OTHER)


def test_a_token_is_for_its_service_only(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(MISC_CO, "admin")
    office.approve(office.admin, file, "admin", "second")
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.create_user("CU", "carol", OTHER)
    office.admin.set_m_value(USER_MGMT, 1)
    office.admin.create_user("CU", "carol", OTHER)


def test_a_token_is_for_its_session_only(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    other = office.world.as_user("CO", "admin", ADMIN)
    # Anybody who is logged in may hand the approvals in.
    office.approve(other, file, "admin", "second")
    with refused(errors.MXN_AUTH_FAILED):
        other.create_user("CU", "carol", OTHER)
    office.admin.create_user("CU", "carol", OTHER)


@pytest.mark.parametrize("end", ["logout", "login as another", "the session ends"])
def test_a_token_dies_with_the_login(office: Office, end: str) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "admin", "second")
    if end == "logout":
        office.admin.logout()
        office.admin.login("CO", "admin", ADMIN)
    elif end == "login as another":
        office.admin.login("CO", "second", OTHER, replace=True)
    else:
        office.world.realm.close_session(office.admin.session)
        office.admin = office.world.as_user("CO", "admin", ADMIN)
    assert office.tokens() == office.approvals() == 0
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.create_user("CU", "carol", OTHER)
    with refused(errors.MXN_AUTH_FAILED):
        office.approve(office.admin, file, "third")


def test_a_second_login_of_the_same_user_keeps_the_token(office: Office) -> None:
    office.admin.get_token(USER_MGMT, "admin")
    office.admin.login("CO", "admin", ADMIN)
    assert office.tokens() == 1


BAD_APPROVALS: dict[str, Callable[[Office, bytes], Signed]] = {
    "signed by the key of another": lambda office, file: office.approval("second", file, key="carol"),
    "another name": lambda office, file: office.approval("second", file)._replace(name="third"),
    "an unknown name": lambda office, file: office.approval("second", file)._replace(name="nobody"),
    "the type of another": lambda office, file: office.approval("second", file)._replace(user_type="CU"),
    "no type": lambda office, file: office.approval("second", file)._replace(user_type=""),
    "another file": lambda office, file: office.approval("second", file + b"x"),
    "a damaged signature": lambda office, file: office.approval("second", file)._replace(signature=b"x" * 256),
    "a short signature": lambda office, file: _resized(office.approval("second", file), 255),
    "a long signature": lambda office, file: _resized(office.approval("second", file), 257),
    "no signature": lambda office, file: _resized(office.approval("second", file), 0),
    "a CU": lambda office, file: office.approval("alice", file),
}


def _resized(approval: Signed, size: int) -> Signed:
    return approval._replace(signature=approval.signature.ljust(size, b"\0")[:size])


@pytest.mark.parametrize("kind", BAD_APPROVALS)
def test_a_bad_approval_refuses_the_good_ones_with_it(office: Office, kind: str) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.approve_token(file, [office.approval("admin", file), BAD_APPROVALS[kind](office, file)])
    assert (office.tokens(), office.approvals()) == (1, 0)
    office.approve(office.admin, file, "admin", "second")


def test_one_approver_counts_once(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    with refused(errors.MXN_AUTH_FAILED):
        office.approve(office.admin, file, "second", "second")
    office.approve(office.admin, file, "second")
    with refused(errors.MXN_AUTH_FAILED):
        office.approve(office.admin, file, "SECOND")
    with refused(errors.MXN_AUTH_FAILED):
        office.admin.create_user("CU", "carol", OTHER)


def test_an_approver_without_a_key(office: Office) -> None:
    office.raise_m()
    # A new password takes the quorum key away.
    office.as_officer("third").change_password("CO", "third", OTHER)
    _, file = office.admin.get_token(USER_MGMT, "admin")
    with refused(errors.MXN_AUTH_FAILED):
        office.approve(office.admin, file, "third")


def test_a_pco_approves_as_a_co(office: Office) -> None:
    office.raise_m()
    office.world.store.change(office.world.user("second"), type="PCO")
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "admin", "second")
    office.admin.create_user("CU", "carol", OTHER)


def test_a_token_file_that_was_altered(office: Office) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    for position in range(TOKEN_BYTES):
        altered = file[:position] + bytes([file[position] ^ 1]) + file[position + 1 :]
        with refused(errors.MXN_AUTH_FAILED):
            office.admin.approve_token(altered, [])
    for wrong in (b"", file[:-1], file + b"x", file * 33):
        with refused(errors.INVALID_DATA):
            office.admin.approve_token(wrong, [])
    assert hsms_of(file) == {office.admin.id}
    assert hsms_of(file[:-1]) == set()


def test_the_token_of_another_hsm(tmp_path: Path) -> None:
    world = make_world(tmp_path, nodes=2)
    first, second = world.hsms()
    for hsm in (first, second):
        hsm.login("CO", "admin", ADMIN)
        hsm.set_m_value(USER_MGMT, 1)
    _, file = first.get_token(USER_MGMT, "admin")
    second.get_token(USER_MGMT, "admin")
    with refused(errors.MXN_AUTH_FAILED):
        second.approve_token(file, [])
    with refused(errors.INVALID_HANDLE):
        second.delete_tokens(file)
    world.realm.close()


def test_validity_counts_down_and_the_token_still_works_then(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.raise_m()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    office.approve(office.admin, file, "second", "third")
    for seconds, left in ((0, 600), (94, 506), (599, 1), (VALIDITY_SECONDS, 0), (10_000, 0)):
        monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + seconds))
        (state,) = office.admin.list_tokens()
        assert (state.seconds, state.required, state.approvers) == (left, 2, ("second", "third"))
    office.admin.create_user("CU", "carol", OTHER)


def test_room_for_tokens(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, MAX_TOKENS + 1):
        token, _ = office.admin.get_token(USER_MGMT, "admin")
        assert token.id == number
    with refused(errors.INVALID_DATA):
        office.admin.get_token(USER_MGMT, "admin")
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + VALIDITY_SECONDS))
    token, _ = office.admin.get_token(USER_MGMT, "admin")
    assert (token.id, office.tokens()) == (1, MAX_TOKENS)


def test_timed_out_tokens_of_the_user_are_dropped_on_request(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    second = office.as_officer()
    second.get_token(USER_MGMT, "second")
    office.admin.get_token(USER_MGMT, "admin")
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + 300))
    office.admin.get_token(MISC_CO, "admin")
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + VALIDITY_SECONDS))
    token, _ = office.admin.get_token(USER_MGMT, "admin", clean=True)
    assert token.id == 2
    assert [(row.token.id, row.token.user) for row in second.list_tokens()] == [
        (1, "second"),
        (2, "admin"),
        (3, "admin"),
    ]


def test_who_gets_a_token(office: Office) -> None:
    alice = office.world.as_user("CU", "alice", ALICE)
    bob = office.world.as_user("CU", "bob", BOB)
    key = alice.generate_secret(AES, 16, KEY)
    for service in (USE_KEY, MANAGE_KEY):
        assert alice.get_token(service, "ALICE", key.handle)[0].user == "alice"
        assert outcome_of(lambda s=service: bob.get_token(s, "bob", key.handle)) == "RET_KEY_ACCESS_DENIED"  # type: ignore[misc]
        assert outcome_of(lambda s=service: alice.get_token(s, "bob", key.handle)) == "RET_INVALID_DATA"  # type: ignore[misc]
        assert outcome_of(lambda s=service: alice.get_token(s, "alice", 99)) == "RET_INVALID_HANDLE"  # type: ignore[misc]
        assert outcome_of(lambda s=service: office.admin.get_token(s, "admin", 6)) == "RET_NOT_AUTHORIZED"  # type: ignore[misc]
    assert outcome_of(lambda: alice.get_token(USER_MGMT, "alice")) == "RET_NOT_AUTHORIZED"
    for service in (0, 1, 2, 7, -1):
        assert outcome_of(lambda s=service: office.admin.get_token(s, "admin")) == "RET_INVALID_DATA"  # type: ignore[misc]
    assert outcome_of(lambda: office.world.hsm().get_token(USER_MGMT, "admin")) == "RET_NOT_LOGGED_IN"


def test_deleting_tokens(office: Office) -> None:
    second = office.as_officer()
    _, file = office.admin.get_token(USER_MGMT, "admin")
    _, other = second.get_token(USER_MGMT, "second")
    with refused(errors.INVALID_HANDLE):
        office.admin.delete_tokens(other)
    office.admin.delete_tokens(file)
    with refused(errors.INVALID_HANDLE):
        office.admin.delete_tokens(file)
    office.admin.get_token(USER_MGMT, "admin")
    office.admin.get_token(MISC_CO, "admin")
    office.admin.delete_tokens(None)
    assert [state.token.user for state in office.admin.list_tokens()] == ["second"]


def test_a_service_that_is_still_1_is_set_without_a_token(office: Office) -> None:
    """Also where MISC_CO asks for more, as the guide of the older tools has it; Client SDK 5 wants an approval."""
    office.admin.set_m_value(MISC_CO, 2)
    office.admin.set_m_value(USER_MGMT, 2)
    assert (office.admin.m_value(MISC_CO), office.admin.m_value(USER_MGMT)) == (2, 2)


def test_setting_m_values(office: Office) -> None:
    admin = office.admin
    assert (admin.m_value(USER_MGMT), admin.m_value(MISC_CO)) == (1, 1)
    for service, value in ((USER_MGMT, 0), (USER_MGMT, 9), (USER_MGMT, 4), (USE_KEY, 2), (0, 2)):
        assert outcome_of(lambda s=service, v=value: admin.set_m_value(s, v)) == "RET_INVALID_DATA"  # type: ignore[misc]
    assert outcome_of(lambda: admin.m_value(USE_KEY)) == "RET_INVALID_DATA"
    # A service that is still 1 needs no token.
    admin.set_m_value(USER_MGMT, 2)
    assert admin.m_value(USER_MGMT) == 2
    # Now that it is on, the other one guards it, and must not ask for fewer.
    with refused(errors.MXN_AUTH_FAILED):
        admin.set_m_value(USER_MGMT, 3)
    admin.set_m_value(MISC_CO, 2)
    with refused(errors.MXN_AUTH_FAILED):
        admin.set_m_value(USER_MGMT, 3)
    _, file = admin.get_token(MISC_CO, "admin")
    office.approve(admin, file, "second", "third")
    admin.set_m_value(USER_MGMT, 3)
    _, file = admin.get_token(MISC_CO, "admin")
    office.approve(admin, file, "admin", "second", "third")
    # MISC_CO asks for 2, USER_MGMT for 3.
    with refused(errors.MXN_AUTH_FAILED):
        admin.set_m_value(USER_MGMT, 2)
    admin.set_m_value(MISC_CO, 3)
    _, file = admin.get_token(MISC_CO, "admin")
    office.approve(admin, file, "admin", "second", "third")
    admin.set_m_value(USER_MGMT, 1)
    assert office.world.store.count(MinimumValue) == 1


def test_registering_a_key(office: Office) -> None:
    public, proof = public_pem("alice"), signed("alice", b"proof")
    register = office.admin.register_quorum_key
    for arguments, code in (
        (("CU", "nobody", b"proof", proof, public), "RET_USER_MISSING"),
        (("CO", "bob", b"proof", proof, public), "RET_USER_MISSING"),
        (("CU", "bob", b"other", proof, public), "RET_INVALID_DATA"),
        (("CU", "bob", b"proof", proof[:-1], public), "RET_INVALID_DATA"),
        (("CU", "bob", b"proof", proof, public[:-40]), "RET_INVALID_DATA"),
        (("CU", "bob", b"proof", proof, b""), "RET_INVALID_DATA"),
        (("CU", "bob", b"x" * 246, signed("alice", b"x" * 246), public), "RET_INVALID_DATA"),
        (("CU", "bob", b"x" * 245, signed("alice", b"x" * 245), public), "ok"),
    ):
        assert outcome_of(lambda a=arguments: register(*a)) == code  # type: ignore[misc]
    alice = office.world.as_user("CU", "alice", ALICE)
    assert outcome_of(lambda: alice.register_quorum_key("CU", "bob", b"", b"", b"")) == "RET_NOT_AUTHORIZED"


def test_a_key_is_approved_by_those_who_share_it(office: Office) -> None:
    office.admin.create_user("CU", "carol", OTHER)
    office.register("CU", "carol")
    alice = office.world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY._replace(users=(BOB_ID,), m_value=2))
    _, file = alice.get_token(MANAGE_KEY, "alice", key.handle)
    for stranger in ("carol", "admin"):
        with refused(errors.MXN_AUTH_FAILED):
            office.approve(alice, file, stranger)
    office.approve(alice, file, "alice")
    with refused(errors.MXN_AUTH_FAILED):
        alice.delete_key(key.handle)
    office.approve(alice, file, "bob")
    alice.delete_key(key.handle)
    assert office.tokens() == 0
