"""user create: a user on every HSM; where some lack one, it is made on those."""

from __future__ import annotations

from cloudhsm_cli.arguments import PASSWORD, Option, Syntax
from cloudhsm_cli.roles import ROLES, types_of
from cloudhsm_cli.users import check_name
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--username", "USERNAME", "Name of the new user", required=True),
    Option("--role", "ROLE", "Role of the new user", required=True, choices=ROLES),
    PASSWORD,
)


def run(shell: Shell, values: Values) -> Data:
    """Create the user; it is an error only if every HSM has one of this name."""
    name, role = values.text("--username").lower(), values.text("--role")
    check_name(name)
    fleet = shell.authenticated(values).fleet
    text = shell.new_password(values.get("--password"))
    from shared.crypto.passwords import Password

    password = Password(text)
    fleet.some(lambda hsm: hsm.create_user(types_of(role)[0], name, password), errors.USER_EXISTS)
    return {"username": name, "role": role}
