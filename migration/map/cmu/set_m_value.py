"""setMValue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.cmu.services import service
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("setMValue 3|4 <n>", "quorum token-sign set-quorum-value --service user|quorum --value n", "5.8.0"),)


def rule(command: Parsed, scene: Scene) -> Result:
    """Set how many approvers a service needs."""
    number, value = command.arguments
    scene.note("nothing asks for a y", 10)
    return translated(
        action(
            "quorum token-sign set-quorum-value",
            option("--service", service(number)),
            option("--value", value),
            scene.approval("quorum"),
        )
    )
