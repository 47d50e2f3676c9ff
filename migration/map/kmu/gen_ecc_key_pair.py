"""genECCKeyPair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import making
from migration.map.rule import Row, Unresolved, none
from migration.map.scene import option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("genECCKeyPair", "key generate-asymmetric-pair ec", "5.10.0"),
    Row("genECCKeyPair -i 2", "--curve prime256v1", "5.10.0"),
    Row("genECCKeyPair -i 14", "--curve secp384r1", "5.10.0"),
    Row("genECCKeyPair -i 16", "--curve secp256k1", "5.10.0"),
    Row("genECCKeyPair -i 13|15", "--curve secp224r1|secp521r1", "5.10.0"),
    Row(
        "genECCKeyPair -i <other>",
        "",
        "",
        "the CLI has prime256v1, secp224r1, secp384r1, secp256k1, secp521r1, ed25519",
    ),
    Row("genECCKeyPair (defaults)", "--public-attributes verify=true --private-attributes sign=true", "5.10.0"),
)
CURVES = {"2": "prime256v1", "13": "secp224r1", "14": "secp384r1", "15": "secp521r1", "16": "secp256k1"}


def rule(command: Parsed, scene: Scene) -> Result:
    """Make the pair with the usages that it had."""
    number = command.values["-i"] or ()
    plain = words.literal(number)
    if plain is None:
        raise Unresolved(f"{words.shown(number)} holds the number of a curve, and CloudHSM CLI takes its name")
    if plain not in CURVES:
        return none(f"curve {plain} is not among {', '.join(CURVES.values())}", making.note(45))
    return making.pair(
        "ec", option("--curve", words.text(CURVES[plain])), ("verify=true",), ("sign=true",), command, scene
    )
