"""getAttribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import attribute_names
from migration.map.rule import Note, Row, none, translated
from migration.map.scene import OWNER_ONLY, action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "getAttribute <handle> <attr|512> [file]",
        "key list --filter key-reference=0x... --verbose",
        "5.10.0",
        "an admin sees only labels and references",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Show one attribute or all; a file takes what the screen showed."""
    handle, attribute, *file = command.arguments
    if words.number(attribute) != attribute_names.LABEL:
        if scene.is_admin:
            return none(OWNER_ONLY, Note("", 36))
        scene.note("an admin sees only label and reference of a key", 36)
    listing = action("key list", scene.key(handle), (words.text("--verbose"),))
    return translated(listing._replace(then=attribute_names.filter_of(attribute), to=file[0] if file else None))
