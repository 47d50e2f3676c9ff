"""Second factors of officers: challenges, what is refused, and what becomes of the user."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from model_support import ADMIN, BOB, DATA, FIRST, OTHER, WRONG, World, clone_of, make_world, outcome_of, refused

from shared import errors
from shared.cluster.directory import set_state
from shared.crypto import approvals
from shared.hsm import Hsm
from shared.hsm.inspection import state_digest
from shared.hsm.users import SecondFactor
from shared.store import records

FIRST_KEY, SECOND_KEY, LONG_KEY = "approver-1", "approver-2", "rsa3072"


@cache
def private(name: str) -> RSAPrivateKey:
    key = load_pem_private_key((DATA / f"{name}.pem").read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


def pem(name: str) -> bytes:
    return private(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def der(name: str) -> bytes:
    return private(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def sign(digest: bytes, name: str = FIRST_KEY) -> bytes:
    return private(name).sign(digest, PKCS1v15(), Prehashed(SHA256()))


def answer(hsm: Hsm, name: str = FIRST_KEY) -> SecondFactor:
    """Return a good second factor for the next command."""
    return SecondFactor(sign(hsm.new_challenge(), name), pem(name))


def curve_pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, 2)


@pytest.fixture
def admin(world: World) -> Hsm:
    return world.as_user("CO", "admin", ADMIN)


@pytest.fixture
def officer(world: World, admin: Hsm) -> records.User:
    """Return the CO olga, who has a second factor."""
    admin.create_user("CO", "olga", OTHER, answer(admin))
    return world.user("olga")


def digest_of(world: World) -> str:
    return state_digest(world.store, world.rows[0].id)


# What stands in the place of a good second factor, from an HSM's challenge.
BAD: dict[str, Callable[[bytes], SecondFactor]] = {
    "nothing": lambda _: SecondFactor(b""),
    "no signature": lambda _: SecondFactor(b"", pem(FIRST_KEY)),
    "no key": lambda digest: SecondFactor(sign(digest)),
    "another digest": lambda _: SecondFactor(sign(bytes(32)), pem(FIRST_KEY)),
    "another key": lambda digest: SecondFactor(sign(digest, SECOND_KEY), pem(FIRST_KEY)),
    "a longer key": lambda digest: SecondFactor(sign(digest, LONG_KEY), pem(LONG_KEY)),
    "a curve": lambda digest: SecondFactor(sign(digest), curve_pem()),
    "a private key": lambda digest: SecondFactor(sign(digest), (DATA / "approver-1.pem").read_bytes()),
    "no PEM": lambda digest: SecondFactor(sign(digest), b"-----BEGIN PUBLIC KEY-----\nAAAA\n"),
    "hashed again": lambda digest: SecondFactor(private(FIRST_KEY).sign(digest, PKCS1v15(), SHA256()), pem(FIRST_KEY)),
    "another hash": lambda digest: SecondFactor(
        private(FIRST_KEY).sign(digest * 2, PKCS1v15(), Prehashed(SHA512())), pem(FIRST_KEY)
    ),
    "another padding": lambda digest: SecondFactor(
        private(FIRST_KEY).sign(digest, PSS(MGF1(SHA256()), 32), Prehashed(SHA256())), pem(FIRST_KEY)
    ),
    "one bit off": lambda digest: SecondFactor(sign(digest)[:-1] + bytes([sign(digest)[-1] ^ 1]), pem(FIRST_KEY)),
}


# A login asks for no key.
WITH_A_GOOD_SIGNATURE = ("no key", "a curve", "a private key", "no PEM")


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_factor_makes_no_user(world: World, admin: Hsm, bad: str) -> None:
    before = digest_of(world)
    factor = BAD[bad](admin.new_challenge())
    with refused(errors.INVALID_DATA):
        admin.create_user("CO", "olga", OTHER, factor)
    assert digest_of(world) == before


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_factor_leaves_the_password(world: World, admin: Hsm, officer: records.User, bad: str) -> None:
    factor = BAD[bad](admin.new_challenge())
    with refused(errors.INVALID_DATA):
        admin.change_password("CO", "olga", BOB, factor)
    assert world.user("olga") == officer


@pytest.mark.parametrize("bad", [bad for bad in BAD if bad not in WITH_A_GOOD_SIGNATURE])
def test_a_bad_factor_is_a_failed_login(world: World, officer: records.User, bad: str) -> None:
    hsm = world.hsm()
    factor = BAD[bad](hsm.new_challenge())
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", "olga", OTHER, factor)
    assert world.user("olga") == officer._replace(failures=1)
    assert hsm.logged_in() is None


@pytest.mark.parametrize("user_type", ["CU", "PRECO"])
def test_only_an_officer_is_made_with_one(world: World, admin: Hsm, user_type: str) -> None:
    before = digest_of(world)
    with refused(errors.INVALID_DATA):
        admin.create_user(user_type, "olga", OTHER, answer(admin))
    assert digest_of(world) == before


@pytest.mark.parametrize(("user_type", "name"), [("CU", "alice"), ("AU", "app_user"), ("PRECO", "fresh")])
def test_only_an_officer_gets_one(world: World, admin: Hsm, user_type: str, name: str) -> None:
    admin.create_user("PRECO", "fresh", FIRST)
    before = world.user(name)
    with refused(errors.INVALID_DATA):
        admin.change_password(user_type, name, BOB, answer(admin))
    assert world.user(name) == before


@pytest.mark.parametrize("factor", [SecondFactor(b"", b""), None])
def test_what_is_refused_before_the_factor_is_looked_at(
    world: World, admin: Hsm, officer: records.User, factor: SecondFactor | None
) -> None:
    nobody, alice = world.hsm(), world.as_user("CU", "bob", BOB)
    for hsm, words, code in (
        (nobody, ("CO", "new"), errors.NOT_LOGGED_IN),
        (alice, ("CO", "new"), errors.NOT_AUTHORIZED),
        (admin, ("XX", "new"), errors.UNKNOWN_USER_TYPE),
        (admin, ("CO", officer.name), errors.USER_EXISTS),
    ):
        with refused(code):
            hsm.create_user(*words, OTHER, factor)
    with refused(errors.USER_MISSING):
        admin.change_password("CO", "new", OTHER, factor)


def test_challenges_differ(admin: Hsm) -> None:
    challenges = {admin.new_challenge() for _ in range(10)}
    assert len(challenges) == 10
    assert {len(challenge) for challenge in challenges} == {32}


def test_a_lost_hsm_gives_no_challenge(world: World, admin: Hsm) -> None:
    set_state(world.realm, world.rows[0].id, "stopped")
    with refused(errors.SERVER_UNAVAILABLE):
        admin.new_challenge()


def test_without_a_challenge_nothing_is_signed(admin: Hsm) -> None:
    with refused(errors.INVALID_DATA):
        admin.create_user("CO", "olga", OTHER, SecondFactor(sign(bytes(32)), pem(FIRST_KEY)))


def test_only_the_latest_challenge_counts(admin: Hsm) -> None:
    factor = answer(admin)
    admin.new_challenge()
    with refused(errors.INVALID_DATA):
        admin.create_user("CO", "olga", OTHER, factor)


def test_a_challenge_of_another_hsm_or_connection(world: World, admin: Hsm, officer: records.User) -> None:
    hsm = world.hsm(session=world.realm.open_session("test"))
    for other in (admin, world.hsm(1)):
        hsm.new_challenge()
        with refused(errors.LOGIN_FAILURE):
            hsm.login("CO", officer.name, OTHER, answer(other))


# Each uses the challenge up, though it comes to nothing.
USES: dict[str, Callable[[Hsm, SecondFactor], None]] = {
    "created": lambda hsm, factor: hsm.create_user("CO", "one", OTHER, factor),
    "exists": lambda hsm, factor: hsm.create_user("CO", "admin", OTHER, factor),
    "of no officer": lambda hsm, factor: hsm.create_user("CU", "one", OTHER, factor),
    "bad key": lambda hsm, factor: hsm.create_user("CO", "one", OTHER, factor._replace(public_key=b"")),
    "changed": lambda hsm, factor: hsm.change_password("CO", "admin", ADMIN, factor),
    "missing": lambda hsm, factor: hsm.change_password("CO", "two", OTHER, factor),
    "login ignores it": lambda hsm, factor: hsm.login("CO", "admin", ADMIN, factor),
    "unknown user": lambda hsm, factor: hsm.login("CO", "two", OTHER, factor),
}


@pytest.mark.parametrize("use", USES)
def test_a_challenge_is_good_for_one_command(admin: Hsm, use: str) -> None:
    factor = answer(admin)
    outcome_of(lambda: USES[use](admin, factor))
    with refused(errors.INVALID_DATA):
        admin.create_user("CO", "olga", OTHER, factor)


def test_a_refusal_that_waits_uses_it_up(world: World, admin: Hsm) -> None:
    world.fault(0, "createUser", errors.POLICY_MISMATCH)
    factor = answer(admin)
    with refused(errors.POLICY_MISMATCH):
        admin.create_user("CO", "olga", OTHER, factor)
    with refused(errors.INVALID_DATA):
        admin.create_user("CO", "olga", OTHER, factor)


def test_a_login_cannot_be_played_again(world: World, officer: records.User) -> None:
    hsm = world.hsm()
    factor = answer(hsm)
    hsm.login("CO", officer.name, OTHER, factor)
    hsm.logout()
    for challenge in (False, True):
        if challenge:
            hsm.new_challenge()
        with refused(errors.LOGIN_FAILURE):
            hsm.login("CO", officer.name, OTHER, factor)


def test_a_missing_factor_is_a_failed_login_and_locks(world: World, officer: records.User) -> None:
    hsm = world.hsm()
    for failures in range(1, 6):
        with refused(errors.LOGIN_FAILURE):
            hsm.login("CO", "olga", OTHER)
        assert world.user("olga").failures == failures
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", "olga", OTHER, answer(hsm))
    assert world.user("olga") == officer._replace(failures=5)


def test_a_wrong_password_with_a_good_factor(world: World, officer: records.User) -> None:
    hsm = world.hsm()
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", "olga", WRONG, answer(hsm))
    assert world.user("olga") == officer._replace(failures=1)


def test_a_good_login_needs_no_public_key_and_resets_the_counter(world: World, officer: records.User) -> None:
    hsm = world.hsm()
    assert outcome_of(lambda: hsm.login("CO", "olga", OTHER)) == "RET_USER_LOGIN_FAILURE"
    hsm.login("CO", "olga", OTHER, SecondFactor(sign(hsm.new_challenge())))
    assert hsm.logged_in() == officer
    # The same user again: the factor is asked for again.
    assert outcome_of(lambda: hsm.login("CO", "olga", OTHER)) == "RET_USER_LOGIN_FAILURE"
    assert hsm.logged_in() == officer._replace(failures=1)


def test_the_key_is_the_quorum_key_too(world: World, admin: Hsm, officer: records.User) -> None:
    assert (officer.type, officer.quorum_key, officer.two_factor) == ("CO", der(FIRST_KEY), 1)
    message = b"token"
    signature = private(SECOND_KEY).sign(message, PKCS1v15(), SHA256())
    with refused(errors.INVALID_DATA):
        admin.register_quorum_key("CO", "olga", message, signature, pem(SECOND_KEY))
    assert world.user("olga") == officer


def test_a_factor_takes_the_place_of_a_quorum_key(world: World, admin: Hsm) -> None:
    message = b"token"
    signature = private(SECOND_KEY).sign(message, PKCS1v15(), SHA256())
    admin.register_quorum_key("CO", "admin", message, signature, pem(SECOND_KEY))
    admin.change_password("CO", "admin", ADMIN, answer(admin))
    assert (world.user("admin").quorum_key, world.user("admin").two_factor) == (der(FIRST_KEY), 1)


def test_the_key_is_changed(world: World, admin: Hsm, officer: records.User) -> None:
    admin.change_password("CO", officer.name, BOB, answer(admin, SECOND_KEY))
    assert (world.user("olga").quorum_key, world.user("olga").two_factor) == (der(SECOND_KEY), 1)
    hsm = world.hsm()
    for password, name in ((BOB, FIRST_KEY), (OTHER, SECOND_KEY)):
        with refused(errors.LOGIN_FAILURE):
            hsm.login("CO", "olga", password, answer(hsm, name))
    hsm.login("CO", "olga", BOB, answer(hsm, SECOND_KEY))


def test_a_new_password_alone_takes_it_away(world: World, admin: Hsm, officer: records.User) -> None:
    admin.change_password("CO", officer.name, BOB)
    assert (world.user("olga").quorum_key, world.user("olga").two_factor) == (None, 0)
    world.hsm().login("CO", "olga", BOB)


def test_somebody_without_one_may_give_any(world: World) -> None:
    hsm = world.hsm()
    for user_type, name, password in (("CO", "admin", ADMIN), ("CU", "bob", BOB)):
        hsm.login(user_type, name, password, SecondFactor(b"x", b"y"))
        hsm.logout()
    assert world.user("admin").failures == 0


def test_a_precrypto_officer_may_have_one(world: World, admin: Hsm) -> None:
    admin.create_user("PCO", "peter", OTHER, answer(admin))
    assert world.user("peter").two_factor == 1
    admin.change_password("PCO", "peter", BOB, answer(admin, SECOND_KEY))
    assert world.user("peter").quorum_key == der(SECOND_KEY)


def test_a_key_that_changes_while_the_login_is_on_its_way(
    world: World, officer: records.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = approvals.is_signed

    def slow(key: bytes, message: bytes, signature: bytes, *, is_digest: bool = False) -> bool:
        world.store.change(officer, quorum_key=der(SECOND_KEY))
        return good(key, message, signature, is_digest=is_digest)

    monkeypatch.setattr(approvals, "is_signed", slow)
    hsm = world.hsm()
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", "olga", OTHER, answer(hsm))


def test_it_goes_with_a_backup(world: World, officer: records.User) -> None:
    hsm = clone_of(world).hsm()
    with refused(errors.LOGIN_FAILURE):
        hsm.login("CO", officer.name, OTHER)
    hsm.login("CO", officer.name, OTHER, answer(hsm))


def test_the_client_s_login_has_no_second_factor(world: World, officer: records.User) -> None:
    world.hsm(1).login("CO", "admin", ADMIN)
    world.store.add(officer._replace(hsm=world.rows[1].id))
    assert world.client().login("CO", officer.name, OTHER).code is not errors.RET_OK
