"""``cloudhsm-sim transcript``: check, update and record golden transcripts."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from pathlib import Path

from cloudhsm_sim.arguments import file_path
from cloudhsm_sim.main import main
from shared.transcript import actions
from shared.transcript.workspace import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

TOOL_CMD = "CLOUDHSM_SIM_TOOL_CMD"

_PROMPT_SECONDS = 5.0
_REAL_PROMPT_SECONDS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the actions of ``cloudhsm-sim transcript``: check, update and record."""
    group = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = group.add_parser("check", help="replay transcripts and show where they differ")
    update = group.add_parser("update", help="replay transcripts and write what the tools print now")
    for action in (check, update):
        action.add_argument(
            "files", nargs="+", type=file_path, metavar="FILE", help="a transcript, or a folder of them"
        )
    check.add_argument(
        "--tool-cmd",
        type=shlex.split,
        default=os.environ.get(TOOL_CMD, ""),
        metavar="WORDS",
        help=f"start real tools behind these words, such as 'ssh -tt host' (default: ${TOOL_CMD})",
    )
    record = group.add_parser("record", help="make a transcript of a session in a fresh installation")
    record.add_argument("--setup", action="append", default=[], metavar="LINE", help="cloudhsm-sim line to run first")
    record.add_argument("--profile", metavar="NAME", help="output profile, 3.x or 1.x")
    record.add_argument("--force", action="store_true", help="replace FILE if it exists")
    for action in (check, update, record):
        action.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="longest wait for a prompt")
    record.add_argument("file", type=file_path, metavar="FILE", help="the transcript to write")
    record.add_argument("tool", metavar="TOOL", help="what to record")
    record.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="its arguments, all behind '--'")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` ask for; return 0, 1 for a difference, 2 for a file that cannot be used."""
    if args.action == "record":
        return _record(args, Path(args.file))
    status = 0
    host = simulator(getattr(args, "tool_cmd", ()), args.timeout)
    action = actions.check if args.action == "check" else actions.update
    paths = list(actions.transcripts(map(Path, args.files)))
    if not paths:
        return _say(actions.UNUSABLE, [f"no transcripts in {', '.join(args.files)}"])
    for path in paths:
        status = max(status, _say(*action(path, host)))
    return status


def _record(args: argparse.Namespace, path: Path) -> int:
    if path.exists() and not args.force:
        return _say(actions.UNUSABLE, [f"{path}: exists already; --force replaces it"])
    header = [f"# profile: {args.profile}"] if args.profile else []
    header += [f"# setup: {line}" for line in args.setup]
    answers = None
    if not sys.stdin.isatty():
        answers = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    words = [args.tool, *args.arguments]
    return _say(*actions.record(path, words, simulator(timeout=args.timeout), header, answers))


def _say(status: int, lines: Sequence[str]) -> int:
    for line in lines:
        if status == actions.UNUSABLE:
            print(f"cloudhsm-sim transcript: {line}", file=sys.stderr)
        else:
            print(line)
    return status


def simulator(tool_cmd: Sequence[str] = (), timeout: float | None = None) -> Host:
    """Return the host that replays transcripts over this simulator, or over real tools behind ``tool_cmd``.

    ``timeout`` is how many seconds to wait for a prompt, by default 5, and 30 for a real tool.
    """
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return Host(
        set_up=operate,
        operate=None if tool_cmd else operate,
        env={"PYTHONPATH": os.pathsep.join(filter(None, places))},
        tool_cmd=tuple(tool_cmd),
        timeout=timeout or (_REAL_PROMPT_SECONDS if tool_cmd else _PROMPT_SECONDS),
    )


def operate(words: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str]:
    """Run one ``cloudhsm-sim`` command in this process; return its exit status and all that it printed."""
    output = io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape", write_through=True)
    with (
        contextlib.chdir(directory),
        _environment(env),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
    ):
        status = main(list(words))
    output.seek(0)
    return status, output.read()


@contextlib.contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
