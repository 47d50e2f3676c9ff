"""deleteKey: delete one key, without a question."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(Option("-k", readers.int64),),
    required=(("-k", "\n\tError: Key handle (-k) is missing.\n"),),
    help=Help(
        "Deletes a key from the HSMs of the cluster.",
        "\nSyntax: deleteKey -h -k <key handle>\n",
        ("-k  handle of the key",),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Delete the key. The other half of a pair stays."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.delete_key(values["-k"])
    old = shell.profile == "1.x"
    # A 1.x client looked the key up first, and stopped there if it was nowhere.
    api = "Cfm3FindKey" if old and outcome.code is errors.KEY_NOT_FOUND else "Cfm3DeleteKey"
    shell.console.write(results.result(api, outcome.code, shell.profile))
    # A key that some HSMs have deleted is not that of somebody else: the block says which.
    if results.shown(outcome.code, shell.profile) is errors.KEY_ACCESS_DENIED and not outcome.successes:
        shell.console.write(results.header(shell.profile) if old else "")
    else:
        shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number
