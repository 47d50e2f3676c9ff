"""Where a script runs: in a folder of its own, with the copy's tools first in PATH, and /opt/cloudhsm being the copy.

A copy of the script with other paths in it works on any machine; a mount over /opt/cloudhsm needs privileges.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from migration.source import MAX_BYTES
from shared.installation.files import read_bytes, replace_files
from shared.installation.init_script import SCRIPT
from shared.installation.place import HOME_VARIABLE, PROFILE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migration.rehearsal.copies import Copy

HOME = "/opt/cloudhsm"
TEMPORARY = "/tmp"  # noqa: S108 - this is what scripts say, and what is replaced
_NAMES = re.compile(r"[\w./@%+-]+")
# Both at once: the folder that stands for one of them may lie in the other.
_PATHS = re.compile(rf"(?<![\w./-])(?:{HOME}|{TEMPORARY})(?![\w-])")
_TERMINAL = {"TERM": "dumb", "LC_ALL": "C.UTF-8"}

# What a script calls to start the client, or to do so as root: nothing of the machine itself is touched.
_SUDO = """#!/bin/sh
# What a script calls sudo for is done as whoever rehearses it.
while :; do
    case $1 in
        -u | -g | -p | -C | -h | -r | -t | -T | -U | -D | -R) shift 2 ;;
        -*) shift ;;
        *=*) export "$1"; shift ;;
        *) break ;;
    esac
done
exec "$@"
"""
_SERVICE = """#!/bin/sh
# The service of the copy, for whatever order name and action come in.
case " $* " in
    *" cloudhsm-client"*) ;;
    *) echo "$0 $*: not done in a rehearsal" >&2; exit 0 ;;
esac
for action in "${0##*/}" "$@"; do
    case $action in
        start | stop | restart | status) exec sh '@init@' "$action" ;;
    esac
done
exit 0
"""
_SERVICES = ("service", "systemctl", "start", "stop", "restart", "initctl")


def furnish(copy: Copy, text: str, folder: str) -> None:
    """Give a copy the programs that stand for those of the machine, and the files that a text names in a folder."""
    init = f"{copy.programs}/cloudhsm-client"
    files = named_files(text, folder)
    service = _SERVICE.replace("@init@", init).encode()
    contents = [
        (init, SCRIPT.replace("@prefix@", copy.place.prefix).encode(), 0o700),
        (f"{copy.programs}/sudo", _SUDO.encode(), 0o700),
        *((f"{copy.programs}/{name}", service, 0o700) for name in _SERVICES),
        *(
            (f"{place}/{name}", content, 0o600)
            for name, content in files.items()
            for place in (copy.work, copy.scripts)
        ),
    ]
    for path, _, _ in contents:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    replace_files(contents)


def named_files(text: str, folder: str) -> dict[str, bytes]:
    """Return the files under a folder that a text names by a relative path, as far as they can be read."""
    found = {}
    for name in dict.fromkeys(_NAMES.findall(text)):
        path = os.path.join(folder, name)
        inside = not os.path.isabs(name) and ".." not in name.split("/")
        if inside and os.path.isfile(path) and os.path.getsize(path) <= MAX_BYTES and os.access(path, os.R_OK):
            found[os.path.normpath(name)] = read_bytes(path)
    return found


def placed(text: str, copy: Copy) -> str:
    """Return a script in which /opt/cloudhsm is the copy, and /tmp a folder of it."""
    return _PATHS.sub(lambda found: copy.place.prefix if found[0] == HOME else copy.temporary, text)


def environment(copy: Copy, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of what runs on a copy."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLOUDHSM_") or name == PROFILE_VARIABLE
    }
    # Without its bytecode cache every start of a tool would compile the whole product anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    path = [copy.programs, copy.place.bin_dir, os.path.dirname(sys.executable), env.get("PATH", os.defpath)]
    env |= {**_TERMINAL, HOME_VARIABLE: copy.place.prefix, "TMPDIR": copy.temporary, "PATH": os.pathsep.join(path)}
    return env | dict(extra or {})
