"""A new cluster, all of it or nothing: its HSMs, its activation, its place in the configuration files."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cloudhsm_sim.activation import activate
from cloudhsm_sim.joined import at_once
from shared.cluster import members
from shared.cluster.certificates import Certificates
from shared.cluster.directory import MANAGEMENT_PORT, create_cluster
from shared.installation import InstallationError
from shared.installation.cfg import set_cluster
from shared.installation.cli_cfg import set_addresses
from shared.installation.files import read_bytes, replace_files
from shared.installation.trust import fingerprint
from shared.mechanisms import HSM2M
from shared.store import records

if TYPE_CHECKING:
    import argparse

    from shared.installation import Installation
    from shared.realm import Realm
    from shared.store.records import Cluster


def create(place: Installation, realm: Realm, addresses: list[str] | int, args: argparse.Namespace) -> Cluster:
    """Make the cluster that the arguments of ``cluster create`` describe, at addresses or so many free ones.

    Raises:
        FileNotFoundError: the customer CA that was named is not there.
        InstallationError: a certificate or a configuration file cannot be used.
        RefusedError: an HSM refused a password or a user.
        DirectoryError: the name, an address or the backup is refused.
        Whatever is raised, no cluster and no change of a file is left.
    """
    owner = _owner(place, args)
    # The store undoes its own part; what stands in files is undone here, also when the store fails at the very end.
    with ExitStack() as undo:
        with at_once(realm):
            is_first = not realm.store.count(records.Cluster)
            cluster = create_cluster(
                realm,
                args.name,
                addresses,
                backup=args.from_backup,
                owner=owner,
                hsm_type=args.hsm_type,
                mode=args.mode,
            )
            if args.from_backup is None:
                undo.callback(realm.vault.forget, cluster.lineage)
            if args.activate is not None:
                activate(realm, cluster, args.activate, args.user)
            if is_first or args.configure:
                paths = (path for path in (place.client_cfg, place.mgmt_cfg, place.cli_cfg) if os.path.exists(path))
                former = [(path, read_bytes(path), 0o644) for path in paths]
                _configure(place, realm, cluster)
                undo.callback(replace_files, former)
        undo.pop_all()
    return cluster


def _owner(place: Installation, args: argparse.Namespace) -> str | None:
    """Return the fingerprint that the cluster trusts; None leaves it to the backup, or to the first tool."""
    if args.customer_ca is not None:
        owner = fingerprint(args.customer_ca)
        try:
            Certificates.of(place).keep_owner(args.customer_ca, owner)
        except ValueError as error:
            raise InstallationError(f"{args.customer_ca} holds no certificate that can be read") from error
        return owner
    if args.from_backup is not None:
        return None
    try:
        return fingerprint(place.customer_ca)
    except FileNotFoundError:
        return None


def _configure(place: Installation, realm: Realm, cluster: Cluster) -> None:
    servers = [(hsm.ip, MANAGEMENT_PORT, hsm.ip) for hsm in members(realm.store, cluster.id)]
    # A file that says hsm2m by hand, as users make it, is left so.
    kind = HSM2M.partition(".")[0] if cluster.hsm_type == HSM2M else None
    cli = set_addresses(place.cli_cfg, place.prefix, [ip for ip, _, _ in servers], kind)
    set_cluster(place.client_cfg, place.mgmt_cfg, servers[0][0], servers)
    replace_files([cli])
