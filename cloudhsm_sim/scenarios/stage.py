"""What a scenario is laid out with: clusters as the operator makes them, commands as the legacy tools send them.

Nothing here writes a row: HSMs come to differ because a command reached some of them only.
"""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import contextmanager
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from cloudhsm_sim import views
from cloudhsm_sim.arguments import NewUser
from cloudhsm_sim.creation import create
from shared import errors
from shared.cluster.client import Client
from shared.cluster.directory import MANAGEMENT_PORT, cluster_named, create_backup, hsm_named
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import InstallationError
from shared.installation.cfg import set_servers
from shared.installation.files import read_bytes, replace_files
from shared.mechanisms import FIPS, KEY_AES
from shared.store.records import Key, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

    from shared.cluster.client import Outcome
    from shared.installation import Installation
    from shared.realm import Realm
    from shared.store.records import Cluster

TOOL = "cloudhsm-sim"
ALICE = NewUser("CU", "alice", "alicepw1")
BOB = NewUser("CU", "bob", "bobpw123")
CAROL = NewUser("CU", "carol", "carolpw1")

_AES_BYTES = 32


class Stage:
    """One scenario being laid out in an installation; ``undo`` takes what undoes the changes of files.

    ``next_command`` is the command line with which somebody begins to look, the first that the page shows.
    Methods raise HsmError for what an HSM refuses, DirectoryError and InstallationError as the operator's tool does.
    """

    def __init__(self, name: str, place: Installation, realm: Realm, undo: ExitStack) -> None:
        self.name = name
        self.realm = realm
        self.admin = NewUser("PCO" if realm.profile == "1.x" else "CO", "admin", "adminpw1")
        self.next_command = f"{place.bin_dir}/cloudhsm_mgmt_util {place.mgmt_cfg}"
        self._place = place
        self._undo = undo
        self._clusters: list[Cluster] = []
        self._users: list[NewUser] = []
        self._passwords: dict[str, Password] = {}
        self._files: list[str] = []

    def cluster(
        self, addresses: Sequence[str], *users: NewUser, suffix: str = "", backup: str | None = None
    ) -> Cluster:
        """Make a cluster, activated and with these users, or a clone; the first goes into the configuration files."""
        is_first = not self._clusters
        files = (self._place.client_cfg, self._place.mgmt_cfg, self._place.cli_cfg) if is_first else ()
        former = [(path, read_bytes(path), 0o644) for path in files]
        words = Namespace(
            name=self.name + suffix,
            from_backup=backup,
            activate=None if backup else self.admin.password,
            user=users,
            configure=is_first,
            customer_ca=None,
            hsm_type=None,
            mode=FIPS,
        )
        cluster = create(self._place, self.realm, list(addresses), words)
        if backup is None:
            self._undo.callback(self.realm.vault.forget, cluster.lineage)
        self._undo.callback(replace_files, former)
        self._clusters.append(cluster)
        self._note(self.admin, *users)
        return cluster

    def clone(self, source: Cluster, addresses: Sequence[str], suffix: str) -> Cluster:
        """Make a cluster out of a backup of another."""
        return self.cluster(addresses, suffix=suffix, backup=create_backup(self.realm, source.id).id)

    @contextmanager
    def connected(self, user: NewUser, addresses: Sequence[str]) -> Iterator[list[Hsm]]:
        """Give the block connections in which a user is logged in, as a configuration file with these servers does."""
        session = self.realm.open_session(TOOL)
        try:
            hsms = [Hsm(self.realm, hsm_named(self.realm.store, address).id, session) for address in addresses]
            for hsm in hsms:
                hsm.login(user.type, user.name, self._password(user))
            yield hsms
        finally:
            self.realm.close_session(session)

    def create_user(self, user: NewUser, addresses: Sequence[str]) -> None:
        """Let the admin create a user on the HSMs at these addresses."""
        with self.connected(self.admin, addresses) as hsms:
            for hsm in hsms:
                hsm.create_user(user.type, user.name, self._password(user))
        self._note(user)

    def change_password(self, user: NewUser, password: str, addresses: Sequence[str]) -> NewUser:
        """Let the admin change a user's password on the HSMs at these addresses; return the user with it."""
        changed = user._replace(password=password)
        with self.connected(self.admin, addresses) as hsms:
            for hsm in hsms:
                hsm.change_password(user.type, user.name, self._password(changed))
        self._note(changed)
        return changed

    def generate(self, user: NewUser, cluster: Cluster, label: str, users: tuple[int, ...] = ()) -> int:
        """Let a CU make an AES-256 key on the HSMs that are up, shared with the users of these ids: genSymKey."""
        session = self.realm.open_session(TOOL)
        try:
            client = Client(self.realm, cluster.id, session)
            _succeeded(client.login(user.type, user.name, self._password(user)))
            outcome = client.generate_secret(KEY_AES, _AES_BYTES, Template(label.encode(), users=users))
            _succeeded(outcome)
        finally:
            self.realm.close_session(session)
        assert outcome.value is not None
        return outcome.value[0].handle

    def keep(self, name: str, content: bytes) -> str:
        """Write a file of the scenario's own, for its owner only, and return its path."""
        folder = f"{self._place.data_dir}/{self.name}"
        if not os.path.isdir(folder):
            try:
                os.mkdir(folder, 0o700)
            except OSError as error:
                raise InstallationError(f"cannot make {folder}: {error.strerror}") from error
            self._undo.callback(rmtree, folder, ignore_errors=True)
        path = f"{folder}/{name}"
        replace_files([(path, content, 0o600)])
        self._files.append(path)
        return path

    def keep_configuration(self, addresses: Sequence[str]) -> None:
        """Write a file for cloudhsm_mgmt_util with these servers, and let the next command use it."""
        path = self.keep("cloudhsm_mgmt_util.cfg", read_bytes(self._place.mgmt_cfg))
        set_servers(path, [(address, MANAGEMENT_PORT, address) for address in addresses])
        self.next_command = f"{self._place.bin_dir}/cloudhsm_mgmt_util {path}"

    def made(self) -> dict[str, Any]:
        """Return what there is now, as plain values.

        ``clusters`` are as ``cluster show --json`` has them; ``users`` hold type, name, password and ``hsms``, the
        addresses at which this password is theirs; ``keys`` handle, label, owner (the id) and ``hsms``, the addresses
        at which the key is; ``files`` are paths.
        """
        store = self.realm.store
        clusters = [views.cluster(store, cluster_named(store, cluster.id)) for cluster in self._clusters]
        hsms = [hsm for cluster in clusters for hsm in cluster["hsms"]]
        keys: dict[int, dict[str, Any]] = {}
        for hsm in hsms:
            for key in store.rows(Key, "slot, handle", hsm=hsm["id"]):
                entry = {"handle": key.handle, "label": key.label.decode(), "owner": key.owner, "hsms": []}
                keys.setdefault(key.handle, entry)["hsms"].append(hsm["ip"])
        return {
            "clusters": clusters,
            "users": [{**user._asdict(), "hsms": self._where(user, hsms)} for user in self._users],
            "keys": list(keys.values()),
            "files": self._files,
        }

    def _where(self, user: NewUser, hsms: list[dict[str, Any]]) -> list[str]:
        rows = ((hsm, self.realm.store.one(User, hsm=hsm["id"], name=user.name)) for hsm in hsms)
        return [hsm["ip"] for hsm, row in rows if row and self._password(user).matches(row.verifier)]

    def _password(self, user: NewUser) -> Password:
        """Return one object for all that have the same password, so that HSMs in step keep the same salt."""
        return self._passwords.setdefault(user.password, Password(user.password))

    def _note(self, *users: NewUser) -> None:
        self._users += [user for user in users if user not in self._users]


def _succeeded(outcome: Outcome[Any]) -> None:
    if outcome.code is not errors.RET_OK:
        raise HsmError(outcome.code)
