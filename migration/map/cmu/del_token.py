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
        "quorum token-sign delete --scope user",
        "5.8.0",
        "all of the user's tokens, whatever service or file",
    ),
    Row("deleteToken all", "quorum token-sign delete --scope all", "5.8.0", "those of all users"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Delete the user's tokens, or those of all users where that is asked for."""
    scene.note("tokens are deleted by owner", 25)
    everything = [words.literal(word) for word in command.arguments] == ["all"]
    scope = words.text("all" if everything else "user")
    return translated(action("quorum token-sign delete", option("--scope", scope)))
