"""getKeyInfo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "getKeyInfo -k h",
        "key list --filter key-reference=0x.. --verbose",
        "5.10.0",
        "key-owners, shared-users, key-quorum-values",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Show who owns and shares the key."""
    scene.note("owners and users are names", 17)
    listing = action("key list", scene.key(command.values["-k"] or ()), (words.text("--verbose"),))
    return translated(listing._replace(then='.data.matched_keys[]."key-info"'))
