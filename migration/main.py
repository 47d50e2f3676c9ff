"""``cloudhsm-migrate``: from scripts for the SDK 3 tools to scripts for CloudHSM CLI."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from migration.errors import RefusedError
from shared.installation import InstallationError

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
    try:
        try:
            status = _run(sys.argv[1:] if argv is None else argv)
        except SystemExit as end:
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
        prog=PROGRAM,
        description="Migrate scripts for cloudhsm_mgmt_util and key_mgmt_util to CloudHSM CLI.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    chosen = next((word for word in words if not word.startswith("-")), "")
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=line, allow_abbrev=False)
        if name == chosen:
            module = import_module(f"migration.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(words)
    return int(args.run(args))


def _refuse(message: str) -> int:
    line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in message)
    print(f"{PROGRAM}: {line}", file=sys.stderr)
    return REFUSED


def _fail(error: OSError) -> int:
    """Report what the system refused, a full disk or a reader of stdout that has gone away, say."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # What is still in the buffer can go nowhere, and the interpreter would try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return REFUSED
    reason = error.strerror or str(error)
    return _refuse(f"{error.filename}: {reason}" if error.filename else reason)


if __name__ == "__main__":
    sys.exit(main())
