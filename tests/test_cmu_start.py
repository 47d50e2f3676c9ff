"""How cloudhsm_mgmt_util starts, what it does without a terminal, and how it ends when it cannot go on."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cmu_support import ADMIN_LINE, LEAVING, tool_argv, tool_env
from model_support import ADMIN, ALICE, World, make_installation

from cloudhsm_mgmt_util import main as tool
from cloudhsm_mgmt_util.commands import list_users
from shared.cluster import directory
from shared.console import Console
from shared.crypto.passwords import Password
from shared.installation import Installation
from shared.installation.cfg import set_servers
from shared.realm import Realm
from shared.store import records
from shared.store.protocol import StoreError

Start = Callable[..., tuple[int, str, str]]

USAGE = "Usage: cloudhsm_mgmt_util <config file>\n"
UNREACHABLE = (
    "Connection to server {0}({0}) on port {1} failed:Connection timed out\n"
    "Connection to one of servers failed, exiting...\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return an installation with two HSMs, both in the configuration file."""
    for name in [name for name in os.environ if name.startswith("CLOUDHSM_SIM_")]:
        monkeypatch.delenv(name)
    found = make_installation(tmp_path / "cloudhsm", 2)
    set_servers(found.mgmt_cfg, [(ip, 2225, ip) for ip in ("10.0.0.1", "10.0.0.2")])
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", found.prefix)
    return found


def edit(place: Installation, number: int = 0, **changes: object) -> None:
    """Change fields of one server in the configuration file."""
    content = json.loads(Path(place.mgmt_cfg).read_text())
    content["servers"][number].update(changes)
    Path(place.mgmt_cfg).write_text(json.dumps(content))


@pytest.fixture
def start(place: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Start:
    """Return a function that runs the tool here over some input; it returns the status, stdout and stderr."""

    def run(typed: str, argv: list[str] | None = None) -> tuple[int, str, str]:
        source, feed = os.pipe()
        shown, sink = os.pipe()
        os.write(feed, typed.encode())
        os.close(feed)
        monkeypatch.setattr(tool, "Console", lambda: Console(source, sink))
        capsys.readouterr()
        status = tool.main([place.mgmt_cfg] if argv is None else argv)
        os.close(sink)
        output = b""
        while chunk := os.read(shown, 65536):
            output += chunk
        os.close(shown)
        os.close(source)
        return status, output.decode(), capsys.readouterr().err

    return run


def piped(place: Installation, typed: bytes, *more: str, **how: object) -> subprocess.CompletedProcess[bytes]:
    """Run the tool as a process with its input from a pipe."""
    argv = tool_argv(place, *more)
    return subprocess.run(argv, input=typed, capture_output=True, env=tool_env(place), timeout=30, check=False, **how)


@pytest.mark.parametrize("argv", [[], ["a", "b"], ["--editing"], ["--editing", "a", "b"]])
def test_bad_call(start: Start, argv: list[str]) -> None:
    assert start("", argv) == (1, "", USAGE)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b'{"servers": {}}',
        b'{"servers": []}',
        b'{"servers": [{"name": "x"}]}',
        b'{"servers": [{"hostname": "10.0.0.1", "enable": "no"}]}',
        b'{"servers": [{"hostname": "10.0.0.1", "name": "\\ud800"}]}',
        b'{"servers": [{"hostname": "\\udfff"}]}',
        b'{"servers": [{"hostname": "10.0.0.1", "port": -1}]}',
        b'{"servers": [{"hostname": "10.0.0.1", "owner_cert_path": 7}]}',
        b"\xff\xfe",
        b"\x00" * 2_000_000,
    ],
)
def test_bad_file(start: Start, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "my.cfg"
    if content is not None:
        path.write_bytes(content)
    expected = f"Failed to read configuration file {path}\n"
    assert start("", [str(path)]) == (1, "", expected)


def test_folder_for_a_file(start: Start, tmp_path: Path) -> None:
    status, output, error = start("", [str(tmp_path)])
    assert (status, output, error) == (1, "", f"Failed to read configuration file {tmp_path}\n")


@pytest.mark.parametrize(
    ("hostname", "port"), [("10.0.0.9", 2225), ("10.0.0.1", 2223), ("", 2225), ("localhost", 2225), ("a'b", 2225)]
)
def test_unreachable(start: Start, place: Installation, hostname: str, port: int) -> None:
    edit(place, 1, hostname=hostname, port=port)
    status, output, error = start("listUsers\n")
    assert (status, error) == (1, "")
    assert output.endswith(f"hostname '{hostname}', port {port}...\n" + UNREACHABLE.format(hostname, port))
    assert output.count("Connected to server") == 1
    assert "E2E enabled" not in output


def test_clusters_of_one_file_have_their_own_certificates(start: Start, place: Installation) -> None:
    realm = Realm.open(place)
    directory.create_cluster(realm, "other", ["10.0.9.1"], owner="f" * 64)
    realm.close()
    edit(place, 1, hostname="10.0.9.1", name="10.0.9.1")
    status, output, _ = start(f"{ADMIN_LINE}\nserver 0\n{ADMIN_LINE}\n")
    assert status == 0
    assert output.endswith(
        "Connected to server '10.0.9.1': hostname '10.0.9.1', port 2225.\n"
        "Certificate ERROR: [ certificate signature failure ]\n"
        "Server 1(10.0.9.1) is in unencrypted mode now...\nrunning in limited commands mode\n"
        "E2E enabled on server 0(10.0.0.1)\n"
        "Failed to create client ssl ctx\nE2E Session failed: E2E setup failed\nEnabling E2E failed\n"
        # For all servers the command is refused, and for the one that is encrypted it is not.
        "E2E is not enabled on server 1(10.0.9.1)\n"
        f"Server is in 'E2' mode...\nloginHSM success\n{LEAVING}"
    )


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_owner_certificate_that_is_none(start: Start, place: Installation, content: str) -> None:
    Path(place.customer_ca).write_text(content)
    status, output, error = start(ADMIN_LINE)
    assert (status, error) == (0, "")
    assert output.count("Certificate ERROR: [ certificate signature failure ]\nServer ") == 2
    assert "loginHSM success" not in output


def test_enable_e2e_once_the_certificate_is_there(
    start: Start, place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path(place.customer_ca).read_bytes()
    Path(place.customer_ca).unlink()
    answer = Console.read_line
    lines = 0

    def read_line(console: Console, prompt: str = "") -> str | None:
        nonlocal lines
        lines += 1
        if lines == 3:
            Path(place.customer_ca).write_bytes(kept)
        return answer(console, prompt)

    monkeypatch.setattr(Console, "read_line", read_line)
    typed = f"enable_e2e\n{ADMIN_LINE}\nenable_e2e\n{ADMIN_LINE}\n"
    status, output, _ = start(typed)
    assert status == 0
    assert output.count("Enabling E2E failed\n") == 4
    assert output.endswith(
        "Enabling E2E failed\n"
        "E2E is not enabled on server 0(10.0.0.1)\nE2E is not enabled on server 1(10.0.0.2)\n"
        "E2E enabled on server 0(10.0.0.1)\nE2E enabled on server 1(10.0.0.2)\n"
        f"loginHSM success on server 0(10.0.0.1)\nloginHSM success on server 1(10.0.0.2)\n{LEAVING}"
    )


@pytest.mark.parametrize("profile", ["3.x", "1.x"])
def test_the_same_hsm_twice_has_two_logins(
    start: Start, place: Installation, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", profile)
    edit(place, 1, hostname="10.0.0.1", name="again")
    typed = f"server 1\n{ADMIN_LINE}\nexit\ninfo server 0\ninfo server 1\n"
    status, output, _ = start(typed)
    assert status == 0
    assert output.count("Not logged in\n") == 1
    assert output.count("Logged in as 'admin(CO)'\n") == 1
    assert "\n1      \tagain                  \t10.0.0.1       \t2225  \tConnected " in output


def test_logins_end_with_the_process(start: Start, place: Installation) -> None:
    start("loginHSM CU alice alicepw1\n")
    status, output, _ = start(f"{ADMIN_LINE}\ndeleteUser CU alice\n")
    assert status == 0
    assert output.count("deleteUser success") == 2
    realm = Realm.open(place)
    assert realm.store.count(records.Session) == 0
    realm.close()


def test_no_installation(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path / "nothing"))
    status, output, error = start("")
    assert (status, output) == (1, "")
    assert error.startswith("cloudhsm_mgmt_util: no installation at ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_store_that_is_none(start: Start, place: Installation, content: bytes) -> None:
    for name in ("", "-wal", "-shm"):
        Path(place.database + name).unlink(missing_ok=True)
    Path(place.database).write_bytes(content)
    status, output, error = start("")
    assert (status, output) == (1, "")
    assert error.startswith("cloudhsm_mgmt_util: ")
    assert error.count("\n") == 1


def test_store_that_breaks_in_the_session(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StoreError("disk I/O error")

    monkeypatch.setattr(list_users, "run", broken)
    status, _, error = start("listUsers\n")
    assert (status, error) == (1, "cloudhsm_mgmt_util: disk I/O error\n")


def test_process_over_a_pipe(place: Installation) -> None:
    ended = piped(place, b"loginHSM CO admin adminpw1\r\nlistUsers\r\n\r\n  \r\nquit\r\nlistUsers\r\n")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(b"       \t  NO\n" + LEAVING.encode())
    assert ended.stdout.count(b"Users on server") == 2
    assert b"aws-cloudhsm>" not in ended.stdout
    assert b"\r" not in ended.stdout


def test_last_line_without_an_end(place: Installation) -> None:
    ended = piped(place, b"server 1")
    assert ended.stdout.endswith(b"Server is in 'E2' mode...\n" + LEAVING.encode())
    assert ended.returncode == 0


def test_no_input_at_all(place: Installation) -> None:
    argv = tool_argv(place)
    start_line = ["sh", "-c", 'exec "$@" <&-', "sh", *argv]
    ended = subprocess.run(start_line, capture_output=True, env=tool_env(place), timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(LEAVING.encode())


def test_nobody_reads(place: Installation) -> None:
    argv = tool_argv(place)
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        argv, input=b"listUsers\n", stdout=writer, stderr=subprocess.PIPE, env=tool_env(place), timeout=30, check=False
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_no_room_for_output(place: Installation) -> None:
    with open("/dev/full", "wb") as full:
        argv = tool_argv(place)
        ended = subprocess.run(
            argv, input=b"", stdout=full, stderr=subprocess.PIPE, env=tool_env(place), timeout=30, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"cloudhsm_mgmt_util: ")
    assert ended.stderr.count(b"\n") == 1


def test_editing_needs_a_terminal(place: Installation) -> None:
    plain = piped(place, b"listUsers\n")
    assert piped(place, b"listUsers\n", "--editing").stdout == plain.stdout
    assert plain.returncode == 0


def test_a_killed_process_is_logged_out(place: Installation) -> None:
    argv = tool_argv(place)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=tool_env(place)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"loginHSM CU alice alicepw1\n")
        process.stdin.flush()
        while b"loginHSM success on server 1" not in process.stdout.readline():
            pass
        realm = Realm.open(place)
        (cluster,) = realm.store.rows(records.Cluster)
        world = World(realm, cluster)
        officer = world.as_user("CO", "admin", ADMIN)
        assert realm.store.count(records.Login, hsm=world.rows[0].id) == 2
        process.kill()
        process.wait()
    officer.change_password("CU", "alice", Password("alicepw2"))
    assert realm.store.count(records.Login, hsm=world.rows[0].id) == 1
    assert not ALICE.matches(world.user("alice").verifier)
    realm.close()
