"""Random lines typed at both shells: no traceback, no hang, an answer to the last line, and nothing changed.

Nobody is logged in, so whatever a line asks for, users and keys stay as they are. The lines are the same in every run;
CLOUDHSM_SIM_FUZZ=10000 makes more of them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudhsm_mgmt_util.table import COMMANDS as CMU_COMMANDS
from cloudhsm_mgmt_util.table import load
from key_mgmt_util.table import COMMANDS as KMU_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
LINES = int(os.environ.get("CLOUDHSM_SIM_FUZZ", "1500"))
HANG = 120 + LINES / 10
USERS = ("admin", "alice", "app_user", "bob", "a" * 31, "a" * 32, "")
_OPTIONS = (
    "-h -a -c -e -f -i -id -idx -k -kcv -l -m -m_value -min_srv -n -o -out -p -r -s -sess -t -timeout -u -w -wk "
    "-attest -nex -hpswd -2fa -F -tf -af -d -x -- -"
)
KMU_OPTIONS = _OPTIONS.split()
# What a line of CMU may ask, answered as far as it can go; at the prompt these are unknown commands.
CMU_ANSWERS = [b"y", b"A", b"I", b"I", b"I"]


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("random") / "cloudhsm"
    simulator(prefix, "install", "--prefix", str(prefix))
    words = ["--activate", "adminpw1", "--user", "CU:alice:password1", "--json"]
    simulator(prefix, "cluster", "create", "demo", "--ip", "10.0.0.1,10.0.0.2,10.0.0.3", *words)
    login = ["singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", "password1"]
    for command in ("genSymKey -t 31 -s 32 -l aes", "genECCKeyPair -i 2 -l ec"):
        subprocess.run([prefix / "bin/key_mgmt_util", *login, *command.split()], check=True, stdout=subprocess.DEVNULL)
    return prefix


def simulator(prefix: Path, *words: str) -> str:
    env = {**os.environ, "CLOUDHSM_SIM_HOME": str(prefix)}
    command = [sys.executable, "-m", "cloudhsm_sim.main", *words]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True, timeout=60).stdout


def content(prefix: Path) -> list[Any]:
    """Return what the HSMs hold, but for the count of wrong passwords, which anybody may raise."""
    (cluster,) = json.loads(simulator(prefix, "status", "--json"))["clusters"]
    users = [[{**user, "login_failures": 0} for user in hsm["users"]] for hsm in cluster["hsms"]]
    return [users, [hsm["keys"] for hsm in cluster["hsms"]]]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same lines in every run


def junk(chance: random.Random) -> bytes:
    """Return bytes that end no line and, as a name of a file, stay in the working directory."""
    return bytes(byte for byte in chance.randbytes(chance.randint(1, 12)) if byte not in b"\n\r/")


def number(chance: random.Random) -> bytes:
    digits = chance.choice((1, 1, 2, 3, 10, 20, 400, 1390, 5000))
    sign = chance.choice(("", "", "", "-", "+", "0x", "00"))
    return (sign + "".join(chance.choices("0123456789", k=digits))).encode()


def path(chance: random.Random) -> bytes:
    return chance.choice((b".", b"..", b"missing/file", b"/", b"/dev/null", b"there", b"empty", b"folder", b"x" * 300))


def text(chance: random.Random) -> bytes:
    half = ("'half", '"half', "a|b>c", "$(x)", "`x`", "%s%n", "!!", "\\", "#", "a,b", "3,4,,5", ",", "0/1", "*", "~")
    types = ("CO", "CU", "AU", "PRECO", "PCO", "PO", "XX", "co")
    flags = ("-h", "-hpswd", "--help", "0", "1", "2", "4", "6", "16", "31", "32", "512", "server", "y", "n")
    return chance.choice((*half, *types, *flags, *USERS, "wrong-pw", "label")).encode()


LIKELY = tuple(b"0 1 2 3 4 6 7 16 31 32 512 2048 65537 -1 10000000000".split())
KMU_SHAPES = (
    "genSymKey -t N -s N -l ?",
    "genSymKey -t 31 -s 32 -l ? -u ? -m_value N -min_srv N -timeout 0",
    "genRSAKeyPair -m N -e N -l ?",
    "genECCKeyPair -i N -l ? -sess",
    "getAttribute -o N -a N -out ?",
    "setAttribute -o N -a 1",
    "findKey -c N -t N -sess N -u ?",
    "findKey -m ?",
    "findKey -idx ? -kcv ?",
    "findSingleKey -k N",
    "deleteKey -k N",
    "getKeyInfo -k N",
    "Error2String -r ?",
    "loginHSM -u CU -s alice -p ?",
    "loginHSM -u CU -s ? -p ?",
    "loginHSM -u ? -s ? -hpswd",
    "? ? ?",
)
ARGUMENTS: tuple[Callable[[random.Random], bytes], ...] = (junk, number, path, text, text)


def first_word(chance: random.Random, names: list[str]) -> bytes:
    name = chance.choice(names).encode()
    kind = chance.random()
    if kind < 0.7:
        return name
    if kind < 0.85:
        return name[: chance.randint(1, len(name))]
    return chance.choice((junk(chance), name.lower(), name + b"x", b"", b" " + name, b"\t" + name))


def shaped(chance: random.Random, shape: str) -> bytes:
    """Return a line of the right shape; N is a likely number and ? is anything."""
    values = {"N": lambda: chance.choice(LIKELY), "?": lambda: chance.choice(ARGUMENTS)(chance)}
    return b" ".join(values[word]() if word in values else word.encode() for word in shape.split(" "))


def cmu_line(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return shaped(chance, chance.choice(("server N", "server N", "exit", "findAllKeys N 1 ?", "syncUser N N")))
    if chance.random() < 0.5:
        name = chance.choice([name for name in CMU_COMMANDS if name != "quit"])
        return shaped(chance, " ".join([name, *"?" * chance.randint(*load(name).ARGUMENTS)]))
    words = [chance.choice(ARGUMENTS)(chance) for _ in range(chance.choice((0, 1, 2, 2, 3, 3, 3, 4, 9)))]
    line = chance.choice((b" ", b" ", b" ", b"  ", b"\t")).join([first_word(chance, list(CMU_COMMANDS)), *words])
    first = line.decode("utf-8", "surrogateescape").split()[:1]
    return b"" if first and "quit".startswith(first[0]) else line


def kmu_line(chance: random.Random) -> bytes:
    if chance.random() < 0.4:
        return shaped(chance, chance.choice(KMU_SHAPES))
    words = []
    for _ in range(chance.choice((0, 1, 2, 3, 4, 5, 60))):
        words.append(chance.choice(KMU_OPTIONS).encode())
        if chance.random() < 0.8:
            words.append(chance.choice(ARGUMENTS)(chance))
    return b" ".join([first_word(chance, list(KMU_COMMANDS)), *words])


def typed(command: list[str | Path], lines: list[bytes], folder: Path) -> str:
    """Type the lines at one process, over a pipe, and return its output once it has ended by itself."""
    for name in ("there", "empty"):
        (folder / name).write_bytes(name.encode() if name == "there" else b"")
    (folder / "folder").mkdir()
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = process.communicate(b"".join(line + b"\n" for line in lines), timeout=HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"hangs; last output: {out[-2000:]!r} {err[-2000:]!r}")
    shown = out.decode("utf-8", "backslashreplace")
    assert not err, err.decode("utf-8", "backslashreplace")[-4000:]
    assert process.returncode == 0
    assert "Traceback" not in shown
    return shown


def test_lines_at_the_management_tool(prefix: Path, tmp_path: Path) -> None:
    chance = seeded(2225)
    before = content(prefix)
    lines = []
    for _ in range(LINES):
        lines += [cmu_line(chance), *CMU_ANSWERS]
    shown = typed(
        [prefix / "bin/cloudhsm_mgmt_util", prefix / "etc/cloudhsm_mgmt_util.cfg"],
        [*lines, b"exit", b"info server 2", b"quit"],
        tmp_path,
    )
    *_, sentinel, last = shown.splitlines()
    assert sentinel.split()[:6] == ["2", "10.0.0.3", "10.0.0.3", "2225", "Connected", sentinel.split()[5]]
    assert sentinel.endswith("\t Not logged in")
    assert last == "disconnecting from servers, please wait..."
    assert content(prefix) == before


def test_lines_at_the_key_tool(prefix: Path, tmp_path: Path) -> None:
    chance = seeded(2223)
    before = content(prefix)
    lines = [kmu_line(chance) for _ in range(LINES)]
    lines = [line for line in lines if line.split()[:1] not in ([b"exit"], [b"quit"])]
    # A line may still be waiting for an answer: the empty ones are for it.
    shown = typed([prefix / "bin/key_mgmt_util"], [*lines, b"", b"", b"Error2String -r 0xdb", b"exit"], tmp_path)
    assert shown.endswith("\n\tError Code db maps to HSM Error: Invalid User Type.\n\nCommand:  ")
    assert content(prefix) == before


@pytest.mark.parametrize("words", range(30))
def test_words_at_singlecmd(prefix: Path, tmp_path: Path, words: int) -> None:
    chance = seeded(words)
    line = kmu_line(chance).replace(b"\0", b"")
    # A shell hands over what no typed line can hold: blanks and nothing within a word, and any length.
    arguments = [*line.split(b" "), b"-k", b"9" * 5000, b"", b"two words", b"-l"]
    done = subprocess.run(
        [prefix / "bin/key_mgmt_util", "singlecmd", *arguments],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=HANG,
        check=False,
    )
    assert done.stderr == b""
    # Only a login that comes first and is refused ends the tool with another status.
    assert done.returncode == 0 or (done.returncode == 255 and arguments[0] == b"loginHSM")
