"""Installations to measure on: three HSMs, one crypto user, and as many keys as asked for."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from benchmarks.timing import BenchmarkError, clean
from shared.cluster import members
from shared.cluster.directory import create_cluster
from shared.crypto.passwords import Password
from shared.hsm import Hsm
from shared.hsm.keys import Template
from shared.installation import cli_cfg
from shared.installation.cfg import set_cluster
from shared.installation.files import replace_files
from shared.installation.layout import lay_out
from shared.mechanisms import KEY_AES, handle_of
from shared.realm import Realm
from shared.store import records

if TYPE_CHECKING:
    from pathlib import Path

    from shared.installation import Installation

IPS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
USER, PASSWORD = "alice", "password1"
CLI_LOGIN = {"CLOUDHSM_ROLE": "crypto-user", "CLOUDHSM_PIN": f"{USER}:{PASSWORD}"}
WRITERS, KEYS_EACH = 8, 25


class World:
    """One installation with its keys, and the command lines over it."""

    def __init__(self, prefix: Path, keys: int) -> None:
        self.prefix = prefix
        self.place = _installation(prefix)
        self.handle = _fill(self.place, keys)

    def key_tool(self) -> list[str]:
        """Return the words that start key_mgmt_util."""
        return [f"{self.prefix}/bin/key_mgmt_util"]

    def management_tool(self) -> list[str]:
        """Return the words that start cloudhsm_mgmt_util."""
        return [f"{self.prefix}/bin/cloudhsm_mgmt_util", self.place.mgmt_cfg]

    def singlecmd(self, command: str) -> list[str]:
        """Return the words that run one command of key_mgmt_util behind a login."""
        login = ["singlecmd", "loginHSM", "-u", "CU", "-s", USER, "-p", PASSWORD]
        return [*self.key_tool(), *login, *command.split()]

    def cli(self, command: str) -> list[str]:
        """Return the words that run one command of cloudhsm-cli; its login is in ``CLI_LOGIN``."""
        return [f"{self.prefix}/bin/cloudhsm-cli", *command.split()]

    def count(self) -> list[int]:
        """Return how many keys each HSM has."""
        realm = Realm.open(self.place)
        counts = [realm.store.count(records.Key, hsm=hsm.id) for hsm in realm.store.rows(records.Hsm, "node")]
        realm.close()
        return counts


def write_together(world: World) -> str:
    """Let eight interactive tools make 25 keys each at once and return what they show."""
    lines = [f"loginHSM -u CU -s {USER} -p {PASSWORD}"]
    lines += [f"genSymKey -t 31 -s 32 -l writer-{number}" for number in range(KEYS_EACH)]
    typed = "".join(f"{line}\n" for line in [*lines, "exit"])
    tools = [
        subprocess.Popen(
            world.key_tool(),
            env=clean(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(WRITERS)
    ]
    for tool in tools:
        assert tool.stdin is not None
        tool.stdin.write(typed)
        tool.stdin.close()
        tool.stdin = None
    shown = ""
    for tool in tools:
        output = tool.communicate()[0]
        if tool.returncode:
            raise BenchmarkError(output[-1000:])
        shown += output
    return shown


def _installation(prefix: Path) -> Installation:
    place = lay_out(str(prefix))
    with open(place.simulator_cfg, encoding="utf-8") as file:
        settings = json.load(file)
    with open(place.simulator_cfg, "w", encoding="utf-8") as file:
        json.dump({**settings, "max_keys": 1_000_000}, file)
    realm = Realm.open(place, create=True)
    cluster = create_cluster(realm, "bench", IPS)
    session = realm.open_session("benchmarks")
    first, officer, user = Password("password"), Password("adminpw1"), Password(PASSWORD)
    for row in members(realm.store, cluster.id):
        hsm = Hsm(realm, row.id, session)
        hsm.login("PRECO", "admin", first)
        hsm.change_password("PRECO", "admin", officer)
        hsm.create_user("CU", USER, user)
    realm.close()
    set_cluster(place.client_cfg, place.mgmt_cfg, IPS[0], [(ip, 2225, ip) for ip in IPS])
    replace_files([cli_cfg.set_addresses(place.cli_cfg, place.prefix, IPS)])
    return place


def _fill(place: Installation, keys: int) -> int:
    """Make the first key as a client does and the others as copies of its rows; return a handle, 0 without keys."""
    if not keys:
        return 0
    realm = Realm.open(place)
    session = realm.open_session("benchmarks")
    (cluster,) = realm.store.rows(records.Cluster)
    hsms = members(realm.store, cluster.id)
    maker = Hsm(realm, hsms[0].id, session)
    maker.login("CU", USER, Password(PASSWORD))
    key = maker.generate_secret(KEY_AES, 32, Template(b"key-0"))
    with realm.store.transaction():
        for hsm in hsms[1:]:
            realm.store.add(key._replace(hsm=hsm.id))
        first = realm.store.take_slots(cluster.id, keys - 1) if keys > 1 else 0
        for number in range(keys - 1):
            slot = first + number
            copy = key._replace(slot=slot, handle=handle_of(hsms[0].node, slot), label=b"key-%d" % (number + 1))
            for hsm in hsms:
                realm.store.add(copy._replace(hsm=hsm.id))
    realm.close()
    return key.handle
