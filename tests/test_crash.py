"""Processes that are killed anywhere leave a sound store, and nothing that a user has been told is lost."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from model_support import ALICE, make_installation

from shared.audit import OPCODES, entries, verify
from shared.cluster import members
from shared.cluster.client import Client
from shared.cluster.directory import cluster_named
from shared.installation import Installation
from shared.mechanisms import CLASS_SECRET
from shared.realm import Realm
from shared.store.protocol import Criteria
from shared.store.records import Key, Login, Session

WORKERS = 4
COMMANDS = 50
NODES = 2
KILLS = 8
LONGEST_WAIT = 0.012
KEY_MAKERS = {OPCODES[name][0] for name in ("CN_GENERATE_KEY", "CN_INSERT_MASKED_OBJECT_USER")}
PROMPT = b"\nCommand:  "
MADE = re.compile(rb"Key Handle: (\d+)|public key handle: (\d+) +private key handle: (\d+)")
LOGIN = "loginHSM -u CU -s alice -p alicepw1"


class Worker(threading.Thread):
    """One user with one tool after another, each of which is killed some time."""

    def __init__(self, place: Installation, number: int, errors: Path) -> None:
        super().__init__(daemon=True)
        self.random = random.Random(number)  # noqa: S311 - the same moments in every run
        self.command = [f"{place.bin_dir}/key_mgmt_util"]
        self.errors = errors
        self.kept: set[int] = set()
        self.session_keys: set[int] = set()
        self.in_doubt: set[int] = set()
        self.deleted: set[int] = set()
        self.killed_in = set(self.random.sample(range(COMMANDS), KILLS))
        self.unexpected: list[bytes] = []
        self.finished = False

    def run(self) -> None:
        """Give the commands, and a login to each new tool."""
        tool = self.start_tool()
        for turn in range(COMMANDS):
            words, target = self.next_command()
            self.send(tool, words)
            if turn in self.killed_in:
                time.sleep(self.random.uniform(0, LONGEST_WAIT))
                tool.send_signal(signal.SIGKILL)
            self.learn(words, target, self.answer(tool))
            if turn in self.killed_in:
                self.end(tool)
                tool = self.start_tool()
        tool.send_signal(signal.SIGKILL)
        self.end(tool)
        self.finished = True

    def start_tool(self) -> "subprocess.Popen[bytes]":
        """Start a tool and log in."""
        with self.errors.open("ab") as errors:
            tool = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self.answer(tool)
        self.send(tool, LOGIN)
        answer = self.answer(tool)
        if b"Cfm3LoginHSM returned: 0x00" not in answer:
            self.unexpected.append(answer)
        return tool

    def end(self, tool: "subprocess.Popen[bytes]") -> None:
        """Wait for the end of a tool that was killed."""
        assert tool.stdin is not None
        assert tool.stdout is not None
        tool.stdout.close()
        tool.wait()
        tool.stdin.close()

    def next_command(self) -> tuple[str, int]:
        """Return a command, and the handle that it deletes if it does."""
        choice = self.random.random()
        if choice < 0.4:
            return "genSymKey -t 31 -s 32 -l secret", 0
        if choice < 0.5:
            return "genSymKey -t 31 -s 32 -l session -sess", 0
        if choice < 0.7:
            return "genECCKeyPair -i 2 -l pair", 0
        if choice < 0.9 and self.kept:
            target = self.random.choice(sorted(self.kept))
            return f"deleteKey -k {target}", target
        return "findKey", 0

    def send(self, tool: "subprocess.Popen[bytes]", words: str) -> None:
        """Type a line."""
        assert tool.stdin is not None
        tool.stdin.write(words.encode() + b"\n")
        tool.stdin.flush()

    def answer(self, tool: "subprocess.Popen[bytes]") -> bytes:
        """Return what the tool prints before its next prompt or its end."""
        assert tool.stdout is not None
        text = b""
        while not text.endswith(PROMPT):
            chunk = os.read(tool.stdout.fileno(), 65536)
            if not chunk:
                break
            text += chunk
        return text

    def learn(self, words: str, target: int, answer: bytes) -> None:
        """Note what the user has been told."""
        handles = {int(handle) for found in MADE.findall(answer) for handle in found if handle}
        if "-sess" in words:
            self.session_keys |= handles
        else:
            self.kept |= handles
        if target:
            self.kept.discard(target)
            told = b"Cfm3DeleteKey returned: 0x00" in answer
            (self.deleted if told else self.in_doubt).add(target)
        if answer and b"returned: 0x00" not in answer:
            self.unexpected.append(answer)


def test_killed_tools_leave_a_sound_store_and_lose_nothing_they_have_told(tmp_path: Path) -> None:
    place = make_installation(tmp_path / "sim", nodes=NODES)
    errors = tmp_path / "errors"
    workers = [Worker(place, number, errors) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors.read_bytes() == b""
    they_have_worked(workers)
    the_store_is_sound(place)
    the_logs_are_whole(place)
    what_users_were_told_is_so_on_every_hsm(place, workers)
    a_pair_is_whole_where_it_was_made(place, workers)
    the_next_user_goes_on(place, workers)


def they_have_worked(workers: list[Worker]) -> None:
    for worker in workers:
        assert worker.unexpected == []
        assert worker.finished
        assert len(worker.kept) >= 10
    assert sum(len(worker.deleted) for worker in workers) >= 10
    assert sum(len(worker.session_keys) for worker in workers) >= 5


def the_store_is_sound(place: Installation) -> None:
    database = sqlite3.connect(place.database)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    counts = "SELECT key_count - (SELECT count(*) FROM key WHERE key.hsm = hsm.id) FROM hsm"
    assert database.execute(counts).fetchall() == [(0,)] * NODES
    database.close()


def the_logs_are_whole(place: Installation) -> None:
    realm = Realm.open(place)
    for row in members(realm.store, cluster_named(realm.store, "demo").id):
        verify(realm.store, row.id)
        made = {entry.private for entry in entries(realm.store, row.id) if entry.opcode in KEY_MAKERS}
        assert {key.handle for key in realm.store.rows(Key, hsm=row.id) if key.key_class == CLASS_SECRET} <= made
    realm.close()


def what_users_were_told_is_so_on_every_hsm(place: Installation, workers: list[Worker]) -> None:
    realm = Realm.open(place)
    session = realm.open_session("test")
    kept = set().union(*(worker.kept for worker in workers))
    gone = set().union(*(worker.deleted | worker.session_keys for worker in workers))
    for row in members(realm.store, cluster_named(realm.store, "demo").id):
        present = {key.handle: key for key in realm.store.rows(Key, hsm=row.id)}
        assert kept <= set(present)
        assert not gone & set(present)
        for key in present.values():
            material = realm.vault.unmask(
                cluster_named(realm.store, "demo").lineage, b"key%d" % key.key_class, key.masked
            )
            assert material
    assert [row.id for row in realm.store.rows(Session)] == [session]
    assert realm.store.rows(Login) == []
    realm.close()


def a_pair_is_whole_where_it_was_made(place: Installation, workers: list[Worker]) -> None:
    """Check pairs on the HSM that made them: making a pair is one step, copying it is several."""
    realm = Realm.open(place)
    touched = set().union(*(worker.deleted | worker.in_doubt for worker in workers))
    row = members(realm.store, cluster_named(realm.store, "demo").id)[0]
    present = {key.handle: key for key in realm.store.rows(Key, hsm=row.id)}
    public = [key for key in present.values() if key.key_class == 2 and key.handle + 1 not in touched]
    assert len(public) >= 10
    for key in public:
        assert present[key.handle + 1].kcv == key.kcv
    realm.close()


def the_next_user_goes_on(place: Installation, workers: list[Worker]) -> None:
    realm = Realm.open(place)
    client = Client(realm, cluster_named(realm.store, "demo").id, realm.open_session("test"))
    assert client.login("CU", "alice", ALICE).code.number == 0
    found = client.find_keys(Criteria()).value
    assert found is not None
    assert set().union(*(worker.kept for worker in workers)) <= set(found)
    highest = max(found) & 0x3FFFF
    words = ["singlecmd", *LOGIN.split(), "genSymKey", "-t", "31", "-s", "16", "-l", "after"]
    done = subprocess.run([f"{place.bin_dir}/key_mgmt_util", *words], capture_output=True, check=True)
    made = MADE.search(done.stdout)
    assert made is not None
    assert int(made[1]) > highest
    realm.close()
