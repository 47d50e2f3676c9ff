"""createUser: make a user on every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.asking import confirmed, new_password, user_name, user_type
from cloudhsm_mgmt_util.rounds import change
from shared.crypto.passwords import Password

if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "createUser <user-type> <user-name> <password|-hpswd>"
ARGUMENTS = (3, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then make the user; the HSM judges type, name and password."""
    kind, name, word = arguments
    typed = new_password(shell, word, texts.PASSWORD, texts.PASSWORD_AGAIN)
    if typed is None or not confirmed(shell):
        return
    if shell.current is None:
        shell.console.write(f"Creating User {name}({kind}) on {len(shell.servers)} nodes\n")
    secret = Password(typed)
    change(
        shell,
        "createUser",
        lambda server: server.hsm.create_user(user_type(kind), user_name(name), secret),
        "creating user on server {server} failed",
    )
