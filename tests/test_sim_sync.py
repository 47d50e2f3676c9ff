"""``cloudhsm-sim sync``, and the setting that runs it when an HSM comes back."""

import json
import subprocess
from collections.abc import Callable

import pytest

from shared.installation import Installation

Sim = Callable[..., tuple[int, str, str]]

LOGIN = ("singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", "password1")


def kmu(place: Installation, line: str) -> None:
    subprocess.run([f"{place.bin_dir}/key_mgmt_util", *LOGIN, *line.split()], check=True, capture_output=True)


def keys(sim: Sim) -> list[list[int]]:
    cluster = json.loads(sim("status", "--json")[1])["clusters"][0]
    return [[key["handle"] for key in hsm["keys"]] for hsm in cluster["hsms"]]


@pytest.fixture
def missed(cluster3: Installation, sim: Sim) -> None:
    """Let the third HSM, which is stopped now, miss that key 6 was deleted and 7 made."""
    kmu(cluster3, "genSymKey -t 31 -s 16 -l first")
    sim("hsm", "stop", "10.0.0.3")
    kmu(cluster3, "deleteKey -k 6")
    kmu(cluster3, "genSymKey -t 31 -s 16 -l second")
    assert keys(sim) == [[7], [7], [6]]


@pytest.mark.usefixtures("cluster3")
def test_unknown_cluster(sim: Sim) -> None:
    assert sim("sync", "other") == (1, "", "cloudhsm-sim: no cluster named other\n")


@pytest.mark.usefixtures("installation")
def test_no_clusters(sim: Sim) -> None:
    assert sim("sync") == (0, "No clusters\n", "")
    assert sim("sync", "--json") == (0, '{\n  "clusters": []\n}\n', "")


@pytest.mark.usefixtures("missed")
def test_hsms_stay_apart_until_they_are_synchronised(sim: Sim) -> None:
    assert sim("sync") == (0, "Synchronised demo: nothing was missing\n", "")
    assert sim("hsm", "start", "10.0.0.3")[0] == 0
    assert keys(sim) == [[7], [7], [6]]
    status, out, _ = sim("sync", "demo", "--json")
    assert status == 0
    (done,) = json.loads(out)["clusters"]
    assert done["name"] == "demo"
    assert [(step["ip"], step["handle"], step["action"]) for step in done["steps"]] == [
        ("10.0.0.3", 6, "removed"),
        ("10.0.0.3", 7, "copied"),
    ]
    assert keys(sim) == [[7], [7], [7]]
    assert sim("sync") == (0, "Synchronised demo: nothing was missing\n", "")


@pytest.mark.usefixtures("missed")
@pytest.mark.parametrize("as_json", [False, True])
def test_setting_runs_it_at_the_start_of_an_hsm(sim: Sim, as_json: bool) -> None:
    assert sim("setting", "set", "sync_on_start", "yes")[0] == 0
    status, out, _ = sim("hsm", "start", "10.0.0.3", *(["--json"] if as_json else []))
    assert status == 0
    assert keys(sim) == [[7], [7], [7]]
    if as_json:
        view = json.loads(out)
        assert (view["state"], [step["action"] for step in view["steps"]]) == ("up", ["removed", "copied"])
    else:
        assert out.splitlines()[1] == "Synchronised demo: 1 copied, 1 removed"


@pytest.mark.usefixtures("missed")
def test_a_bad_setting_leaves_the_hsm_down(cluster3: Installation, sim: Sim) -> None:
    with open(cluster3.simulator_cfg, "w", encoding="utf-8") as file:
        file.write('{"sync_on_start": "sometimes"}')
    message = "cloudhsm-sim: unknown sync_on_start 'sometimes': choose no or yes\n"
    assert sim("hsm", "start", "10.0.0.3") == (1, "", message)
    assert "stopped" in sim("cluster", "show", "demo")[1]
