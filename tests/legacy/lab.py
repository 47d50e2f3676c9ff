"""A private machine for legacy scripts: /opt/cloudhsm is an installation of the test's own.

Scripts run unchanged, by their own interpreters, in a mount namespace. Each run must leave no process behind, show no
escape codes and no traceback, and take no branch that its author wrote for a timeout.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MARKER = "LEGACY_RUN"
IPS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
# Generous: scripts have timeouts of their own, and these are only for a tool that hangs.
HANG = 120
_GONE_WITHIN = 10.0
_SIMULATOR = f"cd '{ROOT}' && '{sys.executable}' -m cloudhsm_sim.main"
_INTERPRETERS = {".exp": ["expect", "-f"], ".sh": ["bash"], ".py": [sys.executable]}


class Done(NamedTuple):
    """How a script ended and what it showed."""

    status: int
    out: str
    err: str

    def lines(self) -> list[str]:
        """Return the lines of stdout, without the CR that a terminal adds."""
        return self.out.replace("\r", "").splitlines()


class Lab:
    """One installation, seen as /opt/cloudhsm by what runs in the lab."""

    def __init__(self, prefix: Path, namespace: Sequence[str]) -> None:
        self.prefix = prefix
        self.work = prefix.parent / f"{prefix.name}.work"
        self.work.mkdir(exist_ok=True)
        self._enter = [*namespace, "sh", str(HERE / "enter.sh"), str(prefix)]
        self._runs: list[str] = []

    def environment(self, run: str, extra: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a script: that of a plain login, and the mark of its run."""
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CLOUDHSM_SIM_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        env |= {"TERM": "dumb", "LC_ALL": "C.UTF-8", "TZ": "UTC", MARKER: run}
        env["PATH"] = f"{HERE / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
        return env | extra

    def start(self, name: str, *words: str, **env: str) -> subprocess.Popen[bytes]:
        """Start a script and return its process, with pipes; ``finish`` must be called on it."""
        script = HERE / name
        self.require(_INTERPRETERS[script.suffix][0])
        return self._start([*_INTERPRETERS[script.suffix], str(script), *words], subprocess.PIPE, env)

    def finish(self, process: subprocess.Popen[bytes], data: bytes = b"", seen: bytes = b"") -> Done:
        """Wait for a script and judge how it ran; ``seen`` is what has been read from its stdout already."""
        run = self._runs[-1]
        try:
            out, err = process.communicate(data, timeout=HANG)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"hangs:\n{_text(seen + out)}\n{_text(err)}")
        finally:
            left = _left_over(run, process.pid)
        done = Done(process.returncode, _text(seen + out), _text(err))
        assert not left, f"left behind: {left}\n{done.out}{done.err}"
        for shown in (done.out, done.err):
            assert "TIMEOUT" not in shown, shown
            assert "Traceback" not in shown, shown
            assert "\x1b" not in shown, shown
        return done

    def script(self, name: str, *words: str, stdin: str = "", **env: str) -> Done:
        """Run a script of this folder over a plain pipe."""
        return self.finish(self.start(name, *words, **env), stdin.encode())

    def shell(self, command: str, stdin: str = "") -> Done:
        """Run one shell line."""
        process = self._start(["bash", "-euo", "pipefail", "-c", command], subprocess.PIPE, {})
        done = self.finish(process, stdin.encode("utf-8", "surrogateescape"))
        assert done.status == 0, done.out + done.err
        return done

    def simulator(self, *words: str) -> str:
        """Run the operator's tool from outside, over the installation's true path, and return its output."""
        env = {**os.environ, "CLOUDHSM_SIM_HOME": str(self.prefix)}
        command = [sys.executable, "-m", "cloudhsm_sim.main", *words]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=HANG, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install_service(self) -> None:
        """Add the init script of the service, in the private folder that the lab has for /etc/init.d."""
        self.shell(f"{_SIMULATOR} install --prefix /opt/cloudhsm --service")

    def status(self) -> list[dict[str, Any]]:
        """Return the HSMs of the one cluster, with their users and keys, as the operator's tool sees them."""
        clusters = json.loads(self.simulator("status", "--json"))["clusters"]
        assert len(clusters) == 1
        hsms: list[dict[str, Any]] = clusters[0]["hsms"]
        return hsms

    def state(self) -> dict[str, Any]:
        """Return the summary of what all HSMs hold; they must be in step."""
        hsms = self.status()
        assert len({hsm["digest"] for hsm in hsms}) == 1, hsms
        return self.summary(hsms[0])

    @staticmethod
    def summary(hsm: dict[str, Any]) -> dict[str, Any]:
        """Return an HSM's users, as TYPE:name in the order of their ids, and the labels of its keys by handle."""
        return {
            "users": [f"{user['type']}:{user['name']}" for user in hsm["users"]],
            "keys": {key["handle"]: key["label"] for key in hsm["keys"]},
        }

    @staticmethod
    def require(program: str) -> None:
        """Skip the test where a program that its script needs is not installed."""
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is not installed")

    def _start(self, command: list[str], stdin: int, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        self._runs.append(uuid.uuid4().hex)
        return subprocess.Popen(
            [*self._enter, *command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.work,
            env=self.environment(self._runs[-1], env),
            # A session of its own: no controlling terminal, as in a build container.
            start_new_session=True,
        )


def namespace() -> list[str]:
    """Return the words that start a command in a mount namespace of its own; skip the test where none can be had."""
    if shutil.which("unshare") is None:
        pytest.skip("no private mount of /opt/cloudhsm: the program unshare (util-linux) is missing")
    if not os.path.isdir("/opt"):
        pytest.skip("no private mount of /opt/cloudhsm: there is no folder /opt to mount over")
    reasons = []
    for words in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        # What is probed is the mount: a namespace alone can often be had where mounting is refused.
        probe = [*words, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]  # noqa: S108 - a mount point that is always there
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return words
        reasons.append(f"{' '.join(words)}: {done.stderr.strip()}")
    pytest.skip(f"no private mount of /opt/cloudhsm: the kernel refuses mount namespaces ({'; '.join(reasons)})")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out an installation as /opt/cloudhsm, without a cluster."""
    prefix = tmp_path_factory.mktemp("legacy") / "installed"
    prefix.mkdir()
    Lab(prefix, namespace()).shell(f"{_SIMULATOR} install --prefix /opt/cloudhsm")
    return prefix


@pytest.fixture(scope="session")
def fresh(installed: Path) -> Path:
    """Lay out an installation with a cluster of three HSMs that nobody has activated."""
    return _with_cluster(installed, "fresh")


@pytest.fixture(scope="session")
def activated(installed: Path) -> Path:
    """Lay out the same with the officer's password adminpw1 and the crypto user alice, password1."""
    return _with_cluster(installed, "activated", "--activate", "adminpw1", "--user", "CU:alice:password1")


def _with_cluster(installed: Path, name: str, *words: str) -> Path:
    prefix = installed.with_name(name)
    shutil.copytree(installed, prefix)
    Lab(prefix, namespace()).simulator("cluster", "create", "demo", "--ip", ",".join(IPS), "--json", *words)
    return prefix


@pytest.fixture
def new_lab(fresh: Path, tmp_path: Path) -> Lab:
    """Give a lab whose cluster is new."""
    return _copied(fresh, tmp_path)


@pytest.fixture
def lab(activated: Path, tmp_path: Path) -> Lab:
    """Give a lab whose cluster has the officer admin (adminpw1) and the crypto user alice (password1)."""
    return _copied(activated, tmp_path)


def _copied(prefix: Path, folder: Path) -> Lab:
    shutil.copytree(prefix, folder / "cloudhsm")
    return Lab(folder / "cloudhsm", namespace())


def _left_over(run: str, session: int) -> list[str]:
    """Return the processes of a run that are still there some time after its end, having ended them."""
    limit = time.monotonic() + _GONE_WITHIN
    while (found := _of_run(run, session)) and time.monotonic() < limit:
        time.sleep(0.01)
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return list(found.values())


def _of_run(run: str, session: int) -> dict[int, str]:
    """Return the command lines of a run's processes: those of its session, and those that left it with its mark.

    The mark alone does not do: between a program's start and the first line of it, its environment reads as empty.
    """
    mark = f"{MARKER}={run}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # After the name, which may hold anything in its brackets: state, parent, group, session.
            state, _, _, its_session = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:4]
            marked = mark in (folder / "environ").read_bytes().split(b"\0")
            if (marked or int(its_session) == session) and state != b"Z":
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = _text(command)
        except OSError:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
