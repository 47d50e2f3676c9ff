"""Every command of KMU that makes a key, with a fault in each HSM in turn: the HSMs hold what the transcript says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from model_support import ALICE, DATA, make_world, use_known_rsa_keys
from wrap_support import Kmu, public_pem

from shared import errors
from shared.cluster.faults import add_fault, remove_faults, waiting_faults
from shared.crypto import generation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.errors import Code

NODES = range(3)
ROLL_BACK = "Couldn't verify key sync on 3 servers\nRolling back\n"

# The commands, with what the firmware does for them.
CREATIONS = {
    "genSymKey -t 31 -s 16 -l k": "generateKey",
    "genRSAKeyPair -m 2048 -e 65537 -l k": "generateKeyPair",
    "genECCKeyPair -i 2 -l k": "generateKeyPair",
    "genDSAKeyPair -m 2048 -l k": "generateKeyPair",
    "genPBEKey -l k -p password -s salt -c 10": "deriveKey",
    "imSymKey -t 31 -l k -f aes -w 4": "unwrapKey",
    "importPrivateKey -l k -f private.pem -w 4": "unwrapKey",
    "importPubKey -l k -f public.pem": "createObject",
    f"createPublicKey -m {'d' * 512} -e 65537 -l k": "createObject",
    "unWrapKey -f wrapped -w 4 -m 4": "unwrapKey",
    "insertMaskedObject -f masked": "insertMaskedObject",
}
COMMANDS = pytest.mark.parametrize("line", CREATIONS, ids=lambda line: line.partition(" ")[0])


class Trouble(NamedTuple):
    """A fault: its kind, the command that it waits for ("make": what the firmware does), its code, how often."""

    kind: str
    command: str = ""
    code: Code = errors.RET_OK
    times: int = 1


TROUBLES = (
    Trouble("refuse", "make", errors.POLICY_MISMATCH),
    Trouble("refuse", "make", errors.INVALID_DATA),
    Trouble("refuse", "make", errors.SERVER_UNAVAILABLE),
    Trouble("refuse", "replicateKey", errors.KEY_ACCESS_DENIED),
    Trouble("refuse", "extractMaskedObject", errors.KEY_ACCESS_DENIED),
    Trouble("refuse", "wrapHostKey", errors.SERVER_UNAVAILABLE),
    Trouble("drop"),
    Trouble("down"),
    Trouble("down", times=2),
    Trouble("down", times=4),
    Trouble("down", times=40),
)


class Said(NamedTuple):
    """What a transcript says: handles made, nodes that have them, nodes from which the roll-back removed each."""

    handles: list[int]
    nodes: set[int]
    removed: list[set[int]]

    def holds(self, node: int) -> set[int]:
        """Return which of the new keys a node has by this account."""
        made = set(self.handles) if node in self.nodes else set[int]()
        return made - {handle for handle, nodes in zip(self.handles, self.removed, strict=False) if node in nodes}


def said(text: str) -> Said:
    creation, _, roll_back = text.partition("Rolling back\n")
    handles = {int(handle): None for handle in re.findall(r"[hH]andle: (\d+)", creation)}
    blocks = creation.split("\n\tCluster Status:\n")
    deletions = [succeeded(block) for block in roll_back.split("\n\tCluster Status:\n")[1:]]
    return Said(list(handles), succeeded(blocks[1]) if len(blocks) > 1 else set(), deletions)


def succeeded(block: str) -> set[int]:
    """Return the nodes that a cluster status block, up to the end of its text, shows with success."""
    lines = re.match(r"(\tNode id .*\n)*", block)
    return {int(node) for node in re.findall(r"Node id (\d) status: 0x00000000 ", lines[0] if lines else "")}


class Bench:
    """A shell over three HSMs in step, and files to import."""

    def __init__(self, folder: Path, minimum_nodes: int) -> None:
        self.world = make_world(folder / "world", 3)
        self.reported: set[tuple[int, int]] = set()
        self.kmu = Kmu(self.world, minimum_nodes, report=lambda handle, node: self.reported.add((handle, node)))
        Path("aes").write_bytes(bytes(range(32)))
        private = ec.derive_private_key(7, ec.SECP256R1())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        Path("private.pem").write_bytes(pem)
        Path("public.pem").write_bytes(public_pem(pem))
        key = self.kmu.make("imSymKey -t 31 -l k -f aes -w 4")
        self.kmu(f"wrapKey -k {key} -w 4 -m 4 -out wrapped")
        self.kmu(f"extractMaskedObject -o {key} -out masked")

    def run(self, line: str, *faults: tuple[Trouble, int]) -> tuple[str, list[set[int]]]:
        """Carry out a command under faults; return the transcript and the new keys of each HSM."""
        before = self.holdings()
        for trouble, node in faults:
            command = CREATIONS[" ".join(line.split(" -min_srv")[:1])] if trouble.command == "make" else trouble.command
            ip = self.world.rows[node].ip
            add_fault(
                self.world.realm, ip, trouble.kind, command=command, code=trouble.code.number, times=trouble.times
            )
        text = self.kmu(line)
        remove_faults(self.world.realm, None)
        return text, [now - then for now, then in zip(self.holdings(), before, strict=True)]

    def holdings(self) -> list[set[int]]:
        """Return the handles on each HSM."""
        return [set(self.world.handles(node)) for node in NODES]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("key_mgmt_util.creation.time.sleep", lambda _: None)
    use_known_rsa_keys(monkeypatch)
    dsa = load_pem_private_key((DATA / "wrap-dsa2048.pem").read_bytes(), None)
    assert isinstance(dsa, DSAPrivateKey)
    monkeypatch.setattr(generation, "dsa_pair", lambda _: generation.describe_dsa(dsa))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, 1)
    yield bench
    bench.kmu.close()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench whose client is configured to want three HSMs for each new key."""
    bench = Bench(tmp_path, 3)
    yield bench
    bench.kmu.close()


def lost_beside(node: int) -> int:
    """Return a node other than this one and than the first, which makes the keys."""
    return 2 if node == 1 else 1


def cases() -> Iterator[tuple[Trouble, int]]:
    return ((trouble, node) for trouble in TROUBLES for node in NODES)


@COMMANDS
def test_state_is_what_the_transcript_says(bench: Bench, line: str) -> None:
    for trouble, node in cases():
        text, found = bench.run(line, (trouble, node))
        account = said(text)
        assert found == [account.holds(each) for each in NODES], (trouble, node, text)
        assert "Rolling back" not in text


@COMMANDS
def test_state_after_min_srv_is_what_the_transcript_says(bench: Bench, line: str) -> None:
    rolled_back = 0
    for trouble, node in cases():
        text, found = bench.run(f"{line} -min_srv 3 -timeout 1", (trouble, node))
        account = said(text)
        assert found == [account.holds(each) for each in NODES], (trouble, node, text)
        is_back = bool(account.handles) and account.nodes != set(NODES)
        assert (ROLL_BACK in text) == is_back, (trouble, node, text)
        rolled_back += is_back
    assert rolled_back >= 3 or line.startswith("genPBEKey")


@COMMANDS
def test_state_after_a_roll_back_that_fails_somewhere_too(bench: Bench, line: str) -> None:
    for node in NODES:
        keeping = Trouble("refuse", "deleteKey", errors.KEY_ACCESS_DENIED)
        text, found = bench.run(f"{line} -min_srv 3 -timeout -1", (Trouble("drop"), lost_beside(node)), (keeping, node))
        account = said(text)
        assert found == [account.holds(each) for each in NODES], (node, text)


@COMMANDS
def test_a_configured_minimum_leaves_nothing_behind(strict: Bench, line: str) -> None:
    for trouble, node in cases():
        text, found = strict.run(line, (trouble, node))
        account = said(text)
        expected = set(account.handles) if account.nodes == set(NODES) else set()
        assert found == [expected] * 3, (trouble, node, text)
        # What the transcript names is there: a key that was taken back has no handle in it.
        assert bool(account.handles) == bool(expected), (trouble, node, text)
        assert "Rolling back" not in text


@COMMANDS
def test_what_cannot_be_taken_back_is_what_is_reported(strict: Bench, line: str) -> None:
    for node in NODES:
        strict.reported.clear()
        keeping = Trouble("refuse", "tombstone", errors.KEY_ACCESS_DENIED)
        text, found = strict.run(line, (Trouble("drop"), lost_beside(node)), (keeping, node))
        assert not said(text).handles
        assert {(handle, each) for each in NODES for handle in found[each]} == strict.reported, (node, text)


@COMMANDS
def test_without_a_fault_every_hsm_has_the_key(strict: Bench, line: str) -> None:
    text, found = strict.run(f"{line} -min_srv 3")
    account = said(text)
    assert found == [set(account.handles)] * 3
    assert bool(account.handles) == (not line.startswith("genPBEKey"))
    assert waiting_faults(strict.world.realm) == []


@COMMANDS
def test_nobody_logged_in_makes_nothing(bench: Bench, line: str) -> None:
    bench.kmu("logoutHSM")
    text, found = bench.run(line)
    assert found == [set()] * 3
    assert "Handle" not in text


@pytest.mark.parametrize("node", NODES)
def test_an_hsm_that_stops_between_login_and_command_takes_no_part(bench: Bench, node: int) -> None:
    bench.world.store.change(bench.world.rows[node], state="stopped")
    for line in CREATIONS:
        text, found = bench.run(line)
        account = said(text)
        assert found == [account.holds(each) for each in NODES], text
        assert f"Node id {node} " not in text
    bench.world.store.change(bench.world.rows[node], state="up")
    assert bench.kmu("loginHSM -u CU -s alice -p alicepw1").count("SUCCESS") == 4
    assert bench.world.hsm(node).logged_in() is None
    assert bench.world.as_user("CU", "alice", ALICE, node).logged_in() is not None
