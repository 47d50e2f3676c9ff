"""importPubKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import making
from migration.map.rule import Row, translated
from migration.map.scene import action, attributes, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "importPubKey -l L -f F",
        "key import pem --path F --label L --key-type-class rsa-public|ec-public",
        "5.11.0",
        "no --session",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Import the key with the usages that it had; which type it is the file tells, when the script runs."""
    file = command.values["-f"] or ()
    if command.has("-sess"):
        scene.note("an imported public key is no session key: delete it afterwards", 32)
    scene.note("usages are spelled out", 30)
    making.warn(command, scene)
    identity = attributes("", key_id=command.get("-id"))[1:] or (words.EMPTY,)
    load = action("key import pem", option("--path", file), option("--label", command.get("-l")))
    shown = " ".join(
        [
            *map(words.shown, load.argv),
            "--key-type-class rsa-public|ec-public --attributes verify=true",
            *map(words.shown, identity),
        ]
    )
    done = load._replace(
        helper="hsm_import_public", leading=(file, *identity), shown=shown.strip(), binds=making.bound(scene, "handle")
    )
    return translated(done, flags=("verify=true", "RSA: encrypt=true wrap=true"))
