"""``cloudhsm-sim``: the operator's tool; it finds the command group by name and loads no other."""

from __future__ import annotations

import argparse
import sys

from cloudhsm_sim import program

PROGRAM = "cloudhsm-sim"

# The name of each command group, which is also that of its module, and its line in the help.
GROUPS = {
    "install": "lay out an installation",
    "cluster": "create, list, show and delete clusters",
    "hsm": "add, remove, stop and start HSMs",
    "sync": "copy the keys that HSMs have missed, as a real cluster does",
    "fault": "add, list and remove faults that wait in an HSM",
    "backup": "create and list backups",
    "status": "show every HSM with its users and keys",
    "scenario": "lay out clusters that have drifted apart",
    "setting": "list and change the settings of the installation",
    "audit": "print the audit log of an HSM",
    "reset": "delete all clusters, backups and sessions",
    "transcript": "check, update and record golden transcripts",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 (refused, nothing changed) or 2 (wrong usage).

    ``argv`` are the words behind the program's name, by default those of this process. A refusal is one line on
    stderr.
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Operate simulated clusters of HSMs.", allow_abbrev=False
    )
    return program.run(parser, "cloudhsm_sim.commands", GROUPS, argv)


if __name__ == "__main__":
    sys.exit(main())
