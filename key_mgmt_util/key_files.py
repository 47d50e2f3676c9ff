"""Files with keys: raw wrapping keys, and output that is there as a whole or not at all."""

from __future__ import annotations

import os

from shared.mechanisms import AES_SIZES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell

NO_WRAPPING_KEY = "\nInvalid file. Should be an AES key\n"

_FILE_MODE = 0o644
# Far above the PEM of any key, and little enough to read from a device that has no end.
_MAX_READ = 1 << 20


class OutputError(Exception):
    """An output file could not be opened, or, if it was ``opened``, not be written."""

    def __init__(self, opened: bool) -> None:
        super().__init__("written" if opened else "opened")
        self.opened = opened


def write_file(path: str, content: bytes) -> None:
    """Create or truncate a file and write it; if that fails no part of the content stays.

    Raises:
        OutputError: the file cannot be opened or written.
    """
    try:
        is_new = not os.path.lexists(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    except (OSError, ValueError) as error:  # the latter for a NUL in the path
        raise OutputError(opened=False) from error
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        if is_new:
            os.unlink(path)
        elif os.path.isfile(path):
            os.truncate(path, 0)
        raise OutputError(opened=True) from error


def host_key(shell: Shell, values: dict[str, Any]) -> bytes | None:
    """Return the AES key in the -wk file, empty without one, or None after having said that it is no such file."""
    if "-wk" not in values:
        return b""
    try:
        key = read_file(values["-wk"])
    except (OSError, ValueError):
        key = b""
    if len(key) not in AES_SIZES:
        shell.console.write(NO_WRAPPING_KEY)
        return None
    return key


def read_file(path: str) -> bytes:
    """Return what a file holds, cut where it is longer than any key file."""
    with open(path, "rb") as file:
        return file.read(_MAX_READ)
