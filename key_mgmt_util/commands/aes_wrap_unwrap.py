"""aesWrapUnwrap: wrap or unwrap a file by a key of the HSM."""

from __future__ import annotations

from key_mgmt_util import hex_number, host_data, readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, ShowHelp, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from key_mgmt_util.shell import Shell

UNWRAP, WRAP = 0, 1
WRONG_MODE = "\n\tError: wrapping or unwrapping mode should be 0 or 1.\n"
NO_MODE = "\n\tError: wrapping or unwrapping mode (-m) is missing.\n"


def _mode(value: str, say: Callable[[str], None]) -> int:
    number = readers.int32(value, say)
    if number not in (UNWRAP, WRAP):
        raise ShowHelp(WRONG_MODE)
    return number


SYNTAX = Syntax(
    options=(
        Option("-f", readers.file_now),
        Option("-w", readers.int32),
        Option("-m", _mode),
        Option("-i", hex_number.iv),
        Option("-out", readers.text),
    ),
    required=(
        ("-f", "\n\tError: file to be wrapped/unwrapped (-f) is missing.\n"),
        ("-w", "\n\tError: Handle of wrapping Key (-w) is missing.\n"),
    ),
    help=Help(
        "Wraps or unwraps the data of a file by an AES key of the HSM.",
        "\nSyntax: aesWrapUnwrap -h -f <file to wrap/unwrap> -w <wrapping/unwrapping key handle>"
        " -m <wrap/unwrap mode> \n"
        "\t\t      [-i <wrapping IV>] [-out <file to write the wrapped/unwrapped data out>]\n\n",
        (
            "-w    handle of the AES key",
            "-f    file with the data, 4096 bytes at most",
            "-m    what to do:",
            "\n              wrap - 1",
            "\n              unwrap - 0",
            "-i    IV of 8 bytes, in hex",
            "-out  file to write the result to",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Wrap or unwrap. That the IV is missing is a warning, which stands before the last check."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    if "-i" not in values:
        shell.console.write(host_data.NO_IV)
    if "-m" not in values:
        shell.console.write(NO_MODE + SYNTAX.help.render())
        return 0
    parameters = host_data.parameters(values)
    if values["-m"] == WRAP:
        outcome = shell.client.wrap_host(values["-w"], values["-f"], parameters)
        return host_data.report(shell, "Cfm3WrapHostKey", outcome, values.get("-out", host_data.WRAPPED_FILE))
    outcome = shell.client.unwrap_host(values["-w"], values["-f"], parameters)
    return host_data.report(shell, "Cfm3UnWrapHostKey", outcome, values.get("-out", host_data.UNWRAPPED_FILE))
