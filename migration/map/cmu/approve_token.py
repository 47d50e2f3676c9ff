"""approveToken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map import approvals
from migration.map.rule import Row

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "approveToken <approval file>",
        "",
        "5.8.0",
        "no such step: signatures go into the JSON token file, which --approval names",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Sign the token that waits, once for every approver that the approval file names."""
    return approvals.signed(command.arguments[0], scene)
