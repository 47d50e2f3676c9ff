"""getMValue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.cmu.services import service
from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("getMValue 3|4", "quorum token-sign list-quorum-values", "5.8.0", "all services at once"),)


def rule(command: Parsed, scene: Scene) -> Result:
    """Show the value of the service."""
    name = service(command.arguments[0])
    scene.note("all services come at once", 26)
    return translated(cli("quorum token-sign list-quorum-values")._replace(then=f".data.{name[0].text}"))
