"""loginHSM: log in on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util import second_factor
from cloudhsm_mgmt_util.asking import password, user_name, user_type
from cloudhsm_mgmt_util.rounds import not_connected
from shared import errors
from shared.crypto.passwords import Password
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "loginHSM <user-type> <user-name> <password|-hpswd> [-2fa </path/to/authdata>]"
ARGUMENTS = second_factor.ARGUMENTS


def run(shell: Shell, arguments: list[str]) -> None:
    """Log in; a server that refuses is named, and the others go on without a question."""
    words = second_factor.words(shell, "loginHSM", arguments)
    if words is None:
        return
    typed = password(shell, words.password)
    if typed is None:
        return
    factor = second_factor.factors(shell, words.file, with_key=False)
    if factor is None:
        return
    secret = Password(typed)
    for server in shell.targets:
        try:
            server.hsm.login(user_type(words.type), user_name(words.name), secret, factor(server))
        except HsmError as refusal:
            if refusal.code is errors.SERVER_UNAVAILABLE:
                shell.console.write(not_connected(server))
                continue
            shell.console.write(f"loginHSM failed: {refusal.code.text}\n")
            if shell.current is None:
                shell.console.write(f"loginHSM failed{shell.on_server(server)}\n")
        else:
            shell.console.write(f"loginHSM success{shell.on_server(server)}\n")
