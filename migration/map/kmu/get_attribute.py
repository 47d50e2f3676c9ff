"""getAttribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import attribute_names
from migration.map.rule import Row, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "getAttribute -o h -a n -out F",
        "key list --filter key-reference=0x.. --verbose | jq",
        "5.10.0",
        "JSON on standard output, no file",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Write one attribute or all to the file, as JSON values instead of names and hexadecimal."""
    listing = action("key list", scene.key(command.values["-o"] or ()), (words.text("--verbose"),))
    scene.note("the file holds the value as CloudHSM CLI shows it, without the attribute's name above it", 29)
    if command.has("-attest"):
        scene.note("-attest has no equivalent and is left out", 45)
    return translated(
        listing._replace(then=attribute_names.filter_of(command.values["-a"] or ()), to=command.get("-out"))
    )
