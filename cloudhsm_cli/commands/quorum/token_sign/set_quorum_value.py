"""quorum token-sign set-quorum-value: how many must approve the commands of a service."""

from __future__ import annotations

from cloudhsm_cli import services, texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.texts import CommandError
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--service", "SERVICE", "The service", required=True, choices=services.VALUED),
    Option("--value", "VALUE", "How many approvals it takes; 0 and 1: none", required=True, numbers=range(9)),
    APPROVAL,
)


def run(shell: Shell, values: Values) -> Data:
    """Set the value on every HSM."""
    connection = shell.authenticated(values)
    service, value = services.NUMBERS[values.text("--service")], int(values.text("--value"))
    services.check(connection, service)
    with shell.approved(connection, values.get("--approval")):
        try:
            connection.fleet.all(lambda hsm: hsm.set_quorum_value(service, value))
        except HsmError as refusal:
            if refusal.code is errors.INVALID_DATA:
                raise CommandError(texts.BAD_VALUE) from refusal
            raise
    return "Set quorum value successful"
