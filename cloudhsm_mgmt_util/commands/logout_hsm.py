"""logoutHSM: log out on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "logoutHSM"
ARGUMENTS = (0, 0)


def run(shell: Shell, _: list[str]) -> None:
    """Log out."""

    def request(server: Server) -> str:
        server.hsm.logout()
        return f"logoutHSM success{shell.on_server(server)}\n"

    read(shell, "logoutHSM", request)
