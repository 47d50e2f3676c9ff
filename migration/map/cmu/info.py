"""info server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, cli, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "info server <n>", "cluster hsm-info", "not stated", "in part; addresses from aws cloudhsmv2 describe-clusters"
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Show the HSMs, all of them."""
    scene.note("shows no host name, port or state; aws cloudhsmv2 describe-clusters has the addresses", 12)
    return translated(cli("cluster hsm-info"))
