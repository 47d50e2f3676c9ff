"""login: a user on every HSM, with a signed token of each where a second factor is asked for."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import PASSWORD, Option, Syntax
from cloudhsm_cli.roles import ROLES, role_of, types_of
from cloudhsm_cli.texts import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--username", "USERNAME", "Name of the user", required=True),
    Option("--role", "ROLE", "Role of the user", required=True, choices=ROLES),
    PASSWORD,
)


def run(shell: Shell, values: Values) -> Data:
    """Log in; in single command mode the login ends with the command."""
    connection = shell.connect(values)
    name, role = values.text("--username").lower(), values.text("--role")
    if connection.user and (connection.user, connection.role) != (name, role):
        raise CommandError(texts.ANOTHER_USER)
    password = values.get("--password")
    if password is None:
        password = shell.ask_password()
    from shared.crypto.passwords import Password

    user_type = connection.fleet.log_in(types_of(role), name, Password(password))
    connection.user, connection.role = name, role
    return {"username": name, "role": role_of(user_type)}
