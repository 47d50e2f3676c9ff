"""getKeyInfo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Note, Row, Unresolved, none, translated
from migration.map.scene import OWNER_ONLY, action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "getKeyInfo -k <h> [file]",
        "key list --filter key-reference=0x... --verbose",
        "5.10.0",
        "key-info; an admin does not see it",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Show who owns and shares the key."""
    found = [word for word in command.arguments if words.literal(word) != "-k"]
    if not found:
        raise Unresolved("getKeyInfo names no key")
    if scene.is_admin:
        return none(OWNER_ONLY, Note("", 36))
    scene.note("an admin does not see who owns a key", 36)
    listing = action("key list", scene.key(found[0]), (words.text("--verbose"),))
    return translated(listing._replace(then='.data.matched_keys[]."key-info"', to=found[1] if len(found) > 1 else None))
