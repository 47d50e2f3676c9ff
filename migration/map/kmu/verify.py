"""verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import signing
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "verify -f F -s S -k h -m M",
        "crypto verify <mech> --key-filter key-reference=0x.. --hash-function H --data-path F --signature-path S",
        "5.11.0",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Verify the signature; that of a DER file is turned into r||s first."""
    mechanism, options = signing.mechanism(command.values["-m"] or (), scene)
    verify = action(
        f"crypto verify {mechanism}",
        scene.key(command.values["-k"] or (), "--key-filter"),
        options,
        option("--data-path", command.get("-f")),
    )
    signature = command.values["-s"] or ()
    if mechanism == "ecdsa":
        return translated(
            verify._replace(helper="hsm_verify_ecdsa", leading=(signature, *scene.key(command.values["-k"] or ())[1:]))
        )
    return translated(verify._replace(argv=(*verify.argv, words.text("--signature-path"), signature)))
