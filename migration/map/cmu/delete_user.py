"""deleteUser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("deleteUser <type> <u>", "user delete --username u --role r", "5.7.0", "an owner of keys cannot be deleted"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Delete the user."""
    kind, user, *_ = command.arguments
    who = (*option("--username", user), *option("--role", scene.role(kind)))
    return translated(action("user delete", who, scene.approval("user")))
