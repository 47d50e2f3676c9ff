"""getToken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.cmu.services import service
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "getToken 3|4 <user> <file>",
        "quorum token-sign generate --service user|quorum --token F",
        "5.8.0",
        "one JSON file for all HSMs",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Get a token, as the user who is logged in."""
    number, _, file = command.arguments
    name = service(number)
    scene.tokens[words.shown(name)] = file
    scene.note("the token is a JSON file, is used once, and ends with the session or after ten minutes", 25)
    return translated(action("quorum token-sign generate", option("--service", name), option("--token", file)))
