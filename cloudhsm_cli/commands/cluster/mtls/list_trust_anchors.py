"""cluster mtls list-trust-anchors: the certificates that vouch for clients; nobody need be logged in."""

from __future__ import annotations

from cloudhsm_cli import mtls
from cloudhsm_cli.arguments import Syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Return the trust anchors."""
    return {"trust_anchors": mtls.folded(mtls.anchors(mtls.connected(shell, values)))}
