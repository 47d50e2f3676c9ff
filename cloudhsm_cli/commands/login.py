"""login: a user on every HSM, with a signed token of each where a second factor is asked for."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import PASSWORD, Option, Syntax
from cloudhsm_cli.roles import role_of, types_of
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.users import ROLE, USERNAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    USERNAME,
    ROLE,
    PASSWORD,
    subcommands=(
        (
            "mfa-token-sign",
            "Log in with a second factor: signed tokens",
            Syntax(
                Option("--token", "TOKEN", "File for the tokens, one an HSM, to be signed", required=True),
                cluster_id=False,
            ),
        ),
    ),
)


def run(shell: Shell, values: Values) -> Data:
    """Log in; in single command mode the login ends with the command."""
    connection = shell.connect(values)
    name, role = values.text("--username").lower(), values.text("--role")
    if connection.user and (connection.user, connection.role) != (name, role):
        raise CommandError(texts.ANOTHER_USER)
    text = values.get("--password")
    if text is None:
        text = shell.ask_password()
    from shared.crypto.passwords import Password

    factors = None
    if values.subcommand is not None:
        from cloudhsm_cli import mfa

        factors = mfa.factors(shell, connection.fleet, values.subcommand[1].text("--token"))
    user_type = connection.fleet.log_in(types_of(role), name, Password(text), factors)
    connection.user, connection.role = name, role
    return {"username": name, "role": role_of(user_type)}
