"""What the client says in the daemon's log: a new key that it could not take back (guide, client-side durability)."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.installation import Installation
from shared.installation.client_log import report_tombstone

Sim = Callable[..., tuple[int, str, str]]

NOW = "1545676134"  # 2018-12-24T18:28:54Z
REPORT = """\
2018-12-24T18:28:54Z liquidSecurity ERR: print_node_ts_status:
[create_object_min_nodes]Key: 264617 failed to tombstone on node:1
"""


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch, installation: Installation) -> None:
    assert installation
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", NOW)


def test_a_log_that_cannot_be_written_is_no_error(installation: Installation) -> None:
    os.mkdir(installation.client_log)
    report_tombstone(installation, 6, 1)


def test_the_lines_are_the_guides_and_are_appended(installation: Installation) -> None:
    report_tombstone(installation, 264617, 1)
    report_tombstone(installation, 264617, 1)
    assert Path(installation.client_log).read_text() == REPORT * 2
    assert stat.S_IMODE(os.stat(installation.client_log).st_mode) == 0o600


def test_a_key_that_stays_is_reported(cluster3: Installation, sim: Sim) -> None:
    cfg = Path(cluster3.client_cfg)
    cfg.write_text(cfg.read_text().replace('minimum_nodes": 1', 'minimum_nodes": 3'))
    sim("fault", "add", "10.0.0.2", "drop")
    sim("fault", "add", "10.0.0.3", "refuse", "tombstone", "0x30000085")
    words = "singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 16 -l k"
    done = subprocess.run(
        [f"{cluster3.bin_dir}/key_mgmt_util", *words.split()], check=True, capture_output=True, text=True
    )
    assert "\n\tCfm3GenerateSymmetricKey returned: 0x30000088 \n" in done.stdout
    assert "Key Handle" not in done.stdout
    assert Path(cluster3.client_log).read_text() == REPORT.replace("264617", "6").replace("node:1", "node:2")
