"""``cloudhsm-sim install``: lay out an installation, the folder that everything else works on."""

from __future__ import annotations

import os
import sys

from shared.installation import PROFILES, InstallationError
from shared.installation.place import HOME_VARIABLE, default_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "lay out an installation: bin, etc, data and the rest, as in /opt/cloudhsm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options of ``cloudhsm-sim install``."""
    parser.add_argument(
        "--prefix",
        metavar="DIR",
        default=os.environ.get(HOME_VARIABLE) or default_prefix(),
        help=f"the folder to lay out (default: ${HOME_VARIABLE}, else %(default)s)",
    )
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        help="the client whose output the tools show (default: what the folder has, else 3.x)",
    )
    parser.add_argument(
        "--service",
        action="store_true",
        help="also write the init script of the service cloudhsm-client (only for /opt/cloudhsm)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Lay out the installation; return 0, or 1 if it was refused (the reason is on stderr)."""
    from shared.installation.layout import lay_out

    try:
        place = lay_out(args.prefix, args.profile, args.service)
        profile = place.setting("profile", PROFILES[0])
    except InstallationError as error:
        print(f"cloudhsm-sim install: {error}", file=sys.stderr)
        return 1
    if args.json:
        import json

        result = {"prefix": place.prefix, "profile": profile, "service": args.service}
        print(json.dumps(result, sort_keys=True))
    else:
        print(f"Installation at {place.prefix}, profile {profile}")
    return 0
