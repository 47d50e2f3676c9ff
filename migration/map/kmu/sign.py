"""sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map import signing
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "sign -f F -k h -m M -out S",
        "crypto sign <mech> --key-filter key-reference=0x.. --hash-function H --data-path F",
        "5.11.0",
        "base64 in JSON; ECDSA as r||s",
    ),
    *signing.ROWS,
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Sign the file; the signature file gets the form that it had."""
    mechanism, options = signing.mechanism(command.values["-m"] or (), scene)
    sign = action(
        f"crypto sign {mechanism}",
        scene.key(command.values["-k"] or (), "--key-filter"),
        options,
        option("--data-path", command.get("-f")),
        scene.approval("key-usage"),
    )
    helper = "hsm_ecdsa_to" if mechanism == "ecdsa" else "hsm_signature_to"
    return translated(sign._replace(helper=helper, leading=(command.values["-out"] or (),)))
