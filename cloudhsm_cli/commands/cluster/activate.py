"""cluster activate: the first admin gets a password, and becomes one."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import PASSWORD, Syntax
from cloudhsm_cli.texts import CommandError
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(PASSWORD)


def run(shell: Shell, values: Values) -> Data:
    """Set the password on every HSM; nobody need be logged in."""
    fleet = shell.connect(values).fleet
    if not fleet.is_unactivated():
        raise CommandError(texts.ALREADY_ACTIVATED)
    password = shell.new_password(values.get("--password"))
    from shared.crypto.passwords import Password

    try:
        fleet.activate(Password(password))
    except HsmError as refusal:
        if refusal.code is errors.USER_MISSING:
            raise CommandError(texts.ALREADY_ACTIVATED) from refusal
        raise
    return "Cluster activation successful"
