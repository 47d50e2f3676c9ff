"""The files that commands read, and those that they write: as the user names them, whole or not at all."""

from __future__ import annotations

import errno
import os

from cloudhsm_cli import texts
from cloudhsm_cli.texts import CommandError

# Above everything that a command can use, and little enough to read from a device that has no end.
MAX_BYTES = 1 << 20


def read_file(path: str, most: int = MAX_BYTES, too_long: str = texts.FILE_TOO_LONG) -> bytes:
    """Return what a file holds; CommandError if it cannot be read, or holds more bytes than ``most``."""
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:  # the latter for a NUL in the path
        raise CommandError(texts.UNREADABLE.format(path=path, reason=_reason(error))) from error
    if len(content) > most:
        raise CommandError(too_long.format(path=path))
    return content


def write_file(path: str, content: bytes) -> None:
    """Make a file, or replace one, with this content; CommandError if that fails, and no part of it stays.

    A new file has the mode that the umask leaves.

    What is no plain file, as a pipe or a device, is written to.
    """
    if not path:
        raise CommandError(texts.UNWRITABLE.format(path=path, reason=os.strerror(errno.ENOENT)))
    if os.path.exists(path) and not os.path.isfile(path):
        try:
            with open(path, "wb") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(texts.UNWRITABLE.format(path=path, reason=_reason(error))) from error
        return
    from shared.installation.files import InstallationError, new_mode, replace_files

    try:
        replace_files([(path, content, new_mode())])
    except (InstallationError, ValueError) as error:
        reason = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise CommandError(texts.UNWRITABLE.format(path=path, reason=_reason(reason))) from error


def _reason(error: BaseException) -> str:
    """Return in a few words why a file cannot be used."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
