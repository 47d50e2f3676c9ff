"""syncKey: copy a key from this server to another of its lineage."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.rounds import not_connected
from shared import errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "syncKey <key handle> <destination hsm>"
ARGUMENTS = (2, 2)


def run(shell: Shell, arguments: list[str]) -> None:
    """Extract the key here and insert it there, under the same handle."""
    handle = decimal(arguments[0])
    if handle is None:
        shell.console.write(shell.synopsis("syncKey"))
        return
    destination = shell.server_numbered(arguments[1])
    if destination is None:
        shell.console.write(texts.INVALID_SERVER)
        return
    asked = shell.targets[0]
    try:
        masked = asked.hsm.extract_key(handle)
        asked = destination
        asked.hsm.insert_key(masked)
    except HsmError as refusal:
        if refusal.code is errors.SERVER_UNAVAILABLE:
            shell.console.write(not_connected(asked))
        else:
            shell.console.write(f"syncKey failed: {refusal.code.text}\n")
    else:
        shell.console.write("syncKey success\n")
