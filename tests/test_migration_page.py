"""The page that goes with an expect script to a rehearsed one can be followed, command by command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from model_support import ROOT

PAGE = (ROOT / "docs" / "migration.md").read_text()
COMMANDS = re.findall(r"^ {4}(\S.*)$", re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
(BY_HAND,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def programs() -> None:
    """Skip a test where a program is not installed that the page says it needs."""
    for program in ("expect", "bash", "jq", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is not installed, which docs/migration.md needs")


def test_the_rehearsal_on_the_page_is_what_is_printed() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check", "--all"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_person_can_follow_the_page(tmp_path: Path) -> None:
    """Every command in order, in one shell; the commands for the gap are put in where the page says so."""
    shutil.copy(ROOT / "docs" / "examples" / "onboard.exp", tmp_path)
    env = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDHSM")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"

    def follow(commands: list[str]) -> str:
        """Run them, and hold the status of each against what the page says."""
        lines = [line for command in commands for line in (command, 'printf "status %s\\n" $?')]
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            stdin=subprocess.DEVNULL,
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        expected = [(re.findall(r"# status (\d)$", command) or ["0"])[0] for command in commands]
        assert re.findall(r"^status (\d+)$", done.stdout, re.MULTILINE) == expected, done.stdout + done.stderr
        return done.stdout

    first = next(number for number, command in enumerate(COMMANDS) if command.startswith("export "))
    before = follow(COMMANDS[:first])
    assert before.count("Rehearsal of onboard.exp") == 1
    translated = (tmp_path / "onboard.sh").read_text()
    done, gaps = re.subn(r"^by_hand '.*\n", lambda _: BY_HAND, translated, flags=re.MULTILINE)
    assert gaps == 1
    (tmp_path / "onboard.sh").write_text(done)

    after = follow(COMMANDS[first:])
    key = (tmp_path / "app1.aes").read_bytes()
    zeros = ["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", key.hex()]
    check = subprocess.run(zeros, input=bytes(16), capture_output=True, check=True).stdout[:3].hex()
    assert len(re.findall(rf"app1-data .* {check}$", after, re.MULTILINE)) == 3
    assert "app1-transport  " not in after
    assert "Both sides began with a copy of the cluster try." in after
    _, _, down = after.partition("Both sides began with the scenario hsm-down.")
    for subject in ("run script", "user app1", "key app1-data"):
        assert re.search(rf"{subject} .*\[11\]", down), down
    assert "none unexplained" in down
    assert "user app1" in (tmp_path / "report.html").read_text()
