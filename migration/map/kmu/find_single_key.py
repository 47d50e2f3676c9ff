"""findSingleKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("findSingleKey -k h", "key list --filter key-reference=0x..", "5.10.0"),)


def rule(command: Parsed, scene: Scene) -> Result:
    """Look for the key."""
    scene.note("no key is no error: look at total_key_count", 13)
    return translated(action("key list", scene.key(command.values["-k"] or ())))
