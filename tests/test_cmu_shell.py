"""How cloudhsm_mgmt_util takes its lines: words, abbreviations, the end of input, and what goes out in one write."""

import os
import socket
from pathlib import Path

import pytest
from cmu_support import ADMIN_LINE, CONTINUE, LEAVING, PROMPT, RBI, RIA, digests, play, servers_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_support import World, make_world

from cloudhsm_mgmt_util import table
from cloudhsm_mgmt_util.shell import Shell
from shared.console import Console
from shared.hsm import Hsm
from shared.store import records

PASSWORD = "a|b>c;d\"e'f!g#h@"


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return two HSMs for tests that change nothing."""
    return make_world(tmp_path_factory.mktemp("quiet"), 2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return two HSMs in step."""
    return make_world(tmp_path, 2)


def test_every_name_may_be_shortened_until_it_is_ambiguous() -> None:
    for mode in ("G", "S"):
        names = table.names(mode)
        for name in names:
            for length in range(1, len(name) + 1):
                word = name[:length]
                fitting = [other for other in names if other.startswith(word)]
                assert table.matches(word, mode) == ([word] if word in names else fitting)
                assert name in table.matches(word, mode)
        for name in names:
            assert table.matches(name + "x", mode) == []
            assert table.matches(name.swapcase(), mode) == []


def test_an_exact_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.COMMANDS, "serverList", table.Entry("server"))
    assert table.matches("server", "G") == ["server"]
    assert table.matches("serve", "G") == ["server", "serverList"]


def test_every_command_of_the_table_can_be_loaded_and_is_its_own() -> None:
    for name in table.COMMANDS:
        command = table.load(name)
        least, most = command.ARGUMENTS
        assert command.SYNTAX.split()[0] == name
        assert 0 <= least <= most


@pytest.mark.parametrize("mode", ["G", "S"])
def test_wrong_number_of_arguments_does_nothing(quiet: World, mode: str) -> None:
    before = digests(quiet)
    for name in table.names(mode):
        command = table.load(name)
        least, most = command.ARGUMENTS
        for number in {least - 1, most + 1} - {-1}:
            line = " ".join([name, *["CU", "alice", "-hpswd", "x", "y", "z"][:number]])
            steps = [ADMIN_LINE, *(["server 0"] if mode == "S" else []), line]
            output = play(quiet, *steps)
            assert output.endswith(f"\n{command.SYNTAX}\n"), line
            assert "Enter" not in output, line
            assert CONTINUE not in output, line
    assert digests(quiet) == before


@pytest.mark.parametrize("line", ["loginHSM CO admin adminpw1 -2fa", "createUser CO x password1 -2FA f"])
def test_half_an_option_is_refused(quiet: World, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = digests(quiet)
    assert play(quiet, line) == f"{table.load(line.split(maxsplit=1)[0]).SYNTAX}\n"
    assert digests(quiet) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("\x00", "Unknown command: \x00\n"),
        ("listUsers\xa0", "Unknown command: listUsers\xa0\n"),
        ("l\u200bx", "Unknown command: l\u200bx\n"),
        ("x" * 100_000, f"Unknown command: {'x' * 100_000}\n"),
        ("server " + "9" * 5000, "Invalid server id\n"),
        ("info server " + "9" * 5000, "Invalid server id\n"),
        ("server \u0661", "Invalid server id\n"),
        ("server +0", "Invalid server id\n"),
        ("findAllKeys -1 0", "findAllKeys <user id> <key hash (0/1)> [<output file>]\n"),
        ("findAllKeys 3 00", "findAllKeys <user id> <key hash (0/1)> [<output file>]\n"),
    ],
)
def test_odd_words(quiet: World, line: str, expected: str) -> None:
    assert play(quiet, line) == expected


def test_numbers_beyond_any_id(quiet: World) -> None:
    huge = "9" * 5000
    output = play(quiet, ADMIN_LINE, f"findAllKeys {huge} 0", "server 0", f"syncUser {huge} 1", f"syncKey {huge} 1")
    assert output.count("findAllKeys failed: HSM Error: This user doesn't exist\n") == 2
    assert output.endswith(
        "ExtractMaskedObject: 0xce !\nsyncUser failed: HSM Error: This user doesn't exist\n"
        "syncKey failed: HSM Error: Invalid object handle is passed to this operation\n"
    )


def test_leading_zeros(quiet: World) -> None:
    assert play(quiet, "server 001", "exit", "server 00").count("Server is in 'E2' mode...\n") == 2


def test_bytes_that_are_no_text(world: World) -> None:
    name, password = "b\udcffb", "\udcfe\udcfdpassword"
    before = digests(world)
    output = play(
        world,
        f"loginHSM CU {name} {password}",
        ADMIN_LINE,
        f"createUser CU {name} {password}",
        "y",
        "A",
        f"deleteUser CU {name}",
        "B",
        f"changePswd CU {name} {password}",
        "y",
        "A",
    )
    assert output.startswith("loginHSM failed: HSM Error: This user doesn't exist\n")
    assert f"Creating User {name}(CU) on 2 nodes\ncreateUser failed: HSM Error: Invalid input data/params\n" in output
    assert output.count("deleteUser failed: HSM Error: This user doesn't exist\n") == 1
    assert output.count("changePswd failed: HSM Error: This user doesn't exist\n") == 1
    assert digests(world) == before
    # As a password they are bytes like others.
    output = play(
        world, ADMIN_LINE, f"createUser CU bytes {password}", "y", "logoutHSM", f"loginHSM CU bytes {password}"
    )
    assert output.endswith("loginHSM success on server 0(10.0.0.1)\nloginHSM success on server 1(10.0.0.2)\n")


@pytest.mark.parametrize("hidden", [False, True])
def test_password_with_every_sign(world: World, hidden: bool) -> None:
    word, typed = ("-hpswd", [PASSWORD]) if hidden else (PASSWORD, [])
    output = play(
        world,
        ADMIN_LINE,
        f"createUser CU dora {word}",
        *typed * 2,
        "y",
        "logoutHSM",
        f"loginHSM CU dora {word}",
        *typed,
        f"changePswd CU dora {word}",
        *typed * 2,
        "y",
    )
    assert output.endswith("changePswd success on server 0(10.0.0.1)\nchangePswd success on server 1(10.0.0.2)\n")
    assert "failed:" not in output
    assert PASSWORD not in output


def test_hidden_password_may_have_blanks_at_no_end(world: World) -> None:
    output = play(
        world,
        ADMIN_LINE,
        "createUser CU dora -hpswd",
        "pass word 1 ",
        "pass word 1 ",
        "y",
        "logoutHSM",
        "loginHSM CU dora -hpswd",
        "pass word 1",
        "loginHSM CU dora -hpswd",
        "pass word 1 ",
    )
    assert output.count("loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\n") == 2
    assert output.endswith("loginHSM success on server 1(10.0.0.2)\n")


def test_tab_between_words_of_a_file(quiet: World) -> None:
    assert play(quiet, "\tserver\t 1\t", "exit") == "Server is in 'E2' mode...\n"


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([], ""),
        (["server 0"], "Server is in 'E2' mode...\n"),
        ([ADMIN_LINE, "createUser CU carol carolpw1"], CONTINUE),
        ([ADMIN_LINE, "createUser CU alice carolpw1", "y"], RIA),
        (["loginHSM CO admin -hpswd"], "Enter password: \n"),
        ([ADMIN_LINE, "createUser CU carol -hpswd"], "Enter password: \n"),
        ([ADMIN_LINE, "createUser CU carol -hpswd", "carolpw1"], "Enter password: \nRe-enter password: \n"),
        ([ADMIN_LINE, "changePswd CU alice -hpswd", "alicepw2"], "Enter new password: \nRe-enter new password: \n"),
        ([ADMIN_LINE, "changePswd CU alice -hpswd", "alicepw2", "alicepw2"], CONTINUE),
        (["server 1", "loginHSM CO admin -hpswd"], "Enter password: \n"),
    ],
)
def test_end_of_input_anywhere(world: World, steps: list[str], last: str) -> None:
    before = digests(world)
    # What play takes off the end is the line that quit prints.
    assert play(world, *steps).endswith(last)
    assert digests(world) == before


def test_end_of_input_at_roll_back_ignores(world: World) -> None:
    output = play(world, ADMIN_LINE, "deleteUser CU carol")
    assert output.endswith(f"deleteUser failed on server 1(10.0.0.2)\n\n{RBI}")
    assert output.count(RBI) == 2


@pytest.mark.parametrize(
    "steps",
    [
        ["loginHSM CO admin -hpswd"],
        [ADMIN_LINE, "createUser CU carol carolpw1"],
        [ADMIN_LINE, "createUser CU carol -hpswd"],
        [ADMIN_LINE, "createUser CU carol -hpswd", "carolpw1"],
        [ADMIN_LINE, "changePswd CU alice -hpswd", "alicepw2", "alicepw2"],
        [ADMIN_LINE, "createUser CU alice carolpw1", "y"],
        [ADMIN_LINE, "deleteUser CU carol"],
    ],
)
def test_interrupt_anywhere(world: World, steps: list[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = digests(world)
    output = play(world, *steps, interrupt, "server 0")
    assert output.endswith("\nServer is in 'E2' mode...\n")
    assert digests(world) == before


def test_interrupt_in_the_middle_of_a_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = servers_of(world)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(servers[1].hsm, "create_user", interrupt)
    output = play(world, ADMIN_LINE, "createUser CU carol carolpw1", "y", "listUsers", servers=servers)
    # What was done before stays done, and is said.
    assert (
        "createUser success on server 0(10.0.0.1)\n\nUsers on server 0(10.0.0.1):\nNumber of users found:5\n" in output
    )
    assert "Users on server 1(10.0.0.2):\nNumber of users found:4\n" in output


def test_interrupt_drops_what_was_typed_ahead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Hsm, "list_users", interrupt)
    found = blocks(world, b"server 1\nlistUsers\nserver 0\n", 3)
    assert found == ["Server is in 'E2' mode...\n", "\n", LEAVING]


def blocks(world: World, typed: bytes, count: int) -> list[str]:
    """Return the first writes of the shell over some input, each as it left."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    source, feed = os.pipe()
    os.write(feed, typed)
    os.close(feed)
    shell = Shell(Console(source, theirs.fileno()), world.realm, servers_of(world))
    shell.interact()
    shell.console.flush()
    os.close(source)
    theirs.close()
    found = [ours.recv(1 << 20).decode() for _ in range(count)]
    ours.close()
    return found


def test_one_result_is_one_write(world: World) -> None:
    typed = f"listUsers\n{ADMIN_LINE}\ncreateUser CU carol carolpw1\ny\ngetHSMInfo\nquit\n"
    found = blocks(world, typed.encode(), 6)
    assert found[0].startswith("Users on server 0(10.0.0.1):\n")
    assert found[0].count("Number of users found:4\n") == 2
    assert found[1] == "loginHSM success on server 0(10.0.0.1)\nloginHSM success on server 1(10.0.0.2)\n"
    assert found[2].startswith("****")
    assert found[2].endswith(CONTINUE)
    assert found[3] == (
        "Creating User carol(CU) on 2 nodes\n"
        "createUser success on server 0(10.0.0.1)\ncreateUser success on server 1(10.0.0.2)\n"
    )
    assert found[4].startswith("Getting HSM Info on 2 nodes\n")
    assert found[4].count("Firmware ID") == 2
    assert found[5] == LEAVING


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_line_ends(world: World, end: bytes) -> None:
    typed = end.join([ADMIN_LINE.encode(), b"createUser CU carol -hpswd", b"carolpw1", b"carolpw1", b"y", b"quit", b""])
    found = "".join(blocks(world, typed, 6))
    assert found.endswith(f"createUser success on server 1(10.0.0.2)\n{LEAVING}")


def test_no_prompt_where_nobody_sits(quiet: World) -> None:
    assert PROMPT not in play(quiet, "listUsers", "server 0", "listUsers", "exit")


def test_nothing_secret_is_kept(world: World, tmp_path: Path) -> None:
    secret = "Very-Secret-Pass-99"
    play(world, ADMIN_LINE, f"createUser CU dora {secret}", "y", f"loginHSM CU dora {secret}", f"x {secret}")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"dora" in path.read_bytes() for path in files)
    assert not any(secret.encode() in path.read_bytes() for path in files)


def test_file_of_find_all_keys_is_not_touched_by_a_refusal(quiet: World, tmp_path: Path) -> None:
    target = tmp_path / "keys"
    target.write_text("before")
    output = play(quiet, f"findAllKeys 3 0 {target}", ADMIN_LINE, f"findAllKeys 77 1 {target}")
    assert output.count("findAllKeys failed") == 4
    assert target.read_text() == "before"


@pytest.mark.parametrize("name", ["", "missing/keys", "nul\0byte"])
def test_file_of_find_all_keys_that_cannot_be_written(quiet: World, tmp_path: Path, name: str) -> None:
    path = f"{tmp_path}/{name}"
    assert play(quiet, ADMIN_LINE, f"findAllKeys 3 0 {path}").endswith(f"\nFailed to open file {path}\n")


def test_file_of_find_all_keys_with_one_server_refusing(world: World, tmp_path: Path) -> None:
    target = tmp_path / "keys\udcff"
    output = play(world, ADMIN_LINE, "server 1", "deleteUser CU alice", "exit", f"findAllKeys 3 0 {target}")
    assert output.endswith(
        "findAllKeys success on server 0(10.0.0.1)\n"
        "Keys on server 1(10.0.0.2):\nfindAllKeys failed: HSM Error: This user doesn't exist\n"
    )
    assert target.read_text() == (
        "Keys on server 0(10.0.0.1):\nNumber of keys found 0\nnumber of keys matched from start index 0::0\n\n"
    )


KNOWN = "CO CU AU PRECO admin alice app_user -hpswd -2fa server 0 1 2 3 6 y n A R I B wrongpw1 password 10.0.0.1 - ' \""
SIGNS = st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcc3\udcff")
WORDS = st.sampled_from([*table.COMMANDS, *KNOWN.split()]) | st.text(SIGNS, max_size=12) | st.integers().map(str)
LINES = st.lists(WORDS, max_size=5).map(" ".join)
RANDOM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RANDOM
@given(st.lists(LINES, max_size=6))
def test_random_lines_change_nothing_while_nobody_is_logged_in(
    quiet: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = digests(quiet)
    play(quiet, *lines)
    assert digests(quiet) == before
    assert quiet.store.count(records.Login) == 0
    assert list(tmp_path.iterdir()) == []


ANSWERS = st.one_of(st.sampled_from(["y", "n", "Y", "N", "R", "I", "A", "B", "r", "i", "a", "b", ""]), LINES)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return two HSMs for random changes."""
    return make_world(tmp_path_factory.mktemp("busy"), 2)


@RANDOM
@given(st.lists(ANSWERS, max_size=8), st.booleans())
def test_random_answers_do_what_is_said(busy: World, answers: list[str], there: bool) -> None:
    """Carol comes exactly where success is printed; on server 1 she may be there already."""
    session = busy.realm.open_session("test")
    servers = servers_of(busy, session)
    setup = ["server 1", "createUser CU carol carolpw1", "y", "exit"] if there else []
    play(busy, ADMIN_LINE, *setup, "logoutHSM", servers=servers)
    output = play(busy, ADMIN_LINE, "createUser CU carol carolpw1", *answers, servers=servers)
    behind = output.partition("(y/n)?")[2]
    for number, row in enumerate(busy.rows):
        found = busy.store.one(records.User, hsm=row.id, name="carol") is not None
        said = f"createUser success on server {number}({row.ip})\n" in behind
        assert found == (said or (there and number == 1 and "deleteUser success" not in behind))
        busy.store.remove(records.User, hsm=row.id, name="carol")
    busy.realm.close_session(session)
