"""``cloudhsm-sim status``: the whole state, in a form that programs rely on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared import attributes
from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.mechanisms import KEY_AES, KEY_DES3, KEY_GENERIC
from shared.realm import Realm
from shared.store.records import Cluster, Key

Sim = Callable[..., tuple[int, str, str]]

KEY_FIELDS = {
    "handle",
    "class",
    "type",
    "label",
    "id",
    "owner",
    "shared_with",
    "session",
    "m_value",
    "kcv",
    "value_len",
    "modulus_bits",
    "attributes",
}

WRITER = """
import sys
from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.realm import Realm
from shared.store.records import Cluster
realm = Realm.open(Installation(sys.argv[1]))
client = Client(realm, realm.store.rows(Cluster)[0].id, realm.open_session("writer"))
client.login("CU", "alice", Password("password1"))
while True:
    key, = client.generate_secret(31, 32, Template(b"busy")).value
    client.delete_key(key.handle)
"""


def clusters_of(sim: Sim) -> list[Any]:
    """Return the clusters of ``status --json``."""
    status, out, err = sim("status", "--json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert set(report) == {"clusters"}
    found: list[Any] = report["clusters"]
    return found


def client_of(realm: Realm) -> Client:
    """Return a client of the only cluster, with alice logged in."""
    client = Client(realm, realm.store.rows(Cluster)[0].id, realm.open_session("test"))
    client.login("CU", "alice", Password("password1"))
    return client


def test_nothing_to_show(installation: Installation, sim: Sim) -> None:
    assert installation.exists()
    assert clusters_of(sim) == []
    assert sim("status") == (0, "No clusters\n", "")


def test_a_cluster_that_has_lost_its_last_hsm_says_so(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        assert sim("hsm", "remove", address)[0] == 0
    (cluster,) = clusters_of(sim)
    assert cluster["hsms"] == []
    assert sim("status") == (0, f"Cluster demo ({cluster['id']}): it has no HSMs\n", "")


def test_fields(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    client_of(realm).generate_secret(KEY_AES, 32, Template(b"k", b"\x01\xff"))
    realm.close()
    (cluster,) = clusters_of(sim)
    assert set(cluster) == {"name", "id", "lineage", "owner_certificate", "created", "hsms", "in_step"}
    assert cluster["name"] == "demo"
    for node, hsm in enumerate(cluster["hsms"]):
        assert set(hsm) == {"id", "ip", "state", "node", "serial", "users", "keys", "digest"}
        assert (hsm["ip"], hsm["state"], hsm["node"]) == (f"10.0.0.{node + 1}", "up", node)
        assert len(hsm["digest"]) == 64
        assert hsm["users"][2] == {
            "id": 3,
            "type": "CU",
            "name": "alice",
            "login_failures": 0,
            "quorum_key": False,
            "two_factor": False,
        }
        assert {frozenset(key) for key in hsm["keys"]} == {frozenset(KEY_FIELDS)}
        assert hsm["keys"][0]["id"] == "01ff"


def test_keys_by_class_and_type(cluster3: Installation, sim: Sim) -> None:
    realm = Realm.open(cluster3)
    client = client_of(realm)
    client.generate_secret(KEY_AES, 16, Template(b"aes"))
    client.generate_secret(KEY_DES3, 24, Template(b"des3"))
    client.generate_secret(KEY_GENERIC, 64, Template(b"generic", extractable=False))
    client.generate_rsa(2048, 65537, Template(b"rsa"))
    client.generate_ec(2, Template(b"ec"))
    rows = {row.handle: row for row in realm.store.rows(Key, hsm=clusters_of(sim)[0]["hsms"][0]["id"])}
    keys = clusters_of(sim)[0]["hsms"][0]["keys"]
    realm.close()
    assert [(key["label"], key["class"], key["type"]) for key in keys] == [
        ("aes", "secret", "AES"),
        ("des3", "secret", "DES3"),
        ("generic", "secret", "GENERIC_SECRET"),
        ("rsa", "public", "RSA"),
        ("rsa", "private", "RSA"),
        ("ec", "public", "EC"),
        ("ec", "private", "EC"),
    ]
    assert [key["modulus_bits"] for key in keys] == [0, 0, 0, 2048, 2048, 415, 415]
    assert [key["value_len"] for key in keys[:3]] == [16, 24, 64]
    for key in keys:
        row, shown = rows[key["handle"]], key["attributes"]
        assert {name: shown[f"OBJ_ATTR_{attributes.NAMES[name]}"] for name in attributes.FLAGS} == {
            name: int(attributes.flag(row.flags, name)) for name in attributes.FLAGS
        }
        assert shown["OBJ_ATTR_LABEL"] == row.label.hex()
        assert (shown["OBJ_ATTR_CLASS"], shown["OBJ_ATTR_KEY_TYPE"]) == (row.key_class, row.key_type)
        assert shown["OBJ_ATTR_KCV"] == key["kcv"] == row.kcv.hex()
        assert ("OBJ_ATTR_PUBLIC_EXPONENT" in shown) == (key["type"] == "RSA")
        assert shown.get("OBJ_ATTR_MODULUS", "") == row.modulus.hex()
    assert [key["attributes"]["OBJ_ATTR_EXTRACTABLE"] for key in keys[:3]] == [1, 1, 0]


def test_shares_quorum_and_failures(cluster3: Installation, sim: Sim) -> None:
    hsm_id = clusters_of(sim)[0]["hsms"][1]["id"]
    realm = Realm.open(cluster3)
    hsm = Hsm(realm, hsm_id, realm.open_session("test"))
    hsm.login("CO", "admin", Password("adminpw1"))
    for name in ("zoe", "bob"):
        hsm.create_user("CU", name, Password("password1"))
    hsm.login("CU", "alice", Password("password1"), replace=True)
    hsm.generate_secret(KEY_AES, 32, Template(b"shared", users=(5, 4), m_value=2))
    with pytest.raises(HsmError):
        hsm.login("CU", "bob", Password("wrong password"), replace=True)
    realm.close()
    hsms = clusters_of(sim)[0]["hsms"]
    assert [(user["name"], user["login_failures"]) for user in hsms[1]["users"]][-2:] == [("zoe", 0), ("bob", 1)]
    (key,) = hsms[1]["keys"]
    assert (key["owner"], key["shared_with"], key["m_value"]) == (3, [4, 5], 2)
    assert hsms[0]["digest"] == hsms[2]["digest"] != hsms[1]["digest"]


@pytest.mark.parametrize(
    ("label", "shown", "in_table"),
    [
        (b"", "", ""),
        ("schlüssel".encode(), "schlüssel", "schlüssel"),
        (b"\xff\xfe", "\\xff\\xfe", "\\xff\\xfe"),
        (b"a\nb\x1b[2J", "a\nb\x1b[2J", "a\\nb\\x1b[2J"),
        (b"007", "007", "007"),
        (b"1e5", "1e5", "1e5"),
    ],
)
def test_labels_of_any_kind(cluster3: Installation, sim: Sim, label: bytes, shown: str, in_table: str) -> None:
    realm = Realm.open(cluster3)
    client_of(realm).generate_secret(KEY_AES, 32, Template(label))
    realm.close()
    (key,) = clusters_of(sim)[0]["hsms"][0]["keys"]
    assert key["label"] == shown
    table = sim("status")[1]
    assert in_table in table
    assert "\x1b" not in table


def test_table_shows_everybody(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    table = sim("status")[1]
    for hsm in clusters_of(sim)[0]["hsms"]:
        assert hsm["id"] in table
        assert hsm["digest"] in table
    assert table.count("alice") == table.count("no keys") == 3


def test_leftovers_of_dead_processes_are_not_shown(cluster3: Installation, sim: Sim) -> None:
    code = WRITER.replace("while True:", "if True:").replace('Template(b"busy")', 'Template(b"busy", token=False)')
    code = code.replace("    client.delete_key(key.handle)", "    import os; os._exit(0)")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code, cluster3.prefix], env=env, check=True)
    assert [hsm["keys"] for hsm in clusters_of(sim)[0]["hsms"]] == [[], [], []]


def test_reading_while_another_process_writes(cluster3: Installation, sim: Sim) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    writer = subprocess.Popen([sys.executable, "-c", WRITER, cluster3.prefix], env=env)
    try:
        seen = set[int]()
        end = time.monotonic() + 30
        while len(seen) < 3 and time.monotonic() < end:
            (cluster,) = clusters_of(sim)
            handles = [tuple(key["handle"] for key in hsm["keys"]) for hsm in cluster["hsms"]]
            # Written in node order and deleted in node order, one key at a time: no view shows two of them.
            assert len({handle for held in handles for handle in held}) <= 1
            digests = {held: hsm["digest"] for held, hsm in zip(handles, cluster["hsms"], strict=True)}
            assert len(digests) == len(set(handles))
            seen.update(handle for held in handles for handle in held)
        assert writer.poll() is None
        assert len(seen) == 3
    finally:
        writer.kill()
        writer.wait()
