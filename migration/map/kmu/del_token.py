"""delToken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("delToken -tf F | -f 4", "quorum token-sign delete --scope user", "5.14.0", "all of the user's tokens"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Delete the user's tokens."""
    scene.note("tokens are deleted by owner", 25)
    return translated(cli("quorum token-sign delete --scope user"))
