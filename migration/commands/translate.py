"""``cloudhsm-migrate translate``: write the script for CloudHSM CLI."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cloudhsm_sim.arguments import file_path
from cloudhsm_sim.errors import RefusedError
from migration import knowledge
from migration.bash.script import render
from migration.main import OK, PROGRAM, REMAINS
from migration.read import nothing_in, read_source
from migration.source import load
from migration.translate import translate
from shared.installation.files import replace_files

if TYPE_CHECKING:
    import argparse

# The script may hold the passwords that the legacy one held.
_MODE = 0o700


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments of the command."""
    parser.add_argument(
        "file", type=file_path, metavar="FILE", help="a script, a list of commands or a transcript; - is standard input"
    )
    parser.add_argument(
        "-o", "--output", type=file_path, required=True, metavar="OUT", help="the script to write; - is standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--allow-gaps", action="store_true", help="let the script go on where something is to be done by hand"
    )
    knowledge.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Write the script and say on stderr what is left to a person; return 3 if anything is, else 0.

    Raises:
        RefusedError: FILE cannot be used, holds no command, or OUT exists; nothing is written.
    """
    if args.output != "-" and os.path.lexists(args.output) and not args.force:
        raise RefusedError(f"{args.output}: exists already; --force replaces it")
    source = load(args.file)
    found = read_source(source)
    if not found.steps:
        raise RefusedError(nothing_in(source, found))
    translation = translate(found, knowledge.knowledge(args, found, args.file))
    content = render(translation, allow_gaps=args.allow_gaps).encode("utf-8", "surrogateescape")
    if args.output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif os.path.exists(args.output) and not os.path.isfile(args.output):
        raise RefusedError(f"{args.output}: is no file")
    else:
        replace_files([(args.output, content, _MODE)])
    remains = translation.remains
    for line, text in remains:
        left = "to look at" if (line, text) in translation.passed_over else "to be done by hand"
        _report(f"{source.name}:{line}: {left}: {text}")
    if source.notice:
        _report(f"{source.name}: {source.notice}")
    return REMAINS if remains else OK


def _report(message: str) -> None:
    line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in message)
    print(f"{PROGRAM}: {line}", file=sys.stderr)
