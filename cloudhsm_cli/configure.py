"""configure-cli: writes the addresses of a cluster's HSMs into cloudhsm-cli.cfg."""

from __future__ import annotations

import sys

from cloudhsm_cli.arguments import HelpWanted, Option, Syntax, Wrong, read
from shared.installation import Installation, InstallationError, cli_cfg

SYNTAX = Syntax(
    Option("--address", "ENI_IP", "Addresses of the cluster's HSMs", multiple=True, least=1, short="-a"),
    cluster_id=False,
)


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run ``configure-cli`` and return its exit status: 0, 1 (refused) or 2 (wrong usage)."""
    from cloudhsm_cli import usage

    place = usage.Place("configure-cli", "Configure the CloudHSM CLI", SYNTAX)
    try:
        values = read(SYNTAX, sys.argv[1:] if argv is None else argv)
        home = Installation.find(launcher)
        cli_cfg.edit(home.cli_cfg, home.prefix, lambda _: None)
    except HelpWanted:
        sys.stdout.write(place.help())
        return 0
    except Wrong as wrong:
        sys.stderr.write(getattr(usage, wrong.reason)(place, *wrong.details))
        return 2
    except InstallationError as error:
        sys.stderr.write(f"configure-cli: {error}\n")
        return 1
    return 0 if values else 1
