"""getMValue: how many approvers a service needs on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import read
from shared.hsm.quorum import SERVICES
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "getMValue <service>"
ARGUMENTS = (1, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the minimum values; these lines alone name a server without its address."""
    service = decimal(arguments[0])
    if service is None:
        shell.console.write(shell.synopsis("getMValue"))
        return

    def request(server: Server) -> str:
        value = server.hsm.m_value(service)
        return f"MValue of service {service}[{SERVICES[service]}] on server {server.number} : [{value}]\n"

    read(shell, "getMValue", request)
