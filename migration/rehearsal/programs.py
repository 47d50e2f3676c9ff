"""The programs that a side finds beside those of the machine: stand-ins, and launchers that note what they do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from migration.rehearsal.copies import LEGACY
from shared.installation.files import read_bytes, replace_files
from shared.installation.init_script import SCRIPT
from shared.installation.launcher import TOOLS

if TYPE_CHECKING:
    from migration.rehearsal.copies import Copy

# What the launchers of Client SDK 5 are called; all others are of SDK 3, and gone.
_MODERN = ("cloudhsm-cli", "configure-cli")
GONE = tuple(name for name in TOOLS if name not in _MODERN)
# Those that a script gives commands to.
_ASKED = ("cloudhsm_mgmt_util", "key_mgmt_util", "Cfm3Util", "Cfm2Util", "configure")
_OTHERS = ("cloudhsm_client", "client_info")
CLIENT = "cloudhsm-client"
_PRINTED, _BESIDE, _CALLED = "printed", "printed-beside", "called"
_TYPED = "typed"
LINE_VARIABLE = "REHEARSAL_LINE"

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
SERVICES = ("service", "systemctl", "start", "stop", "restart", "initctl")
# Outside, the translation finds no such program; what it calls, and on which line, is a difference.
_STAND_IN = f"""#!/bin/sh
printf '%s: a legacy tool, which is no part of Client SDK 5\\n' "${{0##*/}}" >&2
printf '%s %s\\n' "${{{LINE_VARIABLE}:-0}}" "${{0##*/}}" >> '@called@'
exit 127
"""
_MAIN = b"\ntry:\n    status = main("
# Keeps what a tool prints beside where it goes, so that it can be told from what the script prints itself.
_NOTES = """
kept, plain = os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), os.write
os.set_inheritable(kept, False)
def noting(sink, data):
    written = plain(sink, data)
    if sink in (1, 2):
        plain(kept, bytes(data)[:written])
    return written
os.write = noting
def telling(text, write=sys.stdout.write):
    plain(kept, text.encode("utf-8", "surrogateescape"))
    return write(text)
sys.stdout.write = telling
"""
# Stands in a launcher before its main is called: notes each command of a shell before it is carried out, and whether a
# key_mgmt_util refused it. What is noted is never shown as it stands.
_COMMANDS = """
carried, shell = os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), main.__globals__.get("Shell")
os.set_inheritable(carried, False)
def note(kind, typed):
    typed = typed if isinstance(typed, list) else typed.split()
    text = "\\x1f".join([kind, str(os.getpid()), main.__module__.partition(".")[0], *typed]) + "\\0"
    plain(carried, text.encode("utf-8", "surrogateescape"))
def execute(self, typed, inner):
    note("+", typed)
    code = inner(self, typed)
    if code:
        note("-", typed)
    return code
if shell is not None:
    shell.execute = lambda self, typed, inner=shell.execute: execute(self, typed, inner)
"""
# What the service says.
_SAID = "\n".join(re.findall(r'echo "([^"$]+)"', SCRIPT)).encode()


def stand_ins(copy: Copy) -> list[tuple[str, bytes, int]]:
    """Return the programs that stand for those of the machine, as (path, content, mode)."""
    init = f"{copy.programs}/{CLIENT}"
    service = _SERVICE.replace("@init@", init).encode()
    gone = _STAND_IN.replace("@called@", f"{copy.programs}/{_CALLED}").encode()
    found = [
        (f"{copy.programs}/sudo", _SUDO.encode(), 0o700),
        *((f"{copy.programs}/{name}", service, 0o700) for name in SERVICES),
    ]
    if copy.name == LEGACY:
        return [*found, (init, SCRIPT.replace("@prefix@", copy.place.prefix).encode(), 0o700)]
    paths = [init, *(f"{copy.place.bin_dir}/{name}" for name in GONE)]
    return [*found, *((path, gone, 0o700) for path in paths)]


def watch(copy: Copy) -> None:
    """Let the legacy tools of a copy keep what they print."""
    for names, kept in ((_ASKED, _PRINTED), (_OTHERS, _BESIDE)):
        text = _NOTES.format(path=f"{copy.programs}/{kept}") + _COMMANDS.format(path=f"{copy.programs}/{_TYPED}")
        notes = text.encode("utf-8", "surrogateescape")
        paths = [f"{copy.place.bin_dir}/{name}" for name in names]
        replace_files([(path, read_bytes(path).replace(_MAIN, notes.rstrip() + _MAIN, 1), 0o755) for path in paths])


def printed(copy: Copy) -> bytes | None:
    """Return what the legacy tools of a copy have printed, None if none that does something was ever started."""
    paths = [Path(copy.programs, name) for name in (_PRINTED, _BESIDE)]
    if not paths[0].exists():
        return None
    return b"\n".join((_SAID, *(path.read_bytes() for path in paths if path.exists())))


def typed_at(copy: Copy) -> bytes:
    """Return the commands that the legacy tools of a copy were given: see the notes that their launchers keep."""
    path = Path(copy.programs, _TYPED)
    return path.read_bytes() if path.exists() else b""


def called(copy: Copy) -> list[tuple[int, str]]:
    """Return the legacy tools that a translation has called: the line of its text, 0 if not known, and the name."""
    path = Path(copy.programs, _CALLED)
    if not path.exists():
        return []
    lines = path.read_text("utf-8", "surrogateescape").splitlines()
    found = [line.partition(" ") for line in lines]
    return list(dict.fromkeys((int(number) if number.isdigit() else 0, name) for number, _, name in found))
