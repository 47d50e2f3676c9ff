"""cluster mtls set-enforcement: have the HSMs take only clients with a certificate, or all."""

from __future__ import annotations

from cloudhsm_cli import mtls, texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.texts import CommandError
from shared.hsm.mtls import LEVELS, sets_policies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(Option("--level", "LEVEL", "Who needs a certificate", required=True, choices=LEVELS), APPROVAL)


def run(shell: Shell, values: Values) -> Data:
    """Set the level on every HSM; this connection must be mutual, whatever the level (guide)."""
    connection = mtls.as_admin(shell, values)
    level = values.text("--level")
    fleet = connection.fleet
    if not sets_policies(connection.user):
        raise CommandError(texts.POLICY_ADMIN)
    if not all(fleet.is_mutual(hsm) for hsm in fleet.hsms()):
        raise CommandError(texts.NOT_MUTUAL)
    with shell.approved(connection, values.get("--approval")):
        fleet.all(lambda hsm: hsm.set_enforcement(level))
    return {"message": f"Mtls enforcement level set to {level.capitalize()} successfully"}
