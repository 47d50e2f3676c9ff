"""What most tests start from: an installation, the operator's tool in this process, an activated cluster."""

import gc
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from cli_support import Cli
from laid_out import Templates

from cloudhsm_sim.main import main
from shared.crypto import passwords
from shared.installation import Installation
from shared.installation.layout import lay_out

Sim = Callable[..., tuple[int, str, str]]


def pytest_configure() -> None:
    """Make passwords cheap to check: ten thousand are made in a run, and nobody guesses them."""
    passwords.COST = 2
    # What collecting makes stays for the whole run; looking through it again and again is a tenth of the tests' time.
    gc.disable()


def pytest_collection_finish() -> None:
    """Let garbage be collected from here on, but for what there is by now."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def templates() -> Templates:
    """Return what keeps installations for all tests of a run."""
    return Templates()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, templates: Templates) -> Installation:
    """Return a new installation, which every tool in this environment finds; it has no cluster yet."""
    for name in [name for name in os.environ if name.startswith("CLOUDHSM_SIM_")]:
        monkeypatch.delenv(name)
    prefix = tmp_path / "cloudhsm"
    if "bare" in templates:
        templates.lay_out("bare", prefix)
    else:
        lay_out(str(prefix))
        templates.keep("bare", prefix)
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(prefix))
    return Installation(str(prefix))


@pytest.fixture
def sim(capsys: pytest.CaptureFixture[str]) -> Sim:
    """Return a function that runs ``cloudhsm-sim`` on words and returns (exit status, stdout, stderr)."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def _create(installation: Installation, templates: Templates, hsms: int) -> None:
    if hsms in templates:
        templates.lay_out(hsms, Path(installation.prefix), over=True)
        return
    words = ("--hsms", str(hsms), "--activate", "adminpw1", "--user", "CU:alice:password1")
    with redirect_stdout(StringIO()):
        assert main(["cluster", "create", "demo", *words]) == 0
    templates.keep(hsms, Path(installation.prefix))


@pytest.fixture
def cluster3(installation: Installation, templates: Templates) -> Installation:
    """Return the installation with cluster ``demo``: HSMs at 10.0.0.1 to 3, CO admin/adminpw1, CU alice/password1."""
    _create(installation, templates, 3)
    return installation


@pytest.fixture
def cluster2(installation: Installation, templates: Templates) -> Installation:
    """Return the installation with cluster ``demo``: HSMs at 10.0.0.1 and 2, CO admin/adminpw1, CU alice/password1."""
    _create(installation, templates, 2)
    return installation


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a runner of single commands of the CloudHSM CLI."""
    return Cli(monkeypatch)
