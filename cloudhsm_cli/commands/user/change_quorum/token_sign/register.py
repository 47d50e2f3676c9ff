"""user change-quorum token-sign register: the key with which the user who is logged in approves."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.files import read_file
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.token_files import read_registration
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option("--public-key", "PUBLIC_KEY", "File with the public key, RSA 2048, in PEM", required=True),
    Option("--signed-token", "SIGNED_TOKEN", "File with the registration token and its signature", required=True),
)


def run(shell: Shell, values: Values) -> Data:
    """Register the key on every HSM."""
    from shared.crypto.approvals import is_signed, read_public_key

    connection = shell.authenticated(values)
    pem = read_file(values.text("--public-key"))
    registration = read_registration(values.text("--signed-token"))
    try:
        key = read_public_key(pem)
    except HsmError as refusal:
        raise CommandError(texts.BAD_PUBLIC_KEY) from refusal
    if not is_signed(key, registration.digest(), registration.signed[0].signature, is_digest=True):
        raise CommandError(texts.BAD_REGISTRATION)
    try:
        connection.fleet.all(lambda hsm: hsm.register_own_key(registration, pem))
    except HsmError as refusal:
        if refusal.code is errors.MXN_AUTH_FAILED:
            raise CommandError(texts.BAD_REGISTRATION) from refusal
        raise
    return {"username": connection.user, "role": connection.role}
