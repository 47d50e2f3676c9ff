"""Who may run the commands of quorum, signatures, partition and certificates: every user type, and nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from model_support import outcome_of
from test_model_permissions import ACTORS, ANYBODY, CU, MASKED, OFFICER, Scene

from shared.hsm import Hsm
from shared.hsm.approvals import TOKEN_BYTES
from shared.hsm.quorum import MANAGE_KEY, MISC_CO, USE_KEY, USER_MGMT
from shared.store.records import Key, Token

NAMES = {actor: login[1] for actor, login in ACTORS.items() if login is not None}
FILE = b"x" * TOKEN_BYTES

# What is asked for does not exist where that is simpler: a refusal for lack of rights comes first.
COMMANDS: dict[str, tuple[frozenset[str], str, Callable[[Hsm, Scene, str], object]]] = {
    "sign": (CU, "RET_INVALID_HANDLE", lambda hsm, *_: hsm.sign(99, 1, b"")),
    "verify": (CU, "RET_INVALID_HANDLE", lambda hsm, *_: hsm.verify(99, 1, b"", b"")),
    "exportPublicKey": (CU, "RET_INVALID_HANDLE", lambda hsm, *_: hsm.export_public(99)),
    "getMValue": (OFFICER, "ok", lambda hsm, *_: hsm.m_value(USER_MGMT)),
    "setMValue": (OFFICER, "ok", lambda hsm, *_: hsm.set_m_value(MISC_CO, 1)),
    "registerQuorumPubKey": (
        OFFICER,
        "RET_INVALID_DATA",
        lambda hsm, *_: hsm.register_quorum_key("CU", "bob", b"", b"", b""),
    ),
    "getToken for users": (OFFICER, "ok", lambda hsm, _, name: hsm.get_token(USER_MGMT, name)),
    "getToken to use": (CU, "ok", lambda hsm, scene, name: hsm.get_token(USE_KEY, name, scene.key.handle)),
    "getToken to manage": (CU, "ok", lambda hsm, scene, name: hsm.get_token(MANAGE_KEY, name, scene.key.handle)),
    "approveToken": (MASKED, "RET_MXN_AUTH_FAILED", lambda hsm, *_: hsm.approve_token(FILE, [])),
    "listTokens": (MASKED, "ok", lambda hsm, *_: hsm.list_tokens()),
    "delToken": (MASKED, "RET_INVALID_HANDLE", lambda hsm, *_: hsm.delete_tokens(FILE)),
    "delToken of all": (MASKED, "ok", lambda hsm, *_: hsm.delete_tokens(None)),
    "getPartitionInfo": (ANYBODY, "ok", lambda hsm, *_: hsm.partition_info()),
    "getCert": (ANYBODY, "ok", lambda hsm, *_: hsm.identity()),
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("command", COMMANDS)
def test_permission(tmp_path: Path, command: str, actor: str) -> None:
    scene = Scene(tmp_path)
    hsm = scene.connection(actor)
    allowed, expected, request = COMMANDS[command]
    if actor not in allowed:
        expected = "RET_NOT_LOGGED_IN" if actor == "nobody" else "RET_NOT_AUTHORIZED"
    before = scene.world.store.rows(Key)
    assert outcome_of(lambda: request(hsm, scene, NAMES.get(actor, "nobody"))) == expected
    assert scene.world.store.rows(Key) == before
    assert scene.world.store.count(Token) == (expected == "ok" and command.startswith("getToken"))
    scene.world.realm.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_works_on_an_hsm_that_is_down(tmp_path: Path, command: str) -> None:
    scene = Scene(tmp_path)
    hsm = scene.connection("CO")
    scene.world.store.change(scene.world.rows[0], state="stopped")
    assert outcome_of(lambda: COMMANDS[command][2](hsm, scene, "officer")) == "RET_SERVER_UNAVAILABLE"
    scene.world.realm.close()
