"""key delete: one key of one's own."""

from __future__ import annotations

from cloudhsm_cli.arguments import Syntax
from cloudhsm_cli.keys import client, filter_option, key_command, selected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(filter_option(what="for deletion"))


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Delete the key on every HSM."""
    keys = client(shell, values)
    keys.delete(selected(keys, values))
    return {"message": "Key deleted successfully"}
