"""listUsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("listUsers", "user list", "5.7.0", "no ids; LoginFailureCnt is only locked"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """List the users."""
    scene.note("users have no ids, and types are roles", 17)
    return translated(cli("user list"))
