"""help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("help [<cmd>]", "help [<cmd>]", "5.7.0"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Show help; command names are others."""
    return translated(action("help"))
