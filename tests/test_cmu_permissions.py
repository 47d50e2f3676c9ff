"""Who may run which command of cloudhsm_mgmt_util: every user type, and nobody, in both modes."""

import shutil
from pathlib import Path

import pytest
from cmu_support import CONTINUE, NOBODY, NOT_ALLOWED, digests, play
from model_support import ADMIN, AES, ALICE, KEY, OTHER, World, make_world, open_realm

from shared.store import records

ACTORS = {
    "nobody": "",
    "PRECO": "loginHSM PRECO fresh another1",
    "PCO": "loginHSM PCO precrypto another1",
    "CO": "loginHSM CO officer another1",
    "CU": "loginHSM CU alice alicepw1",
    "AU": "loginHSM AU app_user another1",
}
ANYBODY = frozenset(ACTORS)
SOMEBODY = ANYBODY - {"nobody"}
OFFICERS = frozenset({"CO", "PCO"})
NO_COMMAND = "Unknown command: "

# Name: the line typed, the modes, who may. AWS guide (permission table), and for PRECO, PCO and AU choice C31.
COMMANDS = {
    "listUsers": ("listUsers", "GS", ANYBODY),
    "getHSMInfo": ("getHSMInfo", "GS", ANYBODY),
    "help": ("help", "GS", ANYBODY),
    "info": ("info server 1", "G", ANYBODY),
    "server": ("server 0", "GS", ANYBODY),
    "exit": ("exit", "S", ANYBODY),
    "enable_e2e": ("enable_e2e", "GS", ANYBODY),
    "findAllKeys": ("findAllKeys 0 1", "GS", OFFICERS | {"AU"}),
    "createUser": ("createUser CU carol carolpw1", "GS", OFFICERS),
    "changePswd of another": ("changePswd CU bob bobpw124", "GS", OFFICERS),
    "deleteUser": ("deleteUser CU leaver", "GS", OFFICERS),
    "syncUser": ("syncUser 3 1", "S", OFFICERS),
    "syncKey": ("syncKey 6 1", "S", OFFICERS | {"CU"}),
    "listAttributes": ("listAttributes", "GS", ANYBODY),
    "getKeyInfo": ("getKeyInfo 6", "GS", frozenset({"CU"})),
    "getAttribute": ("getAttribute 6 3", "GS", frozenset({"CU"})),
    "shareKey": ("shareKey 6 4 1", "GS", frozenset({"CU"})),
    "setAttribute of the owner": ("setAttribute 6 264 1", "GS", frozenset({"CU"})),
    "setAttribute of an officer": ("setAttribute 6 134 1", "GS", OFFICERS),
    "getMValue": ("getMValue 3", "GS", OFFICERS),
    "setMValue": ("setMValue 4 2", "GS", OFFICERS),
    "listTokens": ("listTokens", "GS", OFFICERS | {"CU"}),
    "logoutHSM": ("logoutHSM", "GS", SOMEBODY),
}
# What is typed behind it: y at the caution; A and I end the questions of a refusal, and are no commands else.
ANSWERS = {
    "createUser": ["y", "A"],
    "changePswd": ["y", "A"],
    "deleteUser": ["I", "I"],
    "shareKey": ["y", "A"],
    "setAttribute": ["y", "A"],
    "setMValue": ["y", "A"],
}
OWN_PASSWORD = {
    "PRECO": "changePswd PRECO fresh another1",
    "PCO": "changePswd PCO precrypto another1",
    "CO": "changePswd CO officer another1",
    "CU": "changePswd CU alice alicepw1",
    "AU": "changePswd AU app_user another1",
}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two HSMs in step, each with a user of every type and a key of alice."""
    folder = tmp_path_factory.mktemp("crowd")
    world = make_world(folder, 2)
    for hsm in world.hsms(world.realm.open_session("test")):
        hsm.login("CO", "admin", ADMIN)
        for user_type, name in (("PRECO", "fresh"), ("PCO", "precrypto"), ("CO", "officer"), ("CU", "leaver")):
            hsm.create_user(user_type, name, OTHER)
        hsm.change_password("AU", "app_user", OTHER)
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY)
    world.as_user("CU", "alice", ALICE, 1).insert_key(alice.extract_key(key.handle))
    assert key.handle == 6
    world.realm.close()
    return folder


def fresh_copy(crowd: Path, folder: Path) -> World:
    """Return a world that is a copy of the crowd."""
    shutil.copytree(crowd, folder, dirs_exist_ok=True)
    realm = open_realm(folder, create=False)
    (cluster,) = realm.store.rows(records.Cluster)
    return World(realm, cluster)


def refusal(name: str, actor: str, mode: str) -> str:
    """Return what has to be printed, or nothing if the command works."""
    _, modes, who = COMMANDS[name]
    if mode not in modes:
        return NO_COMMAND
    if actor in who:
        return ""
    return NOBODY if actor == "nobody" else NOT_ALLOWED


@pytest.mark.parametrize("mode", ["G", "S"])
@pytest.mark.parametrize("actor", ACTORS)
def test_matrix(crowd: Path, tmp_path: Path, actor: str, mode: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    for name, (line, _, _) in COMMANDS.items():
        before = digests(world)
        steps = [*([ACTORS[actor]] if actor != "nobody" else []), *(["server 0"] if mode == "S" else []), line]
        expected = refusal(name, actor, mode)
        output = play(world, *steps, *ANSWERS.get(line.split()[0], []))
        if expected:
            assert expected in output, name
            assert digests(world) == before, name
        else:
            assert not any(text in output for text in (NOBODY, NOT_ALLOWED)), name
            if name == "syncUser":
                # Alice is at the destination, too: the HSM's refusal shows that the user was allowed to ask.
                assert "syncUser failed: HSM Error: This user is already created\n" in output
            else:
                assert f"{line.split()[0]} failed" not in output, name
                assert line not in {"help", "server 0"} or NO_COMMAND not in output, name
        if not expected and line.split()[0] in ANSWERS:
            assert f"{line.split()[0]} success" in output
            assert digests(world) != before
            assert (CONTINUE in output) == (name != "deleteUser")
    world.realm.close()


@pytest.mark.parametrize("mode", ["G", "S"])
@pytest.mark.parametrize("actor", sorted(SOMEBODY))
def test_own_password(crowd: Path, tmp_path: Path, actor: str, mode: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    output = play(world, ACTORS[actor], *(["server 1"] if mode == "S" else []), OWN_PASSWORD[actor], "y")
    assert output.count("changePswd success") == (2 if mode == "G" else 1)
    assert "failed:" not in output
    world.realm.close()


@pytest.mark.parametrize("actor", sorted(SOMEBODY - OFFICERS))
def test_password_of_another_is_refused(crowd: Path, tmp_path: Path, actor: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    before = digests(world)
    output = play(world, ACTORS[actor], "changePswd CO admin adminpw2", "y", "A")
    assert f"changePswd failed: {NOT_ALLOWED}\nChanging password on node 0(10.0.0.1) failed\n\nRetry" in output
    assert digests(world) == before
    world.realm.close()


def test_syncing_keys_of_others_is_for_officers(crowd: Path, tmp_path: Path) -> None:
    world = fresh_copy(crowd, tmp_path)
    output = play(world, "loginHSM CU bob bobpw123", "server 0", "syncKey 6 1")
    assert output.endswith("syncKey failed: HSM Error: Key Access is denied\n")
    world.realm.close()


@pytest.mark.parametrize("mode", ["G", "S"])
def test_a_locked_user_is_nobody(crowd: Path, tmp_path: Path, mode: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    wrong = ["loginHSM CO officer wrongpw1"] * world.realm.quotas.login_failures
    play(world, *wrong)
    before = digests(world)
    for name, (line, _, _) in COMMANDS.items():
        steps = [ACTORS["CO"], *(["server 0"] if mode == "S" else []), line]
        output = play(world, *steps, *ANSWERS.get(line.split()[0], []))
        assert "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\n" in output
        assert refusal(name, "nobody", mode) in output, name
    assert digests(world) == before
    world.realm.close()
