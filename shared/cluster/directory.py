"""Clusters, their HSMs and backups: what AWS's management side does, reached by the operator's tool."""

from __future__ import annotations

import os

from shared import audit
from shared.clock import now
from shared.cluster import members
from shared.crypto.passwords import Password
from shared.mechanisms import FIPS, FIRST_SLOT, HSM1
from shared.realm import Realm, new_id
from shared.store import records
from shared.store.records import Backup, Cluster, Hsm, Key, Share, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.installation import Installation
    from shared.store.protocol import Store

MANAGEMENT_PORT = 2225
_CONTENT = (User, Key, Share, records.MinimumValue, records.TrustAnchor, records.Enforcement)
_SERIAL_DIGITS = 6


class DirectoryError(Exception):
    """A request about clusters, HSMs or backups that cannot be met; the message is one line for the user."""


def cluster_named(store: Store, name: str) -> Cluster:
    """Return the cluster of a name or an id; DirectoryError if there is none."""
    found = store.one(Cluster, name=name) or store.one(Cluster, id=name)
    if found is None:
        raise DirectoryError(f"no cluster named {name}")
    return found


def hsm_named(store: Store, name: str) -> Hsm:
    """Return the HSM of an id or an IP address; DirectoryError if there is none."""
    found = store.one(Hsm, id=name) or (store.one(Hsm, ip=name) if name else None)
    if found is None or found.state == "backup":
        raise DirectoryError(f"no HSM {name}")
    return found


def members_at(installation: Installation, ip: str) -> list[tuple[str, int, str]]:
    """Return (hostname, port, name) of all HSMs of the cluster that answers at an address, in node order.

    The list is empty when nobody answers there.
    """
    realm = Realm.open(installation)
    try:
        answering = realm.store.one(Hsm, ip=ip, state="up") if ip else None
        if answering is None:
            return []
        return [(hsm.ip, MANAGEMENT_PORT, hsm.ip) for hsm in members(realm.store, answering.cluster)]
    finally:
        realm.close()


def addresses_of(installation: Installation, cluster: str) -> list[str]:
    """Return the addresses of the HSMs of a cluster's id, in node order; none if there is no such cluster."""
    realm = Realm.open(installation)
    try:
        return [hsm.ip for hsm in members(realm.store, cluster)]
    finally:
        realm.close()


def cluster_at(installation: Installation, ip: str) -> str | None:
    """Return the id of the cluster that has an HSM at an address, up or not."""
    realm = Realm.open(installation)
    try:
        found = realm.store.one(Hsm, ip=ip)
        return found.cluster if found else None
    finally:
        realm.close()


def create_cluster(
    realm: Realm,
    name: str,
    addresses: list[str] | int,
    *,
    backup: str | None = None,
    owner: str | None = None,
    hsm_type: str | None = None,
    mode: str = FIPS,
) -> Cluster:
    """Make a cluster with an HSM at each address, as AWS hands it over: PRECO admin/password and AU app_user.

    A number instead of ``addresses`` asks for so many HSMs at the next free ones.

    With ``backup`` it is a clone: content, lineage and slot counter are the backup's. ``owner`` is the fingerprint of
    the customer CA that it trusts from the start. HSMs are of type hsm1.medium, or as those that a backup was made of;
    only hsm2m.medium can be in NON_FIPS mode (AWS guide, create-cluster).

    Raises:
        DirectoryError: the name or an address is taken, malformed, or there are too many or no HSMs.
    """
    store = realm.store
    source = _backup(store, backup) if backup else None
    hsm_type, mode = _kind(store, source, hsm_type, mode)
    with store.transaction():
        if not name or store.one(Cluster, name=name) is not None:
            raise DirectoryError(f"the cluster name {name} is taken" if name else "a cluster needs a name")
        cluster = Cluster(
            id=new_id("cluster"),
            name=name,
            lineage=source.lineage if source else new_id("lineage"),
            next_slot=source.next_slot if source else FIRST_SLOT,
            owner_certificate=owner or (source.owner_certificate if source else None),
            created=now(),
            hsm_type=hsm_type,
            mode=mode,
        )
        if not addresses:
            raise DirectoryError("a cluster needs an HSM")
        if isinstance(addresses, int):
            _check_size(realm, addresses)
            addresses = next_addresses(store, None, addresses)
        store.add(cluster)
        fresh = () if source else _first_users()
        for node, address in enumerate(addresses):
            hsm = _place(realm, cluster, node, address)
            if source is not None:
                store.copy_content(source.id, hsm.id, _CONTENT)
            for user in fresh:
                store.add(user._replace(hsm=hsm.id))
            if node == 0 and source is None:
                _log_beginning(store, hsm, fresh)
        if source is None:
            realm.vault.create(cluster.lineage)
    return cluster


def _kind(store: Store, source: Backup | None, hsm_type: str | None, mode: str) -> tuple[str, str]:
    """Return type and mode of new HSMs; without a type they are as those that a backup was made of."""
    origin = store.one(Cluster, id=source.cluster) if source else None
    if hsm_type is None:
        hsm_type, mode = (origin.hsm_type, origin.mode) if origin else (HSM1, mode)
    if hsm_type == HSM1 and mode != FIPS:
        raise DirectoryError(f"{HSM1} has no mode but {FIPS}")
    return hsm_type, mode


def _first_users() -> tuple[User, User]:
    """Return the users of a fresh HSM; nobody knows the AU's password."""
    officer = User("", 1, "PRECO", "admin", Password("password").verifier())
    return officer, User("", 2, "AU", "app_user", Password(os.urandom(16).hex()).verifier())


def _log_beginning(store: Store, hsm: Hsm, users: Iterable[User]) -> None:
    """Log how a cluster's first HSM came to be; the others are made from a backup of it, and not logged (guide)."""
    officer, appliance = (audit.Subject(user.type, user.name) for user in users)
    events = (
        ("CN_INIT_TOKEN", audit.Subject()),
        ("CN_GEN_PSWD_ENC_KEY", audit.Subject()),
        ("CN_CREATE_APPLIANCE_USER", appliance),
        ("CN_CREATE_CO", officer),
        ("CN_INIT_DONE", audit.Subject()),
    )
    for opcode, subject in events:
        _log(store, hsm, opcode, subject)


def _log(store: Store, hsm: Hsm, opcode: str, subject: audit.Subject) -> None:
    """Log what no session has done."""
    row = store.one(Hsm, id=hsm.id)
    assert row is not None
    audit.write(store, row, opcode, 0, subject)


def delete_cluster(realm: Realm, name: str) -> None:
    """Delete a cluster with its HSMs; its backups stay. DirectoryError if it is unknown."""
    store = realm.store
    with store.transaction():
        cluster = cluster_named(store, name)
        store.remove(Hsm, cluster=cluster.id)
        store.remove(Cluster, id=cluster.id)
        left = store.count(Cluster, lineage=cluster.lineage) + store.count(Backup, lineage=cluster.lineage)
    if not left:
        realm.vault.forget(cluster.lineage)


def add_hsm(realm: Realm, cluster_name: str, address: str | None = None) -> Hsm:
    """Add an HSM, restored from a backup of the first one that is up, as AWS does.

    Raises:
        DirectoryError: unknown cluster, no HSM left to restore from, no room, or a bad or taken address.
    """
    store = realm.store
    with store.transaction():
        cluster = cluster_named(store, cluster_name)
        present = members(store, cluster.id)
        source = next((hsm for hsm in present if hsm.state == "up"), None)
        if source is None:
            raise DirectoryError(f"no HSM of {cluster.name} is up to restore from")
        taken = {hsm.node for hsm in present}
        node = next(number for number in range(len(taken) + 1) if number not in taken)
        hsm = _place(realm, cluster, node, address or next_addresses(store, cluster.id, 1)[0])
        store.copy_content(source.id, hsm.id, _CONTENT)
    return hsm


def remove_hsm(realm: Realm, name: str) -> Hsm:
    """Remove an HSM with all that it holds and return what it was. DirectoryError if it is unknown."""
    with realm.store.transaction():
        hsm = hsm_named(realm.store, name)
        realm.store.remove(Hsm, id=hsm.id)
    return hsm


def set_state(realm: Realm, name: str, state: str) -> Hsm:
    """Take an HSM down (``stopped``) or up (``up``); what it held in sessions is lost when it goes down.

    Raises:
        DirectoryError: unknown HSM.
    """
    with realm.store.transaction():
        hsm = hsm_named(realm.store, name)
        comes_up = state == "up" and hsm.state != "up"
        realm.store.change(hsm, state=state, reboots=hsm.reboots + 1 if comes_up else hsm.reboots)
        if state != "up":
            for key in realm.store.rows(Key, hsm=hsm.id):
                if key.session is not None:
                    realm.store.remove(Key, hsm=hsm.id, handle=key.handle)
            realm.store.remove(records.Login, hsm=hsm.id)
    return hsm._replace(state=state)


def create_backup(realm: Realm, cluster_name: str) -> Backup:
    """Keep what the cluster's first HSM that is up holds now. DirectoryError if none is up or it is unknown."""
    store = realm.store
    with store.transaction():
        cluster = cluster_named(store, cluster_name)
        source = next((hsm for hsm in members(store, cluster.id) if hsm.state == "up"), None)
        if source is None:
            raise DirectoryError(f"no HSM of {cluster.name} is up to back up")
        backup = Backup(
            new_id("backup"), cluster.id, cluster.lineage, cluster.next_slot, cluster.owner_certificate, now()
        )
        store.add(backup)
        store.add(Hsm(backup.id, backup.id, source.node, "", "backup", source.serial))
        store.copy_content(source.id, backup.id, _CONTENT)
        for opcode in ("CN_BACKUP_BEGIN", "CN_BACKUP_END"):
            _log(store, source, opcode, audit.Subject())
    return backup


def _backup(store: Store, name: str) -> Backup:
    found = store.one(Backup, id=name)
    if found is None:
        raise DirectoryError(f"no backup {name}")
    return found


def _place(realm: Realm, cluster: Cluster, node: int, address: str) -> Hsm:
    from ipaddress import IPv4Address

    store = realm.store
    _check_size(realm, store.count(Hsm, cluster=cluster.id) + 1)
    try:
        ip = str(IPv4Address(address))
    except ValueError as error:
        raise DirectoryError(f"{address!r} is no IPv4 address") from error
    if store.one(Hsm, ip=ip) is not None:
        raise DirectoryError(f"the address {ip} is taken")
    # After the highest one in use, as a count would give the same serial twice once an HSM is removed.
    latest = max((int(row.serial[-_SERIAL_DIGITS:]) for row in store.rows(Hsm)), default=0)
    serial = f"3.0A0101-ICM{latest + 1:0{_SERIAL_DIGITS}d}"
    hsm = Hsm(new_id("hsm"), cluster.id, node, ip, "up", serial)
    store.add(hsm)
    return hsm


def _check_size(realm: Realm, hsms: int) -> None:
    if hsms > realm.quotas.max_hsms:
        raise DirectoryError(f"a cluster has at most {realm.quotas.max_hsms} HSMs")


def next_addresses(store: Store, cluster: str | None, number: int) -> list[str]:
    """Return free addresses in the subnet of a cluster, or, for None, in the next unused 10.0.x.0/24."""
    used = {hsm.ip for hsm in store.rows(Hsm)}
    if cluster is not None:
        subnet = members(store, cluster)[0].ip.rsplit(".", 1)[0]
    else:
        subnets = {ip.rsplit(".", 1)[0] for ip in used}
        unused = (f"10.0.{third}" for third in range(256) if f"10.0.{third}" not in subnets)
        subnet = next(unused, "10.0.255")
    free = (f"{subnet}.{last}" for last in range(1, 255) if f"{subnet}.{last}" not in used)
    found = [address for address, _ in zip(free, range(number), strict=False)]
    if len(found) < number:
        raise DirectoryError(f"no address is free in {subnet}.0/24")
    return found
