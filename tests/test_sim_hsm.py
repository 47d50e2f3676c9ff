"""``cloudhsm-sim hsm``: HSMs come, go, stop and start; what they hold follows, configuration files do not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.mechanisms import KEY_AES
from shared.realm import Realm

Sim = Callable[..., tuple[int, str, str]]


def hsms_of(sim: Sim) -> list[Any]:
    """Return the HSMs of the first cluster as ``status --json`` shows them."""
    hsms: list[Any] = json.loads(sim("status", "--json")[1])["clusters"][0]["hsms"]
    return hsms


def refused(result: tuple[int, str, str], text: str) -> None:
    """Assert that a command was refused in one line with this text in it."""
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.startswith("cloudhsm-sim: ")
    assert err.count("\n") == 1
    assert text in err


@pytest.mark.parametrize("action", ["remove", "stop", "start"])
@pytest.mark.parametrize("name", ["hsm-none", "10.0.0.9", "demo"])
def test_unknown_hsm_is_refused(cluster3: Installation, sim: Sim, action: str, name: str) -> None:
    before = Path(cluster3.database).read_bytes()
    refused(sim("hsm", action, name), f"no HSM {name}")
    assert Path(cluster3.database).read_bytes() == before


@pytest.mark.parametrize("action", ["remove", "stop", "start"])
def test_backup_is_no_hsm(cluster3: Installation, sim: Sim, action: str) -> None:
    assert cluster3.exists()
    backup = json.loads(sim("backup", "create", "demo", "--json")[1])["id"]
    refused(sim("hsm", action, backup), f"no HSM {backup}")
    assert sim("hsm", action, "")[0] == 2


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nowhere"], "no cluster named nowhere"),
        (["demo", "--ip", "10.0.0.2"], "10.0.0.2 is taken"),
        (["demo", "--ip", "10.0.0.256"], "no IPv4 address"),
        (["demo", "--ip", "::1"], "no IPv4 address"),
    ],
)
def test_refused_addition_leaves_nothing(cluster3: Installation, sim: Sim, words: list[str], text: str) -> None:
    before = Path(cluster3.database).read_bytes()
    refused(sim("hsm", "add", *words), text)
    assert Path(cluster3.database).read_bytes() == before


def test_new_hsm_is_a_copy_and_stays_out_of_the_files(cluster3: Installation, sim: Sim) -> None:
    before = Path(cluster3.mgmt_cfg).read_bytes()
    added = json.loads(sim("hsm", "add", "demo", "--json")[1])
    assert (added["ip"], added["node"], added["state"]) == ("10.0.0.4", 3, "up")
    assert json.loads(sim("hsm", "add", "demo", "--ip", "10.0.3.7", "--json")[1])["ip"] == "10.0.3.7"
    hsms = hsms_of(sim)
    assert [hsm["id"] for hsm in hsms][3] == added["id"]
    assert len({hsm["digest"] for hsm in hsms}) == 1
    assert len({hsm["serial"] for hsm in hsms}) == 5
    assert Path(cluster3.mgmt_cfg).read_bytes() == before


def test_removed_node_is_taken_by_the_next(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    removed = hsms_of(sim)[1]
    assert sim("hsm", "remove", "10.0.0.2") == (0, f"Removed {removed['id']} at 10.0.0.2\n", "")
    assert [hsm["node"] for hsm in hsms_of(sim)] == [0, 2]
    added = json.loads(sim("hsm", "add", "demo", "--json")[1])
    assert (added["node"], added["ip"]) == (1, "10.0.0.2")
    assert added["id"] != removed["id"]
    assert len({hsm["serial"] for hsm in hsms_of(sim)}) == 3


def test_cluster_without_hsms_has_nothing_to_restore_from(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    for last in (1, 2, 3):
        assert sim("hsm", "remove", f"10.0.0.{last}")[0] == 0
    refused(sim("hsm", "add", "demo"), "no HSM of demo is up")
    refused(sim("backup", "create", "demo"), "no HSM of demo is up")
    assert sim("cluster", "show", "demo")[0] == 0
    assert sim("status")[0] == 0


def test_28_hsms_are_the_most(installation: Installation, sim: Sim) -> None:
    assert installation.exists()
    assert sim("cluster", "create", "demo", "--hsms", "28")[0] == 0
    refused(sim("hsm", "add", "demo"), "at most 28 HSMs")
    assert sim("hsm", "remove", "10.0.0.28")[0] == 0
    assert sim("hsm", "add", "demo")[0] == 0


def test_stopped_hsm_keeps_what_is_no_session_s(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    client = Client(realm, json.loads(sim("cluster", "show", "demo", "--json")[1])["id"], realm.open_session("test"))
    client.login("CU", "alice", Password("password1"))
    client.generate_secret(KEY_AES, 32, Template(b"lasting"))
    client.generate_secret(KEY_AES, 32, Template(b"passing", token=False))
    assert [key["label"] for key in hsms_of(sim)[0]["keys"]] == ["lasting", "passing"]
    assert [key["session"] for key in hsms_of(sim)[0]["keys"]] == [False, True]

    first = hsms_of(sim)[0]
    assert sim("hsm", "stop", first["id"]) == (0, f"Stopped {first['id']} at 10.0.0.1\n", "")
    assert hsms_of(sim)[0]["state"] == "stopped"
    assert [status.node for status in client.generate_secret(KEY_AES, 16, Template(b"missed")).nodes] == [1, 2]

    assert sim("hsm", "start", "10.0.0.1") == (0, f"Started {first['id']} at 10.0.0.1\n", "")
    hsms = hsms_of(sim)
    assert hsms[0]["state"] == "up"
    assert [key["label"] for key in hsms[0]["keys"]] == ["lasting"]
    assert [key["label"] for key in hsms[1]["keys"]] == ["lasting", "missed"]
    assert hsms[1]["digest"] == hsms[2]["digest"] != hsms[0]["digest"]
    # The login went with the HSM's power, and the client has made it anew.
    outcome = client.generate_secret(KEY_AES, 16, Template(b"again"))
    assert [status.node for status in outcome.nodes] == [0, 1, 2]
    assert "its HSMs differ" in sim("status")[1]
    realm.close()


def test_stop_and_start_twice_is_no_mistake(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    for action, state in (("stop", "stopped"), ("stop", "stopped"), ("start", "up"), ("start", "up")):
        assert json.loads(sim("hsm", action, "10.0.0.3", "--json")[1])["state"] == state
