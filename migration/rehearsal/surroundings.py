"""Where a script runs: in a folder of its own, with the copy's tools first in PATH, and /opt/cloudhsm being the copy.

A copy of the script with other paths in it works on any machine; where a client is installed, a mount hides it besides
(`shelter.py`), as no text shows every way to it.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from migration.rehearsal.programs import CLIENT, SERVICES, stand_ins
from migration.rehearsal.shelter import HOME
from migration.source import MAX_BYTES
from shared.installation.files import read_bytes, replace_files
from shared.installation.place import HOME_VARIABLE, PROFILE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migration.rehearsal.copies import Copy

TEMPORARY = "/tmp"  # noqa: S108 - this is what scripts say, and what is replaced
# What the stand-ins for programs of the machine are called in what a side has written, wherever the script has them.
PROGRAMS = "/usr/bin"
_NAMES = re.compile(r"[\w./@%+-]+")
# Both at once: the folder that stands for one of them may lie in the other. sed's have escaped slashes.
_PATHS = re.compile(
    r"(?P<variable>\$\w+)?(?P<home>/+opt/(?:\.?/)*cloudhsm|\\/opt\\/cloudhsm)(?![\w-])"
    r"|(?<![\w./})])(?P<temporary>/tmp)(?![\w-])"
    rf"|(?<![\w./}})])(?:/usr)?/s?bin/(?P<program>{'|'.join(('sudo', *SERVICES))})(?![\w./-])"
    rf"|(?<![\w./}})])/etc/(?:rc\.d/)?init\.d/(?P<client>{CLIENT})(?![\w./-])"
)
_OPTION = re.compile(r"(?:^|[\s\"'=(])-[A-Za-z]\Z")
# Of the product's own variables, those that a script may have for something else, too.
_KEPT = (PROFILE_VARIABLE, "CLOUDHSM_ROLE", "CLOUDHSM_PIN")
_TERMINAL = {"TERM": "dumb", "LC_ALL": "C.UTF-8"}


def furnish(copy: Copy, text: str, folder: str, arguments: Sequence[str] = ()) -> None:
    """Give a copy the programs that stand for those of the machine, and the files that a text names in a folder.

    So it is given those that ``arguments`` name where we are, a folder's own files among them.
    """
    files = named_files(text, folder) | named_files("\n".join(_in_folders(arguments)), os.curdir)
    contents = [
        *stand_ins(copy),
        *(
            (f"{place}/{name}", _placed_bytes(content, copy), mode)
            for name, (content, mode) in files.items()
            for place in (copy.work, copy.scripts)
        ),
    ]
    for path, _, _ in contents:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    replace_files(contents)


def named_files(text: str, folder: str) -> dict[str, tuple[bytes, int]]:
    """Return the files under a folder that a text names by a relative path, with their modes, if they can be read.

    What they name themselves is among them.
    """
    found: dict[str, tuple[bytes, int]] = {}
    waiting, seen = [text], set[str]()
    while waiting:
        for name in dict.fromkeys(_NAMES.findall(waiting.pop())):
            if name in seen:
                continue
            seen.add(name)
            path = os.path.join(folder, name)
            inside = not os.path.isabs(name) and ".." not in name.split("/")
            if inside and os.path.isfile(path) and os.path.getsize(path) <= MAX_BYTES and os.access(path, os.R_OK):
                content = read_bytes(path)
                found[os.path.normpath(name)] = content, 0o700 if os.access(path, os.X_OK) else 0o600
                if b"\0" not in content:
                    waiting.append(content.decode("utf-8", "surrogateescape"))
    return found


def _in_folders(arguments: Sequence[str]) -> Iterator[str]:
    """Yield arguments as they are, a folder by the names in it."""
    for argument in arguments:
        if os.path.isdir(argument) and os.access(argument, os.R_OK) and not os.path.isabs(argument):
            yield from (os.path.join(argument, name) for name in sorted(os.listdir(argument)))
        else:
            yield argument


def _placed_bytes(content: bytes, copy: Copy) -> bytes:
    """Return a file beside a script with the copy's paths, if it is text."""
    if b"\0" in content:
        return content
    return placed(content.decode("utf-8", "surrogateescape"), copy).encode("utf-8", "surrogateescape")


def placed(text: str, copy: Copy) -> str:
    """Return a text in which /opt/cloudhsm is the copy, and /tmp a folder of it."""

    def place(found: re.Match[str]) -> str:
        if found["temporary"]:
            return copy.temporary
        if (program := found["program"] or found["client"]) is not None:
            return f"{copy.programs}/{program}"
        before = text[max(0, found.start("home") - 3) : found.start("home")]
        if not found["variable"] and re.search(r"[\w.~]\Z", before) and not _OPTION.search(before):
            # A folder of that name somewhere else.
            return found[0]
        path = copy.place.prefix
        return (found["variable"] or "") + (path.replace("/", "\\/") if "\\" in found["home"] else path)

    return _PATHS.sub(place, text)


def unplaced(content: bytes, copy: Copy) -> bytes:
    """Return what a side has written with the paths that the script has, so that both sides can be compared."""
    replaced = (
        (copy.place.prefix, HOME),
        (copy.temporary, TEMPORARY),
        (copy.programs, PROGRAMS),
        (copy.work, "."),
        (copy.scripts, "."),
    )
    for path, name in replaced:
        content = content.replace(os.fsencode(path), name.encode())
    return content


def environment(copy: Copy, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of what runs on a copy."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDHSM_") or name in _KEPT}
    # Without its bytecode cache every start of a tool would compile the whole product anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    path = [copy.programs, copy.place.bin_dir, os.path.dirname(sys.executable), env.get("PATH", os.defpath)]
    env |= {**_TERMINAL, HOME_VARIABLE: copy.place.prefix, "TMPDIR": copy.temporary, "PATH": os.pathsep.join(path)}
    return env | dict(extra or {})
