"""user list: the users of all HSMs, what differs between them being said; nobody need be logged in."""

from __future__ import annotations

from cloudhsm_cli.arguments import Syntax
from cloudhsm_cli.users import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Return the users."""
    connection = shell.connect(values)
    return {"users": folded(connection)}
