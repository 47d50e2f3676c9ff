"""getCaviumPrivKey."""

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
    Row(
        "getCaviumPrivKey -k h -out F",
        "key generate-file --encoding reference-pem --path F --filter key-reference=0x..",
        "5.10.0",
        "make old files again",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Write the reference of the private key as PEM."""
    scene.note("a file that key_mgmt_util wrote holds a handle: make it again", 29)
    return translated(
        action(
            "key generate-file",
            option("--encoding", words.text("reference-pem")),
            option("--path", command.get("-out")),
            scene.key(command.values["-k"] or ()),
        )
    )
