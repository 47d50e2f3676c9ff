"""``cloudhsm-migrate rehearse``: run a script and its translation on two copies of a cluster, and compare."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from cloudhsm_sim.arguments import file_path, name
from cloudhsm_sim.errors import RefusedError
from migration import knowledge, output
from migration.main import OK, PROGRAM, REFUSED, USAGE
from migration.read import nothing_in, read_source
from migration.source import STDIN, load
from shared.installation import Installation, InstallationError
from shared.installation.files import new_mode, replace_files
from shared.store.protocol import StoreError

if TYPE_CHECKING:
    import argparse
    from types import FrameType

    from migration.rehearsal.beginning import Beginning

# That of shelter.py, which nobody needs who only reads the help.
OPTION = "--beside-client"
DEFAULT_SECONDS = 300.0
_MOST_SECONDS = 86_400.0
_WARNING = (
    "The script itself is executed, and its translation too: what they do beside the tools of CloudHSM, they do on "
    "this machine, as you. They get a folder of their own to work in, and /opt/cloudhsm and /tmp are parts of a copy."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments of the command."""
    parser.description = f"Run a script and its translation on two copies of a cluster, and compare. {_WARNING}"
    parser.add_argument("file", type=file_path, metavar="FILE", help="a script, a list of commands or a transcript")
    parser.add_argument(
        "--argument",
        action="append",
        default=[],
        metavar="TEXT",
        help="what the script is called with (may be repeated; --argument=-x for what begins with a dash)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--cluster", type=name, metavar="NAME", help="begin with a cluster of the installation, which is only read"
    )
    where.add_argument("--scenario", metavar="NAME", help="begin with a scenario of cloudhsm-sim")
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        type=knowledge.user_name,
        metavar="ID=NAME",
        help="the name of a user id; a fresh cluster has that user",
    )
    parser.add_argument("--html", type=file_path, metavar="OUT", help="write the report as a page too")
    parser.add_argument("--keep", type=file_path, metavar="DIR", help="keep both copies in a folder, new or empty")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=DEFAULT_SECONDS,
        metavar="SECONDS",
        help="end a side that takes longer (default: %(default).0f)",
    )
    parser.add_argument(
        "--single-commands",
        action="store_true",
        help="run a long list as single commands too, where one session would do",
    )
    parser.add_argument(
        OPTION,
        action="store_true",
        help="go on where what is at /opt/cloudhsm cannot be hidden: a script that puts its path together changes the "
        "HSMs there",
    )
    output.add_format(parser)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0 < found <= _MOST_SECONDS:
        raise ArgumentTypeError(f"expected seconds, above 0 and at most {_MOST_SECONDS:.0f}")
    return found


def run(args: argparse.Namespace) -> int:
    """Rehearse and print the report; return 0 if every difference is explained, 1 if one is not, 2 if it cannot be.

    What interrupts it ends both sides, and nothing of the copies stays.
    """
    former = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        return _rehearse(args)
    except (RefusedError, InstallationError, StoreError) as error:
        line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(error))
        print(f"{PROGRAM}: {line}", file=sys.stderr)
        return USAGE
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _rehearse(args: argparse.Namespace) -> int:
    from migration.rehearsal import report
    from migration.rehearsal.page import page
    from migration.rehearsal.progress import progress
    from migration.rehearsal.rehearse import Wanted, rehearse
    from migration.rehearsal.shelter import hiding

    if args.html is not None:
        _check_writable(args.html)
    source = load(args.file)
    script = read_source(source)
    if not script.steps:
        raise RefusedError(nothing_in(source, script))
    known = knowledge.knowledge(Namespace(cluster=None, user=args.user), script, args.file)
    wanted = Wanted(
        script,
        "." if args.file == STDIN else os.path.dirname(args.file) or ".",
        known.files,
        known.users,
        _beginning(args),
        tuple(args.argument),
        args.keep,
        args.timeout,
        False if args.single_commands else None,
        hiding(beside_client=args.beside_client),
    )
    with progress() as tell:
        done = rehearse(wanted, tell)
    if args.html is not None:
        replace_files([(args.html, page(done), new_mode())])
    if args.format == output.JSON:
        output.write_json(report.as_json(done))
    else:
        output.write(report.text(done, args.format))
    return REFUSED if done.unexplained else OK


def _beginning(args: argparse.Namespace) -> Beginning | None:
    from migration.rehearsal.beginning import Beginning

    if args.cluster is not None:
        return Beginning(source=Installation.find(), cluster=args.cluster)
    if args.scenario is not None:
        from cloudhsm_sim.scenarios import names

        if args.scenario not in names():
            raise RefusedError(f"no scenario {args.scenario}: choose {', '.join(names())}")
        return Beginning(scenario=args.scenario)
    return None


def _check_writable(path: str) -> None:
    """Refuse a page that could not be written before anything is run."""
    folder = os.path.dirname(path) or "."
    if os.path.lexists(path) and not os.path.isfile(path):
        raise RefusedError(f"{path}: is no file")
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        raise RefusedError(f"{path}: cannot be written: {folder} is no folder to write in")
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise RefusedError(f"{path}: cannot be written")
