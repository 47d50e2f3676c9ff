"""``cloudhsm-migrate``: from scripts for the SDK 3 tools to scripts for CloudHSM CLI."""

from __future__ import annotations

import argparse
import sys

from cloudhsm_sim import program

PROGRAM = "cloudhsm-migrate"
OK, REFUSED, USAGE, REMAINS = 0, 1, 2, 3
COMMANDS = {
    "plan": "say what becomes of every command of a script, and how much of it is understood",
    "translate": "write the script for CloudHSM CLI",
    "rehearse": "run a script and its translation on two copies of a cluster, and compare what they leave",
    "matrix": "list what of both tools has an equivalent",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: all is done; 1: refused, one line on stderr, nothing written; 2: wrong usage; 3: parts are left to a person.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Migrate scripts for cloudhsm_mgmt_util and key_mgmt_util to CloudHSM CLI.",
        allow_abbrev=False,
    )
    return program.run(parser, "migration.commands", COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
