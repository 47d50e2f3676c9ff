"""The file that is read: its bytes, its text, and which kind of script it is."""

from __future__ import annotations

import os
import stat
import sys
from typing import NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration.languages import LanguageError, language

# Far more than any script; a larger file is a log, a dump or a device.
MAX_BYTES = 1 << 20
STDIN = "-"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Source(NamedTuple):
    """A script's name for messages, its folder, its text with line ends of LF, its language, and what was noticed."""

    name: str
    folder: str
    text: str
    language: str
    notice: str = ""


def load(path: str) -> Source:
    """Return what a file holds, or standard input for ``-``.

    Raises:
        RefusedError: it is missing, no file, unreadable, empty, too large, binary, or in a language that is not read.
    """
    content = _read(path)
    name = "standard input" if path == STDIN else path
    if len(content) > MAX_BYTES:
        raise RefusedError(f"{name}: larger than {MAX_BYTES >> 20} MiB, which is no script")
    found, notice = _decode(content, name)
    normal = found.replace("\r\n", "\n").replace("\r", "\n")
    if not normal.strip():
        raise RefusedError(f"{name}: is empty")
    try:
        spoken = language(path, normal)
    except LanguageError as error:
        read = "expect, shell and Python scripts, lists of commands and recorded sessions are"
        raise RefusedError(f"{name}: is in {error}, which is not read; {read}") from None
    return Source(name, os.path.dirname(path) or ".", normal, spoken, notice)


def _read(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise RefusedError(f"{path}: is a folder; name the scripts in it")
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise RefusedError(f"{path!r}: {error}") from error


def _decode(content: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding).removeprefix("\ufeff"), f"read as {encoding.removesuffix('-sig')}"
            except UnicodeDecodeError as error:
                raise RefusedError(f"{name}: begins as {encoding} and is none") from error
    if b"\0" in content:
        raise RefusedError(f"{name}: is binary")
    try:
        return content.decode(), ""
    except UnicodeDecodeError:
        return content.decode("latin-1"), "is no UTF-8; read as Latin-1"
