"""What cloudhsm-migrate rehearse says of scripts in the idioms of public ones: `golden/migrate/rehearse`."""

import contextlib
import io
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from migration.main import main

ROOT = Path(__file__).parents[1]
HERE = ROOT / "golden" / "migrate" / "rehearse"
OWN, SHARED, LEGACY = HERE / "scripts", HERE.parent / "scripts", ROOT / "tests" / "legacy"


class Case(NamedTuple):
    """A script, what it is called with, and the scenario that it begins with."""

    path: Path
    arguments: tuple[str, ...] = ()
    scenario: str = ""

    @property
    def name(self) -> str:
        """The name of the file with what is expected."""
        return f"{self.path.name}{f'.{self.scenario}' if self.scenario else ''}"


CASES = (
    Case(SHARED / "key-ceremony.txt"),
    Case(SHARED / "session.txt"),
    Case(LEGACY / "expect" / "create_user.exp", ("adminpw1", "CU", "carol", "carolpw1")),
    Case(LEGACY / "expect" / "keys.exp", ("alice", "password1")),
    Case(LEGACY / "shell" / "activate_heredoc.sh"),
    Case(LEGACY / "shell" / "kmu_heredoc.sh", ("exit",)),
    Case(LEGACY / "shell" / "odd_password.sh"),
    Case(LEGACY / "shell" / "locked_user.sh"),
    Case(LEGACY / "programs" / "rotate_password.py", ("adminpw1", "adminpw2")),
    Case(OWN / "checks.sh"),
    Case(OWN / "numbers.sh"),
    Case(SHARED / "wrap_keys.py"),
    Case(SHARED / "exchange_key.py", ("alice",)),
    Case(OWN / "pair_and_files.sh"),
    Case(OWN / "readings.sh"),
    Case(OWN / "unknown_label.py"),
    Case(OWN / "recreate_user.exp", scenario="user-missing"),
    Case(OWN / "server_mode.txt", scenario="user-missing"),
    Case(OWN / "use_keys.sh", scenario="key-on-one-hsm"),
    Case(OWN / "rotate.txt", scenario="password-changed"),
    Case(OWN / "rotate.txt", scenario="hsm-down"),
    Case(OWN / "make_key.py", scenario="password-changed"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rehearsal_of_a_script(case: Case, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    shutil.copy(case.path, tmp_path)
    scenario = ["--scenario", case.scenario] if case.scenario else []
    given = [f"--argument={argument}" for argument in case.arguments]
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["rehearse", case.path.name, *scenario, *given])
    out.seek(0)
    said = f"{out.read()}{err.getvalue()}? {status}\n"
    expected = HERE / "expected" / f"{case.name}.report"
    if request.config.getoption("golden_update", default=False):
        expected.write_text(said)
    assert expected.read_text() == said
