"""Helpers for tests of KMU's commands in this process: several shells over one cluster, and openssl beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from model_support import ADMIN, ALICE, BOB, DATA, FIRST, OTHER, use_known_rsa_keys

from key_mgmt_util.connection import connect
from key_mgmt_util.shell import Shell
from shared import errors
from shared.cluster import directory
from shared.console import Console
from shared.hsm import Hsm
from shared.installation import Installation
from shared.installation.cfg import set_address
from shared.installation.layout import lay_out
from shared.realm import Realm
from shared.store import records

if TYPE_CHECKING:
    import pytest

    from shared.errors import Code

PASSWORDS = {"admin": "adminpw1", "alice": "alicepw1", "bob": "bobpw123", "carol": "another1"}
TEMPLATES = tempfile.TemporaryDirectory(prefix="cloudhsm-sim-tests-")


def approver_key(name: str) -> Path:
    """Return the file of the private key with which a user approves."""
    return DATA / f"approver-{('alice', 'bob', 'carol').index(name) + 1}.pem"


def openssl(*words: str | Path, data: bytes = b"", status: int = 0) -> bytes:
    """Run openssl on words and return what it prints."""
    child = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=False)
    assert child.returncode == status, child.stderr
    return child.stdout


@cache
def _loaded(key: Path) -> RSAPrivateKey:
    loaded = load_pem_private_key(key.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


def public_pem(name: str) -> bytes:
    """Return the public key with which the approvals of a user are checked."""
    return _loaded(approver_key(name)).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@cache
def signed(name: str, content: bytes) -> bytes:
    """Return what `openssl dgst -sha256 -sign` makes of the content with an approver's key."""
    return _loaded(approver_key(name)).sign(content, PKCS1v15(), SHA256())


class Kmu:
    """A shell of KMU with a session of its own."""

    def __init__(self, folder: Path) -> None:
        self.connection = connect(None)
        self._screen = os.open(folder, os.O_RDWR | os.O_TMPFILE)
        self._keyboard = os.open(os.devnull, os.O_RDONLY)
        self.console = Console(self._keyboard, self._screen)
        self.shell = Shell(self.console, self.connection.client, self.connection.profile)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, *words: str | int | Path) -> str:
        """Carry out one command, given as its words (or as one text), and return what it prints."""
        if len(words) == 1:
            words = tuple(str(words[0]).split(" "))
        os.ftruncate(self._screen, 0)
        os.lseek(self._screen, 0, os.SEEK_SET)
        self.shell.execute([str(word) for word in words])
        self.console.flush()
        return os.pread(self._screen, 1 << 20, 0).decode("utf-8", "surrogateescape")

    def login(self, name: str, user_type: str = "CU") -> Self:
        """Log a user in."""
        text = self.do("loginHSM", "-u", user_type, "-s", name, "-p", PASSWORDS[name])
        assert "returned: 0x00" in text
        return self

    def close(self) -> None:
        """End the session."""
        self.connection.close()
        os.close(self._screen)
        os.close(self._keyboard)


class Bench:
    """An installation with a cluster: CO admin, CUs alice, bob and carol (ids 3 to 5), and shells over it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, nodes: int = 1, profile: str = "3.x") -> None:
        for name in [name for name in os.environ if name.startswith("CLOUDHSM_SIM_")]:
            monkeypatch.delenv(name)
        use_known_rsa_keys(monkeypatch)
        self.folder = folder / "work"
        self.folder.mkdir()
        monkeypatch.chdir(self.folder)
        shutil.copytree(_template(nodes), folder / "cloudhsm")
        self.place = Installation(str(folder / "cloudhsm"))
        monkeypatch.setenv("CLOUDHSM_SIM_HOME", self.place.prefix)
        monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", profile)
        self.realm = Realm.open(self.place)
        self.shells: list[Kmu] = []

    def kmu(self, name: str = "", user_type: str = "CU") -> Kmu:
        """Return a new shell, in which a user is logged in if one is named."""
        shell = Kmu(self.folder)
        self.shells.append(shell)
        return shell.login(name, user_type) if name else shell

    def rows(self, cluster: str = "demo") -> list[records.Hsm]:
        """Return the rows of a cluster's HSMs."""
        return directory.members(self.realm.store, directory.cluster_named(self.realm.store, cluster).id)

    def count(self, table: type[records.Key | records.Token | records.Approval], node: int = 0) -> int:
        """Return how many rows of a kind an HSM has."""
        return self.realm.store.count(table, hsm=self.rows()[node].id)

    def key(self, handle: int, node: int = 0) -> records.Key:
        """Return a key's row."""
        row = self.realm.store.one(records.Key, hsm=self.rows()[node].id, handle=handle)
        assert row is not None
        return row

    def register(self, *names: str) -> None:
        """Give users their quorum keys, on every HSM."""
        session = self.realm.open_session("test")
        for row in self.rows():
            hsm = Hsm(self.realm, row.id, session)
            hsm.login("CO", "admin", ADMIN)
            for name in names:
                hsm.register_quorum_key("CU", name, b"token", signed(name, b"token"), public_pem(name))
        self.realm.close_session(session)

    def address(self, ip: str) -> None:
        """Let the tools talk to the cluster at another address from now on."""
        set_address(self.place.client_cfg, self.place.mgmt_cfg, ip)

    def refuse(self, command: str, code: Code, node: int = 0) -> None:
        """Let an HSM refuse the next command of a kind."""
        self.realm.store.add(records.Fault(None, self.rows()[node].id, command, code.number, 1))

    def write(self, name: str, content: bytes) -> str:
        """Write a file in the working directory and return its name."""
        (self.folder / name).write_bytes(content)
        return name

    def read(self, name: str) -> bytes:
        """Return a file of the working directory."""
        return (self.folder / name).read_bytes()

    def close(self) -> None:
        """Give everything back."""
        for shell in self.shells:
            shell.close()
        self.realm.close()


@cache
def _template(nodes: int) -> Path:
    place = lay_out(f"{TEMPLATES.name}/{nodes}")
    realm = Realm.open(place, create=True)
    addresses = [f"10.0.0.{number}" for number in range(1, nodes + 1)]
    cluster = directory.create_cluster(realm, "demo", addresses)
    session = realm.open_session("test")
    for row in directory.members(realm.store, cluster.id):
        hsm = Hsm(realm, row.id, session)
        hsm.login("PRECO", "admin", FIRST)
        hsm.change_password("PRECO", "admin", ADMIN)
        for name, password in (("alice", ALICE), ("bob", BOB), ("carol", OTHER)):
            hsm.create_user("CU", name, password)
    realm.close()
    set_address(place.client_cfg, place.mgmt_cfg, addresses[0])
    return Path(place.prefix)


def result(api: str, code: Code, returned: str = " returned: ") -> str:
    """Return a result line of profile 3.x."""
    if code is errors.RET_OK:
        return f"\n\t{api}{returned}0x00 : {code.text}\n"
    return f"\n\t{api}{returned}0x{code.number:02x} \n\n\t{code.text}\n"


def block(*codes: Code) -> str:
    """Return the cluster status block of nodes 0, 1, ... in profile 3.x."""
    lines = (f"\tNode id {node} status: 0x{code.number:08x} : {code.text}\n" for node, code in enumerate(codes))
    return "\n\tCluster Status:\n" + "".join(lines)
