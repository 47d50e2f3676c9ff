"""exportPrivateKey: write a private key, in the clear, to a file."""

from __future__ import annotations

from key_mgmt_util import exporting, key_files, readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.crypto.pem import PRIVATE_LABEL, to_pem
from shared.mechanisms import CLASS_PRIVATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

NOT_PRIVATE = "\n\t{} is not a private key\n"
WRITTEN = "\nPEM formatted private key is written to {}\n"
CANNOT_OPEN = "failed to open file bio\n\n"
CANNOT_WRITE = "failed to write to file\n\n"

SYNTAX = Syntax(
    options=(
        Option("-k", readers.int64),
        Option("-w", readers.int32),
        Option("-out", readers.text),
        Option("-m", readers.int32, repeats=True),
        Option("-wk", readers.text),
    ),
    required=(
        ("-k", "\n\tError: Key handle (-k) is missing.\n"),
        ("-w", "\n\tError: Wrapping key handle (-w) is missing.\n"),
        ("-out", "\n\tError: Key File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes a private key of the HSM to a file, in the clear.",
        "\nSyntax: exportPrivateKey -h -k <key handle> -w <wrapping key handle> -out <key file>\n"
        "\t\t\t [-m <wrapping mechanism>] [-wk <unwrapping key file>]\n\n",
        (
            "-k  handle of the private key",
            "-w  handle of the AES key by which it leaves the HSM",
            "-m  wrapping mechanism, of which there is one:",
            "\n            NIST_AES_WRAP - 4",
            "-out  file to write the key to, in PEM",
            "-wk  file with the wrapping key, to unwrap here instead of in the HSM",
        ),
        tail="\n\n",
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the key as unencrypted PKCS#8; nothing is written unless the HSM gives it."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    host_key = key_files.host_key(shell, values)
    if host_key is None:
        return 0
    if not exporting.is_of_class(shell, values["-k"], CLASS_PRIVATE):
        shell.console.write(NOT_PRIVATE.format(values["-k"]))
        return 0
    exported = exporting.bring_out(shell, values, host_key)
    if exported.material is None:
        return exported.code
    try:
        key_files.write_file(values["-out"], to_pem(PRIVATE_LABEL, exported.material))
    except key_files.OutputError as error:
        if not error.opened:
            shell.console.write(CANNOT_OPEN)
            return exported.code
        # The original claims success below all the same.
        shell.console.write(CANNOT_WRITE)
    shell.console.write(WRITTEN.format(values["-out"]))
    return exported.code
