"""key share: let another crypto user use a key."""

from __future__ import annotations

from cloudhsm_cli.keys import key_command
from cloudhsm_cli.sharing import share, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = syntax("to share")


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Do so on every HSM."""
    share(shell, values, True)
    return {"message": "Key shared successfully"}
