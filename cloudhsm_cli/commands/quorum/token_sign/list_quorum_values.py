"""quorum token-sign list-quorum-values: how many must approve the commands of each service."""

from __future__ import annotations

from cloudhsm_cli import services
from cloudhsm_cli.arguments import Syntax
from cloudhsm_cli.roles import INCONSISTENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Return the values; nobody need be logged in. On hsm2m.medium there is one more."""
    connection = shell.connect(values)
    found = zip(*connection.fleet.all(lambda hsm: hsm.quorum_values()), strict=True)
    folded: dict[str, Data] = {
        name: each[0] if len(set(each)) == 1 else INCONSISTENT
        for name, each in zip(services.VALUED, found, strict=True)
    }
    if connection.config.hsm_type != "hsm2m":
        del folded["cluster"]
    return folded
