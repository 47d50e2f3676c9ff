"""logout: the end of the login on every HSM."""

from __future__ import annotations

from cloudhsm_cli.arguments import Syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Log out."""
    connection = shell.authenticated(values)
    connection.user = connection.role = ""
    connection.fleet.log_out()
    return "Logout successful"
