"""`make demo`, where a user has an installation of his own, and it says so."""

import os
import subprocess
import sys
from pathlib import Path

from model_support import ROOT


def test_the_demo_is_that_of_its_own_installation(tmp_path: Path) -> None:
    env = os.environ | {"CLOUDHSM_SIM_HOME": str(tmp_path / "own"), "CLOUDHSM_SIM_PROFILE": "1.x"}
    words = [sys.executable, "demo/main_job.py"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEMO OK: three HSMs in step" in done.stdout
    assert not (tmp_path / "own").exists()
