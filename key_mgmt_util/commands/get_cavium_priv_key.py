"""getCaviumPrivKey: write a private key's handle in the form of a private key file."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import OutputError, write_file
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors
from shared.crypto import fake_pem
from shared.mechanisms import CLASS_PRIVATE, KEY_EC, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.errors import Code

CANNOT_OPEN = "\n\tFailed to open file for writing\n"
NO_ATTRIBUTE = "\n\tFailed to get key attribute\n"
WRONG_KEY = "\n\tInput key handle should be RSA/ECDSA private key handle\n"
FAILED = "\n\tError in writing private key file\n"
WRITTEN = "\n\nPrivate Key Handle is written to {path} in fake PEM format\n"

SYNTAX = Syntax(
    options=(Option("-k", readers.base0), Option("-out", readers.text)),
    required=(
        ("-k", "\n\tError: Key handle (-k) is missing.\n"),
        ("-out", "\n\tError: Key File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes the handle of an RSA or EC private key to a file in fake PEM format.",
        "\nSyntax:  getCaviumPrivKey -h -k <key handle> -out <key file>\n\n",
        ("-k  handle of the private key", "-out  file to write"),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the file. It is made before the HSM is asked, so that after a failure an empty one stays."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    path = values["-out"]
    try:
        code, text = _write(shell, values["-k"], path)
    except OutputError:
        code, text = errors.ERR_WRITE_OUTPUT_FILE, CANNOT_OPEN
    if code is errors.RET_OK:
        text = WRITTEN.format(path=path) + results.result("getCaviumPrivKey", code, shell.profile)
    else:
        text += FAILED
    shell.console.write(text)
    return code.number


def _write(shell: Shell, handle: int, path: str) -> tuple[Code, str]:
    """Write the file and return the code, which is never shown, and the message of a failure."""
    write_file(path, b"")
    outcome = shell.client.read_key(handle)
    key = outcome.value
    if key is None:
        return outcome.code, NO_ATTRIBUTE
    if key.key_class != CLASS_PRIVATE or key.key_type not in (KEY_RSA, KEY_EC):
        return errors.RET_INVALID_INPUT, WRONG_KEY
    if key.key_type == KEY_RSA:
        pem = fake_pem.rsa(key.modulus, key.public_exponent, key.handle)
    else:
        pem = fake_pem.ec(key.modulus, key.modulus_bits, key.handle)
    write_file(path, pem)
    return errors.RET_OK, ""
