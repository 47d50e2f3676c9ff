"""The executables in an installation's bin folder: a few lines of Python that start a tool.

Their first line is a shebang that may be replaced: a known program writes ``#!/usr/bin/python3`` over that of
``configure``. A launcher that any other Python 3 is given hands over to the interpreter it was made for.
"""

from __future__ import annotations

import os
from importlib.util import MAGIC_NUMBER

from shared.installation.bundle import CHECKSUM_BYTES, LENGTH_BYTES
from shared.installation.files import InstallationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS = {
    "cloudhsm_mgmt_util": "cloudhsm_mgmt_util.main",
    "key_mgmt_util": "key_mgmt_util.main",
    "cloudhsm-cli": "cloudhsm_cli.main",
    "configure": "cloudhsm_sim.configure",
    "configure-cli": "cloudhsm_cli.configure",
    "cloudhsm_client": "cloudhsm_sim.client_daemon",
    "client_info": "cloudhsm_sim.client_info",
    # The vendor's names of key_mgmt_util, which scripts call too.
    "Cfm3Util": "key_mgmt_util.main",
    "Cfm2Util": "key_mgmt_util.main",
}
# What a launcher is known by when the installation is laid out again.
MARK = "written by cloudhsm-sim install"
INTERRUPTED = 130
# Kernels before 5.1 cut a shebang here.
MAX_SHEBANG = 127

# Nothing is left to tidy once main has returned: taking the interpreter down costs a seventh of a whole command.
# -S: the folders to import from are named here, so site need not look for them.
# Without -I the first line has been replaced: that interpreter may hold older packages of the same names.
# Until main answers for what is under way, an interrupt ends a tool as it ends any program: without a word.
# A stream that the caller has closed leads nowhere, as for the originals: what is opened next must not take its number.
# A bundle that is not there, of another Python or damaged leaves everything to Python's own finders.
BODY = '''"""{name} of this installation, {mark}."""
import _imp, _signal, gc, marshal, sys
interrupt = _signal.getsignal(_signal.SIGINT)
if interrupt is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
import os
from _frozen_importlib_external import MAGIC_NUMBER
if not sys.flags.isolated:
    os.execv({python}, [{python}, "-IS", os.path.abspath(__file__)] + sys.argv[1:])
for number, name in enumerate(("stdin", "stdout", "stderr")):
    if getattr(sys, name) is None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
        if nowhere != number:
            os.close(nowhere)
        os.set_inheritable(number, True)
        setattr(sys, name, open(number, "w" if number else "r"))
# What a start makes stays; collecting garbage meanwhile only looks at it again and again.
gc.set_threshold(100_000)
sys.path[:0] = [folder for folder in {packages} if folder not in sys.path]
sys.path += [folder for folder in {others} if folder not in sys.path]
try:
    bundle = os.open({bundle}, os.O_RDONLY)
    if os.read(bundle, {magic}) == MAGIC_NUMBER:
        checksum, length = os.read(bundle, {checksum}), os.read(bundle, {length})
        head = os.read(bundle, int.from_bytes(length, "little"))
        if _imp.source_hash(0, head) == checksum:
            finder, table, starts = marshal.loads(head)
            exec(finder)
            use(bundle, {magic} + {checksum} + {length} + len(head), table, starts.get({module!r}))
except Exception:
    pass  # what is wrong, an import statement will say
from {module} import main
_signal.signal(_signal.SIGINT, interrupt)
try:
    status = main(sys.argv[1:], launcher=__file__)
except KeyboardInterrupt:
    status = {interrupted}
try:
    sys.stdout.flush()
except OSError:
    status = status or 1
os._exit(status)
'''


def render(tool: str, python: str, folders: Sequence[str], bundle: str) -> bytes:
    """Return the bytes of a launcher.

    ``tool`` is a name in ``TOOLS``, ``python`` the absolute path of an interpreter, and
    ``folders`` are those to import from: that of this project's packages first, then those of others. ``bundle``
    is the path of the file with their compiled modules.

    Raises:
        InstallationError: no launcher can name that interpreter.
    """
    body = BODY.format(
        name=tool,
        mark=MARK,
        python=ascii(python),
        packages=ascii(list(folders[:1])),
        others=ascii(list(folders[1:])),
        bundle=ascii(bundle),
        magic=len(MAGIC_NUMBER),
        checksum=CHECKSUM_BYTES,
        length=LENGTH_BYTES,
        interrupted=INTERRUPTED,
        module=TOOLS[tool],
    )
    try:
        return f"{_shebang(python)}{body}".encode()
    except UnicodeEncodeError as error:
        raise InstallationError(f"the path of the interpreter is not in UTF-8: {python!a}") from error


def is_launcher(path: str) -> bool:
    """Tell whether the file at ``path`` is a launcher of an installation, whatever its first line is now."""
    with open(path, "rb") as file:
        return MARK.encode() in file.read(4096)


def import_folders() -> list[str]:
    """Return the folders to import from: this project's own, then those of what it needs."""
    from importlib.util import find_spec

    folders = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))]
    for name in ("cryptography", "_cffi_backend", "cmd2", "pexpect", "tabulate"):
        spec = find_spec(name)
        if spec is None or not spec.origin:
            continue
        place = os.path.dirname(spec.origin)
        folder = os.path.dirname(place) if spec.submodule_search_locations else place
        if folder not in folders:
            folders.append(folder)
    return folders


def _shebang(python: str) -> str:
    """Return the first line, or three lines that are sh and a Python string at once.

    A shebang cannot name a path that is too long or has a blank in it; sh can.
    """
    from shlex import quote

    if any(character in python for character in "\\\n\r"):
        raise InstallationError(f"no launcher can name the interpreter {python!a}")
    line = f"#!{python} -IS\n"
    if len(os.fsencode(line)) <= MAX_SHEBANG and len(python.split()) == 1:
        return line
    return f"#!/bin/sh\n'''exec' {quote(python)} -IS \"$0\" \"$@\"\n' '''\n"
