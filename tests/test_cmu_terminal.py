"""cloudhsm_mgmt_util on a terminal: what is echoed and what is not, interrupts, type-ahead, and no escape codes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from cmu_support import ADMIN_LINE, CONTINUE, LEAVING, PROMPT, ask, terminal
from model_support import World, make_installation

from shared.cluster import directory
from shared.installation import Installation
from shared.installation.cfg import set_servers
from shared.realm import Realm
from shared.store import records

BOTH = "{0} success on server 0(10.0.0.1)\n{0} success on server 1(10.0.0.2)\n"
END = LEAVING.replace("\n", "\r\n").encode()


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    """Return an installation with two HSMs, both in the configuration file."""
    found = make_installation(tmp_path / "cloudhsm", 2)
    set_servers(found.mgmt_cfg, [(ip, 2225, ip) for ip in ("10.0.0.1", "10.0.0.2")])
    return found


@pytest.fixture
def world(place: Installation) -> Iterator[World]:
    """Return a look at the same HSMs from this process."""
    realm = Realm.open(place)
    (cluster,) = realm.store.rows(records.Cluster)
    yield World(realm, cluster)
    realm.close()


def status_of(child: Any) -> int:
    """Wait for the end of the tool and return its exit status."""
    child.expect_exact(pexpect.EOF)
    child.wait()
    return int(child.exitstatus)


def test_every_byte_of_a_session(place: Installation) -> None:
    with terminal(place, wait=False) as tool:
        tool.send(f"{ADMIN_LINE}\rcreateUser CU carol carolpw1\ny\nquit\n")
        assert status_of(tool) == 0
        seen = tool.before
    assert b"\x1b" not in seen
    assert seen.replace(b"\r\n", b"").count(b"\n") == 0
    assert seen.count(b"createUser CU carol carolpw1\r\n") == 1
    assert seen.endswith(
        b"Do you want to continue(y/n)?Creating User carol(CU) on 2 nodes\r\n"
        + BOTH.format("createUser").replace("\n", "\r\n").encode()
        + PROMPT.encode()
        + END
    )


def test_prompt_is_the_last_thing_written(place: Installation) -> None:
    with terminal(place, wait=False) as tool:
        tool.expect_exact("E2E enabled on server 1(10.0.0.2)\r\naws-cloudhsm>")
        assert tool.buffer == b""
        with pytest.raises(pexpect.TIMEOUT):
            tool.expect(".", timeout=0.2)


def test_hidden_password_is_not_echoed_and_echo_comes_back(place: Installation) -> None:
    with terminal(place) as tool:
        tool.send("loginHSM CO admin -hpswd\n")
        tool.expect_exact("Enter password: ")
        assert tool.waitnoecho(5)
        tool.send("adminpw1\n")
        tool.expect_exact(PROMPT)
        assert tool.before.decode().replace("\r\n", "\n") == "\n" + BOTH.format("loginHSM")
        assert tool.getecho()
        assert ask(tool, "logoutHSM") == BOTH.format("logoutHSM")


def test_type_ahead_of_a_hidden_password(place: Installation) -> None:
    with terminal(place, wait=False) as tool:
        tool.send("loginHSM CO admin -hpswd\nadminpw1\ncreateUser CU carol -hpswd\ncarolpw1\ncarolpw1\ny\nquit\n")
        assert status_of(tool) == 0
        assert tool.before.count(b"createUser success on server") == 2


@pytest.mark.parametrize("prompt", ["Enter new password: ", "Re-enter new password: "])
def test_interrupt_at_a_hidden_password(place: Installation, world: World, prompt: str) -> None:
    before = world.user("alice")
    with terminal(place) as tool:
        ask(tool, ADMIN_LINE)
        tool.send("changePswd CU alice -hpswd\n")
        tool.expect_exact("Enter new password: ")
        assert tool.waitnoecho(5)
        if prompt != "Enter new password: ":
            tool.send("alicepw2\n")
            tool.expect_exact(prompt)
        tool.send("alice")
        tool.sendintr()
        tool.expect_exact(PROMPT)
        assert b"alice" not in tool.before
        assert tool.getecho()
        # The half password is gone, and the next command is seen as it is typed.
        tool.send("logoutHSM\n")
        tool.expect_exact(
            f"logoutHSM\r\n{BOTH.format('logoutHSM')}{PROMPT}".replace("\r\n", "\n").replace("\n", "\r\n")
        )
    assert world.user("alice") == before


@pytest.mark.parametrize("signs", ["", "half a li"])
def test_interrupt_at_the_prompt(place: Installation, signs: str) -> None:
    with terminal(place) as tool:
        tool.send(signs)
        if signs:
            tool.expect_exact(signs)
        tool.sendintr()
        tool.expect_exact(f"^C\r\n{PROMPT}")
        assert ask(tool, "server 0", "server0>") == "Server is in 'E2' mode...\n"
        tool.sendintr()
        tool.expect_exact("^C\r\nserver0>")


def test_interrupt_at_the_caution(place: Installation, world: World) -> None:
    with terminal(place) as tool:
        ask(tool, ADMIN_LINE)
        ask(tool, "deleteUser CU alice")
        tool.send("createUser CU alice alicepw1\n")
        tool.expect_exact(CONTINUE)
        tool.send("y")
        tool.expect_exact("y")
        tool.sendintr()
        tool.expect_exact(f"^C\r\n{PROMPT}")
        assert "found:3" in ask(tool, "listUsers")
    assert world.store.count(records.User, name="alice") == 0


@pytest.mark.parametrize(
    ("lines", "prompt"),
    [
        ([], PROMPT),
        (["server 0"], "server0>"),
        (["loginHSM CO admin -hpswd"], "Enter password: "),
        (["createUser CU carol carolpw1"], CONTINUE),
        (["createUser CU carol carolpw1", "y"], "Retry/Ignore/Abort?(R/I/A):"),
    ],
)
def test_end_of_input(place: Installation, lines: list[str], prompt: str) -> None:
    with terminal(place) as tool:
        for line in lines:
            tool.send(f"{line}\n")
        if lines:
            tool.expect_exact(prompt)
        tool.sendeof()
        assert status_of(tool) == 0
        assert tool.before == (b"\r\n" if "password" in prompt else b"") + END


def test_tab_does_nothing(place: Installation) -> None:
    with terminal(place) as tool:
        tool.send("listU\t\t\n")
        tool.expect_exact("Number of users found:4")
        tool.expect_exact(PROMPT)
        tool.send("\t\n")
        tool.expect_exact(PROMPT)
        assert b"Unknown" not in tool.before
        tool.send("ser\tver 1\t\n")
        tool.expect_exact("server1>")


def test_longest_line_of_a_terminal(place: Installation) -> None:
    word = "x" * 4000
    with terminal(place) as tool:
        tool.send(f"{word}\n")
        tool.expect_exact(f"Unknown command: {word}\r\n{PROMPT}")


def test_bytes_that_are_no_text(place: Installation) -> None:
    with terminal(place) as tool:
        tool.send(b"\xff\xfe\xc3\n")
        tool.expect_exact(b"Unknown command: \xff\xfe\xc3\r\n" + PROMPT.encode())


def test_hsm_that_is_stopped_and_started_in_mid_session(place: Installation, world: World) -> None:
    with terminal(place) as tool:
        ask(tool, ADMIN_LINE)
        directory.set_state(world.realm, "10.0.0.1", "stopped")
        lost = "Server 0(10.0.0.1) is not connected\n"
        assert ask(tool, "listUsers").startswith(f"{lost}Users on server 1(10.0.0.2):\n")
        assert ask(tool, "createUser CU carol carolpw1", CONTINUE).startswith("****")
        success = "createUser success on server 1(10.0.0.2)\n"
        assert ask(tool, "y") == f"Creating User carol(CU) on 2 nodes\n{lost}{success}"
        directory.set_state(world.realm, "10.0.0.1", "up")
        assert ask(tool, "logoutHSM").startswith("logoutHSM failed: HSM Error: No user is logged in")
        assert ask(tool, ADMIN_LINE) == BOTH.format("loginHSM")


def test_editing_for_a_person(place: Installation) -> None:
    with terminal(place, "--editing") as tool:
        tool.send("listUsers\r")
        tool.expect_exact("Number of users found:4")
        tool.expect_exact(PROMPT)
        tool.send("half a li")
        tool.sendintr()
        tool.expect_exact(PROMPT)
        tool.send("server 1\r")
        tool.expect_exact("server1>")
        tool.send("loginHSM CO admin -hpswd\r")
        tool.expect_exact("Enter password: ")
        tool.send("adminpw1\r")
        tool.expect_exact("loginHSM success")
        tool.expect_exact("server1>")
        tool.send("exit\r")
        tool.expect_exact(PROMPT)
        tool.send("quit\r")
        tool.expect_exact(LEAVING.strip())
        assert status_of(tool) == 0
