"""loginHSM: log in on every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_mgmt_util.asking import password, user_name, user_type
from cloudhsm_mgmt_util.rounds import not_connected
from shared import errors
from shared.crypto.passwords import Password
from shared.errors import HsmError

if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "loginHSM <user-type> <user-name> <password|-hpswd>"
ARGUMENTS = (3, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Log in; a server that refuses is named, and the others go on without a question."""
    kind, name, word = arguments
    typed = password(shell, word)
    if typed is None:
        return
    secret = Password(typed)
    for server in shell.targets:
        try:
            server.hsm.login(user_type(kind), user_name(name), secret)
        except HsmError as refusal:
            if refusal.code is errors.SERVER_UNAVAILABLE:
                shell.console.write(not_connected(server))
                continue
            shell.console.write(f"loginHSM failed: {refusal.code.text}\n")
            if shell.current is None:
                shell.console.write(f"loginHSM failed{shell.on_server(server)}\n")
        else:
            shell.console.write(f"loginHSM success{shell.on_server(server)}\n")
