"""No byte of a private or secret key, and no password, can be read in what the tools keep or print."""

from __future__ import annotations

import base64
import errno
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.installation import Installation

DATA = Path(__file__).parent / "data"
PASSWORD = "password1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kmu(place: Installation, *words: str) -> bytes:
    login = ("loginHSM", "-u", "CU", "-s", "alice", "-p", PASSWORD)
    command = [f"{place.bin_dir}/key_mgmt_util", "singlecmd", *login, *words]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout + done.stderr


def kept(place: Installation) -> Iterator[tuple[Path, bytes]]:
    for path in Path(place.prefix).rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def forms(secret: bytes) -> list[bytes]:
    """Return the ways in which a secret might stand somewhere; half of it would be too much already."""
    half = secret[: len(secret) // 2]
    whole_triples = half[: len(half) // 3 * 3]
    return [half, half.hex().encode(), half.hex().upper().encode(), base64.b64encode(whole_triples)]


def assert_nowhere(place: Installation, secret: bytes, printed: bytes) -> None:
    for form in forms(secret):
        assert form not in printed
        assert [path for path, content in kept(place) if form in content] == []


def test_the_search_finds_what_is_there(cluster3: Installation) -> None:
    secret = bytes(range(48))
    for form in forms(secret):
        (Path(cluster3.log_dir) / "leak").write_bytes(b"x" + form + b"x")
        with pytest.raises(AssertionError):
            assert_nowhere(cluster3, secret, b"")


def test_imported_and_generated_secret_keys(cluster3: Installation, folder: Path) -> None:
    secret = bytes((number * 73 + 41) % 251 for number in range(32))  # not a run, as tables in programs are
    (folder / "in.key").write_bytes(secret)
    printed = kmu(cluster3, "imSymKey", "-l", "k", "-t", "31", "-f", "in.key", "-w", "4")
    printed += kmu(cluster3, "genSymKey", "-l", "g", "-t", "31", "-s", "32")
    printed += kmu(cluster3, "exSymKey", "-k", "7", "-w", "4", "-out", "out.key")
    printed += kmu(cluster3, "getAttribute", "-o", "6", "-a", "512", "-out", "dump")
    printed += kmu(cluster3, "extractMaskedObject", "-o", "6", "-out", "masked")
    generated = (folder / "out.key").read_bytes()
    assert len(generated) == 32
    for key in (secret, generated):
        assert_nowhere(cluster3, key, printed + (folder / "dump").read_bytes() + (folder / "masked").read_bytes())


def test_an_imported_private_key(cluster3: Installation, folder: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    source = DATA / "rsa2048-1.pem"
    printed = kmu(cluster3, "importPrivateKey", "-l", "k", "-f", str(source), "-w", "4")
    printed += kmu(cluster3, "getCaviumPrivKey", "-k", "6", "-out", "fake.pem")
    printed += kmu(cluster3, "importPrivateKey", "-l", "k", "-f", str(source), "-w", "99")
    key = load_pem_private_key(source.read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q):
        secret = number.to_bytes((number.bit_length() + 7) // 8, "big")
        assert_nowhere(cluster3, secret, printed + (folder / "fake.pem").read_bytes())


def test_passwords(cluster3: Installation, folder: Path) -> None:
    assert folder.is_dir()
    printed = kmu(cluster3, "listUsers")
    for word in (PASSWORD, "adminpw1"):
        assert word.encode() not in printed
        assert [path for path, content in kept(cluster3) if word.encode() in content] == []


# What is typed at cloudhsm_mgmt_util: passwords in the line and at the hidden prompts, right, wrong, and not taken.
TYPED = (
    "loginHSM CO admin wrong-word-1",
    "loginHSM CO admin adminpw1 stray",
    "loginHSM CO admin adminpw1",
    "createUser CU carol typed-word-2",
    "y",
    "createUser CU dave -hpswd",
    "hidden-word-3",
    "hidden-word-3",
    "y",
    "createUser CU dave taken-word-4",
    "y",
    "A",
    "createUser CU erin -hpswd",
    "unlike-word-5",
    "differs-word-6",
    "changePswd CU carol -hpswd",
    "changed-word-7",
    "changed-word-7",
    "y",
    "changePswd CU carol short6",
    "y",
    "A",
    "logoutHSM",
    "loginHSM CU carol -hpswd",
    "changed-word-7",
)
WORDS = [word for line in TYPED for word in line.split() if "-word-" in word or word in ("adminpw1", "short6")]


def of_process(pid: int) -> dict[str, bytes]:
    """Return what others can see of a process, by the name of the file below ``/proc``."""
    return {name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "comm", "environ")}


def children_of(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


def test_passwords_of_the_management_tool_while_it_runs_and_afterwards(cluster3: Installation) -> None:
    tool = subprocess.Popen(
        [f"{cluster3.bin_dir}/cloudhsm_mgmt_util", cluster3.mgmt_cfg],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with tool:
        assert tool.stdin is not None
        assert tool.stdout is not None
        # Without a terminal there is no echo: whatever comes was printed.
        tool.stdin.write("".join(f"{line}\n" for line in (*TYPED, "info server 2", "help help")).encode())
        tool.stdin.flush()
        printed = b""
        while b"help [<command>]\n" not in printed:
            part = os.read(tool.stdout.fileno(), 65536)
            assert part, printed
            printed += part
        seen, children, while_running = of_process(tool.pid), children_of(tool.pid), list(kept(cluster3))
        tool.stdin.close()
        printed += tool.stdout.read()
    assert tool.returncode == 0
    assert b"Logged in as 'carol(CU)'" in printed
    assert printed.count(b"Passwords do not match\n") == 1
    assert children == ""
    for word in WORDS:
        secret = word.encode()
        assert secret not in printed
        assert [name for name, content in seen.items() if secret in content] == []
        assert [path for path, content in [*while_running, *kept(cluster3)] if secret in content] == []


def test_a_password_of_the_command_line_is_in_no_other_place(cluster3: Installation, folder: Path) -> None:
    """The words of a singlecmd are seen by everybody, as with the real tool."""
    os.mkfifo(folder / "key")
    words = ("singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", PASSWORD, "imSymKey")
    tool = subprocess.Popen(
        [f"{cluster3.bin_dir}/key_mgmt_util", *words, "-l", "k", "-t", "31", "-f", "key", "-w", "4"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with tool, open(when_read(folder / "key", tool), "wb") as file:
        seen, children, while_running = of_process(tool.pid), children_of(tool.pid), list(kept(cluster3))
        file.write(bytes(range(32)))
        file.close()
        printed = tool.communicate()[0]
    assert b"Key Handle: 6" in printed
    assert children == ""
    secret = PASSWORD.encode()
    assert seen.pop("cmdline").count(secret) == 1
    assert secret not in printed
    assert [name for name, content in seen.items() if secret in content] == []
    assert [path for path, content in [*while_running, *kept(cluster3)] if secret in content] == []


def when_read(fifo: Path, reader: subprocess.Popen[bytes]) -> int:
    """Return a descriptor to write to a FIFO, once the reader, which is logged in then, waits for what comes."""
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or reader.poll() is not None:
                raise
            time.sleep(0.01)


def test_everything_secret_is_private(cluster3: Installation, folder: Path) -> None:
    kmu(cluster3, "getCert", "-f", str(folder / "c"), "-s", "16")
    open_to_others = [
        path
        for path in Path(cluster3.prefix).rglob("*")
        if path.stat().st_mode & 0o077
        and path.is_file()
        and (path.suffix == ".key" or Path(cluster3.data_dir) in path.parents or Path(cluster3.run_dir) in path.parents)
    ]
    assert open_to_others == []
