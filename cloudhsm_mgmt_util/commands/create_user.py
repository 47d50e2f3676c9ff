"""createUser: make a user on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util import second_factor, texts
from cloudhsm_mgmt_util.asking import confirmed, new_password, user_name, user_type
from cloudhsm_mgmt_util.rounds import change
from shared.crypto.passwords import Password

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "createUser <user-type> <user-name> <password|-hpswd> [-2fa </path/to/authdata>]"
ARGUMENTS = second_factor.ARGUMENTS


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then make the user; the HSM judges type, name and password."""
    words = second_factor.words(shell, "createUser", arguments)
    if words is None:
        return
    kind, name = words.type, words.name
    typed = new_password(shell, words.password, texts.PASSWORD, texts.PASSWORD_AGAIN)
    if typed is None or not confirmed(shell):
        return
    if shell.current is None:
        shell.console.write(f"Creating User {name}({kind}) on {len(shell.servers)} nodes\n")
    factor = second_factor.factors(shell, words.file, with_key=True)
    if factor is None:
        return
    secret = Password(typed)
    change(
        shell,
        "createUser",
        lambda server: server.hsm.create_user(user_type(kind), user_name(name), secret, factor(server)),
        "creating user on server {server} failed",
    )
