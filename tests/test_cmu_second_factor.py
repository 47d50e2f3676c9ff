"""-2fa of createUser, changePswd and loginHSM: what is refused, which files are taken, what each server makes of it."""

import base64
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cmu_support import ADMIN_LINE, RIA, digests, play, servers_of
from model_support import ADMIN, DATA, OTHER, World, make_world
from sign_support import openssl

from cloudhsm_mgmt_util.shell import Server
from shared import errors
from shared.cluster.directory import set_state
from shared.hsm.users import SecondFactor
from shared.store import records

FIRST_KEY, SECOND_KEY = DATA / "approver-1.pem", DATA / "approver-2.pem"
INVALID = "HSM Error: Invalid input data/params"
CREATE = "createUser CO olga another1 -2fa auth.json"
LOGIN = "loginHSM CO olga another1 -2fa auth.json"
FAILED_LOGIN = "loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\n"

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return three HSMs in step; the working directory is empty."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return make_world(tmp_path / "world", 3)


def signed(key: Path = FIRST_KEY, source: str = "auth.json") -> dict[str, Any]:
    """Return what a user makes of an authentication data file with openssl."""
    document = json.loads(Path(source).read_text())
    document["PublicKey"] = openssl("pkey", "-in", key, "-pubout").decode()
    for entry in document["Data"]:
        digest = base64.b64decode(entry["Digest"], validate=True)
        signature = openssl("pkeyutl", "-sign", "-inkey", key, "-pkeyopt", "digest:sha256", data=digest)
        entry["Signature"] = base64.b64encode(signature).decode()
    return document


def signing(edit: Edit = lambda _: None, key: Path = FIRST_KEY, target: str = "auth.json") -> Callable[[], object]:
    """Return a step of a script that signs the file, changes something in it and writes it."""

    def step() -> None:
        document = signed(key)
        edit(document)
        Path(target).write_text(json.dumps(document, indent=4))

    return step


def made(world: World) -> list[int | None]:
    """Return for each HSM whether olga has a second factor; None where she is not."""
    found = (world.store.one(records.User, hsm=row.id, name="olga") for row in world.rows)
    return [None if user is None else user.two_factor for user in found]


def with_olga(world: World) -> World:
    """Give every HSM the CO olga with a second factor."""
    play(world, ADMIN_LINE, CREATE, "y", signing(), "")
    assert made(world) == [1, 1, 1]
    return world


def behind(output: str) -> str:
    """Return what is printed behind the last question for a file."""
    return output.rpartition("Enter filename: ")[2]


def refusal(node: int, command: str = "createUser", said: str = "creating user on server") -> str:
    return f"{command} failed: {INVALID}\n{said} {node}(10.0.0.{node + 1}) failed\n\n{RIA}"


# What somebody may do wrong in the file, and for which HSMs it counts.
WRONG: dict[str, tuple[Edit, set[int]]] = {
    "wrong signature": (lambda file: file["Data"][1].update(Signature=file["Data"][0]["Signature"]), {1}),
    "no signature": (lambda file: file["Data"][0].update(Signature=""), {0}),
    "missing HSM": (lambda file: file["Data"].pop(2), {2}),
    "unknown HSM": (lambda file: file["Data"][2].update(HsmId="hsm-aaaaaaaaaaa"), {2}),
    "other digest": (lambda file: file["Data"][1].update(Digest=base64.b64encode(bytes(32)).decode()), {1}),
    "cut digest": (lambda file: file["Data"][1].update(Digest=""), {1}),
    "signature of no Base64": (lambda file: file["Data"][1].update(Signature="A"), {0, 1, 2}),
    "entry without a digest": (lambda file: file["Data"][1].pop("Digest"), {0, 1, 2}),
    "no data": (lambda file: file.pop("Data"), {0, 1, 2}),
}
# And with the key, which a login does not look at.
WRONG_KEYS: dict[str, Edit] = {
    "no key": lambda file: file.pop("PublicKey"),
    "empty key": lambda file: file.update(PublicKey=""),
    "null": lambda file: file.update(PublicKey=None),
    "half a character": lambda file: file.update(PublicKey="\ud800"),
    "another key": lambda file: file.update(PublicKey=openssl("pkey", "-in", SECOND_KEY, "-pubout").decode()),
    "private key": lambda file: file.update(PublicKey=FIRST_KEY.read_text()),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_create_user_where_the_file_is_wrong(world: World, wrong: str) -> None:
    edit, nodes = WRONG[wrong]
    output = play(world, ADMIN_LINE, CREATE, "y", signing(edit), "", *["I"] * len(nodes))
    expected = "".join(
        refusal(node) if node in nodes else f"createUser success on server {node}(10.0.0.{node + 1})\n"
        for node in range(3)
    )
    assert behind(output) == expected
    assert made(world) == [None if node in nodes else 1 for node in range(3)]


@pytest.mark.parametrize("wrong", WRONG)
def test_change_pswd_where_the_file_is_wrong(world: World, wrong: str) -> None:
    edit, nodes = WRONG[wrong]
    before = [world.user("admin", node) for node in range(3)]
    line = "changePswd CO admin adminpw2 -2fa auth.json"
    output = play(world, ADMIN_LINE, line, "y", signing(edit), "", *["I"] * len(nodes))
    assert behind(output).count(f"changePswd failed: {INVALID}\nChanging password on node ") == len(nodes)
    assert {node for node in range(3) if world.user("admin", node) == before[node]} == nodes


@pytest.mark.parametrize("wrong", WRONG)
def test_login_where_the_file_is_wrong(world: World, wrong: str) -> None:
    edit, nodes = WRONG[wrong]
    output = play(with_olga(world), LOGIN, signing(edit), "")
    expected = "".join(
        f"{FAILED_LOGIN}loginHSM failed on server {node}(10.0.0.{node + 1})\n"
        if node in nodes
        else f"loginHSM success on server {node}(10.0.0.{node + 1})\n"
        for node in range(3)
    )
    assert behind(output) == expected
    assert [world.user("olga", node).failures for node in range(3)] == [int(node in nodes) for node in range(3)]


@pytest.mark.parametrize("wrong", WRONG_KEYS)
def test_the_public_key_is_wrong(world: World, wrong: str) -> None:
    before = digests(world)
    output = play(world, ADMIN_LINE, CREATE, "y", signing(WRONG_KEYS[wrong]), "", "A")
    assert behind(output) == refusal(0)
    assert digests(world) == before
    output = play(with_olga(world), LOGIN, signing(WRONG_KEYS[wrong]), "")
    assert behind(output).count("loginHSM success") == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"1" * 5000,
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"[" * 100_000,
        b'{"Data": [1]}',
        b'{"Data": {"HsmId": 1}}',
        b'{"Data": [{"HsmId": [], "Digest": "", "Signature": ""}]}',
        b'{"Data": [{"HsmId": "h", "Digest": 1, "Signature": ""}]}',
        '{"Data": [{"HsmId": "h", "Digest": "\u00e9", "Signature": ""}]}'.encode(),
        b'{"PublicKey": 7, "Data": []}',
        b'{"PublicKey": [], "Data": [NaN]}',
    ],
)
def test_answers_that_are_no_such_file(world: World, content: bytes) -> None:
    before = digests(world)
    Path("answer").write_bytes(content)
    output = play(world, ADMIN_LINE, CREATE, "y", "answer", "A")
    assert behind(output) == refusal(0)
    assert digests(world) == before


@pytest.mark.parametrize("answer", ["missing", ".", "auth.json/x", "/dev/zero", "a\x00b", "x" * 5000, "\udcff"])
def test_answers_that_cannot_be_read(world: World, answer: str) -> None:
    before = digests(with_olga(world))
    for line, caution in ((CREATE, ["y"]), (LOGIN, []), ("changePswd CO olga new12345 -2fa auth.json", ["y"])):
        output = play(world, ADMIN_LINE, "logoutHSM", line, *caution, answer)
        assert behind(output) == f"Failed to read file {answer}\n"
    assert digests(world) == before


@pytest.mark.parametrize("path", ["missing/auth.json", ".", "/dev/null", "a\x00b", "x" * 5000, "pipe", "loop"])
def test_files_that_cannot_be_written(world: World, path: str) -> None:
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    before = digests(world)
    output = play(world, ADMIN_LINE, f"createUser CO olga another1 -2fa {path}", "y")
    assert output.endswith(f"Creating User olga(CO) on 3 nodes\nFailed to open file {path}\n")
    output = play(world, f"loginHSM CO admin wrongpw1 -2fa {path}")
    assert output == f"Failed to open file {path}\n"
    assert digests(world) == before
    assert sorted(file.name for file in Path.cwd().iterdir()) == ["loop", "pipe"]
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_file_that_is_protected(world: World) -> None:
    Path("auth.json").touch(0o444)
    assert play(world, "loginHSM CO admin adminpw1 -2fa auth.json") == "Failed to open file auth.json\n"


@pytest.mark.parametrize("line", [CREATE, "changePswd CO admin adminpw2 -2fa auth.json", LOGIN])
def test_the_end_of_input_changes_nothing(world: World, line: str) -> None:
    before = digests(with_olga(world))
    assert behind(play(world, ADMIN_LINE, "logoutHSM", line, *([] if line == LOGIN else ["y"]))) == ""
    assert digests(world) == before


def test_retrying_needs_a_new_signature(world: World) -> None:
    world.fault(0, "createUser", errors.POLICY_MISMATCH)
    output = play(world, ADMIN_LINE, CREATE, "y", signing(), "", "R", "A")
    assert behind(output).endswith(f"{RIA}{refusal(0)}")
    assert made(world) == [None, None, None]


def test_the_digests_of_a_former_command(world: World) -> None:
    """The file that was signed once is of no use for the next command, which has written another."""
    play(world, ADMIN_LINE, CREATE, "y", signing(target="once.json"), "once.json")
    output = play(world, LOGIN, "once.json")
    assert behind(output).count(FAILED_LOGIN) == 3


def test_only_officers(world: World) -> None:
    before = digests(world)
    for line in ("createUser CU olga another1 -2fa auth.json", "changePswd CU alice another1 -2fa auth.json"):
        output = play(world, ADMIN_LINE, line, "y", signing(), "", "A")
        assert f"failed: {INVALID}\n" in behind(output)
    assert digests(world) == before


def test_a_server_that_is_lost_before(world: World) -> None:
    def lose() -> None:
        set_state(world.realm, world.rows[1].id, "stopped")

    output = play(world, ADMIN_LINE, lose, CREATE, "y", signing(), "")
    assert behind(output) == (
        "createUser success on server 0(10.0.0.1)\n"
        "Server 1(10.0.0.2) is not connected\n"
        "createUser success on server 2(10.0.0.3)\n"
    )
    assert [entry["HsmId"] for entry in signed()["Data"]] == [world.rows[0].id, world.rows[2].id]


def test_a_server_that_is_lost_or_back_meanwhile(world: World) -> None:
    set_state(world.realm, world.rows[0].id, "stopped")

    def swap() -> None:
        signing()()
        set_state(world.realm, world.rows[0].id, "up")
        set_state(world.realm, world.rows[2].id, "stopped")

    output = play(world, "server 1", ADMIN_LINE, "exit", CREATE, "y", swap, "", "I")
    assert behind(output) == (
        "createUser failed: HSM Error: No user is logged in to do this operation\n"
        f"creating user on server 0(10.0.0.1) failed\n\n{RIA}"
        "createUser success on server 1(10.0.0.2)\n"
        "Server 2(10.0.0.3) is not connected\n"
    )


def test_all_servers_are_lost(world: World) -> None:
    servers = servers_of(world)
    for row in world.rows:
        set_state(world.realm, row.id, "stopped")
    output = play(world, "loginHSM CO admin adminpw1 -2fa auth.json", servers=servers)
    assert output == "".join(f"Server {node}(10.0.0.{node + 1}) is not connected\n" for node in range(3))
    assert not Path("auth.json").exists()


def test_two_connections_to_one_hsm(world: World) -> None:
    """Each has a digest of its own under the same id."""
    with_olga(world)
    (first, *_), (second, *_) = servers_of(world), servers_of(world)
    servers = [first, Server(1, second.entry, second.hsm)]
    servers[1].encrypted = True
    output = play(world, LOGIN, signing(), "", servers=servers)
    assert behind(output) == "loginHSM success on server 0(10.0.0.1)\nloginHSM success on server 1(10.0.0.1)\n"
    assert [entry["HsmId"] for entry in signed()["Data"]] == [world.rows[0].id] * 2


def test_server_mode_asks_one_server(world: World) -> None:
    output = play(world, ADMIN_LINE, "server 1", CREATE, "y", signing(), "")
    assert behind(output) == "createUser success\n"
    assert "nodes\n" not in output
    assert made(world) == [None, 1, None]


def test_the_file(world: World) -> None:
    before = os.umask(0o027)
    try:
        play(world, ADMIN_LINE, CREATE, "y", "missing.json")
    finally:
        os.umask(before)
    text = Path("auth.json").read_text()
    assert stat.S_IMODE(Path("auth.json").stat().st_mode) == 0o640
    assert text == json.dumps(json.loads(text), indent=4) + "\n"
    document = json.loads(text)
    assert list(document) == ["Version", "PublicKey", "Data"]
    assert (document["Version"], document["PublicKey"]) == ("1.0", "")
    assert [entry["HsmId"] for entry in document["Data"]] == [row.id for row in world.rows]
    assert {entry["Signature"] for entry in document["Data"]} == {""}
    assert {len(base64.b64decode(entry["Digest"], validate=True)) for entry in document["Data"]} == {32}
    assert len({entry["Digest"] for entry in document["Data"]}) == 3
    # No draft is left.
    assert [file.name for file in Path.cwd().iterdir()] == ["auth.json"]


def test_a_file_that_is_there_keeps_its_mode_and_its_link(world: World) -> None:
    Path("real.json").write_text("old")
    Path("real.json").chmod(0o600)
    Path("auth.json").symlink_to("real.json")
    play(world, ADMIN_LINE, CREATE, "y", signing(), "")
    assert Path("auth.json").is_symlink()
    assert stat.S_IMODE(Path("real.json").stat().st_mode) == 0o600
    assert made(world) == [1, 1, 1]


def test_the_file_comes_after_the_caution(world: World) -> None:
    play(world, ADMIN_LINE, CREATE, "n", CREATE)
    assert list(Path.cwd().iterdir()) == []


def windows(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=4).replace("\n", "\r\n").encode("utf-8-sig")


def wrapped(document: dict[str, Any]) -> bytes:
    """Return the signatures as `openssl base64` writes them, 64 characters a line."""
    for entry in document["Data"]:
        entry["Signature"] = base64.encodebytes(base64.b64decode(entry["Signature"])).decode()
    return json.dumps(document).encode()


def backwards(document: dict[str, Any]) -> bytes:
    entries = [dict(reversed(entry.items())) for entry in reversed(document["Data"])]
    return json.dumps({"Data": entries, "PublicKey": document["PublicKey"], "Comment": 1}).encode()


@pytest.mark.parametrize("form", [windows, wrapped, backwards])
@pytest.mark.parametrize("answer", ["signed.json", "  signed.json "])
def test_forms_of_a_good_answer(world: World, form: Callable[[dict[str, Any]], bytes], answer: str) -> None:
    play(world, ADMIN_LINE, CREATE, "y", lambda: Path("signed.json").write_bytes(form(signed())), answer)
    assert made(world) == [1, 1, 1]


def test_no_secret_is_kept_or_shown(world: World) -> None:
    output = play(world, ADMIN_LINE, CREATE, "y", signing(lambda file: file.update(PublicKey="")), "", "A")
    output += play(world, ADMIN_LINE, "createUser CO olga -hpswd -2fa auth.json", "another1", "another1", "y", "none")
    assert "another1" not in output
    assert "another1" not in Path("auth.json").read_text()


def test_hidden_passwords_come_first(world: World) -> None:
    hidden = "createUser CO olga -hpswd -2fa auth.json"
    output = play(world, ADMIN_LINE, hidden, "another1", "another2")
    assert output.endswith("Passwords do not match\n")
    assert not Path("auth.json").exists()
    play(world, ADMIN_LINE, hidden, "another1", "another1", "y", signing(), "")
    assert made(world) == [1, 1, 1]
    output = play(world, "loginHSM CO olga -hpswd -2fa auth.json", "another1", signing(), "")
    assert output.startswith('Enter password: \nAuthentication data written to: "auth.json"\n')
    assert behind(output).count("loginHSM success") == 3


def test_it_works_on_each_hsm_as_the_model_says(world: World) -> None:
    """The shell's user is the same as one whom the model makes."""
    hsm = world.as_user("CO", "admin", ADMIN)
    with_olga(world)
    key = openssl("pkey", "-in", FIRST_KEY, "-pubout")
    signature = openssl("pkeyutl", "-sign", "-inkey", FIRST_KEY, "-pkeyopt", "digest:sha256", data=hsm.new_challenge())
    hsm.create_user("CO", "otto", OTHER, SecondFactor(signature, key))
    assert world.user("otto").quorum_key == world.user("olga").quorum_key
