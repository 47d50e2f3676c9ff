"""changePswd: set a user's password on every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.asking import confirmed, new_password, user_name, user_type
from cloudhsm_mgmt_util.rounds import change
from shared.crypto.passwords import Password

if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "changePswd <user-type> <user-name> <password|-hpswd>"
ARGUMENTS = (3, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then set the password."""
    kind, name, word = arguments
    typed = new_password(shell, word, texts.NEW_PASSWORD, texts.NEW_PASSWORD_AGAIN)
    if typed is None or not confirmed(shell):
        return
    if shell.current is None:
        shell.console.write(f"Changing password for {name}({kind}) on {len(shell.servers)} nodes\n")
    secret = Password(typed)
    change(
        shell,
        "changePswd",
        lambda server: server.hsm.change_password(user_type(kind), user_name(name), secret),
        "Changing password on node {server} failed",
    )
