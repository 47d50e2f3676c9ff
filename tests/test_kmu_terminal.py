"""key_mgmt_util as a process: on a terminal, in a pipe, and with nobody at the other end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pexpect
import pytest

from shared.console import Console
from shared.installation import Installation

ROOT = Path(__file__).parent.parent
PROMPT = b"\r\nCommand:  "
LOGIN = "loginHSM -u CU -s alice -p password1"
LOGGED_IN = b"\r\n\tCfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS\r\n\r\n\tCluster Status:\r\n" + b"".join(
    b"\tNode id %d status: 0x00000000 : HSM Return: SUCCESS\r\n" % node for node in range(3)
)

Start = Callable[..., Any]


@pytest.fixture
def env(cluster3: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    return cluster3


@pytest.fixture
def start(env: Installation, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts the tool on a terminal."""
    children = []

    def run(*arguments: str) -> Any:
        child = cast(
            "Any",
            pexpect.spawn(
                f"{env.bin_dir}/key_mgmt_util", list(arguments), timeout=10, cwd=str(tmp_path), dimensions=(24, 200)
            ),
        )
        child.delaybeforesend = None
        child.ptyproc.delayafterclose = child.ptyproc.delayafterterminate = 0
        children.append(child)
        return child

    yield run
    for child in children:
        if child.isalive():
            child.kill(signal.SIGKILL)
            child.wait()
        child.close()


def piped(place: Installation, data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [f"{place.bin_dir}/key_mgmt_util", *arguments], input=data, capture_output=True, timeout=20, check=False
    )


def ended(child: Any) -> tuple[bytes, int]:
    child.expect(pexpect.EOF)
    child.wait()
    return child.before, child.exitstatus


def test_typed_ahead_of_the_first_prompt(start: Start) -> None:
    child = start()
    child.send(f"{LOGIN}\nfindKey -l zz\nquit\n")
    output, status = ended(child)
    assert status == 0
    assert output.count(b"findKey -l zz") == 1, "echoed more than once, or not at all"
    assert output.count(PROMPT) == 3
    assert output.index(b"Cfm3LoginHSM returned: 0x00") < output.index(b"Cfm3FindKey returned: 0x00")
    assert b"\x1b" not in output


def test_conversation_byte_for_byte(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    assert b"\x1b" not in child.before
    child.send(f"{LOGIN}\n")
    child.expect_exact(PROMPT)
    assert child.before == f"{LOGIN}\r\n".encode() + LOGGED_IN
    child.send("loginStatus\r")
    child.expect_exact(PROMPT)
    assert child.before == b"loginStatus\r\n\r\n\tCU has logged-in\r\n"
    child.send("\r\n")
    child.expect_exact(PROMPT)
    child.expect_exact(PROMPT)
    child.send("exit\n")
    assert ended(child) == (b"exit\r\n", 0)


def test_quit_sent_with_the_command_before(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.send("loginStatus\nquit\n")
    output, status = ended(child)
    assert status == 0
    assert output.endswith(b"\r\n\tNo user has logged-in\r\n" + PROMPT)


def test_hidden_password_is_not_shown(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.send("loginHSM -u CU -s alice -hpswd\n")
    child.expect_exact("\r\nEnter password: ")
    assert child.waitnoecho(5)
    child.send("password1\n")
    child.expect_exact(PROMPT)
    assert child.before == b"\r\n" + LOGGED_IN
    assert child.getecho(), "the echo was not switched on again"
    child.send("loginStatus\n")
    child.expect_exact("loginStatus\r\n\r\n\tCU has logged-in\r\n")


def test_hidden_password_may_be_typed_ahead(start: Start) -> None:
    child = start()
    child.send("loginHSM -u CU -s alice -hpswd\npassword1\nloginStatus\nexit\n")
    output, status = ended(child)
    assert status == 0
    assert b"Enter password: \r\n" + LOGGED_IN in output
    assert b"\tCU has logged-in\r\n" in output


def test_interrupt_ends_with_130(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.sendintr()
    output, status = ended(child)
    assert status == 130
    assert b"Traceback" not in output


def test_echo_is_on_again_after_an_interrupted_password(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.send("loginHSM -u CU -s alice -hpswd\n")
    child.expect_exact("Enter password: ")
    child.sendintr()
    assert ended(child)[1] == 130
    assert child.getecho()


def test_end_of_input_in_the_middle(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.send("setAttribute -o 6 -a 1\n")
    child.expect_exact("(0 or 1):")
    child.sendeof()
    child.expect_exact(PROMPT)
    assert child.before.startswith(b"\r\nError reading the user input value\r\n\r\n\tCfm3SetAttribute returned: 0x")
    child.sendeof()
    assert ended(child) == (b"", 0)


def test_hang_up_leaves_no_process(start: Start) -> None:
    child = start()
    child.expect_exact(PROMPT)
    child.ptyproc.fileobj.close()
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        if os.waitpid(child.pid, os.WNOHANG)[0]:
            break
        time.sleep(0.01)
    else:
        pytest.fail("it is still there")
    child.ptyproc.terminated = child.terminated = True


def test_pipe_shows_prompts_and_no_echo(env: Installation) -> None:
    done = piped(env, b"loginStatus\n\nfindKey")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(
        b"\nCommand:  \n\tNo user has logged-in\n\nCommand:  \nCommand:  \n\tCfm3FindKey returned: 0xe1 \n"
        b"\n\tHSM Error: No user is logged in to do this operation\n\nCommand:  "
    )


def test_any_line_end_in_a_pipe(env: Installation) -> None:
    done = piped(env, b"loginStatus\rloginStatus\r\nloginStatus\nexit\r")
    assert done.returncode == 0
    assert done.stdout.count(b"\n\tNo user has logged-in\n") == 3
    assert done.stdout.count(b"Command:  ") == 4


@pytest.mark.parametrize("data", [b"", b"\0\0\n", b"\xff\xfe\n", b" " * 5000, b"a b " * 500, b"\n" * 200])
def test_odd_input_ends_well(env: Installation, data: bytes) -> None:
    done = piped(env, data)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\nCommand:  ")


def test_reader_that_goes_away_is_no_traceback(env: Installation) -> None:
    script = f'(sleep 0.2; echo findKey; echo help; echo help) | "{env.bin_dir}/key_mgmt_util" | head -c 10'
    done = subprocess.run(["sh", "-c", script], capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_session_key_goes_with_a_killed_process(env: Installation, start: Start) -> None:
    child = start()
    child.send(f"{LOGIN}\ngenSymKey -t 31 -s 16 -l temporary -sess\n")
    child.expect_exact("Key Handle: 6")
    child.kill(signal.SIGKILL)
    child.wait()
    done = piped(env, b"", "singlecmd", *LOGIN.split(), "findKey")
    assert b"Total number of keys present: 0\n" in done.stdout


def test_two_sessions_have_ids_of_their_own(env: Installation, start: Start) -> None:
    child = start()
    child.expect_exact("app id : 01000000 \r\n\r\n\tsession_handle 1000000 \r\n")
    child.expect_exact(PROMPT)
    done = piped(env, b"", "singlecmd")
    assert b"app id : 02000000 \n\n\tsession_handle 2000000 \n" in done.stdout


@pytest.mark.usefixtures("env")
def test_one_block_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    from key_mgmt_util import main as main_module

    script = f"{LOGIN}\ngenSymKey -t 31 -s 16 -l k -attest\nfindKey\nexit\n"
    source, sink = os.pipe()
    os.write(sink, script.encode())
    os.close(sink)
    blocks: list[str] = []

    real_write = os.write

    def write(descriptor: int, data: memoryview) -> int:
        if descriptor != 1:
            return real_write(descriptor, data)
        blocks.append(bytes(data).decode())
        return len(data)

    monkeypatch.setattr("shared.console.os.write", write)
    monkeypatch.setattr(main_module, "Console", lambda: Console(source))
    try:
        assert main_module.main([]) == 0
    finally:
        os.close(source)
    assert len(blocks) == 4
    assert all(block.endswith("\nCommand:  ") for block in blocks)
    assert blocks[1].startswith("\n\tCfm3LoginHSM returned: 0x00")
    assert blocks[2].startswith("\n\tCfm3GenerateSymmetricKey returned: 0x00")
    assert blocks[3].startswith("\n\tTotal number of keys present: 1\n")


@pytest.mark.usefixtures("env")
def test_one_command_loads_no_other_and_nothing_heavy() -> None:
    code = (
        "import sys\nfrom key_mgmt_util.main import main\n"
        f"main(['singlecmd', *'{LOGIN}'.split(), 'findKey'])\nprint(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & {"cmd2", "prompt_toolkit", "rich", "dataclasses", "pathlib", "tabulate", "argparse"}
    commands = {name for name in loaded if name.startswith("key_mgmt_util.commands.")}
    assert commands == {"key_mgmt_util.commands.login_hsm", "key_mgmt_util.commands.find_key"}


def test_a_lost_masking_key_is_said_in_one_line(env: Installation) -> None:
    for key in Path(env.vault_dir).iterdir():
        key.unlink()
    done = piped(env, f"{LOGIN}\ngenSymKey -t 31 -s 32 -l x\nfindKey\n".encode())
    assert done.returncode == 255
    assert done.stderr.startswith(b"key_mgmt_util: ")
    assert done.stderr.count(b"\n") == 1
    assert b"Key Handle" not in done.stdout


@pytest.mark.parametrize("word", ["p\xe9ssword\xe9".encode("latin-1"), "p\xe9ssword\xe9".encode()])
def test_a_password_is_the_same_bytes_at_the_prompt_and_as_an_argument(env: Installation, word: bytes) -> None:
    from shared.cluster import members
    from shared.crypto.passwords import Password
    from shared.hsm import Hsm
    from shared.realm import Realm
    from shared.store.records import Cluster

    realm = Realm.open(env)
    session = realm.open_session("test")
    for row in members(realm.store, realm.store.rows(Cluster)[0].id):
        hsm = Hsm(realm, row.id, session)
        hsm.login("CO", "admin", Password("adminpw1"))
        hsm.create_user("CU", "odd", Password(os.fsdecode(word)))
    realm.close()
    asked = piped(env, b"loginHSM -u CU -s odd -hpswd\n" + word + b"\nexit\n")
    assert b"Cfm3LoginHSM returned: 0x00" in asked.stdout
    given = subprocess.run(
        [f"{env.bin_dir}/key_mgmt_util", b"singlecmd", *b"loginHSM -u CU -s odd -p".split(), word],
        capture_output=True,
        check=False,
    )
    assert b"Cfm3LoginHSM returned: 0x00" in given.stdout
