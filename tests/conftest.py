"""What most tests start from: an installation, the operator's tool in this process, an activated cluster."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import Cli

from cloudhsm_sim.main import main
from shared.crypto import passwords
from shared.installation import Installation
from shared.installation.layout import lay_out

Sim = Callable[..., tuple[int, str, str]]


def pytest_configure() -> None:
    """Make passwords cheap to check: ten thousand are made in a run, and nobody guesses them."""
    passwords.COST = 2


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return a new installation, which every tool in this environment finds; it has no cluster yet."""
    for name in [name for name in os.environ if name.startswith("CLOUDHSM_SIM_")]:
        monkeypatch.delenv(name)
    place = lay_out(str(tmp_path / "cloudhsm"))
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
    return place


@pytest.fixture
def sim(capsys: pytest.CaptureFixture[str]) -> Sim:
    """Return a function that runs ``cloudhsm-sim`` on words and returns (exit status, stdout, stderr)."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def cluster3(installation: Installation, sim: Sim) -> Installation:
    """Return the installation with cluster ``demo``: HSMs at 10.0.0.1 to 3, CO admin/adminpw1, CU alice/password1."""
    words = ("--hsms", "3", "--activate", "adminpw1", "--user", "CU:alice:password1")
    status, _, err = sim("cluster", "create", "demo", *words)
    assert (status, err) == (0, "")
    return installation


@pytest.fixture
def cluster2(installation: Installation, sim: Sim) -> Installation:
    """Return the installation with cluster ``demo``: HSMs at 10.0.0.1 and 2, CO admin/adminpw1, CU alice/password1."""
    words = ("--hsms", "2", "--activate", "adminpw1", "--user", "CU:alice:password1")
    status, _, err = sim("cluster", "create", "demo", *words)
    assert (status, err) == (0, "")
    return installation


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a runner of single commands of the CloudHSM CLI."""
    return Cli(monkeypatch)
