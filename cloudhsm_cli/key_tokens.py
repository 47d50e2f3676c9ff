"""Quorum tokens for one key: to use it, or to manage it."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.keys import client, key_command, selected
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.token_files import KEY_SERVICE_NAMES, write_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

NUMBERS = {name: number for number, name in KEY_SERVICE_NAMES.items()}


@key_command
def generate(shell: Shell, values: Values) -> Data:
    """Start the service on every HSM that has the key and write the file; what cannot be written is taken back."""
    service, path = NUMBERS[values.text("--service")], values.text("--token")
    if not values.all("--filter"):
        raise CommandError(key_texts.KEY_SERVICE_NEEDS_FILTER)
    keys = client(shell, values)
    view = selected(keys, values)
    blocks = keys.start_service(view, service)
    try:
        write_token(path, service, blocks, view.key.handle)
    except CommandError:
        keys.take_back(blocks)
        raise
    return {"path": path}
