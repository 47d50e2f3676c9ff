"""setAttribute: a session key becomes a token key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import legacy
from migration.map import attribute_names
from migration.map.rule import Row, Unresolved, no_effect, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("setAttribute -o h -a 1", "key set-attribute --filter key-reference=0x.. --name token --value true", "5.10.0"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Set the attribute to what is typed at the question."""
    if not legacy.may_set(command):
        return no_effect(
            "key_mgmt_util refuses all attributes but 1 (token): setAttribute of cloudhsm_mgmt_util sets more"
        )
    if not scene.answers:
        raise Unresolved("the value that is typed at the question is not in the script")
    name, value = attribute_names.named(command.values["-a"] or (), scene.answers[0])
    return translated(
        action(
            "key set-attribute",
            scene.key(command.values["-o"] or ()),
            option("--name", name),
            option("--value", value),
            scene.approval("key-management"),
        )
    )
