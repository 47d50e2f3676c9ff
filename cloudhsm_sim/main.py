"""``cloudhsm-sim``: the operator's tool; it finds the command group by name and loads no other."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from cloudhsm_sim.errors import RefusedError
from cloudhsm_sim.output import drop, one_line
from shared.installation import InstallationError

PROGRAM = "cloudhsm-sim"
OK, REFUSED = 0, 1

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
    try:
        try:
            status = _run(sys.argv[1:] if argv is None else argv)
        except SystemExit as end:
            # argparse ends the process over --help and wrong usage; a caller in this process wants to go on.
            status = end.code if isinstance(end.code, int) else REFUSED
        if sys.stdout is not None:
            sys.stdout.flush()
    except (RefusedError, InstallationError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return _refuse("interrupted")
    except OSError as error:
        return _fail(error)
    return status


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Operate simulated clusters of HSMs.", allow_abbrev=False
    )
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    # No option of the parser itself takes a value, so the first word that is no option names the group.
    chosen = next((word for word in words if not word.startswith("-")), "")
    for name, help_line in GROUPS.items():
        group = groups.add_parser(name, help=help_line, description=help_line, allow_abbrev=False)
        if name == chosen:
            module = import_module(f"cloudhsm_sim.commands.{name}")
            module.add_arguments(group)
            group.set_defaults(run=module.run)
    args = parser.parse_args(words)
    return int(args.run(args))


def _refuse(message: str) -> int:
    print(f"{PROGRAM}: {one_line(message)}", file=sys.stderr)
    return REFUSED


def _fail(error: OSError) -> int:
    """Report what the system refused, a full disk or a reader of stdout that has gone away, say."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        drop()
    if isinstance(error, BrokenPipeError):
        return REFUSED
    reason = error.strerror or str(error)
    return _refuse(f"{error.filename}: {reason}" if error.filename else reason)


if __name__ == "__main__":
    sys.exit(main())
