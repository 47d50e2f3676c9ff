"""delToken (deleteToken)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "delToken [<token file>]",
        "quorum token-sign delete --scope user|all",
        "5.8.0",
        "by owner, not by service or file",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Delete tokens: those of the user for a file, all without one."""
    scene.note("tokens are deleted by owner", 25)
    scope = words.text("user" if command.arguments else "all")
    return translated(action("quorum token-sign delete", option("--scope", scope)))
