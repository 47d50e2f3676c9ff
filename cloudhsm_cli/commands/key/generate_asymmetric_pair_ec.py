"""key generate-asymmetric-pair ec: a new pair on a named curve."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.pairs import answer, asked, pair_options
from shared.attribute_names import CURVES, ED25519

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

_CHOICES = ("prime256v1", "secp256r1", "secp224r1", "secp384r1", "secp256k1", "secp521r1", ED25519)
SYNTAX = Syntax(
    *pair_options(
        "EC",
        Option("--curve", "CURVE", "Elliptic curve used to generate the key pair", required=True, choices=_CHOICES),
    )
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Make the pair and return it."""
    curve = values.text("--curve")
    wanted, public = asked(values)
    keys = client(shell, values)
    if curve == ED25519:
        return answer(keys.make_ed25519(wanted, public))
    return answer(keys.make_ec(CURVES[curve][0], wanted, public))
