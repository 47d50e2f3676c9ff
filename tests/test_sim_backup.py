"""``cloudhsm-sim backup`` and clones: same content, same lineage, HSMs of their own."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from shared import errors
from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.mechanisms import KEY_AES
from shared.realm import Realm

Sim = Callable[..., tuple[int, str, str]]


def refused(result: tuple[int, str, str], text: str) -> None:
    """Assert that a command was refused in one line with this text in it."""
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.startswith("cloudhsm-sim: ")
    assert err.count("\n") == 1
    assert text in err


def clusters_of(sim: Sim) -> dict[str, Any]:
    """Return the clusters of ``status --json`` by name."""
    return {cluster["name"]: cluster for cluster in json.loads(sim("status", "--json")[1])["clusters"]}


def make_key(place: Installation, cluster: str, label: bytes) -> int:
    """Make an AES key of alice's on all HSMs of a cluster, by id, and return its handle."""
    realm = Realm.open(place)
    client = Client(realm, cluster, realm.open_session("test"))
    assert client.login("CU", "alice", Password("password1")).code is errors.RET_OK
    outcome = client.generate_secret(KEY_AES, 32, Template(label))
    realm.close()
    assert outcome.value is not None
    return outcome.value[0].handle


@pytest.fixture
def backup(cluster3: Installation, sim: Sim) -> str:
    """Return the id of a backup of the cluster ``demo``, which holds one key."""
    make_key(cluster3, clusters_of(sim)["demo"]["id"], b"kept")
    return str(json.loads(sim("backup", "create", "demo", "--json")[1])["id"])


def test_unknown_cluster_is_refused(installation: Installation, sim: Sim) -> None:
    assert installation.exists()
    refused(sim("backup", "create", "nowhere"), "no cluster named nowhere")
    assert json.loads(sim("backup", "list", "--json")[1]) == {"backups": []}


def test_backup_needs_an_hsm_that_is_up(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    for last in (1, 2, 3):
        sim("hsm", "stop", f"10.0.0.{last}")
    refused(sim("backup", "create", "demo"), "no HSM of demo is up")
    assert json.loads(sim("backup", "list", "--json")[1]) == {"backups": []}


def test_activated_clone_cannot_be_activated(backup: str, sim: Sim) -> None:
    refused(sim("cluster", "create", "clone", "--from-backup", backup, "--activate", "adminpw2"), "activated already")
    assert list(clusters_of(sim)) == ["demo"]
    # The masking key that the refused clone would have shared is still there.
    assert sim("cluster", "create", "clone", "--from-backup", backup)[0] == 0


def test_clone_of_a_cluster_that_awaits_activation_can_be_activated(installation: Installation, sim: Sim) -> None:
    assert installation.exists()
    sim("cluster", "create", "demo")
    made = json.loads(sim("backup", "create", "demo", "--json")[1])["id"]
    words = ("--from-backup", made, "--activate", "adminpw2", "--user", "CU:bob:password1")
    assert sim("cluster", "create", "clone", *words)[0] == 0
    assert [user["name"] for user in clusters_of(sim)["clone"]["hsms"][0]["users"]] == ["admin", "app_user", "bob"]


def test_listing(backup: str, sim: Sim) -> None:
    demo = clusters_of(sim)["demo"]
    (listed,) = json.loads(sim("backup", "list", "--json")[1])["backups"]
    assert {**listed, "created": 0} == {
        "id": backup,
        "cluster": demo["id"],
        "lineage": demo["lineage"],
        "created": 0,
    }
    assert backup in sim("backup", "list")[1]
    assert backup not in sim("status")[1]


def test_clone_is_equal_and_of_the_same_lineage(backup: str, sim: Sim) -> None:
    assert sim("cluster", "create", "clone", "--from-backup", backup, "--hsms", "2")[0] == 0
    both = clusters_of(sim)
    demo, clone = both["demo"], both["clone"]
    assert clone["lineage"] == demo["lineage"]
    assert clone["owner_certificate"] == demo["owner_certificate"]
    assert {hsm["digest"] for hsm in clone["hsms"]} == {demo["hsms"][0]["digest"]}
    assert clone["hsms"][0]["keys"] == demo["hsms"][0]["keys"]
    assert not {hsm["id"] for hsm in clone["hsms"]} & {hsm["id"] for hsm in demo["hsms"]}
    assert [hsm["ip"] for hsm in clone["hsms"]] == ["10.0.1.1", "10.0.1.2"]


def test_clone_opens_masked_objects_and_a_stranger_does_not(backup: str, cluster3: Installation, sim: Sim) -> None:
    sim("cluster", "create", "clone", "--from-backup", backup)
    sim("cluster", "create", "stranger", "--activate", "adminpw1", "--user", "CU:alice:password1")
    found = clusters_of(sim)
    handle = make_key(cluster3, found["demo"]["id"], b"later")
    realm = Realm.open(cluster3)
    session = realm.open_session("test")
    hsms = [Hsm(realm, found[name]["hsms"][0]["id"], session) for name in ("demo", "clone", "stranger")]
    for hsm in hsms:
        hsm.login("CU", "alice", Password("password1"))
    masked = hsms[0].extract_key(handle)
    assert hsms[1].insert_key(masked).label == b"later"
    with pytest.raises(HsmError) as refusal:
        hsms[2].insert_key(masked)
    assert refusal.value.code is errors.POLICY_MISMATCH
    realm.close()


def test_backup_outlives_its_cluster(backup: str, cluster3: Installation, sim: Sim) -> None:
    digest = clusters_of(sim)["demo"]["hsms"][0]["digest"]
    sim("cluster", "delete", "demo")
    assert len(os.listdir(cluster3.vault_dir)) == 1
    assert sim("cluster", "create", "again", "--from-backup", backup, "--ip", "10.0.0.1")[0] == 0
    again = clusters_of(sim)["again"]
    assert again["hsms"][0]["digest"] == digest
    assert make_key(cluster3, again["id"], b"more") > 0


def test_backup_leaves_out_session_keys(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    client = Client(realm, clusters_of(sim)["demo"]["id"], realm.open_session("test"))
    client.login("CU", "alice", Password("password1"))
    client.generate_secret(KEY_AES, 32, Template(b"passing", token=False))
    made = json.loads(sim("backup", "create", "demo", "--json")[1])["id"]
    sim("cluster", "create", "clone", "--from-backup", made)
    found = clusters_of(sim)
    assert len(found["demo"]["hsms"][0]["keys"]) == 1
    assert found["clone"]["hsms"][0]["keys"] == []
    realm.close()


def test_owner_named_for_a_clone_wins(backup: str, cluster3: Installation, sim: Sim) -> None:
    words = ("--from-backup", backup, "--customer-ca", cluster3.client_crt, "--json")
    clone = json.loads(sim("cluster", "create", "clone", *words)[1])
    assert clone["owner_certificate"] != clusters_of(sim)["demo"]["owner_certificate"]
