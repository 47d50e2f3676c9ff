"""Keep the outputs in the documents what the tools print: ``python tools/docs.py`` writes them, ``--check`` compares.

A block is a line that says what it shows, that between fences, and a line ``<!-- end -->``. The first line is one of
- ``<!-- output: COMMAND -->``: what a command of ours prints, run without a shell in docs/examples. Names may be set
  before it (``NAME=value``), and a comment behind it says a status that is not 0 (``# status 3``).
- ``<!-- output of the command above -->``: the same of the last indented line before it, which the reader sees.
- ``<!-- file: PATH -->``: a file of the repository.

Behind ``output`` or ``above`` may stand ``, from "TEXT"`` and ``, until "TEXT"``, how the first line begins that is to
be shown, and the first behind it that is not; and ``, needs PROGRAM`` of a block that is left alone without ``--all``.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
_MODULES = {
    "cloudhsm-sim": "cloudhsm_sim.main",
    "cloudhsm-migrate": "migration.main",
    "cloudhsm_mgmt_util": "cloudhsm_mgmt_util.main",
    "key_mgmt_util": "key_mgmt_util.main",
    "configure": "cloudhsm_sim.configure",
    "cloudhsm-cli": "cloudhsm_cli.main",
    "configure-cli": "cloudhsm_cli.configure",
}
_END = "<!-- end -->"
# Wider than what is a block, so that one with a mistake in its first line is not passed over.
_BEGIN = re.compile(r"^<!-- (?:output|file).*\n", re.MULTILINE)
_FILE = re.compile(r"<!-- file: (?P<path>\S+) -->\n")
_OUTPUT = re.compile(
    r"<!-- output(?P<above> of the command above)?"
    r'(?:, from "(?P<first>[^"]+)")?(?:, until "(?P<beyond>[^"]+)")?(?:, needs (?P<program>[\w-]+))?'
    r"(?(above)|: (?P<command>.+)) -->\n"
)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(\S.*)\n", re.MULTILINE)
_SET = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_STATUS = re.compile(r"\s# status (\d+)\s*$")


class BlockError(Exception):
    """A block that cannot be made: what it shows is not there, or not as it says."""


def output(command: str) -> str:
    """Return what a command of ours prints, on a terminal of 80 columns.

    Raises BlockError if it is none of ours, or ends with another status than its comment says.
    """
    words = shlex.split(command, comments=True)
    env = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    while words and (match := _SET.fullmatch(words[0])):
        env[match[1]] = match[2]
        del words[0]
    name = words[0] if words else ""
    if name not in _MODULES:
        message = f"{name or command} is no program of ours"
        raise BlockError(message)
    code = f"import sys; sys.argv[0] = {name!r}; from {_MODULES[name]} import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", code, *words[1:]], cwd=EXAMPLES, env=env, capture_output=True, text=True, check=False
    )
    status = _STATUS.search(command)
    expected = int(status[1]) if status else 0
    if done.returncode != expected:
        message = f"{command}: status {done.returncode}, not {expected}\n{done.stderr[-500:]}".rstrip()
        raise BlockError(message)
    return done.stdout


def part(text: str, first: str | None, beyond: str | None) -> str:
    """Return the lines from one that begins so up to one that begins otherwise, and ``...`` for those left out.

    Raises BlockError if there is no such line.
    """

    def place(beginning: str, start: int) -> int:
        for number, line in enumerate(lines[start:], start):
            if line.startswith(beginning):
                return number
        message = f"no line begins with {beginning}"
        raise BlockError(message)

    lines = text.splitlines()
    start = place(first, 0) if first else 0
    stop = place(beyond, start + 1) if beyond else len(lines)
    kept = "\n".join(lines[start:stop]).strip("\n")
    return "\n".join([*(["..."] if first else []), kept, *(["..."] if beyond else [])])


def shown(begin: str, before: str, *, everything: bool) -> str | None:
    """Return what the block with this first line shows, below the text before it; None if it is to be left alone.

    Raises BlockError if it cannot be told.
    """
    if match := _FILE.fullmatch(begin):
        try:
            return (ROOT / match["path"]).read_text()
        except OSError as error:
            message = f"{match['path']}: {error.strerror}"
            raise BlockError(message) from error
    match = _OUTPUT.fullmatch(begin)
    if not match:
        message = f"{begin.rstrip()}: no block"
        raise BlockError(message)
    above = _INDENTED.findall(_FENCED.sub("", before))[-1:] or [""]
    command = above[0] if match["above"] else match["command"]
    if not command:
        message = f"{begin.rstrip()}: no command above"
        raise BlockError(message)
    if match["program"] and not everything:
        return None
    if match["program"] and not shutil.which(match["program"]):
        message = f"{command}: the program {match['program']} is not installed"
        raise BlockError(message)
    text = output(command)
    try:
        return part(text, match["first"], match["beyond"])
    except BlockError as error:
        message = f"{command}: {error}"
        raise BlockError(message) from error


def renewed(text: str, *, everything: bool = False) -> str:
    """Return a document with its blocks as they are printed now; those that need another program with ``everything``.

    Raises BlockError if one cannot be made.
    """
    pieces = []
    done = 0
    for begin in _BEGIN.finditer(text):
        end = text.find(_END, begin.end())
        if begin.start() < done or end < 0 or _BEGIN.search(text, begin.end(), end):
            message = f"{begin[0].rstrip()}: no {_END} before the next block"
            raise BlockError(message)
        content = shown(begin[0], text[: begin.start()], everything=everything)
        pieces.append(text[done : begin.end()])
        pieces.append(text[begin.end() : end] if content is None else f"```\n{content.rstrip()}\n```\n")
        done = end
    return "".join([*pieces, text[done:]])


def main() -> int:
    """Write or check documents, all of ours unless some are named; 1 when one is out of date or cannot be made."""
    parser = argparse.ArgumentParser(description="Write what the tools print into the documents.", allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--all", action="store_true", help="with the blocks that need other programs, too")
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOCUMENT")
    args = parser.parse_args()
    stale = []
    for path in args.documents or sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]):
        text = path.read_text()
        try:
            fresh = renewed(text, everything=args.all)
        except BlockError as error:
            sys.stderr.write(f"{path}: {error}\n")
            return 1
        if fresh != text:
            stale.append(str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path))
            if not args.check:
                path.write_text(fresh)
    if stale and args.check:
        again = " ".join(["python tools/docs.py", *(["--all"] if args.all else [])])
        sys.stderr.write(f"out of date: {', '.join(stale)} ({again})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
