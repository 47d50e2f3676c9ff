"""aesUnwrapPkcs8Buffer: unwrap a file by a key of the HSM, as an old firmware wrapped it."""

from __future__ import annotations

from key_mgmt_util import hex_number, host_data, readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(
        Option("-f", readers.file_now),
        Option("-w", readers.int64),
        Option("-i", hex_number.iv),
        Option("-out", readers.text),
    ),
    required=(
        ("-f", "\n\tError: file to be unwrapped (-f) is missing.\n"),
        ("-w", "\n\tError: Handle of unwrapping Key (-w) is missing.\n"),
    ),
    help=Help(
        "Unwraps the data of a file by an AES key of the HSM.",
        "\nSyntax: aesUnwrapPkcs8Buffer -h -f <file to unwrap> -w <unwrapping key handle>\n"
        "\t\t      [-i <wrapping IV>] [-out <file to write the unwrapped data out>]\n",
        (
            "-w    handle of the AES key",
            "-f    file with the data, 4096 bytes at most",
            "-i    IV of 8 bytes, in hex",
            "-out  file to write the result to",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Unwrap, then check the padding and take it away."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    if "-i" not in values:
        shell.console.write(host_data.NO_IV)
    outcome = shell.client.unwrap_host(values["-w"], values["-f"], host_data.parameters(values))
    path = values.get("-out", host_data.UNWRAPPED_FILE)
    return host_data.report(shell, "aesUnwrapPkcs8Buffer", outcome, path)
