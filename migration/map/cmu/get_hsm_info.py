"""getHSMInfo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("getHSMInfo", "cluster hsm-info", "not stated", "no label, flags, sessions, memory, temperature"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Show the HSMs."""
    scene.note("names no HSM, only serial numbers", 12)
    return translated(cli("cluster hsm-info"))
