"""What cloudhsm-migrate says and writes about scripts in the idioms of public ones: `golden/migrate`."""

import contextlib
import io
import os
import subprocess
from pathlib import Path

import pytest

from migration.main import main

ROOT = Path(__file__).parents[1]
HERE = ROOT / "golden" / "migrate"
LEGACY = ROOT / "tests" / "legacy"
SCRIPTS = (
    *sorted(path for path in (HERE / "scripts").iterdir() if path.name != "approval.txt"),
    LEGACY / "expect" / "create_user.exp",
    LEGACY / "expect" / "hidden_passwords.exp",
    LEGACY / "expect" / "keys.exp",
    LEGACY / "expect" / "main_job.exp",
    LEGACY / "programs" / "make_pair.py",
    LEGACY / "programs" / "rotate_password.py",
    LEGACY / "shell" / "activate_heredoc.sh",
    LEGACY / "shell" / "list_users.sh",
    LEGACY / "shell" / "rotate_keys.sh",
    ROOT / "golden" / "cmu" / "approveToken" / "delete-a-user.golden",
)
MATRIX = ("table", "markdown", "json")


def _said(*words: str) -> str:
    """Return what a command prints, its complaints behind it, and its status as a last line."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(words))
    out.seek(0)
    return f"{out.read()}{err.getvalue()}? {status}\n"


def _check(path: Path, actual: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("golden_update", default=False):
        path.write_text(actual)
    assert path.read_text() == actual


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_plan_of_a_script(script: Path, request: pytest.FixtureRequest) -> None:
    said = _said("plan", os.path.relpath(script, ROOT))
    _check(HERE / "expected" / f"{script.name}.plan", said, request)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_translation_of_a_script(script: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    target = tmp_path / "out.sh"
    said = _said("translate", os.path.relpath(script, ROOT), "-o", str(target))
    assert target.stat().st_mode & 0o777 == 0o700
    subprocess.run(["bash", "-n", str(target)], check=True)
    _check(HERE / "expected" / f"{script.name}.sh", target.read_text(), request)
    _check(HERE / "expected" / f"{script.name}.report", said, request)


@pytest.mark.parametrize("style", MATRIX)
def test_the_matrix(style: str, request: pytest.FixtureRequest) -> None:
    _check(HERE / "expected" / f"matrix.{style}", _said("matrix", "--format", style), request)


def test_a_plan_in_json_and_markdown(request: pytest.FixtureRequest) -> None:
    script = os.path.relpath(HERE / "scripts" / "users.exp", ROOT)
    for style in ("json", "markdown"):
        _check(HERE / "expected" / f"users.exp.{style}", _said("plan", script, "--format", style), request)
