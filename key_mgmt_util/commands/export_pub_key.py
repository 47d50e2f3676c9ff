"""exportPubKey: write a public key to a file."""

from __future__ import annotations

from key_mgmt_util import key_files, readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors
from shared.crypto.pem import PUBLIC_LABEL, to_pem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

WRITTEN = "\nPEM formatted public key is written to {}\n"
CANNOT_WRITE = "unable to write key \n"

SYNTAX = Syntax(
    options=(Option("-k", readers.int64), Option("-out", readers.text)),
    required=(
        ("-k", "\n\tError: Key handle (-k) is missing.\n"),
        ("-out", "\n\tError: Key File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes a public key of the HSM to a file.",
        "\nSyntax: exportPubKey -h -k <key handle> -out <key file>\n\n",
        (
            "-k  handle of the public key",
            "-out  file to write the key to, in PEM",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the key; the line about the file comes before the result."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.export_public(values["-k"])
    code, text = outcome.code, ""
    if outcome.value is not None:
        text = WRITTEN.format(values["-out"])
        try:
            key_files.write_file(values["-out"], to_pem(PUBLIC_LABEL, outcome.value))
        except key_files.OutputError as error:
            code, text = errors.RET_INVALID_INPUT, CANNOT_WRITE if error.opened else ""
    shell.console.write(text + results.result("Cfm3ExportPubKey", code, shell.profile))
    return code.number
