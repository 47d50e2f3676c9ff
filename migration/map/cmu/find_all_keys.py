"""findAllKeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, none, translated
from migration.map.scene import action

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "findAllKeys <uid> 0 [file]",
        "key list",
        "5.10.0",
        "as that user; an admin gets all references and labels, without owners",
    ),
    Row("findAllKeys <uid> 1", "", "", "no hash: compare key-coverage and cluster-coverage"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """List references; what an officer saw of one user, only that user sees now."""
    user, wanted, *file = command.arguments
    if words.literal(wanted) != "0":
        return none(
            "there is no hash of keys: look for cluster-coverage other than full in key list --verbose, as the user"
        )
    if file:
        return none("key list writes no file in this form: run it as the user and keep its JSON")
    name = scene.users.get(words.number(user) or -1)
    scene.note(f"only {name or 'the user'} sees which keys are theirs; an admin gets all references", 36)
    return translated(action("key list")._replace(helper="hsm_all_keys"))
