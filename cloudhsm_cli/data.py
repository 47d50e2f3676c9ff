"""Data that commands take and print: base64 or a file, hexadecimal."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.files import read_file
from cloudhsm_cli.filters import hexadecimal
from cloudhsm_cli.texts import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values


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
