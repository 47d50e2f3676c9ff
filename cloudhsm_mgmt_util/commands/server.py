"""server: enter the server mode of one server."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.rounds import not_connected
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "server <server ID>"
ARGUMENTS = (1, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Say in which mode the connection is and change the prompt."""
    server = shell.server_numbered(arguments[0])
    if server is None:
        shell.console.write(texts.INVALID_SERVER)
        return
    try:
        server.hsm.row()
    except HsmError:
        shell.console.write(not_connected(server))
        return
    # 'E2' is the AWS guide's wording.
    mode = "E2" if server.encrypted else "Unencrypted"
    shell.console.write(f"Server is in '{mode}' mode...\n")
    shell.current = server
