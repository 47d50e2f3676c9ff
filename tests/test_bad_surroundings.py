"""What surrounds a tool can be wrong too: the output, the clock. It says so in one line, and nothing is left behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.installation import Installation

TOOLS = {
    "key_mgmt_util": ("singlecmd", "listUsers"),
    "cloudhsm_mgmt_util": ("{place.mgmt_cfg}",),
    "configure": ("-a", "10.0.0.1"),
    "cloudhsm_client": ("{place.client_cfg}",),
    "client_info": (),
}


def run(place: Installation, tool: str, stdout: int | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    words = [word.format(place=place) for word in TOOLS[tool]]
    return subprocess.run(
        [f"{place.bin_dir}/{tool}", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=20,
        env=os.environ | env,
        check=False,
    )


@pytest.mark.parametrize("tool", ["key_mgmt_util", "cloudhsm_mgmt_util", "configure", "cloudhsm_client"])
def test_an_output_that_takes_nothing(cluster3: Installation, tool: str) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        done = run(cluster3, tool, full.fileno())
    assert done.returncode not in (0, None)
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr
    assert not Path(cluster3.client_pid).exists()


@pytest.mark.parametrize("tool", ["key_mgmt_util", "cloudhsm_mgmt_util", "cloudhsm_client", "client_info"])
def test_a_clock_that_is_none(cluster3: Installation, tool: str) -> None:
    done = run(cluster3, tool, CLOUDHSM_SIM_NOW="noon")
    assert done.returncode not in (0, None)
    assert done.stderr.count("\n") == 1
    assert "CLOUDHSM_SIM_NOW" in done.stderr
    assert not Path(cluster3.client_pid).exists()


def test_an_endless_file_is_one_that_cannot_be_read(cluster3: Installation) -> None:
    done = subprocess.run(
        [f"{cluster3.bin_dir}/key_mgmt_util", "singlecmd", "importPubKey", "-l", "x", "-f", "/dev/zero"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert '\n\tWARNING: Failed to read from the file "/dev/zero".\n' in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_the_end_of_input_is_no_wrong_password(cluster3: Installation) -> None:
    tool = [f"{cluster3.bin_dir}/key_mgmt_util"]
    for _ in range(6):
        subprocess.run(tool, input=b"loginHSM -u CU -s alice -hpswd\n", capture_output=True, timeout=20, check=True)
    done = subprocess.run(
        [*tool, "singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", "password1"],
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert b"Cfm3LoginHSM returned: 0x00" in done.stdout


def test_no_cluster_yet_is_said(installation: Installation) -> None:
    done = run(installation, "key_mgmt_util")
    assert done.returncode == 255
    assert done.stderr == "key_mgmt_util: there is no cluster yet: cloudhsm-sim cluster create NAME\n"


@pytest.mark.parametrize("address", ["", "10.0.0.1\nE2E enabled"])
def test_an_address_that_cannot_be_printed(cluster3: Installation, address: str) -> None:
    before = Path(cluster3.mgmt_cfg).read_bytes()
    done = subprocess.run(
        [f"{cluster3.bin_dir}/configure", "-a", address], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("configure: error: the address is empty or cannot be printed\n")
    assert Path(cluster3.mgmt_cfg).read_bytes() == before
