"""info: how the connection to one server stands; no login is needed."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "info server <server ID>"
ARGUMENTS = (2, 2)

# TABs and blanks are those of a real paste (T46), the TAB before the port is AWS's (T69).
HEADER = "Id     \tName   \t\t\tHostname       \t Port  \tState  \t        Partition      \t LoginState\n"


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the header and the server's row."""
    if arguments[0] != "server":
        shell.console.write(shell.synopsis("info"))
        return
    server = shell.server_numbered(arguments[1])
    shell.console.write(texts.INVALID_SERVER if server is None else HEADER + _row(server))


def _row(server: Server) -> str:
    state, login = "Connected", "Not logged in"
    try:
        user = server.hsm.logged_in()
    except HsmError:
        state = "Disconnected"
    else:
        if user is not None:
            login = f"Logged in as '{user.name}({user.type})'"
    entry = server.entry
    return (
        f"{server.number:<7d}\t{entry.name:<23}\t{entry.hostname:<15}\t{entry.port:<6d}"
        f"\t{state:<15}\t{server.hsm.id:<15}\t {login}\n"
    )
