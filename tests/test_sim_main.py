"""``cloudhsm-sim`` as a program: usage, lazy loading, and one line for whatever goes wrong around it."""

import contextlib
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudhsm_sim.main import GROUPS, main
from shared.installation import Installation
from shared.installation.cfg import read_client

Sim = Callable[..., tuple[int, str, str]]

COMMANDS = [
    ["cluster", "create", "new"],
    ["cluster", "list"],
    ["cluster", "show", "demo"],
    ["cluster", "delete", "demo"],
    ["hsm", "add", "demo"],
    ["hsm", "remove", "10.0.0.1"],
    ["hsm", "stop", "10.0.0.1"],
    ["hsm", "start", "10.0.0.1"],
    ["backup", "create", "demo"],
    ["backup", "list"],
    ["status"],
    ["status", "--json"],
    ["scenario", "run", "user-missing"],
    ["reset"],
]
every_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


def process(place: Installation, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the tool as a process of its own."""
    env = {**os.environ, "CLOUDHSM_SIM_HOME": place.prefix, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "cloudhsm_sim.main", *words]
    defaults = {"env": env, "stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.run(command, check=False, **{**defaults, **options})  # type: ignore[call-overload,no-any-return]


def refused(result: tuple[int, str, str], text: str = "") -> None:
    """Assert that a command was refused in one line with this text in it."""
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.startswith("cloudhsm-sim: ")
    assert err.count("\n") == 1
    assert text in err


@pytest.mark.parametrize(
    "words", [[], ["nothing"], ["cluster"], ["cluster", "nothing"], ["--nothing"], ["status", "x"]]
)
def test_wrong_usage_returns_2(sim: Sim, words: list[str]) -> None:
    status, out, err = sim(*words)
    assert (status, out) == (2, "")
    assert "usage: cloudhsm-sim" in err


@pytest.mark.parametrize(
    "words",
    [
        ["cluster", "create", "demo", "--customer-ca", ""],
        ["transcript", "check", ""],
        ["transcript", "record", "", "key_mgmt_util"],
    ],
    ids=" ".join,
)
def test_an_empty_text_names_no_file(sim: Sim, words: list[str]) -> None:
    status, out, err = sim(*words)
    assert (status, out) == (2, "")
    assert err.endswith("no file or folder is named by an empty text\n")


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_help_returns_0(sim: Sim, group: str) -> None:
    status, out, err = sim(*filter(None, [group]), "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: cloudhsm-sim {group}".rstrip())


def test_help_loads_no_command(installation: Installation) -> None:
    code = (
        "import sys; from cloudhsm_sim.main import main; main(['--help'])\n"
        "print([name for name in ('sqlite3', 'cryptography', 'tabulate', 'cmd2', 'json') if name in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    assert not os.path.exists(installation.database)


def test_runs_many_times_in_one_process(installation: Installation, sim: Sim) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        assert sim("cluster", "create", "demo") == (0, sim("cluster", "show", "demo")[1], "")
        assert sim("cluster", "create", "demo")[0] == 1
        assert sim("cluster", "delete", "demo")[0] == 0
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert installation.exists()


def test_arguments_default_to_those_of_the_process(
    cluster3: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cloudhsm-sim", "cluster", "list", "--json"])
    assert main() == 0
    assert json.loads(capsys.readouterr().out)["clusters"][0]["name"] == "demo"
    assert process(cluster3, "cluster", "list").returncode == 0


@every_command
def test_missing_installation(sim: Sim, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path / "nowhere"))
    refused(sim(*words), "no installation")
    assert os.listdir(tmp_path) == []


@every_command
def test_installation_without_permission(
    installation: Installation, sim: Sim, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused(sim(*words), "no permission")
    assert not os.path.exists(installation.database)


@pytest.mark.parametrize("damage", ["random", "header", "empty pages", "foreign", "folder", "later version"])
@every_command
def test_unusable_store_is_refused_and_left_alone(
    cluster3: Installation, sim: Sim, words: list[str], damage: str
) -> None:
    path = Path(cluster3.database)
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "foreign":
        with contextlib.closing(sqlite3.connect(path)) as foreign:
            foreign.execute("CREATE TABLE cluster (id)")
            foreign.commit()
    elif damage == "later version":
        path.write_bytes(content)
        with contextlib.closing(sqlite3.connect(path)) as later:
            later.execute("PRAGMA user_version=9999")
            later.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        path.write_bytes(
            {
                "random": random.Random(1).randbytes(len(content)),  # noqa: S311 - the same bytes each time
                "header": content[:50],
                "empty pages": content[:4096] + bytes(len(content) - 4096),
            }[damage]
        )
    before = None if damage == "folder" else path.read_bytes()
    refused(sim(*words), cluster3.database)
    assert damage == "folder" or path.read_bytes() == before


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8, 0.95])
@every_command
def test_truncated_store_gives_no_traceback(cluster3: Installation, sim: Sim, words: list[str], kept: float) -> None:
    path = Path(cluster3.database)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    status, out, err = sim(*words)
    if status:
        refused((status, out, err))


@pytest.mark.parametrize("setting", ["not JSON", "[]", '{"max_keys": "many"}', '{"profile": "9.x"}'])
@every_command
def test_unusable_settings_are_refused(cluster3: Installation, sim: Sim, words: list[str], setting: str) -> None:
    Path(cluster3.simulator_cfg).write_text(setting, encoding="utf-8")
    before = Path(cluster3.database).read_bytes()
    refused(sim(*words), "profile" if "9.x" in setting else "cloudhsm_sim.cfg")
    assert Path(cluster3.database).read_bytes() == before


@pytest.mark.parametrize("time", ["soon", "nan", "inf", "-1", "1e20"])
def test_unusable_time_is_refused(
    installation: Installation, sim: Sim, monkeypatch: pytest.MonkeyPatch, time: str
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", time)
    refused(sim("cluster", "create", "demo"), "CLOUDHSM_SIM_NOW")
    assert not os.path.exists(installation.database)


def test_time_can_be_set(installation: Installation, sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", "1714564800")
    assert "2024-05-01T12:00:00Z" in sim("cluster", "create", "demo")[1]
    assert installation.exists()


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["cluster", "list"]], ids=" ".join)
def test_full_disk_behind_stdout(cluster3: Installation, words: list[str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = process(cluster3, *words, stdout=full)
    assert (done.returncode, done.stderr) == (1, "cloudhsm-sim: No space left on device\n")


@pytest.mark.parametrize("words", [["status", "--json"], ["cluster", "list"]], ids=" ".join)
def test_reader_that_has_gone_away(cluster3: Installation, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:
        done = process(cluster3, *words, stdout=pipe)
    assert (done.returncode, done.stderr) == (1, "")


def test_closed_stdout(cluster3: Installation) -> None:
    done = process(cluster3, "cluster", "list", stdout=None, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("limit", [0, 1, 4096, 60_000, 100_000, 150_000, 250_000, 1_000_000])
def test_full_disk_behind_the_store(installation: Installation, sim: Sim, limit: int) -> None:
    words = ("cluster", "create", "demo", "--hsms", "28", "--activate", "adminpw1", "--user", "CU:alice:password1")
    limits = (limit, resource.RLIM_INFINITY)
    done = process(installation, *words, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
    if done.returncode:
        refused((done.returncode, done.stdout, done.stderr))
        assert read_client(installation.client_cfg).hostname == ""
        assert not os.path.exists(installation.vault_dir) or os.listdir(installation.vault_dir) == []
    assert len(json.loads(sim("status", "--json")[1])["clusters"]) == (done.returncode == 0)


def test_kill_at_any_moment_leaves_all_or_nothing(installation: Installation, sim: Sim) -> None:
    words = ("cluster", "create", "demo", "--hsms", "28", "--activate", "adminpw1", "--user", "CU:alice:password1")
    for tenths in range(10):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process(installation, *words, timeout=0.06 + tenths * 0.02)
        for cluster in json.loads(sim("status", "--json")[1])["clusters"]:
            assert [len(hsm["users"]) for hsm in cluster["hsms"]] == [3] * 28
            sim("cluster", "delete", "demo")


def test_interrupt_is_one_line(cluster3: Installation) -> None:
    with contextlib.closing(sqlite3.connect(cluster3.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        waiting = subprocess.Popen(
            [sys.executable, "-m", "cloudhsm_sim.main", "cluster", "delete", "demo"],
            env=env,
            stderr=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1)
        waiting.send_signal(signal.SIGINT)
        other.rollback()
    assert waiting.communicate()[1] in {"cloudhsm-sim: interrupted\n", ""}
    assert waiting.returncode in {0, 1}
