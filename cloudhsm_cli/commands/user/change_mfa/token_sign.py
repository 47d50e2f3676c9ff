"""user change-mfa token-sign: a password and a key for the second factor, or the end of it."""

from __future__ import annotations

from cloudhsm_cli import mfa
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.users import ROLE, USERNAME, actual_type
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.hsm import Hsm

SYNTAX = Syntax(
    USERNAME,
    ROLE,
    Option("--change-password", "CHANGE_PASSWORD", "The new password; it is asked for if this is left out"),
    Option("--token", "TOKEN", "File for the tokens, one an HSM, to be signed", group="change"),
    Option("--deregister", help="End the use of a second factor", group="change"),
    APPROVAL,
    Option("--change-quorum", help="Do to the quorum key what is done to the key of the second factor"),
)


def run(shell: Shell, values: Values) -> Data:
    """Change the second factor wherever the user is."""
    name, role = values.text("--username").lower(), values.text("--role")
    connection = shell.authenticated(values)
    fleet, both = connection.fleet, values.has("--change-quorum")
    with shell.approved(connection, values.get("--approval")):
        text = shell.new_password(values.get("--change-password"))
        from shared.crypto.passwords import Password

        password = Password(text)
        token = values.get("--token")
        factors = {} if token is None else mfa.new_factors(shell, fleet, token)

        def change(hsm: Hsm) -> None:
            user_type = actual_type(hsm, role, name)
            if token is None:
                hsm.reset_password(user_type, name, password, drop_mfa=True, drop_quorum=both)
            else:
                hsm.set_factor(user_type, name, password, factors[hsm.id], for_quorum=both)

        fleet.some(change, ignored=errors.USER_MISSING)
        connection.renew(name, password)
    return {"username": name, "role": role}
