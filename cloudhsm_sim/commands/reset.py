"""``cloudhsm-sim reset``: an installation without clusters, as ``install`` leaves it.

Settings that somebody made in the configuration files stay; only the addresses go back to what they were.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudhsm_sim import output
from cloudhsm_sim.access import clusters
from cloudhsm_sim.errors import RefusedError
from shared.installation import cfg, cli_cfg, templates
from shared.store.records import Backup, Cluster, Hsm, Session

if TYPE_CHECKING:
    import argparse

    from shared.installation import Installation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options of ``cloudhsm-sim reset``."""
    parser.add_argument("--force", action="store_true", help="do so even under tools that are running")


def run(args: argparse.Namespace) -> int:
    """Delete everything and return 0; raises RefusedError or InstallationError, with nothing changed."""
    with clusters() as (place, realm):
        realm.reap()
        with realm.store.transaction():
            running = realm.store.count(Session)
            if running and not args.force:
                raise RefusedError(f"{running} running sessions use the clusters: end them, or give --force")
            lineages = {row.lineage for row in realm.store.rows(Cluster)}
            lineages |= {row.lineage for row in realm.store.rows(Backup)}
            for table in (Session, Hsm, Backup, Cluster):
                realm.store.remove(table)
            # Last, so that a file that cannot be written undoes all of it.
            _configure(place)
        for lineage in lineages:
            realm.vault.forget(lineage)
        _forget_members(place)
    output.write("Deleted all clusters and backups")
    return 0


def _configure(place: Installation) -> None:
    stock = (templates.STOCK_HOSTNAME, templates.MGMT_PORT, templates.STOCK_NAME)
    cli_cfg.edit(place.cli_cfg, place.prefix, cli_cfg.clear_addresses)
    cfg.set_cluster(place.client_cfg, place.mgmt_cfg, templates.STOCK_HOSTNAME, [stock])


def _forget_members(place: Installation) -> None:
    """Delete what the client daemons found out about clusters."""
    daemons = os.path.dirname(os.path.dirname(place.cluster_info()))
    for daemon in os.listdir(daemons):
        path = f"{daemons}/{daemon}/cluster.info"
        if os.path.exists(path):
            os.remove(path)
