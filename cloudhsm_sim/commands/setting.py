"""``cloudhsm-sim setting``: the settings of the installation, kept in etc/cloudhsm_sim.cfg.

A tool reads them when it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim import output
from shared.installation import Installation
from shared.installation.cfg import set_setting
from shared.installation.place import CHOICES
from shared.realm import Quotas

if TYPE_CHECKING:
    import argparse

_QUOTAS = Quotas()._asdict()
_MOST_DIGITS = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim setting``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the settings", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(action=_list)
    change = actions.add_parser("set", help="change a setting", allow_abbrev=False)
    change.add_argument("name", metavar="NAME", choices=[*CHOICES, *_QUOTAS], help="one that list shows")
    change.add_argument("value", metavar="VALUE")
    change.set_defaults(action=_set, misuse=change.error)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for and return 0; raises InstallationError if it cannot be done."""
    args.action(args)
    return 0


def _list(args: argparse.Namespace) -> None:
    place = Installation.find()
    values: dict[str, str | int] = {name: place.chosen(name) for name in CHOICES}
    values |= {name: place.setting(name, default) for name, default in _QUOTAS.items()}
    if args.json:
        output.write_json(values)
        return
    shown = [
        {"name": name, "value": value, "may_be": " or ".join(CHOICES.get(name, ["a whole number from 1"]))}
        for name, value in values.items()
    ]
    output.write(output.table(("name", "value", "may_be"), shown))


def _set(args: argparse.Namespace) -> None:
    value: str | int = args.value
    if args.name in CHOICES:
        if value not in CHOICES[args.name]:
            args.misuse(f"{args.name} is {' or '.join(CHOICES[args.name])}")
    elif args.value.isascii() and args.value.isdigit() and len(args.value) <= _MOST_DIGITS and int(args.value):
        value = int(args.value)
    else:
        args.misuse(f"{args.name} is a whole number from 1")
    set_setting(Installation.find().simulator_cfg, args.name, value)
    output.write(f"Set {args.name} to {value}")
