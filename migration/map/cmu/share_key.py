"""shareKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, Unresolved, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("shareKey <h> <uid> 1", "key share --filter key-reference=0x... --username u --role crypto-user", "5.10.0"),
    Row("shareKey <h> <uid> 0", "key unshare --filter key-reference=0x... --username u --role crypto-user", "5.10.0"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Share the key with each user, or end that."""
    handle, users, wanted = command.arguments
    verb = {"1": "key share", "0": "key unshare"}.get(words.literal(wanted) or "")
    if verb is None:
        raise Unresolved(f"{words.shown(wanted)} decides between key share and key unshare")
    scene.note("nothing asks for a y", 10)
    approval = scene.approval("key-management")
    names = scene.user_list(users)
    if approval and len(names) > 1:
        raise Unresolved("a token approves one key share or unshare, and each user is one: get a token for each")
    return translated(
        *(
            action(
                verb,
                scene.key(handle),
                option("--username", user),
                option("--role", words.text("crypto-user")),
                approval,
            )
            for user in names
        )
    )
