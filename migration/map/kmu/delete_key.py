"""deleteKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("deleteKey -k h", "key delete --filter key-reference=0x..", "5.10.0", "exactly one key"),)


def rule(command: Parsed, scene: Scene) -> Result:
    """Delete the key."""
    scene.note("a key that is not there is an error", 13)
    return translated(action("key delete", scene.key(command.values["-k"] or ())))
