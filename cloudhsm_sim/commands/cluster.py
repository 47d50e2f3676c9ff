"""``cloudhsm-sim cluster``: create, list, show and delete clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import file_path, name, new_user, positive
from cloudhsm_sim.creation import create
from cloudhsm_sim.passwords import typed
from shared.cluster.directory import cluster_named, delete_cluster
from shared.mechanisms import FIPS, HSM1, HSM2M, HSM_TYPES, MODES
from shared.store.records import Cluster

if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim cluster``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    creation = actions.add_parser("create", help="make a cluster", allow_abbrev=False)
    _add_creation(creation)
    creation.set_defaults(action=_create, misuse=creation.error)
    listing = actions.add_parser("list", help="list the clusters", allow_abbrev=False)
    listing.set_defaults(action=_list)
    show = actions.add_parser("show", help="show one cluster", allow_abbrev=False)
    show.set_defaults(action=_show)
    delete = actions.add_parser("delete", help="delete a cluster with its HSMs; its backups stay", allow_abbrev=False)
    delete.set_defaults(action=_delete)
    for action in (show, delete):
        action.add_argument("name", metavar="NAME", type=name, help="name or id")
    for action in (creation, listing, show):
        action.add_argument("--json", action="store_true", help="print JSON")


def _add_creation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", type=name)
    parser.add_argument("--hsms", metavar="N", type=positive, help="how many HSMs (default: 1)")
    parser.add_argument("--ip", metavar="A,B,C", help="their addresses (default: free ones of 10.0.x.0/24)")
    parser.add_argument("--activate", metavar="PASSWORD", help="make admin a CO with this password; -: it is typed")
    parser.add_argument(
        "--user",
        metavar="TYPE:NAME:PASSWORD",
        type=new_user,
        action="append",
        default=[],
        help="a user that this CO creates; may be repeated; with -, the password is typed",
    )
    parser.add_argument("--from-backup", metavar="ID", type=name, help="make a clone out of a backup")
    parser.add_argument(
        "--configure",
        action="store_true",
        help="write the addresses into both configuration files, as is done for the first cluster",
    )
    parser.add_argument(
        "--hsm-type", choices=HSM_TYPES, help=f"what the HSMs are (default: {HSM1}, or as the backup's cluster)"
    )
    parser.add_argument("--mode", choices=MODES, help=f"mode of {HSM2M} (default: {FIPS})")
    parser.add_argument(
        "--customer-ca", type=file_path, metavar="FILE", help="the owner's certificate (default: etc/customerCA.crt)"
    )


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises RefusedError or InstallationError if it cannot be done."""
    args.action(args)
    return 0


def _create(args: argparse.Namespace) -> None:
    given = None if args.ip is None else args.ip.split(",")
    if given and args.hsms not in {None, len(given)}:
        args.misuse(f"--hsms {args.hsms} does not agree with --ip, which has {len(given)}")
    if args.user and args.activate is None:
        args.misuse("--user needs --activate: it is the activated cluster's CO who creates users")
    if args.mode is not None and args.hsm_type is None:
        args.misuse("--mode needs --hsm-type")
    args.mode = args.mode or FIPS
    if args.activate is not None:
        args.activate = typed(args.activate, "admin")
        args.user = [user._replace(password=typed(user.password, user.name)) for user in args.user]
    with clusters() as (place, realm):
        view = views.cluster(realm.store, create(place, realm, given or args.hsms or 1, args))
    _print(view, args)


def _list(args: argparse.Namespace) -> None:
    with clusters() as (_, realm), realm.store.snapshot():
        found = [views.cluster(realm.store, row) for row in realm.store.rows(Cluster, "created, name")]
    if args.json:
        output.write_json({"clusters": found})
        return
    shown = [{**view, "hsms": len(view["hsms"]), "created": output.moment(view["created"])} for view in found]
    output.write(output.table(("name", "id", "hsms", "created"), shown))


def _show(args: argparse.Namespace) -> None:
    with clusters() as (_, realm), realm.store.snapshot():
        view = views.cluster(realm.store, cluster_named(realm.store, args.name))
    _print(view, args)


def _print(view: dict[str, Any], args: argparse.Namespace) -> None:
    if args.json:
        output.write_json(view)
        return
    owner = view["owner_certificate"] or "that of the first tool that connects"
    output.write(f"Cluster {view['name']} ({view['id']}), lineage {view['lineage']}")
    output.write(f"Created {output.moment(view['created'])}, owner's certificate {owner}\n")
    output.write(output.table(("id", "ip", "state", "node", "serial"), view["hsms"]))


def _delete(args: argparse.Namespace) -> None:
    with clusters() as (_, realm):
        delete_cluster(realm, args.name)
    output.write(f"Deleted cluster {args.name}")
