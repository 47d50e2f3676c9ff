"""user delete: a user goes from every HSM."""

from __future__ import annotations

from cloudhsm_cli.arguments import APPROVAL, Syntax
from cloudhsm_cli.users import ROLE, USERNAME, actual_type
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(USERNAME, ROLE, APPROVAL)


def run(shell: Shell, values: Values) -> Data:
    """Delete the user wherever it is; it is an error if it is nowhere."""
    name, role = values.text("--username").lower(), values.text("--role")
    connection = shell.authenticated(values)
    with shell.approved(connection, values.get("--approval")):
        connection.fleet.some(
            lambda hsm: hsm.delete_user(actual_type(hsm, role, name), name), ignored=errors.USER_MISSING
        )
    return {"username": name, "role": role}
