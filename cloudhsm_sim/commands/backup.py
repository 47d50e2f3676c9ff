"""``cloudhsm-sim backup``: create and list backups; a clone is a cluster created from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import name
from shared.cluster.directory import create_backup
from shared.store.records import Backup

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim backup``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="keep what the first HSM that is up holds now", allow_abbrev=False)
    create.add_argument("cluster", metavar="CLUSTER", type=name, help="name or id")
    create.set_defaults(action=_create)
    listing = actions.add_parser("list", help="list the backups", allow_abbrev=False)
    listing.set_defaults(action=_list)
    for action in (create, listing):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises RefusedError or InstallationError if it cannot be done."""
    args.action(args)
    return 0


def _create(args: argparse.Namespace) -> None:
    with clusters() as (_, realm):
        view = views.backup(create_backup(realm, args.cluster))
    if args.json:
        output.write_json(view)
    else:
        output.write(f"Created {view['id']} of {view['cluster']}")


def _list(args: argparse.Namespace) -> None:
    with clusters() as (_, realm):
        found = [views.backup(row) for row in realm.store.rows(Backup, "created, id")]
    if args.json:
        output.write_json({"backups": found})
        return
    shown = [{**view, "created": output.moment(view["created"])} for view in found]
    output.write(output.table(("id", "cluster", "lineage", "created"), shown))
