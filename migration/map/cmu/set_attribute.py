"""setAttribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import attribute_names
from migration.map.rule import Row, Unresolved, no_effect, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "setAttribute <handle> <attr> <value>",
        "key set-attribute --filter key-reference=0x... --name N --value V",
        "5.10.0",
    ),
    Row(
        "setAttribute <h> 134 1",
        "key set-attribute --filter key-reference=0x... --name trusted --value true",
        "5.10.0",
        "as admin",
    ),
)
# The attributes that the guide of cloudhsm_mgmt_util names.
_SETTABLE = (3, 134, 260, 261, 262, 263, 264, 266, 268, 370, 528, 1073742353, 1073742354)


def rule(command: Parsed, scene: Scene) -> Result:
    """Set the attribute."""
    handle, attribute, *given = command.arguments
    if not given and not scene.answers:
        raise Unresolved("the value that is typed at the question is not in the script")
    number = words.number(attribute)
    if number in attribute_names.NAMES and number not in _SETTABLE:
        return no_effect(f"cloudhsm_mgmt_util refuses to set {attribute_names.NAMES[number]}")
    value = given[0] if given else scene.answers[0]
    name, becomes = attribute_names.named(attribute, value)
    scene.note("nothing asks for a y", 10)
    return translated(
        action(
            "key set-attribute",
            scene.key(handle),
            option("--name", name),
            option("--value", becomes),
            scene.approval("key-management"),
        )
    )
