"""user change-password: a new password, which leaves the user's keys alone unless they are dropped with it."""

from __future__ import annotations

from cloudhsm_cli.arguments import APPROVAL, PASSWORD, Option, Syntax
from cloudhsm_cli.users import ROLE, USERNAME, actual_type
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    USERNAME,
    ROLE,
    PASSWORD,
    APPROVAL,
    Option("--deregister-mfa", help="Take the key of the second factor away, too"),
    Option("--deregister-quorum", help="Take the quorum key away, too"),
)


def run(shell: Shell, values: Values) -> Data:
    """Set the password wherever the user is; an admin may do so for everybody, a crypto user for itself."""
    name, role = values.text("--username").lower(), values.text("--role")
    connection = shell.authenticated(values)
    with shell.approved(connection, values.get("--approval")):
        text = shell.new_password(values.get("--password"))
        from shared.crypto.passwords import Password

        password = Password(text)
        connection.fleet.some(
            lambda hsm: hsm.reset_password(
                actual_type(hsm, role, name),
                name,
                password,
                drop_mfa=values.has("--deregister-mfa"),
                drop_quorum=values.has("--deregister-quorum"),
            ),
            ignored=errors.USER_MISSING,
        )
        connection.renew(name, password)
    return {"username": name, "role": role}
