"""genRSAKeyPair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map import making
from migration.map.rule import Row
from migration.map.scene import option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("genRSAKeyPair", "key generate-asymmetric-pair rsa", "5.10.0"),
    Row("genRSAKeyPair -m <modulus>", "--modulus-size-bits", "5.10.0"),
    Row("genRSAKeyPair -e <exponent>", "--public-exponent", "5.10.0"),
    *making.PAIR_ROWS,
    Row(
        "genRSAKeyPair (defaults)",
        "--public-attributes encrypt=true wrap=true verify=true "
        "--private-attributes decrypt=true unwrap=true sign=true",
        "5.10.0",
    ),
)
PUBLIC = ("encrypt=true", "wrap=true", "verify=true")
PRIVATE = ("decrypt=true", "unwrap=true", "sign=true")


def rule(command: Parsed, scene: Scene) -> Result:
    """Make the pair with the usages that it had."""
    size = (*option("--modulus-size-bits", command.get("-m")), *option("--public-exponent", command.get("-e")))
    return making.pair("rsa", size, PUBLIC, PRIVATE, command, scene)
