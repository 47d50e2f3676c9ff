"""The frame of a program that a person runs: one command of it is loaded, and every refusal is one line on stderr."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from cloudhsm_sim.errors import RefusedError
from cloudhsm_sim.output import drop, one_line
from shared.installation import InstallationError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

OK, REFUSED = 0, 1


def run(parser: argparse.ArgumentParser, package: str, commands: Mapping[str, str], argv: Sequence[str] | None) -> int:
    """Run one command and return its exit status, 1 for a refusal, 2 for wrong usage.

    ``commands`` are the modules of ``package``, each with its line in the help; ``argv`` are the words behind the
    program's name, by default those of this process.
    """
    try:
        try:
            status = _run(parser, package, commands, sys.argv[1:] if argv is None else argv)
        except SystemExit as end:
            # argparse ends the process over --help and wrong usage; a caller in this process wants to go on.
            status = end.code if isinstance(end.code, int) else REFUSED
        if sys.stdout is not None:
            sys.stdout.flush()
    except (RefusedError, InstallationError) as error:
        return _refuse(parser.prog, str(error))
    except KeyboardInterrupt:
        return _refuse(parser.prog, "interrupted")
    except OSError as error:
        return _fail(parser.prog, error)
    return status


def _run(parser: argparse.ArgumentParser, package: str, commands: Mapping[str, str], words: Sequence[str]) -> int:
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    # No option of the parser itself takes a value, so the first word that is no option names the command. Where it
    # is the first word of all, nothing can ask for the help that lists the others.
    chosen = next((word for word in words if not word.startswith("-")), "")
    known = {chosen: commands[chosen]} if chosen in commands and words[0] == chosen else commands
    for name, help_line in known.items():
        group = groups.add_parser(name, help=help_line, description=help_line, allow_abbrev=False)
        if name == chosen:
            module = import_module(f"{package}.{name}")
            module.add_arguments(group)
            group.set_defaults(run=module.run)
    args = parser.parse_args(words)
    return int(args.run(args))


def _refuse(program: str, message: str) -> int:
    print(f"{program}: {one_line(message)}", file=sys.stderr)
    return REFUSED


def _fail(program: str, error: OSError) -> int:
    """Report what the system refused, a full disk or a reader of stdout that has gone away, say."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        drop()
    if isinstance(error, BrokenPipeError):
        return REFUSED
    reason = error.strerror or str(error)
    return _refuse(program, f"{error.filename}: {reason}" if error.filename else reason)
