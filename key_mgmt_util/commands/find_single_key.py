"""findSingleKey: ask every HSM whether it has a key."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(Option("-k", readers.int64),),
    required=(("-k", ""),),
    help=Help(
        "Tells whether the HSMs of the cluster have a key.\n",
        "\nSyntax: findSingleKey -h -k <key handle>",
        ("-k  handle of the key",),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print whether the key was found, and what each HSM answered."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.find_single_key(values["-k"])
    api = "Cfm3FindKey" if shell.profile == "1.x" else "Cfm3FindSingleKey"
    shell.console.write(results.result(api, outcome.code, shell.profile))
    shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number
