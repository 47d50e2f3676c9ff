"""Who may do what of that which Client SDK 5 asks of an HSM about keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from model_support import ALICE, BOB, KEY, make_world, outcome_of
from test_model_permissions import ACTORS, CU, MASKED, Scene

from shared import attributes as a
from shared.crypto.schemes import Scheme
from shared.crypto.wrapping import NIST_AES_PAD, Parameters
from shared.hsm.modern import ModernHsm
from shared.store.protocol import Criteria
from shared.store.records import Key, Share

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OFFICER = MASKED - CU
ECDSA = Scheme("ecdsa", "SHA256")
WRAP = Parameters(NIST_AES_PAD)


class Keys(Scene):
    """The scene, with an EC pair of alice's that signs and a key that wraps."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        alice = self.world.as_user("CU", "alice", ALICE)
        self.public, self.private = alice.generate_ec(2, KEY)
        self.wrapping = alice.generate_secret(31, 32, KEY)
        alice.logout()

    def modern(self, actor: str) -> ModernHsm:
        """Return a connection in which a user of a type is logged in."""
        hsm = self.connection(actor)
        return ModernHsm(hsm.realm, hsm.id, hsm.session)


COMMANDS: dict[str, tuple[frozenset[str], Callable[[ModernHsm, Keys], object]]] = {
    "search": (MASKED, lambda hsm, _: hsm.search(Criteria())),
    "look": (MASKED, lambda hsm, keys: hsm.look([keys.key.handle])),
    "modify": (CU, lambda hsm, keys: hsm.modify_key(keys.key.handle, a.LABEL, b"new")),
    "say that it is trusted": (OFFICER, lambda hsm, keys: hsm.modify_key(keys.key.handle, a.TRUSTED, True)),
    "share": (CU, lambda hsm, keys: hsm.share_with(keys.key.handle, "bob", True)),
    "delete": (CU, lambda hsm, keys: hsm.delete_own(keys.key.handle)),
    "sign": (CU, lambda hsm, keys: hsm.sign_by(keys.private.handle, ECDSA, b"data")),
    "verify": (CU, lambda hsm, keys: hsm.verify_by(keys.public.handle, ECDSA, b"data", b"signature")),
    "public part": (CU, lambda hsm, keys: hsm.public_part(keys.private.handle)),
    "wrap": (CU, lambda hsm, keys: hsm.wrap_key(keys.key.handle, keys.wrapping.handle, WRAP)),
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("command", COMMANDS)
def test_permission(tmp_path: Path, command: str, actor: str) -> None:
    keys = Keys(tmp_path)
    hsm = keys.modern(actor)
    before = keys.world.store.rows(Key), keys.world.store.rows(Share)
    allowed, request = COMMANDS[command]
    expected = "ok" if actor in allowed else "RET_NOT_LOGGED_IN" if actor == "nobody" else "RET_NOT_AUTHORIZED"
    assert outcome_of(lambda: request(hsm, keys)) == expected
    if expected != "ok":
        assert (keys.world.store.rows(Key), keys.world.store.rows(Share)) == before
    keys.world.realm.close()


def test_another_user_s_key_is_not_to_be_had(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(31, 32, KEY)
    _, private = alice.generate_ec(2, KEY)
    bob = world.as_user("CU", "bob", BOB)
    modern = ModernHsm(bob.realm, bob.id, bob.session)
    assert modern.look([key.handle, private.handle]) == []
    for request in (
        lambda: modern.modify_key(key.handle, a.LABEL, b"new"),
        lambda: modern.share_with(key.handle, "bob", True),
        lambda: modern.delete_own(key.handle),
        lambda: modern.sign_by(private.handle, ECDSA, b"data"),
        lambda: modern.public_part(private.handle),
    ):
        assert outcome_of(request) == "RET_KEY_ACCESS_DENIED"
    world.realm.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_works_on_an_hsm_that_is_down(tmp_path: Path, command: str) -> None:
    keys = Keys(tmp_path)
    hsm = keys.modern("CU")
    keys.world.store.change(keys.world.rows[0], state="stopped")
    assert outcome_of(lambda: COMMANDS[command][1](hsm, keys)) == "RET_SERVER_UNAVAILABLE"
    keys.world.realm.close()
