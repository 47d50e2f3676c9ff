"""One command over several servers: refusals, questions, servers that are lost, and what is undone."""

from pathlib import Path

import pytest
from cmu_support import ADMIN_LINE, RBI, RIA, Step, digests, play, servers_of
from model_support import ADMIN, AES, ALICE, KEY, OTHER, World, make_world

from shared import errors
from shared.cluster import directory
from shared.store import records

CREATE = "createUser CU carol carolpw1"
REFUSED = "HSM Error: This operation violates the current configured/FIPS policies"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return three HSMs in step."""
    return make_world(tmp_path, 3)


def after_login(output: str) -> str:
    """Return what is printed behind the login of the first line."""
    return output.partition("loginHSM success on server 2(10.0.0.3)\n")[2]


def created(world: World) -> list[bool]:
    """Return for each HSM whether carol is there."""
    return [world.store.one(records.User, hsm=row.id, name="carol") is not None for row in world.rows]


def test_retry_when_the_cause_is_gone(world: World) -> None:
    world.fault(1, "createUser", errors.POLICY_MISMATCH)
    output = after_login(play(world, ADMIN_LINE, CREATE, "y", "R"))
    assert output.partition("(y/n)?")[2] == (
        "Creating User carol(CU) on 3 nodes\n"
        "createUser success on server 0(10.0.0.1)\n"
        f"createUser failed: {REFUSED}\n"
        "creating user on server 1(10.0.0.2) failed\n\n"
        f"{RIA}"
        "createUser success on server 1(10.0.0.2)\n"
        "createUser success on server 2(10.0.0.3)\n"
    )
    assert created(world) == [True, True, True]
    assert len(set(digests(world))) == 1


def test_retry_while_the_cause_stays(world: World) -> None:
    world.fault(1, "createUser", errors.POLICY_MISMATCH, remaining=2)
    output = play(world, ADMIN_LINE, CREATE, "y", "R", "R")
    assert output.count("creating user on server 1(10.0.0.2) failed\n") == 2
    assert created(world) == [True, True, True]
    assert world.store.count(records.Fault) == 0


@pytest.mark.parametrize(("answer", "there"), [("I", [True, False, True]), ("A", [True, False, False])])
def test_ignore_and_abort(world: World, answer: str, there: list[bool]) -> None:
    world.fault(1, "createUser", errors.POLICY_MISMATCH)
    output = play(world, ADMIN_LINE, CREATE, "y", answer, "listUsers")
    assert created(world) == there
    behind = output.partition(RIA)[2]
    assert behind.startswith("createUser success on server 2(" if answer == "I" else "Users on server 0(")


@pytest.mark.parametrize(
    ("line", "text", "node", "question"),
    [
        ("createUser CU carol carolpw1", "createUser failed", "creating user on server 1(10.0.0.2) failed", RIA),
        ("changePswd CU alice another1", "changePswd failed", "Changing password on node 1(10.0.0.2) failed", RIA),
        ("deleteUser CU alice", "deleteUser failed", "deleteUser failed on server 1(10.0.0.2)", RBI),
    ],
)
def test_form_of_a_refusal(world: World, line: str, text: str, node: str, question: str) -> None:
    command = line.split(maxsplit=1)[0]
    caution = ["y"] if command != "deleteUser" else []
    world.fault(1, command, errors.POLICY_MISMATCH, remaining=2)
    output = play(world, ADMIN_LINE, line, *caution, "I", "server 1", line, *caution, "I")
    assert f"{command} success on server 0(10.0.0.1)\n{text}: {REFUSED}\n{node}\n\n{question}" in output
    # Server mode: no node line, no node anywhere.
    assert output.endswith(f"{text}: {REFUSED}\n\n{question}")
    assert output.count(node) == 1


@pytest.mark.parametrize("answer", ["B", "b"])
def test_roll_back(world: World, answer: str) -> None:
    before = digests(world)
    world.fault(2, "deleteUser", errors.POLICY_MISMATCH)
    output = play(world, ADMIN_LINE, "deleteUser CU alice", answer, "logoutHSM", "loginHSM CU alice alicepw1")
    assert f"{RBI}logoutHSM success on server 0(" in output
    assert output.count("loginHSM success") == 6
    assert digests(world) == before


def test_roll_back_keeps_the_failure_count_and_id(world: World) -> None:
    play(world, "loginHSM CU alice wrongpw1")
    before = world.user("alice")
    world.fault(1, "deleteUser", errors.POLICY_MISMATCH)
    play(world, ADMIN_LINE, "deleteUser CU alice", "B")
    assert world.user("alice") == before
    assert before.failures == 1


def test_roll_back_that_cannot_be_done_is_said(world: World) -> None:
    world.fault(1, "deleteUser", errors.POLICY_MISMATCH)

    def somebody_else_comes() -> None:
        officer = world.as_user("CO", "admin", ADMIN)
        officer.create_user("CU", "alice", OTHER)

    output = play(world, ADMIN_LINE, "deleteUser CU alice", somebody_else_comes, "B")
    assert output.endswith(f"{RBI}rollBack failed: HSM Error: This user is already created\n")


def test_roll_back_of_a_lost_server(world: World) -> None:
    world.fault(2, "deleteUser", errors.POLICY_MISMATCH)

    def stop() -> None:
        directory.set_state(world.realm, "10.0.0.2", "stopped")

    world.fault(0, "rollBack", errors.POLICY_MISMATCH)
    output = play(world, ADMIN_LINE, "deleteUser CU alice", stop, "B")
    # The last one first.
    assert output.endswith(f"{RBI}Server 1(10.0.0.2) is not connected\nrollBack failed: {REFUSED}\n")


LOST = "Server 1(10.0.0.2) is not connected\n"


@pytest.mark.parametrize("how", ["stopped", "removed", "for one command"])
@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("listUsers", []),
        ("getHSMInfo", []),
        ("findAllKeys 3 1", []),
        ("createUser CU carol carolpw1", ["y"]),
        ("changePswd CU bob bobpw124", ["y"]),
        ("deleteUser CU bob", []),
        ("logoutHSM", []),
        ("loginHSM CO admin adminpw1", []),
    ],
)
def test_lost_server(world: World, line: str, answers: list[str], how: str) -> None:
    command = line.split(maxsplit=1)[0]
    servers = servers_of(world)

    def lose() -> None:
        if how == "stopped":
            directory.set_state(world.realm, "10.0.0.2", "stopped")
        elif how == "removed":
            directory.remove_hsm(world.realm, "10.0.0.2")
        else:
            world.fault(1, command, errors.SERVER_UNAVAILABLE)

    output = after_login(play(world, ADMIN_LINE, lose, line, *answers, servers=servers))
    assert output.count(LOST) == 1
    assert RIA not in output
    assert RBI not in output
    # The others go on, and in the order of the file.
    first, _, last = output.partition(LOST)
    assert "0(10.0.0.1)" in first or "Server 0 HSM" in first
    assert "2(10.0.0.3)" in last or "Server 2 HSM" in last
    assert "failed:" not in output


def test_lost_server_in_server_mode_and_back(world: World) -> None:
    def stop() -> None:
        directory.set_state(world.realm, "10.0.0.2", "stopped")

    def start() -> None:
        directory.set_state(world.realm, "10.0.0.2", "up")

    steps: list[Step] = [ADMIN_LINE, "server 1", stop, "listUsers", CREATE, "y", "enable_e2e", "exit", "server 1"]
    output = after_login(play(world, *steps, start, "server 1", "listUsers", CREATE, "y", "A"))
    enter, _, rest = output.partition("Server is in 'E2' mode...\n")
    assert enter == ""
    lost, _, back = rest.partition("Server is in 'E2' mode...\n")
    assert lost.count(LOST) == 4
    assert "createUser success" not in lost
    assert back.startswith("Users on server 1(10.0.0.2):\n")
    # Whoever was logged in there is not any more.
    assert "createUser failed: HSM Error: No user is logged in to do this operation\n\nRetry" in back


def test_info_about_a_lost_server(world: World) -> None:
    directory.set_state(world.realm, "10.0.0.2", "stopped")
    hsm = world.rows[1].id
    assert play(world, "info server 1").endswith(
        f"\n1      \t10.0.0.2               \t10.0.0.2       \t2225  \tDisconnected   \t{hsm}\t Not logged in\n"
    )


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("command", ["syncUser 3", "syncKey 6"])
def test_sync_with_a_lost_server(world: World, command: str, lost: int) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    alice.generate_secret(AES, 16, KEY)
    before = digests(world)

    def stop() -> None:
        directory.set_state(world.realm, f"10.0.0.{lost + 1}", "stopped")

    output = play(world, ADMIN_LINE, "server 0", stop, f"{command} 1")
    step = "ExtractMaskedObject: 0x0 !\n" if lost and command.startswith("syncUser") else ""
    assert output.endswith(f"mode...\n{step}Server {lost}(10.0.0.{lost + 1}) is not connected\n")
    assert digests(world) == before


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("extractMaskedObject", "ExtractMaskedObject: 0xb3 !\n"),
        ("insertMaskedObject", "ExtractMaskedObject: 0x0 !\nInsertMaskedObject: 0xb3 !\n"),
    ],
)
def test_sync_user_prints_the_steps_that_it_came_to(world: World, step: str, expected: str) -> None:
    for hsm in (0, 1):
        world.fault(hsm, step, errors.POLICY_MISMATCH)
    output = play(world, ADMIN_LINE, "server 0", "syncUser 3 1")
    assert output.endswith(f"mode...\n{expected}syncUser failed: {REFUSED}\n")


@pytest.mark.parametrize("command", ["listUsers", "getHSMInfo", "findAllKeys", "logoutHSM"])
def test_refused_reads_ask_nothing(world: World, command: str) -> None:
    world.fault(1, command, errors.POLICY_MISMATCH)
    output = after_login(play(world, ADMIN_LINE, "findAllKeys 3 0" if command == "findAllKeys" else command))
    assert output.count(f"{command} failed: {REFUSED}\n") == 1
    assert "(R/" not in output


def test_refused_login_names_the_server(world: World) -> None:
    world.fault(1, "loginHSM", errors.POLICY_MISMATCH)
    assert play(world, ADMIN_LINE) == (
        "loginHSM success on server 0(10.0.0.1)\n"
        f"loginHSM failed: {REFUSED}\nloginHSM failed on server 1(10.0.0.2)\n"
        "loginHSM success on server 2(10.0.0.3)\n"
    )


def test_user_who_is_logged_in_elsewhere(world: World) -> None:
    world.as_user("CU", "alice", ALICE, 1)
    before = digests(world)
    denied = "HSM Error: Deletion or Changing password of a logged in User is denied"
    output = play(world, ADMIN_LINE, "changePswd CU alice another1", "y", "A", "deleteUser CU alice", "B")
    assert "changePswd success on server 0(10.0.0.1)\n" in output
    assert f"changePswd failed: {denied}\nChanging password on node 1(10.0.0.2) failed\n\n{RIA}" in output
    assert f"deleteUser failed: {denied}\ndeleteUser failed on server 1(10.0.0.2)\n\n{RBI}" in output
    after = digests(world)
    assert (after[0] != before[0], after[1:]) == (True, before[1:])


def test_lock_is_each_hsm_s_own(world: World) -> None:
    wrong = ["loginHSM CU alice wrongpw1"] * 6
    play(world, "server 1", *wrong)
    assert [world.user("alice", node).failures for node in range(3)] == [0, 5, 0]
    output = play(world, "loginHSM CU alice alicepw1", "logoutHSM", ADMIN_LINE, "changePswd CU alice alicepw1", "y")
    assert output.startswith(
        "loginHSM success on server 0(10.0.0.1)\n"
        "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\nloginHSM failed on server 1(10.0.0.2)\n"
    )
    assert [world.user("alice", node).failures for node in range(3)] == [0, 0, 0]
    assert play(world, "loginHSM CU alice alicepw1").count("success") == 3


def test_answers_are_one_letter(world: World) -> None:
    world.fault(0, "createUser", errors.POLICY_MISMATCH)
    answers = ["", " ", "x", "RI", "retry", "B", "y", "\t", "9" * 5000, " r "]
    output = play(world, ADMIN_LINE, CREATE, "y", *answers)
    assert output.count(RIA) == len(answers)
    assert created(world) == [True, True, True]


def test_sync_user_leaves_a_preco_where_it_is(world: World) -> None:
    create = ["createUser PRECO fresh another1", "y"]
    output = play(world, ADMIN_LINE, "server 0", *create, "syncUser 5 1", "syncUser 2 1")
    refused = "ExtractMaskedObject: 0xe2 !\nsyncUser failed: HSM Error: The current logged in user is not authorized"
    assert output.count(refused) == 2
    assert world.store.count(records.User, hsm=world.rows[1].id) == 4


def test_sync_user_brings_the_quorum_key(world: World) -> None:
    alice = world.user("alice")
    world.store.change(alice, quorum_key=b"key", two_factor=1)
    play(world, ADMIN_LINE, "server 1", "deleteUser CU alice", "server 0", "syncUser 3 1")
    copy = world.user("alice", 1)
    assert (copy.quorum_key, copy.two_factor, copy.verifier) == (b"key", 1, alice.verifier)
    output = play(world, "listUsers")
    row = f"{alice.name:<39}\tYES               0    \t       \t  YES\n"
    assert output.count(row) == 2


def test_sync_key_of_a_session_key(world: World) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY._replace(token=False))
    output = play(world, ADMIN_LINE, "server 0", f"syncKey {key.handle} 1")
    assert output.endswith("syncKey failed: HSM Error: Invalid object handle is passed to this operation\n")
    assert world.handles(1) == []


def test_sync_key_onto_another_key(world: World) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY)
    sync = [ADMIN_LINE, "server 0", f"syncKey {key.handle} 1"]
    assert play(world, *sync).endswith("syncKey success\n")
    there = world.store.one(records.Key, hsm=world.rows[1].id, handle=key.handle)
    world.store.change(there, label=b"another")
    before = digests(world)
    assert play(world, *sync).endswith("syncKey failed: HSM Error: Invalid input data/params\n")
    assert digests(world) == before


def test_sync_key_brings_the_sharing(world: World) -> None:
    alice = world.as_user("CU", "alice", ALICE)
    key = alice.generate_secret(AES, 16, KEY._replace(users=(4,)))
    output = play(world, ADMIN_LINE, "server 0", f"syncKey {key.handle} 1", "exit", "findAllKeys 4 1")
    assert output.count(f"\n{key.handle}(s)\nKey Hash:\n") == 2
    hashes = [line for line in output.splitlines() if len(line) == 64]
    assert len(hashes) == 2
    assert len(set(hashes)) == 1
    assert len(set(digests(world)[:2])) == 1
