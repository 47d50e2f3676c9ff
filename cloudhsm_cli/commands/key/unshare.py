"""key unshare: end what key share has begun."""

from __future__ import annotations

from cloudhsm_cli.keys import key_command
from cloudhsm_cli.sharing import share, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = syntax("to unshare")


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Do so on every HSM."""
    share(shell, values, False)
    return {"message": "Key unshared successfully"}
