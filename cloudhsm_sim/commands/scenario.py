"""``cloudhsm-sim scenario``: list ready-made situations and lay one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudhsm_sim import output, scenarios
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import name

if TYPE_CHECKING:
    import argparse

_HSM_COLUMNS = ("cluster", "id", "ip", "state")
_USER_COLUMNS = ("type", "name", "password", "hsms")
_KEY_COLUMNS = ("handle", "label", "owner", "hsms")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim scenario``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the scenarios", allow_abbrev=False)
    listing.set_defaults(action=_list)
    laying_out = actions.add_parser("run", help="lay a scenario out and configure the tools for it", allow_abbrev=False)
    laying_out.add_argument("name", metavar="NAME", type=name)
    laying_out.set_defaults(action=_run)
    for action in (listing, laying_out):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises RefusedError or InstallationError if it cannot be done."""
    args.action(args)
    return 0


def _list(args: argparse.Namespace) -> None:
    found = [
        {"name": known, "summary": scenarios.summary(known), "page": scenarios.page(known)}
        for known in scenarios.names()
    ]
    if args.json:
        output.write_json({"scenarios": found})
    else:
        output.write(output.table(("name", "summary"), found))


def _run(args: argparse.Namespace) -> None:
    with clusters() as (place, realm):
        made = scenarios.run(args.name, place, realm)
    if args.json:
        output.write_json(made)
    else:
        output.write(_text(made))


def _text(made: dict[str, Any]) -> str:
    hsms = [{**hsm, "cluster": cluster["name"]} for cluster in made["clusters"] for hsm in cluster["hsms"]]
    parts = [
        f"Laid out {made['scenario']}: {made['summary']}",
        output.table(_HSM_COLUMNS, hsms),
        output.table(_USER_COLUMNS, made["users"]),
        output.table(_KEY_COLUMNS, made["keys"]) if made["keys"] else "no keys",
        "\n".join(made["files"]),
        f"Both configuration files name cluster {made['clusters'][0]['name']}.",
        f"Begin with:  {made['next']}\nThen follow: {made['page']}",
    ]
    return "\n\n".join(filter(None, parts))
