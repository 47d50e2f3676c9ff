"""cluster mtls get-enforcement: whether the HSMs take only clients with a certificate."""

from __future__ import annotations

from cloudhsm_cli import mtls
from cloudhsm_cli.arguments import Syntax
from cloudhsm_cli.roles import INCONSISTENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Return the level."""
    mtls.connected(shell, values)
    levels = set(shell.authenticated(values).fleet.all(lambda hsm: hsm.enforcement()))
    return {"mtls-enforcement-level": levels.pop() if len(levels) == 1 else INCONSISTENT}
