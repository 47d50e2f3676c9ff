"""``cloudhsm-sim setting``: what cannot be set, and what a tool finds then."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.installation import Installation

Sim = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["set"], "the following arguments are required: NAME, VALUE"),
        (["set", "colour", "blue"], "invalid choice: 'colour'"),
        (["set", "load_balancing", "last"], "load_balancing is first or round-robin"),
        (["set", "sync_on_start", "1"], "sync_on_start is no or yes"),
        (["set", "profile", "2.x"], "profile is 3.x or 1.x"),
        (["set", "max_keys", "0"], "max_keys is a whole number from 1"),
        (["set", "max_keys", "many"], "max_keys is a whole number from 1"),
        (["set", "max_keys", "1234567"], "max_keys is a whole number from 1"),
        (["set", "max_keys", "٣"], "max_keys is a whole number from 1"),
    ],
)
def test_wrong_value_changes_nothing(installation: Installation, sim: Sim, words: list[str], text: str) -> None:
    before = Path(installation.simulator_cfg).read_bytes()
    status, out, err = sim("setting", *words)
    assert (status, out) == (2, "")
    assert text in err
    assert Path(installation.simulator_cfg).read_bytes() == before


def test_file_that_is_gone_or_broken(installation: Installation, sim: Sim) -> None:
    path = Path(installation.simulator_cfg)
    path.write_text("[]")
    for words in (("list",), ("set", "max_keys", "5")):
        status, out, err = sim("setting", *words)
        assert (status, out) == (1, "")
        assert err == f"cloudhsm-sim: malformed configuration file {path}: no JSON object\n"
    path.unlink()
    assert sim("setting", "list")[0] == 0
    assert sim("setting", "set", "max_keys", "5")[2] == f"cloudhsm-sim: cannot read {path}: No such file or directory\n"


def test_new_value_is_listed_and_holds(cluster3: Installation, sim: Sim) -> None:
    assert sim("setting", "set", "max_hsms", "3") == (0, "Set max_hsms to 3\n", "")
    assert sim("setting", "set", "load_balancing", "round-robin")[0] == 0
    listed = json.loads(sim("setting", "list", "--json")[1])
    assert listed == {
        "profile": "3.x",
        "load_balancing": "round-robin",
        "sync_on_start": "no",
        "max_keys": 3300,
        "max_users": 1024,
        "max_hsms": 3,
        "login_failures": 5,
    }
    assert json.loads(Path(cluster3.simulator_cfg).read_text()) == listed
    assert sim("hsm", "add", "demo") == (1, "", "cloudhsm-sim: a cluster has at most 3 HSMs\n")


def test_tool_refuses_an_unknown_way_of_balancing(cluster3: Installation) -> None:
    Path(cluster3.simulator_cfg).write_text('{"load_balancing": "last"}')
    command = [f"{cluster3.bin_dir}/key_mgmt_util", "singlecmd", "findKey"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (
        255,
        "\n\tCfm3Initialize() returned 0x40000040 : LIQUIDSECURITY: Daemon socket connection error\n",
        "key_mgmt_util: unknown load_balancing 'last': choose first or round-robin\n",
    )
