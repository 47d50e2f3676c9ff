"""key generate-symmetric generic-secret: a new secret of no particular use."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.new_keys import LABEL, SESSION, attributes_option, quorum_options, sharing_option, template, wish
from shared.mechanisms import CLASS_SECRET, KEY_GENERIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    LABEL,
    SESSION,
    Option("--key-length-bytes", "KEY_LENGTH_BYTES", "Key length in bytes", required=True, numbers=range(1, 801)),
    attributes_option("the generated generic secret"),
    sharing_option("the generic secret key"),
    *quorum_options(),
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Make the key and return it."""
    size = int(values.text("--key-length-bytes"))
    wanted = wish(values, template(values, CLASS_SECRET))
    return {"key": whole(client(shell, values).make_secret(KEY_GENERIC, size, wanted))}
