"""Data that commands take and files that they write: base64 or a file, hexadecimal."""

from __future__ import annotations

import os

from cloudhsm_cli import key_texts, texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.filters import hexadecimal
from cloudhsm_cli.texts import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values

# Above everything that a command can use, and little enough to read from a device that has no end.
_MAX_FILE = 1 << 20
_FILE_MODE = 0o644


def data_options(name: str, what: str) -> tuple[Option, Option]:
    """Return the options ``--<name>-path`` and ``--<name>``, of which one must be given."""
    value = name.upper()
    return (
        Option(f"--{name}-path", f"{value}_PATH", f"Path to the binary file with {what}", group=name),
        Option(f"--{name}", value, f"Base64 encoded form of {what}", group=name),
    )


def given(values: Values, name: str) -> bytes:
    """Return what one of the two options holds; CommandError if it cannot be read."""
    path = values.get(f"--{name}-path")
    if path is not None:
        return read_file(path)
    from binascii import a2b_base64

    try:
        return a2b_base64(values.text(f"--{name}"), strict_mode=True)
    except ValueError as error:
        raise CommandError(key_texts.BAD_BASE64.format(flag=f"--{name}")) from error


def given_hex(values: Values, flag: str) -> bytes:
    """Return what an option holds in hexadecimal, nothing if it was not given; CommandError if it is none."""
    value = values.get(flag)
    if value is None:
        return b""
    try:
        return hexadecimal(value)
    except ValueError as error:
        raise CommandError(key_texts.BAD_HEX.format(flag=flag)) from error


def base64(data: bytes) -> str:
    """Return data as it is printed."""
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode()


def read_file(path: str) -> bytes:
    """Return what a file holds; CommandError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_FILE + 1)
    except (OSError, ValueError) as error:  # the latter for a NUL in the path
        raise CommandError(texts.UNREADABLE.format(path=path, reason=_reason(error))) from error
    if len(content) > _MAX_FILE:
        raise CommandError(key_texts.FILE_TOO_LONG.format(path=path))
    return content


def write_file(path: str, content: bytes) -> None:
    """Make a file, or replace one, with this content; CommandError if that fails, and no part of it stays.

    What is no plain file, as a pipe or a device, is written to.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        try:
            with open(path, "wb") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(texts.UNWRITABLE.format(path=path, reason=_reason(error))) from error
        return
    from shared.installation.files import InstallationError, replace_files

    try:
        replace_files([(path, content, _FILE_MODE)])
    except (InstallationError, ValueError) as error:
        reason = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise CommandError(texts.UNWRITABLE.format(path=path, reason=_reason(reason))) from error


def _reason(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
