"""enable_e2e: set up end-to-end encryption with every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.encryption import enable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "enable_e2e"
ARGUMENTS = (0, 0)


def run(shell: Shell, _: list[str]) -> None:
    """Set it up, also where it is set up already."""
    for server in shell.targets:
        shell.console.write(enable(shell.realm, server))
