"""key generate-file: a file about one key: its public half, or its reference in the form of a private key file."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.files import write_file
from cloudhsm_cli.keys import client, filter_option, key_command, selected
from cloudhsm_cli.texts import CommandError
from shared import mechanisms as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.cluster.keyview import KeyView
    from shared.cluster.modern import KeyClient

PEM, KSP = "pem", "ksp-key-reference"
ENCODINGS = ("reference-pem", PEM, "cloudhsm-reference-pem", KSP)
SYNTAX = Syntax(
    Option("--encoding", "ENCODING", "Encoding format for the key file", required=True, choices=ENCODINGS),
    Option("--path", "PATH", "Filepath where the key file will be written", required=True),
    filter_option(what="for file generation"),
    Option("--all", help="Write the references of all keys that match (ksp-key-reference)"),
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Write the file."""
    encoding = values.text("--encoding")
    keys = client(shell, values)
    if encoding == KSP:
        raise CommandError(key_texts.WINDOWS_ONLY)
    if values.has("--all"):
        raise CommandError(key_texts.ALL_FOR_KSP)
    write_file(values.text("--path"), _content(keys, selected(keys, values), encoding))
    return {"message": "Successfully generated key file"}


def _content(keys: KeyClient, view: KeyView, encoding: str) -> bytes:
    key = view.key
    if encoding == PEM and key.key_class != m.CLASS_SECRET:
        from shared.crypto.pem import PUBLIC_LABEL, to_pem

        return to_pem(PUBLIC_LABEL, keys.public_part(view))
    if encoding != PEM and key.key_class == m.CLASS_PRIVATE and key.key_type in (m.KEY_RSA, m.KEY_EC):
        from shared.crypto import fake_pem

        if key.key_type == m.KEY_RSA:
            return fake_pem.rsa(key.modulus, key.public_exponent, key.handle)
        return fake_pem.ec(key.modulus, key.modulus_bits, key.handle)
    raise CommandError(key_texts.NO_SUCH_FILE_KEY.format(encoding=encoding))
