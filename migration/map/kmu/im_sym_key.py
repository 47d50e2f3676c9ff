"""imSymKey: wrapped offline under a key pair that the HSM makes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import key_kinds, making
from migration.map.rule import Row, Unresolved, none, translated
from migration.map.scene import action, attributes, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "imSymKey -l L -t T -f F -w h",
        "key generate-asymmetric-pair rsa + key generate-file pem + openssl + key unwrap rsa-oaep",
        "5.11.0",
        "not in one step: the key is wrapped offline with OpenSSL under a pair made for it",
    ),
)
_KINDS = ("aes", "generic-secret", "des3")


def rule(command: Parsed, scene: Scene) -> Result:
    """Import the key in AWS's way."""
    if words.literal(command.get("-t")) == "18":
        return none("there is no RC4: use AES", making.note(45))
    kind = key_kinds.type_of(command.values["-t"] or ())
    if kind not in _KINDS:
        raise Unresolved(f"imSymKey imports no {kind} key")
    file = command.values["-f"] or ()
    scene.note(
        "not in one step: a pair is made, the key is wrapped with OpenSSL, unwrapped, and the pair is deleted", 40
    )
    making.warn(command, scene)
    usages = making.UNWRAPPED[kind]
    unwrap = action(
        "key unwrap rsa-oaep",
        option("--key-type-class", words.text(kind)),
        option("--label", command.get("-l")),
        attributes("--attributes", *usages, key_id=command.get("-id")),
        making.shared(command, scene),
        option("--hash-function", words.text("sha256")),
        option("--mgf", words.text("mgf1-sha256")),
    )
    done = unwrap._replace(helper="hsm_import_secret", leading=(file,), binds=making.bound(scene, "handle"))
    return translated(done, flags=usages)
