"""key import pem: take in a public key."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.files import read_file
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import client, key_command
from cloudhsm_cli.new_keys import LABEL, attributes_option, template, wish
from cloudhsm_cli.texts import CommandError
from shared import errors
from shared.errors import HsmError
from shared.mechanisms import CLASS_PUBLIC, KEY_EC, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

_CLASSES = {"ec-public": KEY_EC, "rsa-public": KEY_RSA}
SYNTAX = Syntax(
    Option("--path", "PATH", "Path where the key is located in your local machine", required=True),
    LABEL,
    Option("--key-type-class", "KEY_TYPE_CLASS", "Key type and class", required=True, choices=tuple(_CLASSES)),
    attributes_option("the imported key"),
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Take the key in and return it."""
    wanted = wish(values, template(values, CLASS_PUBLIC))
    path, key_class = values.text("--path"), values.text("--key-type-class")
    keys = client(shell, values)
    view = keys.take_public(_public_key(path, key_class), wanted)
    return {"key": whole(view), "message": "Successfully imported key"}


def _public_key(path: str, key_class: str) -> bytes:
    """Return the SubjectPublicKeyInfo in a PEM file."""
    from shared.crypto.encodings import describe_public
    from shared.crypto.pem import PUBLIC_LABEL, from_pem

    info = from_pem(read_file(path), PUBLIC_LABEL.__eq__)
    if not info:
        raise CommandError(key_texts.BAD_PEM.format(path=path))
    try:
        described = describe_public(info)
    except HsmError as refusal:
        if refusal.code is errors.ERR_BAD_PKCS_DATA:
            raise CommandError(key_texts.BAD_PEM.format(path=path)) from refusal
        raise
    if described.key_type != _CLASSES[key_class]:
        raise CommandError(key_texts.OTHER_CLASS.format(path=path, key_class=key_class))
    return info
