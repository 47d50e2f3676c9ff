"""``cloudhsm-sim sync``: the catch-up of a real cluster, as a step that is taken when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import name
from shared.cluster.catch_up import catch_up
from shared.cluster.directory import cluster_named
from shared.store.records import Cluster

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options of ``cloudhsm-sim sync``."""
    parser.add_argument("cluster", metavar="CLUSTER", nargs="?", type=name, help="name or id (default: all clusters)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Bring the keys of the HSMs that are up into step and return 0; raises RefusedError or InstallationError."""
    with clusters() as (_, realm):
        if args.cluster is None:
            chosen = realm.store.rows(Cluster, "created, name")
        else:
            chosen = [cluster_named(realm.store, args.cluster)]
        done = [(row.name, catch_up(realm, row.id)) for row in chosen]
    if args.json:
        output.write_json({"clusters": [{"name": title, "steps": views.steps(taken)} for title, taken in done]})
    else:
        output.write("\n\n".join(views.steps_text(title, taken) for title, taken in done) or "No clusters")
    return 0
