"""key generate-symmetric aes: a new AES key."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.new_keys import LABEL, SESSION, attributes_option, quorum_options, sharing_option, template, wish
from cloudhsm_cli.texts import CommandError
from shared.mechanisms import AES_SIZES, CLASS_SECRET, KEY_AES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    LABEL,
    SESSION,
    Option("--key-length-bytes", "KEY_LENGTH_BYTES", "Key length in bytes", required=True, numbers=range(1 << 32)),
    attributes_option("the generated AES key"),
    sharing_option("the AES key"),
    *quorum_options(),
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Make the key and return it."""
    size = values.number("--key-length-bytes")
    wanted = wish(values, template(values, CLASS_SECRET))
    if size not in AES_SIZES:
        raise CommandError(key_texts.BAD_LENGTH.format(size=size))
    return {"key": whole(client(shell, values).make_secret(KEY_AES, size, wanted))}
