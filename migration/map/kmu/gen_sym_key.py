"""genSymKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import key_kinds, making
from migration.map.rule import Row, Unresolved, none
from migration.map.scene import action, attributes, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("genSymKey -t 31", "key generate-symmetric aes", "5.10.0", "16, 24 or 32 bytes"),
    Row("genSymKey -t 16", "key generate-symmetric generic-secret", "5.10.0", "1 to 800 bytes"),
    Row(
        "genSymKey -t 21",
        "",
        "",
        "3DES keys are made through JCE or PKCS#11 only, in FIPS mode not at all since 2024; unwrap of des3 works",
    ),
    Row("genSymKey -t 18", "", "", "there is no RC4: use AES"),
    Row("genSymKey -s <bytes>", "--key-length-bytes", "5.10.0"),
    Row(
        "genSymKey (defaults)",
        "--attributes encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false",
        "5.10.0",
        "AES; generic secrets: sign=false verify=false",
    ),
    *making.ROWS,
)
_MAX_SECRET = 800
# What the defaults of both tools differ in, so that the key can do what it could and no more.
_DEFAULTS = {
    "aes": ("encrypt=true", "decrypt=true", "wrap=true", "unwrap=true", "sign=false", "verify=false"),
    "generic-secret": ("sign=false", "verify=false"),
}


def rule(command: Parsed, scene: Scene) -> Result:
    """Make the key with the usages that it had."""
    plain = words.literal(command.get("-t"))
    if plain == "21":
        return none(
            "3DES keys are made through JCE or PKCS#11 only, in FIPS mode not at all since 2024", making.note(6)
        )
    if plain == "18":
        return none("there is no RC4: use AES", making.note(45))
    kind = key_kinds.type_of(command.values["-t"] or ())
    if kind not in _DEFAULTS:
        raise Unresolved(f"genSymKey makes no {kind} key")
    size = words.number(command.get("-s"))
    if kind == "generic-secret" and size is not None and size > _MAX_SECRET:
        return none(f"a generic secret has at most {_MAX_SECRET} bytes: make it in two, or import it through PKCS#11")
    scene.note("usages are spelled out: without them an AES key can only sign and verify", 30)
    defaults = _DEFAULTS[kind]
    extractable = making.not_extractable(command)
    return making.made(
        action(
            f"key generate-symmetric {kind}",
            option("--label", command.get("-l")),
            option("--key-length-bytes", command.get("-s")),
            attributes("--attributes", *defaults, extractable, key_id=command.get("-id")),
            making.shared(command, scene),
        ),
        scene,
        flags=defaults,
    )
