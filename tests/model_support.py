"""Helpers for tests of the model: small worlds in a temporary folder, and keys made beforehand."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.cluster import directory
from shared.cluster.client import Client
from shared.crypto import generation
from shared.crypto.generation import Pair
from shared.crypto.masking import Vault
from shared.crypto.passwords import Password
from shared.errors import Code, HsmError
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.installation.cfg import set_address
from shared.installation.cli_cfg import set_addresses
from shared.installation.files import replace_files
from shared.installation.layout import lay_out
from shared.realm import Quotas, Realm
from shared.store import records
from shared.store.liveness import Liveness
from shared.store.sqlite import SqliteStore

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"

# One object a password for the whole run: the verifier is derived once.
FIRST = Password("password")
ADMIN = Password("adminpw1")
ALICE = Password("alicepw1")
BOB = Password("bobpw123")
OTHER = Password("another1")
WRONG = Password("wrongpw1")

# The users of an activated cluster: PRECO admin has become CO, and two CUs have been created.
ADMIN_ID, APP_USER_ID, ALICE_ID, BOB_ID = 1, 2, 3, 4

TEMPLATES = tempfile.TemporaryDirectory(prefix="cloudhsm-sim-tests-")

AES = 31
KEY = Template(b"label")


class ForgottenLiveness(Liveness):
    """Gives its files back when a test just forgets it."""

    closed = False

    def close(self) -> None:
        """Let go of everything, once."""
        if not self.closed:
            self.closed = True
            super().close()

    def __del__(self) -> None:
        self.close()


def open_realm(folder: Path, profile: str = "3.x", *, create: bool = True, **quotas: int) -> Realm:
    """Return the world that is kept in a folder; several may be open on one, as several processes are."""
    store = SqliteStore(str(folder / "store.db"), create=create)
    liveness = ForgottenLiveness(str(folder / "sessions.lock"))
    return Realm(store, Vault(str(folder / "lineage")), liveness, Quotas(**quotas), profile)


class World:
    """An activated cluster, and a session with each of its HSMs."""

    def __init__(self, realm: Realm, cluster: records.Cluster) -> None:
        self.realm = realm
        self.cluster = cluster
        self.session = realm.open_session("test")

    @property
    def store(self) -> Any:
        """Return the store, to look at rows."""
        return self.realm.store

    @property
    def rows(self) -> list[records.Hsm]:
        """Return the rows of the cluster's HSMs."""
        return directory.members(self.realm.store, self.cluster.id)

    def hsm(self, node: int = 0, session: int | None = None) -> Hsm:
        """Return a connection to an HSM, over the world's own session or another."""
        return Hsm(self.realm, self.rows[node].id, self.session if session is None else session)

    def hsms(self, session: int | None = None) -> list[Hsm]:
        """Return a connection to every HSM."""
        return [self.hsm(node, session) for node in range(len(self.rows))]

    def as_user(self, user_type: str, name: str, password: Password, node: int = 0) -> Hsm:
        """Return a connection over a session of its own, in which a user is logged in."""
        hsm = self.hsm(node, self.realm.open_session("test"))
        hsm.login(user_type, name, password)
        return hsm

    def client(self, session: int | None = None, minimum_nodes: int = 1) -> Client:
        """Return a client of the cluster."""
        chosen = self.session if session is None else session
        return Client(self.realm, self.cluster.id, chosen, minimum_nodes)

    def alice(self, minimum_nodes: int = 1) -> Client:
        """Return a client in which the CU alice is logged in."""
        client = self.client(self.realm.open_session("test"), minimum_nodes)
        assert client.login("CU", "alice", ALICE).code.number == 0
        return client

    def fault(self, node: int, command: str, code: Code, remaining: int = 1) -> None:
        """Let an HSM refuse a command."""
        row = records.Fault(None, self.rows[node].id, command, code.number, remaining)
        self.realm.store.add(row)

    def user(self, name: str, node: int = 0) -> records.User:
        """Return a user's row."""
        row = self.realm.store.one(records.User, hsm=self.rows[node].id, name=name)
        assert row is not None
        return row

    def handles(self, node: int = 0) -> list[int]:
        """Return the handles of all keys on an HSM, in order."""
        rows = self.realm.store.rows(records.Key, "handle", hsm=self.rows[node].id)
        return [row.handle for row in rows]


def make_world(folder: Path, nodes: int = 1, profile: str = "3.x", *, activated: bool = True, **quotas: int) -> World:
    """Return a world with one cluster, activated or as it is delivered (PRECO admin, AU app_user).

    It is a copy of one that was built before, as deriving verifiers takes its time.
    """
    template = _template(nodes, profile, activated)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    realm = open_realm(folder, profile, **quotas)
    cluster = realm.store.one(records.Cluster, name="demo")
    assert cluster is not None
    return World(realm, cluster)


@cache
def _template(nodes: int, profile: str, activated: bool) -> Path:
    folder = Path(TEMPLATES.name) / f"{nodes}-{profile}-{activated}"
    folder.mkdir()
    build_world(folder, nodes, profile, activated=activated).realm.close()
    return folder


def build_world(folder: Path, nodes: int = 1, profile: str = "3.x", *, activated: bool = True) -> World:
    """Return a world as ``make_world`` does, made from nothing."""
    realm = open_realm(folder, profile)
    addresses = [f"10.0.0.{number}" for number in range(1, nodes + 1)]
    world = World(realm, directory.create_cluster(realm, "demo", addresses))
    if activated:
        activate(world)
    return world


def activate(world: World) -> None:
    """Give the admin a password, which makes it a CO, and create the CUs alice and bob."""
    for hsm in world.hsms():
        hsm.login("PRECO", "admin", FIRST)
        hsm.change_password("PRECO", "admin", ADMIN)
        hsm.create_user("CU", "alice", ALICE)
        hsm.create_user("CU", "bob", BOB)
        hsm.logout()


def clone_of(world: World, name: str = "clone", addresses: tuple[str, ...] = ("10.0.9.1",)) -> World:
    """Return the world of a cluster that is made from a backup of another."""
    backup = directory.create_backup(world.realm, world.cluster.id)
    return World(world.realm, directory.create_cluster(world.realm, name, list(addresses), backup=backup.id))


def make_installation(prefix: Path, nodes: int = 1) -> Installation:
    """Return an installation whose tools reach an activated cluster with the CUs alice and bob."""
    place = lay_out(str(prefix))
    realm = Realm.open(place, create=True)
    addresses = [f"10.0.0.{number}" for number in range(1, nodes + 1)]
    activate(World(realm, directory.create_cluster(realm, "demo", addresses)))
    realm.close()
    set_address(place.client_cfg, place.mgmt_cfg, addresses[0])
    replace_files([set_addresses(place.cli_cfg, place.prefix, addresses)])
    return place


@contextmanager
def refused(code: Code) -> Iterator[None]:
    """Expect an HSM's refusal with exactly this code."""
    with pytest.raises(HsmError) as caught:
        yield
    assert caught.value.code is code


class KnownKey(NamedTuple):
    """A key made beforehand."""

    key: RSAPrivateKey
    bits: int
    exponent: int
    file: Path


@cache
def known_rsa_keys() -> tuple[KnownKey, ...]:
    """Return the RSA keys in ``data``: of each size and exponent one or more."""
    keys = []
    for file in sorted(DATA.glob("rsa*.pem")):
        key = load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, RSAPrivateKey)
        keys.append(KnownKey(key, key.key_size, key.public_key().public_numbers().e, file))
    return tuple(keys)


def use_known_rsa_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HSMs take known RSA keys, in turn, instead of making them, which is slow."""
    calls = 0

    def rsa_pair(bits: int, exponent: int) -> Pair:
        nonlocal calls
        calls += 1
        fitting = [known for known in known_rsa_keys() if (known.bits, known.exponent) == (bits, exponent)]
        return generation.describe_rsa(fitting[calls % len(fitting)].key)

    monkeypatch.setattr(generation, "rsa_pair", rsa_pair)


def start(code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start Python code in a process of its own, which imports what the tests import."""
    folders = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(DATA.parent)!r}]\n"
    command = [sys.executable, "-c", folders + code, *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)


def outcome_of(request: Callable[[], object]) -> str:
    """Return ``ok`` or the symbol of the refusal."""
    try:
        request()
    except HsmError as refusal:
        return refusal.code.symbol
    return "ok"
