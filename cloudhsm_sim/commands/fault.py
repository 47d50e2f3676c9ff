"""``cloudhsm-sim fault``: faults that wait in an HSM until requests meet them; each is met as often as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import code, command, name, positive, seconds
from shared.cluster.faults import add_fault, remove_faults, waiting_faults

if TYPE_CHECKING:
    import argparse

_COLUMNS = ("id", "hsm", "ip", "kind", "command", "code", "seconds", "remaining")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim fault``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="let the next requests to an HSM meet a fault", allow_abbrev=False)
    add.add_argument("hsm", metavar="HSM", type=name, help="id or address")
    _add_kinds(add)
    add.set_defaults(action=_add)
    listing = actions.add_parser("list", help="list the faults that wait", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(action=_list)
    remove = actions.add_parser("remove", help="take faults out again", allow_abbrev=False)
    remove.add_argument("id", metavar="ID", nargs="*", type=positive, help="the number of a fault")
    remove.add_argument("--all", action="store_true", help="all that wait")
    remove.set_defaults(action=_remove, misuse=remove.error)


def _add_kinds(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(metavar="KIND", required=True, dest="kind")
    down = kinds.add_parser("down", help="it does not answer", allow_abbrev=False)
    refuse = kinds.add_parser("refuse", help="it refuses a command", allow_abbrev=False)
    refuse.add_argument("command", metavar="COMMAND", type=command, help="of either tool, or of the firmware")
    refuse.add_argument("code", metavar="CODE", type=code, help="number or symbol, as Error2String knows it")
    drop = kinds.add_parser("drop", help="the copy of a new key does not reach it", allow_abbrev=False)
    delay = kinds.add_parser("delay", help="it answers late", allow_abbrev=False)
    delay.add_argument("seconds", metavar="SECONDS", type=seconds)
    delay.add_argument("--command", metavar="COMMAND", type=command, help="only this one (default: any)")
    for kind in (down, refuse, drop, delay):
        kind.add_argument("--times", metavar="N", type=positive, default=1, help="the next N requests (default: 1)")
        kind.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises RefusedError or InstallationError if it cannot be done."""
    args.action(args)
    return 0


def _add(args: argparse.Namespace) -> None:
    given = {key: getattr(args, key) for key in ("command", "code", "seconds") if getattr(args, key, None)}
    with clusters() as (_, realm):
        view = views.fault(*add_fault(realm, args.hsm, args.kind, times=args.times, **given))
    if args.json:
        output.write_json(view)
    else:
        output.write(f"Added fault {view['id']} to {view['hsm']} at {view['ip']}")


def _list(args: argparse.Namespace) -> None:
    with clusters() as (_, realm):
        found = [views.fault(*waiting) for waiting in waiting_faults(realm)]
    if args.json:
        output.write_json({"faults": found})
    elif found:
        blank = [{title: "" if value is None else value for title, value in view.items()} for view in found]
        output.write(output.table(_COLUMNS, blank))
    else:
        output.write("No faults")


def _remove(args: argparse.Namespace) -> None:
    if bool(args.id) == args.all:
        args.misuse("give the ID of a fault, or --all")
    with clusters() as (_, realm):
        number = remove_faults(realm, None if args.all else args.id)
    output.write(f"Removed {number} {'fault' if number == 1 else 'faults'}")
