"""logoutHSM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("logoutHSM", "logout", "5.7.0"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Log out."""
    return translated(cli("logout")._replace(helper="logout"))
