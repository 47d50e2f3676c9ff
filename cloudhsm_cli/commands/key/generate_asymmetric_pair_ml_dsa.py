"""key generate-asymmetric-pair ml-dsa: a new ML-DSA pair, on hsm2m.medium."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.pairs import answer, asked, pair_options
from shared.attribute_names import ML_DSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    *pair_options(
        "ML-DSA",
        Option("--mldsa-algorithm", "MLDSA_ALGORITHM", "Parameter set", required=True, choices=tuple(ML_DSA)),
    )
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Make the pair and return it."""
    wanted, public = asked(values)
    parameter_set = ML_DSA[values.text("--mldsa-algorithm")]
    return answer(client(shell, values).make_ml_dsa(parameter_set, wanted, public))
