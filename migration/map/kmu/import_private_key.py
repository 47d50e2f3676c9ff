"""importPrivateKey: wrapped offline under a key pair that the HSM makes for it."""

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
        "importPrivateKey -l L -f F -w h",
        "key generate-asymmetric-pair rsa + key generate-file pem + openssl + key unwrap rsa-aes",
        "5.11.0",
        "not in one step: the key is wrapped offline with OpenSSL under a pair made for it",
    ),
    Row("importPrivateKey/imSymKey -wk|-attest|-min_srv|-timeout", "", "", "left out"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Import the key in AWS's way."""
    file = command.values["-f"] or ()
    scene.note(
        "not in one step: a pair is made, the key is wrapped with OpenSSL, unwrapped, and the pair is deleted", 40
    )
    making.warn(command, scene)
    unwrap = action(
        "key unwrap rsa-aes",
        option("--key-type-class", words.code(f"$(hsm_private_type {words.bash(file)})")),
        option("--label", command.get("-l")),
        attributes("--attributes", "sign=true", key_id=command.get("-id")),
        making.shared(command, scene),
        option("--hash-function", words.text("sha256")),
        option("--mgf", words.text("mgf1-sha256")),
    )
    done = unwrap._replace(helper="hsm_import_private", leading=(file,), binds=making.bound(scene, "handle"))
    return translated(done, flags=("sign=true",))
