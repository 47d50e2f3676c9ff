"""quorum token-sign generate: a token of every HSM, in one file, for approvers to sign."""

from __future__ import annotations

from cloudhsm_cli import services
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.token_files import write_registration, write_token
from shared.hsm.quorum import REGISTRATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--service", "SERVICE", "What is to be approved", required=True, choices=tuple(services.NUMBERS)),
    Option("--token", "TOKEN", "File for the token", required=True),
)


def run(shell: Shell, values: Values) -> Data:
    """Start the service on every HSM and write the file; a token that cannot be written is taken back."""
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
