"""user create: a user on every HSM; where some lack one, it is made on those."""

from __future__ import annotations

from cloudhsm_cli.arguments import APPROVAL, PASSWORD, Syntax
from cloudhsm_cli.roles import types_of
from cloudhsm_cli.users import ROLE, USERNAME, check_name
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(USERNAME, ROLE, PASSWORD, APPROVAL)


def run(shell: Shell, values: Values) -> Data:
    """Create the user; it is an error only if every HSM has one of this name."""
    name, role = values.text("--username").lower(), values.text("--role")
    check_name(name)
    connection = shell.authenticated(values)
    with shell.approved(connection, values.get("--approval")):
        text = shell.new_password(values.get("--password"))
        from shared.crypto.passwords import Password

        password = Password(text)
        connection.fleet.some(
            lambda hsm: hsm.create_user(types_of(role)[0], name, password), ignored=errors.USER_EXISTS
        )
    return {"username": name, "role": role}
