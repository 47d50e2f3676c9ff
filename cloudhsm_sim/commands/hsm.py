"""``cloudhsm-sim hsm``: add, remove, stop and start HSMs.

None of them touches the configuration files, as with the original: that is what ``configure`` is for, and how a
file comes to name an HSM that is gone, or not to name a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import name
from shared.cluster.catch_up import catch_up
from shared.cluster.directory import add_hsm, cluster_named, remove_hsm, set_state

if TYPE_CHECKING:
    import argparse

    from shared.realm import Realm
    from shared.store.records import Hsm


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim hsm``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add an HSM, a copy of one that is up", allow_abbrev=False)
    add.add_argument("cluster", metavar="CLUSTER", type=name, help="name or id")
    add.add_argument("--ip", metavar="A", help="its address (default: a free one near the first HSM's)")
    add.set_defaults(action=_add, done="Added")
    remove = actions.add_parser("remove", help="remove an HSM and what it holds", allow_abbrev=False)
    remove.set_defaults(action=_remove, done="Removed")
    stop = actions.add_parser("stop", help="take an HSM down; its sessions are lost", allow_abbrev=False)
    stop.set_defaults(action=_stop, done="Stopped")
    start = actions.add_parser(
        "start",
        help="take an HSM up again; see the setting sync_on_start",
        allow_abbrev=False,
    )
    start.set_defaults(action=_start, done="Started")
    for action in (remove, stop, start):
        action.add_argument("hsm", metavar="HSM", type=name, help="id or address")
    for action in (add, remove, stop, start):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises RefusedError or InstallationError if it cannot be done."""
    with clusters() as (place, realm):
        catches_up = args.done == "Started" and place.chosen("sync_on_start") == "yes"
        hsm = args.action(realm, args)
        taken = catch_up(realm, hsm.cluster) if catches_up else None
        title = cluster_named(realm.store, hsm.cluster).name
    if args.json:
        output.write_json(views.hsm(hsm) | ({} if taken is None else {"steps": views.steps(taken)}))
        return 0
    output.write(f"{args.done} {hsm.id} at {hsm.ip}")
    if taken is not None:
        output.write(views.steps_text(title, taken))
    return 0


def _add(realm: Realm, args: argparse.Namespace) -> Hsm:
    return add_hsm(realm, args.cluster, args.ip)


def _remove(realm: Realm, args: argparse.Namespace) -> Hsm:
    return remove_hsm(realm, args.hsm)


def _stop(realm: Realm, args: argparse.Namespace) -> Hsm:
    return set_state(realm, args.hsm, "stopped")


def _start(realm: Realm, args: argparse.Namespace) -> Hsm:
    return set_state(realm, args.hsm, "up")
