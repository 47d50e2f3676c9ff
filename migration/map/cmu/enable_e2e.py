"""enable_e2e."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, not_needed

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("enable_e2e", "none needed", "5.7.0", "end-to-end encryption is always on"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Do nothing."""
    return not_needed("end-to-end encryption is always on", 7)
