"""exportPubKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("exportPubKey -k h -out F", "key generate-file --encoding pem --path F --filter key-reference=0x..", "5.11.0"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Write the PEM file."""
    return translated(
        action(
            "key generate-file",
            option("--encoding", words.text("pem")),
            option("--path", command.get("-out")),
            scene.key(command.values["-k"] or ()),
        )
    )
