"""Who may run which firmware command: every user type, and nobody, against every command."""

from collections.abc import Callable
from pathlib import Path

import pytest
from model_support import ADMIN, AES, ALICE, BOB, FIRST, KEY, OTHER, World, make_world, outcome_of, use_known_rsa_keys

from shared.hsm import Hsm
from shared.store.protocol import Criteria
from shared.store.records import Key, User

ACTORS = {
    "nobody": None,
    "PRECO": ("PRECO", "fresh"),
    "PCO": ("PCO", "precrypto"),
    "CO": ("CO", "officer"),
    "CU": ("CU", "alice"),
    "AU": ("AU", "app_user"),
}
ANYBODY = frozenset(ACTORS)
SOMEBODY = ANYBODY - {"nobody"}
OFFICER = frozenset({"CO", "PCO"})
CU = frozenset({"CU"})
AUDITOR = frozenset({"CO", "PCO", "AU"})
MASKED = frozenset({"CO", "PCO", "CU"})


class Scene:
    """An HSM with a user of every type; alice owns a token key and a session key, and a user has been deleted."""

    def __init__(self, folder: Path) -> None:
        self.world: World = make_world(folder)
        officer = self.world.as_user("CO", "admin", ADMIN)
        for user_type, name in (("PRECO", "fresh"), ("PCO", "precrypto"), ("CO", "officer"), ("CU", "leaver")):
            officer.create_user(user_type, name, OTHER)
        officer.change_password("AU", "app_user", OTHER)
        self.masked_user = officer.extract_user(self.world.user("leaver").id)
        self.deleted = officer.delete_user("CU", "leaver")
        officer.logout()
        alice = self.world.as_user("CU", "alice", ALICE)
        self.key: Key = alice.generate_secret(AES, 16, KEY)
        self.session_key: Key = alice.generate_secret(AES, 16, KEY._replace(token=False))
        self.masked_key = alice.extract_key(self.key.handle)
        alice.logout()

    def connection(self, actor: str) -> Hsm:
        """Return a connection in which a user of a type is logged in."""
        login = ACTORS[actor]
        if login is None:
            return self.world.hsm()
        return self.world.as_user(*login, ALICE if actor == "CU" else OTHER)


COMMANDS: dict[str, tuple[frozenset[str], Callable[[Hsm, Scene], object]]] = {
    "loginHSM": (ANYBODY, lambda hsm, _: hsm.login("CU", "bob", BOB, replace=True)),
    "logoutHSM": (SOMEBODY, lambda hsm, _: hsm.logout()),
    "loginStatus": (ANYBODY, lambda hsm, _: hsm.logged_in()),
    "listUsers": (ANYBODY, lambda hsm, _: hsm.list_users()),
    "getHSMInfo": (ANYBODY, lambda hsm, _: hsm.info()),
    "createUser": (OFFICER, lambda hsm, _: hsm.create_user("CU", "carol", OTHER)),
    "deleteUser": (OFFICER, lambda hsm, _: hsm.delete_user("CU", "bob")),
    "rollBack": (OFFICER, lambda hsm, scene: hsm.restore_user(scene.deleted)),
    "changePswd of another": (OFFICER, lambda hsm, _: hsm.change_password("CU", "bob", OTHER)),
    "findAllKeys": (AUDITOR, lambda hsm, _: hsm.user_keys(0, with_digest=True)),
    "extract a user": (OFFICER, lambda hsm, scene: hsm.extract_user(scene.world.user("bob").id)),
    "insert a user": (OFFICER, lambda hsm, scene: hsm.insert_user(scene.masked_user)),
    "extract a key": (MASKED, lambda hsm, scene: hsm.extract_key(scene.key.handle)),
    "insert a key": (MASKED, lambda hsm, scene: hsm.insert_key(scene.masked_key)),
    "generate a secret key": (CU, lambda hsm, _: hsm.generate_secret(AES, 32, KEY)),
    "generate an RSA pair": (CU, lambda hsm, _: hsm.generate_rsa(2048, 65537, KEY)),
    "generate an EC pair": (CU, lambda hsm, _: hsm.generate_ec(2, KEY)),
    "deleteKey": (CU, lambda hsm, scene: hsm.delete_key(scene.key.handle)),
    "take a key back": (CU, lambda hsm, scene: hsm.take_back(scene.key.handle)),
    "setAttribute": (CU, lambda hsm, scene: hsm.make_token(scene.session_key.handle, True)),
    "findKey": (CU, lambda hsm, _: hsm.find_keys(Criteria())),
    "findSingleKey": (CU, lambda hsm, scene: hsm.key_lifetime(scene.key.handle)),
    "getAttribute": (CU, lambda hsm, scene: hsm.read_key(scene.key.handle)),
    "getKeyInfo": (CU, lambda hsm, scene: hsm.key_info(scene.key.handle)),
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("command", COMMANDS)
def test_permission(tmp_path: Path, command: str, actor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_known_rsa_keys(monkeypatch)
    scene = Scene(tmp_path)
    hsm = scene.connection(actor)
    before = scene.world.store.rows(User), scene.world.store.rows(Key)
    allowed, request = COMMANDS[command]
    if actor in allowed:
        expected = "ok"
    elif actor == "nobody":
        expected = "RET_NOT_LOGGED_IN"
    else:
        expected = "RET_NOT_AUTHORIZED"
    assert outcome_of(lambda: request(hsm, scene)) == expected
    if expected != "ok":
        assert (scene.world.store.rows(User), scene.world.store.rows(Key)) == before
    scene.world.realm.close()


@pytest.mark.parametrize("actor", sorted(SOMEBODY))
def test_everybody_may_change_the_own_password(tmp_path: Path, actor: str) -> None:
    scene = Scene(tmp_path)
    hsm = scene.connection(actor)
    login = ACTORS[actor]
    assert login is not None
    hsm.change_password(*login, FIRST)
    hsm.logout()
    user_type = "CO" if actor == "PRECO" else actor
    assert outcome_of(lambda: hsm.login(user_type, login[1], OTHER)) == "RET_USER_LOGIN_FAILURE"
    hsm.login(user_type, login[1], FIRST)
    scene.world.realm.close()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_no_command_works_on_an_hsm_that_is_down_or_gone(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)
    actor = "CU" if "CU" in COMMANDS[command][0] else "CO"
    hsm = scene.connection(actor)
    row = scene.world.rows[0]
    known = scene.world.user("bob")
    monkeypatch.setattr(scene.world, "user", lambda _: known)  # the row goes with the HSM
    scene.world.store.change(row, state="stopped")
    assert outcome_of(lambda: COMMANDS[command][1](hsm, scene)) == "RET_SERVER_UNAVAILABLE"
    scene.world.store.remove(type(row), id=row.id)
    assert outcome_of(lambda: COMMANDS[command][1](hsm, scene)) == "RET_SERVER_UNAVAILABLE"
    scene.world.realm.close()
