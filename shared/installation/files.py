"""Reading and replacing small text files, with errors that fit on one line."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# No configuration file comes near this; a device or a log named by mistake does.
MAX_BYTES = 1 << 20


class InstallationError(Exception):
    """An installation that cannot be used, or cannot do what is asked; the message is one line."""


def read_bytes(path: str) -> bytes:
    """Return what the file at ``path`` holds, at most ``MAX_BYTES`` of it.

    Raises:
        InstallationError: it cannot be read, or is larger.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InstallationError(f"cannot read {path}: {_reason(error)}") from error
    if len(content) > MAX_BYTES:
        raise InstallationError(f"cannot read {path}: too large for a configuration file")
    return content


def read_json(path: str) -> Any:
    """Return the value in the JSON file at ``path``, read leniently.

    Raises:
        InstallationError: it cannot be read, is no UTF-8, or no JSON even with trailing commas.
    """
    from shared.installation.lenient import loads

    content = read_bytes(path)
    try:
        return loads(content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise malformed(path, "not in UTF-8") from error
    except ValueError as error:
        raise malformed(path, str(error)) from error


def malformed(path: str, what: str) -> InstallationError:
    """Return the error for a file whose content is wrong in the way ``what`` says."""
    return InstallationError(f"malformed configuration file {path}: {what}")


def new_mode(most: int = 0o666) -> int:
    """Return the mode of a new file: ``most`` without what the umask takes away."""
    umask = os.umask(0o077)
    os.umask(umask)
    return most & ~umask


def replace_files(contents: Sequence[tuple[str, bytes, int]]) -> None:
    """Give every named file its new content, or leave all as they were.

    A member is ``(path, content, mode)``. The mode (as 0o600) is for a file that is not there yet: an
    existing one keeps its mode and, where the caller may give files away, its owner. A symbolic link stays
    one. A reader sees the old content or the new one, never a part. A signal that would end the process waits.

    Raises:
        InstallationError: a file cannot be written; all have their former content.
    """
    import signal

    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        _replace(contents)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _replace(contents: Sequence[tuple[str, bytes, int]]) -> None:
    plan: list[tuple[str, str, bytes | None]] = []
    done = 0
    path = ""
    try:
        for path, content, mode in contents:
            target = os.path.realpath(path)
            former = read_bytes(target) if os.path.lexists(target) else None
            plan.append((target, _draft(target, content, mode), former))
        for path, draft, _ in plan:
            os.replace(draft, path)
            done += 1
    except OSError as error:
        for changed, _, former in plan[:done]:
            _restore(changed, former)
        raise InstallationError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        for _, draft, _ in plan[done:]:
            os.unlink(draft)


def _draft(path: str, content: bytes, mode: int) -> str:
    """Write ``content`` beside ``path`` and return the name of that file."""
    draft = f"{path}.{os.getpid()}.new"
    try:
        state = os.stat(path)
    except FileNotFoundError:
        state = None
    # A rename would go past the write protection that somebody put on the file.
    if state and not os.access(path, os.W_OK):
        raise PermissionError(13, os.strerror(13), path)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, (state.st_mode & 0o7777) if state else mode)
            if state and os.geteuid() == 0:
                os.fchown(descriptor, state.st_uid, state.st_gid)
            file.write(content)
    except OSError:
        os.unlink(draft)
        raise
    return draft


def _restore(path: str, former: bytes | None) -> None:
    if former is None:
        os.unlink(path)
    else:
        os.replace(_draft(path, former, 0o600), path)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class Alone:
    """Holds off other processes that want to be alone with the same folder, for as long as the block runs.

    Raises:
        InstallationError: the folder is not there.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder or "."

    def __enter__(self) -> None:
        import fcntl

        try:
            self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise InstallationError(f"cannot use {self._folder}: {error.strerror}") from error
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
