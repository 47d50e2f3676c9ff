"""``cloudhsm_client``: the lines that start scripts wait for, what it leaves behind, and how it ends."""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudhsm_sim.client_daemon import main
from shared.cluster.directory import create_cluster
from shared.installation import Installation, cluster_info
from shared.installation.layout import lay_out
from shared.realm import Realm

Start = Callable[..., subprocess.Popen[str]]

NOW = "1545676134"  # 2018-12-24T18:28:54Z
READY = """\
2018-12-24T18:28:54Z liquidSecurity INF: libevmulti_init: Updating cluster to server version
2018-12-24T18:28:54Z liquidSecurity INF: libevmulti_init: Ready !
"""
ERROR = "2018-12-24T18:28:54Z liquidSecurity ERR: libevmulti_init: "


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", NOW)
    place = lay_out(str(tmp_path / "sim"))
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
    realm = Realm.open(place, create=True)
    create_cluster(realm, "cluster", ["10.0.0.1", "10.0.0.2"])
    realm.close()
    path = Path(place.client_cfg)
    path.write_text(path.read_text().replace('"hostname": ""', '"hostname": "10.0.0.1"'))
    return place


@pytest.fixture
def start(place: Installation) -> Iterator[Start]:
    started = []

    def run(before: Callable[[], object] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [f"{place.bin_dir}/cloudhsm_client", place.client_cfg],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 - sets a signal's disposition, nothing else
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0]
    return process.stdout.readline() + process.stdout.readline()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_runs_until_told_to_end(place: Installation, start: Start, end: signal.Signals) -> None:
    Path(place.client_stopped).touch()
    process = start()
    assert ready(process) == READY
    assert Path(place.client_pid).read_text() == f"{process.pid}\n"
    assert not Path(place.client_stopped).exists()
    assert cluster_info.read(place.cluster_info()) == [
        ("10.0.0.1", 2225, "10.0.0.1"),
        ("10.0.0.2", 2225, "10.0.0.2"),
    ]
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(end)
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 0
    assert not Path(place.client_pid).exists()
    assert not Path(place.client_stopped).exists()


def test_nohup_is_respected(start: Start) -> None:
    process = start(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    ready(process)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert process.poll() is None
    process.terminate()
    assert process.wait(30) == 0


def test_a_later_daemon_keeps_its_pid_file(place: Installation, start: Start) -> None:
    first = start()
    ready(first)
    second = start()
    ready(second)
    first.terminate()
    assert first.wait(30) == 0
    assert Path(place.client_pid).read_text() == f"{second.pid}\n"
    Path(place.client_pid).unlink()
    second.terminate()
    assert second.wait(30) == 0


def test_the_start_script_idiom(place: Installation, tmp_path: Path) -> None:
    log = tmp_path / "client.log"
    script = f"""
    {place.bin_dir}/cloudhsm_client {place.client_cfg} >{log} 2>&1 &
    until grep -q 'libevmulti_init: Ready !' {log}; do sleep 0.05; done
    kill $! && wait $!
    """
    assert subprocess.run(["sh", "-c", script], check=False, timeout=60).returncode == 0


def test_the_daemon_number_names_the_folder(place: Installation, start: Start) -> None:
    path = Path(place.client_cfg)
    path.write_text(path.read_text().replace('"daemon_id": 1', '"daemon_id": 4'))
    ready(start())
    assert len(cluster_info.read(place.cluster_info(4))) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "usage: cloudhsm_client <config file>"),
        ("a b", "usage: cloudhsm_client <config file>"),
        ("/missing.cfg", "cannot read /missing.cfg: No such file or directory"),
        ("{malformed}", 'malformed configuration file {malformed}: line 1: expected "," or "}}"'),
        ("{nobody}", "Connection to server 10.9.9.9 on port 2223 failed"),
    ],
)
def test_what_it_cannot_start_from(
    place: Installation, capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    names = {name: f"{place.etc_dir}/{name}.cfg" for name in ("malformed", "nobody")}
    Path(names["malformed"]).write_text('{"server": 1')
    Path(names["nobody"]).write_text('{"server": {"hostname": "10.9.9.9"}}')
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert main(words.format(**names).split()) == 1
    assert capsys.readouterr() == ("", f"{ERROR}{message.format(**names)}\n")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
    assert os.listdir(Path(place.prefix, "daemon", "1")) == []
    assert not Path(place.client_pid).exists()


def test_no_installation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: Installation, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path / "nowhere"))
    assert main([place.client_cfg]) == 1
    assert re.fullmatch(f"{ERROR}no installation at .*/nowhere: run .*\n", capsys.readouterr().err)
