"""setMValue: set how many approvers a service needs on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.asking import confirmed
from cloudhsm_mgmt_util.rounds import change
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "setMValue <service> <m value>"
ARGUMENTS = (2, 2)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then set the value; the HSM judges service, value and approvals."""
    service, value = map(decimal, arguments)
    if service is None or value is None:
        shell.console.write(shell.synopsis("setMValue"))
        return
    if not confirmed(shell):
        return
    if shell.current is None:
        shell.console.write(f"Setting M Value({value}) for {service} on {len(shell.servers)} nodes\n")
    change(
        shell,
        "setMValue",
        lambda server: server.hsm.set_m_value(service, value),
        "setMValue failed on server {server}",
    )
