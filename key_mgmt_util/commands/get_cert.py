"""getCert: write a certificate of the HSM to a file."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import OutputError, write_file
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SUCCESS = "\n\tCfm3GetCert() returned {code} :{text}\n"
FAILURE = "\n\tCfm3GetCert() failed with erro code {code} :{text}\n"
NOT_WRITTEN = "\n\tError: Empty file: {path}\n"

SYNTAX = Syntax(
    options=(Option("-f", readers.text), Option("-s", readers.int32)),
    required=(
        ("-f", "\n\tCertificate file (-f) is missing \n"),
        ("-s", "\n\tCertificate Subject (-s) is missing \n"),
    ),
    help=Help(
        "Writes a certificate of the partition to a file.",
        "\nSyntax: getCert -f <cert-file> -s <cert-subject>\n",
        (
            "-f  file to write",
            "-s  whose certificate:",
            "       1   CAVIUM, the manufacturer's root",
            "       2   HSM, the hardware's, by the manufacturer",
            "       4   PARTITION_OWNER, the customer's root",
            "       8   PARTITION, the cluster's, by the customer",
            "       16  PARTITION_CERT_ISSUED_BY_HSM, the cluster's, by the hardware",
            "       32  HSM_OWNER_CERT",
            "       64  HSM_CERT_ISSUED_BY_HO",
        ),
        tail="\n\n",
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print the result, then write the file; nobody need be logged in."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.certificate(values["-s"])
    code = results.shown(outcome.code, shell.profile)
    line = FAILURE if outcome.value is None else SUCCESS
    shell.console.write(line.format(code=code.number, text=code.text))
    if outcome.value is not None:
        try:
            write_file(values["-f"], outcome.value)
        except OutputError:
            shell.console.write(NOT_WRITTEN.format(path=values["-f"]))
    return code.number
