"""The client daemon, by its own name or as a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, not_needed

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("cloudhsm_client <cfg>, service cloudhsm-client start", "none needed", "5.7.0", "there is no client daemon"),
)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Do nothing."""
    return not_needed("there is no client daemon", 7)
