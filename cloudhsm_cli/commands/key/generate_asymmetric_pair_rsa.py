"""key generate-asymmetric-pair rsa: a new RSA pair."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.pairs import answer, asked, pair_options
from cloudhsm_cli.texts import CommandError
from shared.mechanisms import RSA_MAX_BITS, RSA_MAX_EXPONENT, RSA_MIN_BITS, RSA_MIN_EXPONENT, RSA_STEP_BITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

_SIZES = range(RSA_MIN_BITS, RSA_MAX_BITS + 1, RSA_STEP_BITS)
_EXPONENTS = range(RSA_MIN_EXPONENT, RSA_MAX_EXPONENT + 1, 2)
SYNTAX = Syntax(
    *pair_options(
        "RSA",
        Option(
            "--modulus-size-bits", "MODULUS_SIZE_BITS", "Modulus size in bits", required=True, numbers=range(1 << 32)
        ),
        Option("--public-exponent", "PUBLIC_EXPONENT", "Public exponent", required=True, numbers=range(1 << 32)),
    )
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Make the pair and return it."""
    bits, exponent = int(values.text("--modulus-size-bits")), int(values.text("--public-exponent"))
    wanted, public = asked(values)
    if bits not in _SIZES:
        raise CommandError(key_texts.BAD_MODULUS)
    if exponent not in _EXPONENTS:
        raise CommandError(key_texts.BAD_EXPONENT)
    return answer(client(shell, values).make_rsa(bits, exponent, wanted, public))
