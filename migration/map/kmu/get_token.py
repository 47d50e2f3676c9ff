"""getToken: quorum of a key."""

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
    Row(
        "getToken -n 5|6 -k h -u user -f F",
        "quorum token-sign generate --service key-usage|key-management --filter key-reference=0x.. --token F",
        "5.14.0",
    ),
)
_SERVICES = {"5": "key-usage", "6": "key-management"}


def rule(command: Parsed, scene: Scene) -> Result:
    """Get a token for a key."""
    name = _SERVICES.get(words.literal(command.get("-n")) or "")
    if name is None or command.get("-k") is None:
        raise Unresolved("the service must be 5 (key-usage) or 6 (key-management), of a key")
    scene.tokens[name] = command.values["-f"] or ()
    scene.note("the token is a JSON file, is used once, and ends with the session or after ten minutes", 25)
    scene.note("key-management covers wrap, unwrap, share, unshare and set-attribute, key-usage only sign", 28)
    return translated(
        action(
            "quorum token-sign generate",
            option("--service", words.text(name)),
            scene.key(command.values["-k"] or ()),
            option("--token", command.get("-f")),
        )
    )
