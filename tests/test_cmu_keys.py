"""Key commands of cloudhsm_mgmt_util: who may, refusals by some of the servers, lost servers, files, odd values."""

import os
import random
from pathlib import Path

import pytest
from cmu_support import ADMIN_LINE, CONTINUE, NOBODY, NOT_ALLOWED, RIA, Step, digests, play, servers_of
from model_support import ADMIN, ADMIN_ID, AES, ALICE, ALICE_ID, BOB_ID, KEY, OTHER, World, make_world

from shared import attributes, errors, mechanisms
from shared.cluster import directory
from shared.hsm.keys import Template
from shared.store import records

ALICE_LINE = "loginHSM CU alice alicepw1"
BOB_LINE = "loginHSM CU bob bobpw123"
REFUSED = "HSM Error: This operation violates the current configured/FIPS policies"
MISSING = "HSM Error: Invalid object handle is passed to this operation"
INVALID = "HSM Error: Invalid input data/params"
DENIED = "HSM Error: Key Access is denied"
LOST = "Server 1(10.0.0.2) is not connected\n"
OWNED = "\n       \tToken/Flash Key,\n\n       \tOwned by user 3\n\n"
SHARED = OWNED + "       \talso, shared to following 1 user(s):\n\n       \t\t 4\n"

# What is typed.
READS = ("getAttribute 6 3", "getAttribute 6 512", "getKeyInfo 6", "getKeyInfo -k 6")
CHANGES = ("setAttribute 6 3 new", "shareKey 6 4 1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return three HSMs in step, all with alice's key 6."""
    world = make_world(tmp_path, 3)
    assert world.alice(3).generate_secret(AES, 16, KEY).value == (key_row(world),)
    return world


def key_row(world: World, node: int = 0) -> records.Key:
    """Return the row of key 6 on an HSM."""
    row = world.store.one(records.Key, hsm=world.rows[node].id, handle=6)
    assert isinstance(row, records.Key)
    return row


def labels(world: World) -> list[bytes]:
    """Return the label of key 6 on each HSM."""
    return [key_row(world, node).label for node in range(len(world.rows))]


def shares(world: World) -> list[list[int]]:
    """Return for each HSM with whom key 6 is shared."""
    rows = [world.store.rows(records.Share, "user", hsm=row.id, handle=6) for row in world.rows]
    return [[share.user for share in found] for found in rows]


def behind(output: str) -> str:
    """Return what is printed behind the last caution."""
    return output.rpartition(CONTINUE)[2]


def answer(line: str) -> list[str]:
    """Return what is typed behind a line, so that a change is made, or given up at the first refusal."""
    return ["y", "A"] if line.startswith(("setAttribute", "shareKey")) else []


# Nothing is asked, or changed, before the answer.


@pytest.mark.parametrize("line", CHANGES)
@pytest.mark.parametrize("reply", ["n", "N", None])
def test_no_is_no(world: World, line: str, reply: str | None) -> None:
    before = digests(world)
    output = play(world, ALICE_LINE, line, *([] if reply is None else [reply]))
    assert output.endswith(CONTINUE)
    assert digests(world) == before


@pytest.mark.parametrize("number", ["k1", "-6", "0x6", "6.0", "\N{SUPERSCRIPT SIX}", "\udc80"])
def test_a_handle_is_a_decimal_number(world: World, number: str) -> None:
    before = digests(world)
    for line in (*READS, *CHANGES):
        output = play(world, ALICE_LINE, line.replace("6", number, 1))
        assert output.endswith(("[<filename>]\n", "[<output file>]\n", "<value>\n", "<1|0>\n")), line
        assert CONTINUE not in output
    assert digests(world) == before


# Who may.

ACTORS = {
    "nobody": "",
    "PRECO": "loginHSM PRECO fresh another1",
    "PCO": "loginHSM PCO precrypto another1",
    "CO": ADMIN_LINE,
    "AU": "loginHSM AU app_user another1",
    "CU": ALICE_LINE,
    "another CU": BOB_LINE,
}
# Whoever is not named is not authorized, or is nobody.
PERMISSIONS = {
    **{line: {"CU": "", "another CU": DENIED} for line in (*READS, *CHANGES)},
    "setAttribute 6 134 1": {"CO": "", "PCO": ""},
    "setAttribute 7 134 1": {"CO": MISSING, "PCO": MISSING},
    "setAttribute 6 260 0": {"CU": "", "another CU": DENIED},
    "listAttributes": dict.fromkeys(ACTORS, ""),
}


@pytest.mark.parametrize("mode", ["G", "S"])
@pytest.mark.parametrize("actor", ACTORS)
def test_who_may(world: World, actor: str, mode: str) -> None:
    for hsm in world.hsms():
        hsm.login("CO", "admin", ADMIN)
        hsm.create_user("PRECO", "fresh", OTHER)
        hsm.create_user("PCO", "precrypto", OTHER)
        hsm.change_password("AU", "app_user", OTHER)
        hsm.logout()
    for line, may in PERMISSIONS.items():
        expected = may.get(actor, NOBODY if actor == "nobody" else NOT_ALLOWED)
        before = digests(world)
        steps = [*([ACTORS[actor]] if ACTORS[actor] else []), *(["server 1"] if mode == "S" else []), line]
        output = play(world, *steps, *answer(line))
        name = line.split()[0]
        if expected:
            assert f"{name} failed: {expected}\n" in output, line
            assert (RIA in output) == bool(answer(line)), line
            assert digests(world) == before, line
        else:
            assert f"{name} failed" not in output, line
            where = "" if mode == "S" else " on server 2(10.0.0.3)"
            assert not answer(line) or f"{name} success{where}\n" in output, line


# Some of the servers refuse.


@pytest.mark.parametrize("line", CHANGES)
def test_retry(world: World, line: str) -> None:
    name = line.split(maxsplit=1)[0]
    world.fault(1, name, errors.POLICY_MISMATCH, remaining=2)
    output = behind(play(world, ALICE_LINE, line, "y", "R", "r"))
    failure = f"{name} failed: {REFUSED}\n{name} failed on server 1(10.0.0.2)\n\n{RIA}"
    assert output == (
        f"{name} success on server 0(10.0.0.1)\n{failure}{failure}"
        f"{name} success on server 1(10.0.0.2)\n{name} success on server 2(10.0.0.3)\n"
    )
    assert len(set(digests(world))) == 1


@pytest.mark.parametrize(
    ("reply", "done"), [("I", (True, False, True)), ("A", (True, False, False)), (None, (True, False, False))]
)
def test_ignore_abort_and_end(world: World, reply: str | None, done: tuple[bool, ...]) -> None:
    steps: list[Step] = [] if reply is None else [reply]
    world.fault(1, "setAttribute", errors.POLICY_MISMATCH)
    world.fault(1, "shareKey", errors.POLICY_MISMATCH)
    play(world, ALICE_LINE, "setAttribute 6 3 new", "y", *steps)
    play(world, ALICE_LINE, "shareKey 6 4 1", "y", *steps)
    assert labels(world) == [b"new" if each else b"label" for each in done]
    assert shares(world) == [[BOB_ID] if each else [] for each in done]


def test_server_mode_names_no_server(world: World) -> None:
    world.fault(1, "shareKey", errors.POLICY_MISMATCH)
    output = behind(play(world, ALICE_LINE, "server 1", "shareKey 6 4 1", "y", "R"))
    assert output == f"shareKey failed: {REFUSED}\n\n{RIA}shareKey success\n"
    assert shares(world) == [[], [BOB_ID], []]


@pytest.mark.parametrize("line", READS)
def test_a_read_goes_on(world: World, line: str) -> None:
    name = line.split(maxsplit=1)[0]
    heading = "Attribute Value" if name == "getAttribute" else "Key Info"
    world.fault(1, name, errors.POLICY_MISMATCH)
    output = play(world, ALICE_LINE, line)
    assert f"{heading} on server 1(10.0.0.2):\n{name} failed: {REFUSED}\n" in output
    assert output.count("failed") == 1
    assert output.count(f"{heading} on server ") == 3
    assert RIA not in output


def test_the_key_is_on_one_server_only(tmp_path: Path) -> None:
    world = make_world(tmp_path, 3)
    assert world.as_user("CU", "alice", ALICE, 2).generate_secret(AES, 16, KEY).handle > 6
    handle = world.handles(2)[0]
    output = play(world, ALICE_LINE, f"getKeyInfo {handle}")
    assert output.endswith(
        f"Key Info on server 0(10.0.0.1):\ngetKeyInfo failed: {MISSING}\n"
        f"Key Info on server 1(10.0.0.2):\ngetKeyInfo failed: {MISSING}\n"
        f"Key Info on server 2(10.0.0.3):\n{OWNED}"
    )
    output = behind(play(world, ALICE_LINE, f"shareKey {handle} 4 1", "y", "I", "I"))
    assert output.count(f"shareKey failed: {INVALID}\n") == 2
    assert output.endswith(f"{RIA}shareKey success on server 2(10.0.0.3)\n")
    play(world, ALICE_LINE, "server 2", f"setAttribute {handle} 3 alone", "y")
    assert world.store.one(records.Key, hsm=world.rows[2].id, handle=handle).label == b"alone"


def test_what_differs_is_shown(world: World) -> None:
    play(world, ALICE_LINE, "server 1", "setAttribute 6 3 other", "y", "shareKey 6 4 1", "y")
    output = play(world, ALICE_LINE, "getAttribute 6 3", "getKeyInfo 6")
    blocks = [f"Attribute Value on server {n}(10.0.0.{n + 1}):\nOBJ_ATTR_LABEL\n" for n in range(3)]
    assert f"\n{blocks[0]}label\n\n{blocks[1]}other\n\n{blocks[2]}label\n\n" in output
    assert output.endswith(
        f"Key Info on server 0(10.0.0.1):\n{OWNED}Key Info on server 1(10.0.0.2):\n{SHARED}"
        f"Key Info on server 2(10.0.0.3):\n{OWNED}"
    )


@pytest.mark.parametrize("line", [*READS, *CHANGES])
def test_a_lost_server_is_passed_over(world: World, line: str) -> None:
    def stop() -> None:
        directory.set_state(world.realm, "10.0.0.2", "stopped")

    output = play(world, ALICE_LINE, stop, line, *answer(line)[:1])
    assert output.count(LOST) == 1
    assert "failed:" not in output
    assert RIA not in output
    assert "on server 2(10.0.0.3)" in output.partition(LOST)[2]


def test_list_attributes_asks_nobody(world: World) -> None:
    for number in (1, 2, 3):
        directory.set_state(world.realm, f"10.0.0.{number}", "stopped")
    output = play(world, "listAttributes")
    assert output.startswith(
        "\nFollowing are the possible attribute values for getAttributes:\n\n      OBJ_ATTR_CLASS  "
    )
    assert output.endswith("      OBJ_ATTR_ALL                    = 512\n")


def test_without_encryption_nothing_works(world: World) -> None:
    servers = servers_of(world, encrypted=False)
    for line in (*READS, *CHANGES, "listAttributes"):
        output = play(world, line, servers=servers)
        assert output == "".join(f"E2E is not enabled on server {n}(10.0.0.{n + 1})\n" for n in range(3))


# Files.


@pytest.mark.parametrize(("line", "name"), [("getAttribute 6 3", "getAttribute"), ("getKeyInfo -k 6", "getKeyInfo")])
def test_a_file_is_what_the_screen_would_show(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    screen = play(world, ALICE_LINE, line)
    assert play(world, ALICE_LINE, f"{line} out").endswith(
        "".join(f"{name} success on server {n}(10.0.0.{n + 1})\n" for n in range(3))
    )
    assert screen.endswith("loginHSM success on server 2(10.0.0.3)\n" + Path("out").read_text())
    # Over a former one, by those that answer alone.
    world.fault(0, name, errors.POLICY_MISMATCH)
    output = play(world, ALICE_LINE, f"{line} out")
    assert f"on server 0(10.0.0.1):\n{name} failed: {REFUSED}\n{name} success on server 1(" in output
    assert "server 0(" not in Path("out").read_text()
    assert Path("out").read_text().count("on server") == 2


@pytest.mark.parametrize("line", ["getAttribute 6 3", "getKeyInfo 6", "getKeyInfo -k 6"])
def test_a_file_that_cannot_be_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("missing/out", ".", "x" * 300, "nul\0"):
        output = play(world, ALICE_LINE, f"{line} {path}")
        assert output.endswith(f"10.0.0.3)\nFailed to open file {path}\n")


# Values.


@pytest.mark.parametrize("label", ["\udcff\udc80", "r\u00e9sum\u00e9", "%s%n{server}", "a" * 4000, "-", "\x1b[2J"])
def test_any_word_is_a_label(world: World, tmp_path: Path, label: str) -> None:
    play(world, ALICE_LINE, f"setAttribute 6 3 {label}", "y")
    assert labels(world) == [os.fsencode(label)] * 3
    output = play(world, ALICE_LINE, "getAttribute 6 3", f"getAttribute 6 3 {tmp_path / 'out'}")
    assert output.count(f"\nOBJ_ATTR_LABEL\n{label}\n\n") == 3
    assert (tmp_path / "out").read_bytes().count(b"\nOBJ_ATTR_LABEL\n" + os.fsencode(label) + b"\n\n") == 3


def test_trusted_is_set_on_every_server_and_taken_back(world: World) -> None:
    def trusted() -> list[bool]:
        return [attributes.flag(key_row(world, node).flags, attributes.TRUSTED) for node in range(3)]

    play(world, ADMIN_LINE, "setAttribute 6 134 1", "y")
    assert trusted() == [True, True, True]
    play(world, ADMIN_LINE, "server 1", "setAttribute 6 134 0", "y")
    assert trusted() == [True, False, True]


def test_all_is_every_attribute_that_is_there(world: World) -> None:
    row = key_row(world)
    output = play(world, ALICE_LINE, "server 0", "getAttribute 6 512")
    lines = output.partition("Attribute Value on server 0(10.0.0.1):\n")[2].splitlines()
    expected = [each for each in attributes.LISTED if attributes.value_of(row, each) is not None]
    assert lines[:-1:2] == [f"OBJ_ATTR_{attributes.NAMES[each]}" for each in expected]
    assert len(expected) == 23
    for attribute, value in zip(expected, lines[1::2], strict=True):
        alone = play(world, ALICE_LINE, "server 0", f"getAttribute 6 {attribute}")
        assert alone.endswith(f":\nOBJ_ATTR_{attributes.NAMES[attribute]}\n{value}\n\n")


@pytest.mark.parametrize("attribute", [4, 257, 288, 289, 290, 511, 513, 4099, 1073742353, 2**63, 10**400])
def test_an_attribute_that_is_not_there(world: World, attribute: int) -> None:
    output = play(world, ALICE_LINE, f"getAttribute 6 {attribute}")
    assert output.count(f":\ngetAttribute failed: {INVALID}\n\n") == 3


def test_a_session_key(world: World) -> None:
    session = world.as_user("CU", "alice", ALICE)
    key = session.generate_secret(AES, 16, Template(b"passing", token=False))
    output = play(world, ALICE_LINE, "server 0", f"getKeyInfo {key.handle}", f"shareKey {key.handle} 4 1", "y", "A")
    assert "Key Info on server 0(10.0.0.1):\n\n       \tSession Key,\n\n       \tOwned by user 3\n\n" in output
    assert f"shareKey failed: {INVALID}\n\n{RIA}" in output


def test_a_key_that_needs_approval(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    template = Template(b"quorum", users=(BOB_ID,), m_value=2)
    handle = world.as_user("CU", "alice", ALICE).generate_secret(AES, 16, template).handle
    output = play(world, BOB_LINE, f"getKeyInfo {handle}")
    assert output.endswith(SHARED + "       \t 2 Users need to approve to use/manage this key\n")
    for line in (f"setAttribute {handle} 3 new", f"shareKey {handle} 4 0"):
        output = play(world, ALICE_LINE, line, "y", "A")
        name = line.split()[0]
        assert f"{name} failed: RET_MXN_AUTH_FAILED\n{name} failed on server 0(10.0.0.1)\n\n{RIA}" in output


@pytest.mark.parametrize("user", [0, ADMIN_ID, 2, ALICE_ID, 99, 2**70])
def test_a_key_is_shared_with_another_crypto_user(world: World, user: int) -> None:
    before = digests(world)
    output = play(world, ALICE_LINE, f"shareKey 6 {user} 1", "y", "I", "I", "I")
    assert output.count(f"shareKey failed: {INVALID}\n") == 3
    assert digests(world) == before


def test_a_sharer_may_read_and_nothing_else(world: World) -> None:
    play(world, ALICE_LINE, "shareKey 6 4 1", "y")
    assert play(world, BOB_LINE, "getAttribute 6 3", "getKeyInfo 6").count("failed") == 0
    for line in ("setAttribute 6 3 mine", "shareKey 6 4 0"):
        assert f"failed: {DENIED}\n" in play(world, BOB_LINE, line, "y", "A")
    play(world, ALICE_LINE, "shareKey 6 4 0", "y")
    assert f"getAttribute failed: {DENIED}\n" in play(world, BOB_LINE, "getAttribute 6 3")


def test_several_users_in_1x(tmp_path: Path) -> None:
    world = make_world(tmp_path, 1, "1.x")
    key = world.as_user("CU", "alice", ALICE).generate_secret(AES, 16, KEY)
    assert key.handle == 6
    # What was shared before a refusal stays so, as each is a command of its own.
    output = play(world, ALICE_LINE, "shareKey 6 4,9 1", "y", "A")
    assert f"shareKey failed: {INVALID}\nshareKey failed on server 0(10.0.0.1)\n\n{RIA}" in output
    assert shares(world) == [[BOB_ID]]
    world.fault(0, "shareKey", errors.POLICY_MISMATCH)
    assert f"{RIA}shareKey success on server 0(10.0.0.1)\n" in play(world, ALICE_LINE, "shareKey 6 4,4 0", "y", "R")
    assert shares(world) == [[]]


def test_public_keys_are_read_by_all_and_shared_with_none(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    public, private = world.as_user("CU", "alice", ALICE).generate_ec(mechanisms.APPROVED_CURVES[0], KEY)
    output = play(world, BOB_LINE, f"getAttribute {public.handle} 288", f"getKeyInfo {public.handle}")
    assert f"\nOBJ_ATTR_MODULUS\n0x{public.modulus.hex()}\n\n" in output
    assert output.endswith(OWNED)
    output = play(world, ALICE_LINE, f"shareKey {public.handle} 4 1", "y", "A", f"shareKey {private.handle} 4 1", "y")
    assert f"shareKey failed: {INVALID}\n" in output
    assert output.endswith("shareKey success on server 0(10.0.0.1)\n")


# Whatever is typed is answered.

WORDS = (
    *("", "-k", "-h", "0", "1", "6", "7", "3", "4", "134", "260", "288", "370", "512", "528", "1073742353"),
    *("y", "label", "4,5", ",", "260=1", "260=1,262=0", "=", "\udcff", "\0", "9" * 30, "9" * 5000, "-1", "%s", "{}"),
)
NAMES = ("getAttribute", "setAttribute", "getKeyInfo", "shareKey", "listAttributes")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("line", [ALICE_LINE, BOB_LINE, ADMIN_LINE, ""])
def test_random_arguments(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, line: str) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    chance = random.Random(seed)  # noqa: S311 - the same lines in every run
    steps: list[Step] = [line]
    for _ in range(60):
        steps.append(" ".join([chance.choice(NAMES), *chance.choices(WORDS, k=chance.choice((0, 1, 2, 3, 3, 3, 4)))]))
        # A change takes y, then A or I for each server; where nothing is asked they are unknown commands.
        steps += ["y", *chance.choices("RIA", k=4), "A"]
    output = play(world, *steps, "exit", "listUsers")
    assert output.count("Number of users found:4\n") == 3
    assert "Traceback" not in output
