"""quorum token-sign generate: a token of every HSM, in one file, for approvers to sign."""

from __future__ import annotations

from cloudhsm_cli import key_texts, key_tokens, services
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.keys import filter_option
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.token_files import write_registration, write_token
from shared.hsm.quorum import REGISTRATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

_SERVICES = (*services.NUMBERS, *key_tokens.NUMBERS)
SYNTAX = Syntax(
    Option(
        "--service",
        "SERVICE",
        "What is to be approved",
        required=True,
        choices=_SERVICES,
    ),
    Option("--token", "TOKEN", "File for the token", required=True),
    filter_option(what="that key-usage or key-management is about", required=False),
)


def run(shell: Shell, values: Values) -> Data:
    """Start the service on every HSM and write the file; a token that cannot be written is taken back."""
    if values.text("--service") in key_tokens.NUMBERS:
        return key_tokens.generate(shell, values)
    if values.has("--filter"):
        raise CommandError(key_texts.FILTER_OF_KEY_SERVICE)
    connection = shell.authenticated(values)
    service, path = services.NUMBERS[values.text("--service")], values.text("--token")
    services.check(connection, service)
    blocks = connection.fleet.all(lambda hsm: hsm.start_token(service))
    try:
        if service == REGISTRATION:
            write_registration(path, blocks)
        else:
            write_token(path, service, blocks)
    except CommandError:
        connection.fleet.take_back(blocks)
        raise
    return {"path": path}
