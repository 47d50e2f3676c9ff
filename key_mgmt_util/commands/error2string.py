"""Error2String: tell the text of a return code."""

from __future__ import annotations

from key_mgmt_util import readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.errors import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(Option("-r", readers.base0),),
    required=(("-r", "\n\tError: Response code (-r) is missing.\n"),),
    help=Help(
        "Tells what a response code of the HSM means.",
        "\nSyntax: Error2String -h -r <response code> \n",
        ("-r  response code, in hex with 0x in front",),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print the text; no HSM is asked."""
    values = parse(shell, SYNTAX, words)
    if values is not None:
        number = values["-r"]
        shell.console.write(f"\n\tError Code {number:x} maps to {text_of(number)}\n")
    return 0
