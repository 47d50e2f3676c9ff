"""exit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("exit", "quit", "5.7.0", "single commands need none"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Leave, which ends the login."""
    return translated(cli("quit")._replace(helper="logout"))
