"""Who may run which command of cloudhsm_mgmt_util: every user type, and nobody, in both modes."""

import shutil
from pathlib import Path

import pytest
from cmu_quorum_support import INVALID, MXN, write_proof
from cmu_support import CONTINUE, NOBODY, NOT_ALLOWED, digests, play
from model_support import ADMIN, AES, ALICE, KEY, OTHER, World, make_world, open_realm
from sign_support import approver_key

from cloudhsm_mgmt_util import table
from shared.hsm.approvals import TOKEN_BYTES
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
    "registerQuorumPubKey": ("registerQuorumPubKey CO officer message signature key", "GS", OFFICERS),
    "registerMofnPubKey": ("registerMofnPubKey CO match officer private", "", OFFICERS),
    "getToken": ("getToken 3 NAME token", "GS", OFFICERS),
    # The guide has approvals of COs only; CUs approve the use of keys, so the HSM asks no more than for a CO or CU.
    "approveToken": ("approveToken approval", "GS", OFFICERS | {"CU"}),
    "listTokens": ("listTokens", "GS", OFFICERS | {"CU"}),
    "delToken": ("delToken", "GS", OFFICERS | {"CU"}),
    "getCert": ("getCert cert 1", "S", SOMEBODY),
    "logoutHSM": ("logoutHSM", "GS", SOMEBODY),
    "quit": ("quit", "G", ANYBODY),
}
# What those see who get past the refusal of rights, where it is no success.
SEEN = {
    # Alice is at the destination, too.
    "syncUser": "syncUser failed: HSM Error: This user is already created\n",
    "approveToken": f"approveToken failed: {MXN}\n",
    # The shell of these tests belongs to no installation, which has the certificates.
    "getCert": f"getCert failed: {INVALID}\n",
}
# What is typed behind it: y at the caution; A and I end the questions of a refusal, and are no commands else.
ANSWERS = {
    "createUser": ["y", "A"],
    "changePswd": ["y", "A"],
    "deleteUser": ["I", "I"],
    "shareKey": ["y", "A"],
    "setAttribute": ["y", "A"],
    "setMValue": ["y", "A"],
    "registerQuorumPubKey": ["y", "A"],
    "registerMofnPubKey": ["y", "A"],
}
OWN_PASSWORD = {
    "PRECO": "changePswd PRECO fresh another1",
    "PCO": "changePswd PCO precrypto another1",
    "CO": "changePswd CO officer another1",
    "CU": "changePswd CU alice alicepw1",
    "AU": "changePswd AU app_user another1",
}


def make_crowd(folder: Path, profile: str = "3.x") -> Path:
    """Put two HSMs in step into a folder, each with a user of every type and a key of alice."""
    world = make_world(folder, 2, profile)
    for hsm in world.hsms(world.realm.open_session("test")):
        hsm.login("PCO" if profile == "1.x" else "CO", "admin", ADMIN)
        for user_type, name in (("PRECO", "fresh"), ("PCO", "precrypto"), ("CO", "officer"), ("CU", "leaver")):
            hsm.create_user(user_type, name, OTHER)
        hsm.change_password("AU", "app_user", OTHER)
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY)
    world.as_user("CU", "alice", ALICE, 1).insert_key(alice.extract_key(key.handle))
    assert key.handle == 6
    world.realm.close()
    return folder


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a crowd of clients 3.x."""
    return make_crowd(tmp_path_factory.mktemp("crowd"))


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the files that commands read into the working directory: a proof, a token file, an approval of it."""
    monkeypatch.chdir(tmp_path)
    write_proof(tmp_path)
    shutil.copy(approver_key("alice"), tmp_path / "private")
    (tmp_path / "strange").write_bytes(bytes(TOKEN_BYTES))
    (tmp_path / "approval").write_text(
        "Multi Token File Path = strange;\nToken File Path = ;\nNumber of Approvals = 1;\n"
        "Approver Type = 2;\nApprover Name = officer;\nApproval File = signature;\n"
    )


def fresh_copy(crowd: Path, folder: Path, profile: str = "3.x") -> World:
    """Return a world that is a copy of the crowd."""
    shutil.copytree(crowd, folder / "realm")
    realm = open_realm(folder / "realm", profile, create=False)
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


def typed(name: str, actor: str) -> str:
    """Return the line of a command, with the name of whoever types it."""
    return COMMANDS[name][0].replace("NAME", ACTORS[actor].split()[2] if actor != "nobody" else actor)


def test_every_command_is_walked() -> None:
    """Check that the tool has no other command; loginHSM is how each user type comes in."""
    walked = {line.split()[0] for line, _, _ in COMMANDS.values()}
    assert walked | {"loginHSM"} == table.COMMANDS.keys()
    for name, (line, modes, _) in COMMANDS.items():
        for mode in "GS":
            assert (line.split()[0] in table.names(mode)) == (mode in modes), name


@pytest.mark.parametrize("mode", ["G", "S"])
@pytest.mark.parametrize("actor", ACTORS)
def test_matrix(crowd: Path, tmp_path: Path, actor: str, mode: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    for name in COMMANDS:
        before = digests(world)
        line = typed(name, actor)
        command = line.split()[0]
        steps = [*([ACTORS[actor]] if actor != "nobody" else []), *(["server 0"] if mode == "S" else []), line]
        expected = refusal(name, actor, mode)
        output = play(world, *steps, *ANSWERS.get(command, []))
        if expected:
            assert expected in output, name
            assert digests(world) == before, name
            continue
        assert not any(text in output for text in (NOBODY, NOT_ALLOWED, NO_COMMAND + command)), name
        if name in SEEN:
            assert SEEN[name] in output, name
        else:
            assert f"{command} failed" not in output, name
        if command in ANSWERS:
            assert f"{command} success" in output
            assert digests(world) != before
            assert (CONTINUE in output) == (name != "deleteUser")
    assert (tmp_path / "token").exists() == (actor in OFFICERS)
    world.realm.close()


@pytest.mark.parametrize("mode", ["G", "S"])
def test_the_command_of_former_clients(tmp_path: Path, mode: str) -> None:
    world = fresh_copy(make_crowd(tmp_path / "crowd", "1.x"), tmp_path, "1.x")
    line, _, who = COMMANDS["registerMofnPubKey"]
    for actor in sorted(ACTORS, key=lambda actor: actor in who):
        before = digests(world)
        steps = [*([ACTORS[actor]] if actor != "nobody" else []), *(["server 0"] if mode == "S" else []), line]
        output = play(world, *steps, "y", "A")
        if actor in who:
            assert "registerMofnPubKey success" in output
        else:
            assert f"registerMofnPubKey failed: {NOBODY if actor == 'nobody' else NOT_ALLOWED}\n" in output
            assert digests(world) == before
    assert world.user("officer").quorum_key is not None
    world.realm.close()


@pytest.mark.parametrize("mode", ["G", "S"])
@pytest.mark.parametrize("actor", ACTORS)
def test_login_is_for_everybody_who_is_not_logged_in_as_another(
    crowd: Path, tmp_path: Path, actor: str, mode: str
) -> None:
    world = fresh_copy(crowd, tmp_path)
    first = [ACTORS[actor]] if actor != "nobody" else []
    for other in sorted(SOMEBODY):
        output = play(world, *first, *(["server 0"] if mode == "S" else []), ACTORS[other])
        refused = "loginHSM failed: HSM Error: Another user is logged in\n" in output
        assert refused == (actor not in ("nobody", other))
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
@pytest.mark.parametrize("actor", sorted(SOMEBODY))
def test_a_locked_user_is_nobody(crowd: Path, tmp_path: Path, actor: str, mode: str) -> None:
    world = fresh_copy(crowd, tmp_path)
    wrong = " ".join(ACTORS[actor].split()[:-1]) + " wrongpw1"
    play(world, *[wrong] * world.realm.quotas.login_failures)
    before = digests(world)
    for name in COMMANDS:
        line = typed(name, actor)
        steps = [ACTORS[actor], *(["server 0"] if mode == "S" else []), line]
        output = play(world, *steps, *ANSWERS.get(line.split()[0], []))
        assert "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\n" in output
        assert refusal(name, "nobody", mode) in output, name
    assert digests(world) == before
    world.realm.close()
