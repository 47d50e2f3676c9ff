"""quorum token-sign delete: the tokens of the user who is logged in, or of all users."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option, Syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--scope", "SCOPE", "Whose tokens: the own, or those of all", required=True, choices=("user", "all"))
)


def run(shell: Shell, values: Values) -> Data:
    """Delete the tokens on every HSM; all of them only an admin may."""
    fleet = shell.authenticated(values).fleet
    if values.text("--scope") == "all":
        fleet.all(lambda hsm: hsm.delete_all_tokens())
    else:
        fleet.all(lambda hsm: hsm.delete_tokens(None))
    return "Deletion of quorum token(s) successful"
