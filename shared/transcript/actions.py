"""What an operator does with transcripts; every action returns an exit status and the lines to print.

The status is 0, 1 if a transcript differs or could not run, 2 if a file cannot be read, parsed or written.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shared.transcript.golden import load, save
from shared.transcript.header import GoldenError
from shared.transcript.record import record as record_session
from shared.transcript.rewrite import updated
from shared.transcript.runner import modes, run
from shared.transcript.workspace import Host, SetUpError

DIFFERENT = 1
UNUSABLE = 2

Report = tuple[int, list[str]]


def transcripts(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield `paths`, with each folder replaced by the transcripts in it, sorted."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.golden"))
        else:
            yield path


def _unusable(path: Path, error: Exception) -> Report:
    reason = error.strerror if isinstance(error, OSError) else None
    return UNUSABLE, [f"{path}: {reason or error}"]


def check(path: Path, host: Host) -> Report:
    """Replay the transcript in every mode it asks for."""
    try:
        golden = load(path)
    except (GoldenError, OSError) as error:
        return _unusable(path, error)
    status = 0
    lines: list[str] = []
    for mode in modes(golden):
        result = run(golden, host, mode)
        status = status if result.ok else DIFFERENT
        lines += [f"{path} ({mode.value}): ok"] if result.ok else result.account()
    return status, lines


def update(path: Path, host: Host) -> Report:
    """Replay the transcript on a terminal and write what the tools print now; not if one was stopped."""
    try:
        golden = load(path)
        result = run(golden, host)
        fresh = updated(result)
        if fresh != golden:
            save(fresh, path)
    except ValueError:
        return DIFFERENT, list(result.account())
    except (GoldenError, OSError) as error:
        return _unusable(path, error)
    return 0, [f"{path}: {'unchanged' if fresh == golden else 'updated'}"]


def record(
    path: Path, words: Sequence[str], host: Host, header: Sequence[str], answers: Iterable[str] | None
) -> Report:
    """Record the command `words` to `path`; `answers` None passes the caller's terminal through."""
    try:
        save(record_session(words, host, header, answers), path)
    except (GoldenError, SetUpError, OSError) as error:
        return _unusable(path, error)
    return 0, []
