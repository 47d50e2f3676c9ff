"""``cloudhsm-sim reset``: an installation as ``install`` leaves it, but not under the feet of a running tool."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shared import errors
from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.hsm.keys import Template
from shared.installation import Installation, cluster_info
from shared.installation.cfg import read_client, read_servers
from shared.mechanisms import KEY_AES
from shared.realm import Realm
from shared.store.records import Backup, Cluster, Hsm, Key, Login, Session, Share, User

Sim = Callable[..., tuple[int, str, str]]


def refused(result: tuple[int, str, str], text: str) -> None:
    """Assert that a command was refused in one line with this text in it."""
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.startswith("cloudhsm-sim: ")
    assert err.count("\n") == 1
    assert text in err


def test_running_session_refuses_reset(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    realm.open_session("key_mgmt_util")
    before = sim("status", "--json")
    refused(sim("reset"), "1 running session")
    assert sim("status", "--json") == before
    realm.close()
    assert sim("reset")[0] == 0


def test_force_resets_under_a_running_session(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    client = Client(realm, realm.store.rows(Cluster)[0].id, realm.open_session("key_mgmt_util"))
    client.login("CU", "alice", Password("password1"))
    client.generate_secret(KEY_AES, 32, Template(b"passing", token=False))
    assert sim("reset", "--force")[0] == 0
    sim("cluster", "create", "next", "--hsms", "3")
    # The tool that went on meets no HSM of the new cluster.
    assert client.generate_secret(KEY_AES, 32, Template(b"k")).code is errors.INVALID_OPERATION
    realm.close()
    assert sim("status")[0] == 0


def test_reset_deletes_everything(cluster3: Installation, sim: Sim) -> None:
    backup = json.loads(sim("backup", "create", "demo", "--json")[1])["id"]
    sim("cluster", "create", "clone", "--from-backup", backup)
    sim("cluster", "create", "other")
    for daemon in (1, 2):
        cluster_info.write(cluster3.cluster_info(daemon), [("10.0.0.1", 2225, "10.0.0.1")])
    assert sim("reset") == (0, "Deleted all clusters and backups\n", "")
    assert json.loads(sim("status", "--json")[1]) == {"clusters": []}
    assert json.loads(sim("backup", "list", "--json")[1]) == {"backups": []}
    assert os.listdir(cluster3.vault_dir) == []
    assert not any(os.path.exists(cluster3.cluster_info(daemon)) for daemon in (1, 2))
    realm = Realm.open(cluster3)
    counts = [realm.store.count(table) for table in (Cluster, Backup, Hsm, User, Key, Share, Login, Session)]
    assert counts == [0] * 8
    realm.close()


def test_reset_takes_addresses_back_and_keeps_settings(cluster3: Installation, sim: Sim, tmp_path: Path) -> None:
    from shared.installation.layout import lay_out

    stock = lay_out(str(tmp_path / "stock"))
    path = Path(cluster3.client_cfg)
    path.write_text(path.read_text().replace('minimum_nodes": 1', 'minimum_nodes": 2'))
    sim("reset")
    assert read_client(cluster3.client_cfg).hostname == ""
    assert read_client(cluster3.client_cfg).minimum_nodes == 2
    assert (
        Path(cluster3.mgmt_cfg).read_text().replace(cluster3.prefix, stock.prefix) == Path(stock.mgmt_cfg).read_text()
    )


def test_cluster_after_reset_is_a_first_one(cluster3: Installation, sim: Sim) -> None:
    sim("reset")
    assert sim("cluster", "create", "demo", "--ip", "10.9.9.9")[0] == 0
    assert [server.hostname for server in read_servers(cluster3.mgmt_cfg)] == ["10.9.9.9"]


def test_reset_of_a_new_installation(installation: Installation, sim: Sim) -> None:
    before = Path(installation.mgmt_cfg).read_bytes()
    assert sim("reset")[0] == 0
    assert sim("reset")[0] == 0
    assert Path(installation.mgmt_cfg).read_bytes() == before


@pytest.mark.parametrize("broken", ["not JSON", '{"servers": []}'])
def test_unusable_cfg_refuses_reset(cluster3: Installation, sim: Sim, broken: str) -> None:
    before = sim("status", "--json")
    Path(cluster3.mgmt_cfg).write_text(broken, encoding="utf-8")
    client = Path(cluster3.client_cfg).read_bytes()
    refused(sim("reset"), "cloudhsm_mgmt_util.cfg")
    assert sim("status", "--json") == before
    assert Path(cluster3.client_cfg).read_bytes() == client
    assert len(os.listdir(cluster3.vault_dir)) == 1
