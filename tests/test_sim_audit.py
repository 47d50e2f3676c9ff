"""``cloudhsm-sim audit``: whose log is shown, damage, and following a log until somebody has had enough."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.cluster.directory import cluster_named, members, remove_hsm, set_state
from shared.crypto.passwords import Password
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.mechanisms import KEY_AES
from shared.realm import Realm

Sim = Callable[..., tuple[int, str, str]]
Start = Callable[..., "subprocess.Popen[str]"]

PASSWORD = "password1"
FIRST_ENTRY = "Time: "


@pytest.fixture
def hsm(cluster3: Installation) -> Iterator[Hsm]:
    """Return a connection with the first of three HSMs."""
    realm = Realm.open(cluster3)
    row = members(realm.store, cluster_named(realm.store, "demo").id)[0]
    yield Hsm(realm, row.id, realm.open_session("test"))
    realm.close()


@pytest.fixture
def follow(cluster3: Installation) -> Iterator[Start]:
    """Return a function that starts ``cloudhsm-sim audit --follow --json`` in a process of its own."""
    started = []

    def run(name: str, **options: Any) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cloudhsm_sim.main", "audit", name, "--follow", "--json"]
        environment = {**os.environ, "CLOUDHSM_SIM_HOME": cluster3.prefix}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen(command, env=environment, text=True, **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: "subprocess.Popen[str]", opcode: str) -> list[dict[str, Any]]:
    """Return the entries that a process prints, until one with an opcode."""
    assert process.stdout is not None
    found: list[dict[str, Any]] = []
    while not found or found[-1]["opcode"] != opcode:
        found.append(json.loads(process.stdout.readline()))
    return found


def log_of(sim: Sim, name: str) -> list[dict[str, Any]]:
    status, out, err = sim("audit", name, "--json")
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("options", [[], ["--json"], ["--follow"]])
def test_an_unknown_hsm_is_refused(cluster3: Installation, sim: Sim, options: list[str]) -> None:
    assert cluster3.exists()
    backup = json.loads(sim("backup", "create", "demo", "--json")[1])["id"]
    for name in ("10.0.0.9", "demo", backup):
        assert sim("audit", name, *options) == (1, "", f"cloudhsm-sim: no HSM {name}\n")
    assert sim("audit", *options)[0] == 2


def test_an_hsm_goes_by_its_address_or_its_id_and_may_be_down(hsm: Hsm, sim: Sim) -> None:
    assert log_of(sim, hsm.id) == log_of(sim, "10.0.0.1")
    set_state(hsm.realm, hsm.id, "stopped")
    assert sim("audit", "10.0.0.1")[1].startswith(FIRST_ENTRY)
    assert {entry["hsm"] for entry in log_of(sim, "10.0.0.1")} == {hsm.id}


def test_text_and_json_tell_the_same(hsm: Hsm, sim: Sim) -> None:
    hsm.login("CU", "alice", Password(PASSWORD))
    hsm.generate_secret(KEY_AES, 16, Template(b"k"))
    events = sim("audit", hsm.id)[1].removesuffix("\n").split("\n\n")
    entries = log_of(sim, hsm.id)
    assert [entry["sequence"] for entry in entries] == list(range(len(events)))
    for event, entry in zip(events, entries, strict=True):
        assert f"Opcode : {entry['opcode']} (0x{entry['opcode_number']:x})\n" in event
        assert f"Response : {entry['response']}:{entry['response_text']}\n" in event
        assert f"usecs:{entry['usecs']}\n" in event
        assert ("User Name" in event) == ("user_name" in entry)
        assert ("Key Handle" in event) == ("private_key_handle" in entry)


def test_a_status_knows_nothing_of_the_log(hsm: Hsm, sim: Sim) -> None:
    before = sim("status", "--json")
    hsm.login("CU", "alice", Password(PASSWORD))
    hsm.logout()
    assert sim("status", "--json") == before
    assert json.loads(before[1])["clusters"][0]["in_step"]


def test_damage_is_told_behind_what_is_whole(cluster3: Installation, sim: Sim) -> None:
    entries = log_of(sim, "10.0.0.2")
    database = sqlite3.connect(cluster3.database)
    database.execute("UPDATE auditentry SET user_name = 'mallory' WHERE hsm = ? AND sequence = 2", (entries[0]["hsm"],))
    database.commit()
    database.close()
    status, out, err = sim("audit", "10.0.0.2", "--json")
    assert (status, [json.loads(line) for line in out.splitlines()]) == (1, entries[:2])
    assert err == f"cloudhsm-sim: the audit log of {entries[0]['hsm']} is damaged: entry 0x2 has been changed\n"
    assert sim("audit", "10.0.0.3")[0] == 0


def test_a_count_that_is_no_number_is_told(cluster3: Installation, sim: Sim) -> None:
    database = sqlite3.connect(cluster3.database)
    database.execute("UPDATE hsm SET log_entries = 'many'")
    database.commit()
    database.close()
    status, out, err = sim("audit", "10.0.0.1")
    assert (status, out) == (1, "")
    assert err.endswith(" is damaged: entry 0x0 may be any: how many there are is no number\n")


def test_a_log_that_was_cut_off_is_told(cluster3: Installation, sim: Sim) -> None:
    entries = log_of(sim, "10.0.0.1")
    database = sqlite3.connect(cluster3.database)
    database.execute("DELETE FROM auditentry WHERE sequence >= 3")
    database.commit()
    database.close()
    status, out, err = sim("audit", "10.0.0.1")
    assert (status, out.count("Sequence No : ")) == (1, 3)
    assert err.endswith(f"{entries[0]['hsm']} is damaged: entry 0x3 is missing, with all behind it\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_shows_what_comes_until_a_signal(hsm: Hsm, follow: Start, number: signal.Signals) -> None:
    process = follow("10.0.0.1")
    read_until(process, "CN_APP_FINALIZE")
    hsm.login("CU", "alice", Password(PASSWORD))
    assert [entry["opcode"] for entry in read_until(process, "CN_LOGIN")] == ["CN_LOGIN"]
    hsm.logout()
    (logout,) = read_until(process, "CN_LOGOUT")
    assert logout["user_name"] == "alice"
    process.send_signal(number)
    assert process.communicate() == ("", "")
    assert process.returncode == 0


def test_following_ends_when_nobody_reads_any_more(follow: Start) -> None:
    process = follow("10.0.0.1")
    read_until(process, "CN_APP_FINALIZE")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_following_into_a_pipe_that_is_closed_already_ends(follow: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = follow("10.0.0.1", stdout=writing)
    os.close(writing)
    assert process.wait() == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_following_into_a_file_goes_on(hsm: Hsm, follow: Start, tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("w") as stream:
        process = follow("10.0.0.1", stdout=stream)
    hsm.login("CU", "alice", Password(PASSWORD))
    while '"alice", "user_type": "CN_CRYPTO_USER"' not in file.read_text().rpartition("CN_LOGIN")[2]:
        assert process.poll() is None
    process.terminate()
    assert process.wait() == 0


def test_following_ends_with_its_hsm(hsm: Hsm, follow: Start) -> None:
    process = follow("10.0.0.1")
    read_until(process, "CN_APP_FINALIZE")
    remove_hsm(hsm.realm, hsm.id)
    assert process.communicate() == ("", f"cloudhsm-sim: no HSM {hsm.id}\n")
    assert process.returncode == 1


def test_following_ends_at_damage(cluster3: Installation, hsm: Hsm, follow: Start) -> None:
    process = follow("10.0.0.1")
    last = read_until(process, "CN_APP_FINALIZE")[-1]["sequence"]
    database = sqlite3.connect(cluster3.database)
    database.execute("UPDATE hsm SET log_entries = log_entries + 1 WHERE id = ?", (hsm.id,))
    database.commit()
    database.close()
    assert process.communicate()[1].endswith(f"entry 0x{last + 1:x} is missing, with all behind it\n")
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE auditentry SET user_name = 'mallory' WHERE sequence = 2", "entry 0x2 has been changed"),
        ("DELETE FROM auditentry WHERE sequence = 1", "entry 0x1 is missing"),
        ("DELETE FROM auditentry WHERE sequence >= 3", "entry 0x3 is missing, with all behind it"),
    ],
)
def test_following_ends_at_damage_to_what_was_shown(
    cluster3: Installation, follow: Start, tampering: str, told: str
) -> None:
    process = follow("10.0.0.1")
    read_until(process, "CN_APP_FINALIZE")
    database = sqlite3.connect(cluster3.database)
    database.execute(tampering)
    database.commit()
    database.close()
    out, err = process.communicate()
    assert (out, process.returncode) == ("", 1)
    assert err.endswith(f" is damaged: {told}\n")


def test_no_secret_is_in_an_entry(hsm: Hsm, cluster3: Installation, sim: Sim) -> None:
    hsm.login("CU", "alice", Password(PASSWORD))
    key = hsm.generate_secret(KEY_AES, 32, Template(b"a secret label"))
    hsm.extract_key(key.handle)
    hsm.logout()
    printed = sim("audit", "10.0.0.1")[1] + sim("audit", "10.0.0.1", "--json")[1]
    database = sqlite3.connect(cluster3.database)
    kept = repr(database.execute("SELECT * FROM auditentry").fetchall())
    material = hsm.realm.vault.unmask(
        cluster_named(hsm.realm.store, "demo").lineage, b"key%d" % key.key_class, key.masked
    )
    verifiers = [verifier.rpartition("$")[2] for (verifier,) in database.execute("SELECT verifier FROM user")]
    database.close()
    for secret in (PASSWORD, "adminpw1", "a secret label", material.hex(), key.masked.hex(), *verifiers):
        assert secret not in printed
        assert secret not in kept
    assert repr(material)[2:-1] not in kept
