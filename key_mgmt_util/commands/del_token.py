"""delToken: delete the tokens in a file, or all of the user's."""

from __future__ import annotations

from key_mgmt_util import readers, results, token_text
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.hsm.approvals import MAX_PER_FILE, TOKEN_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

IMPROPER = "Improper token passed\n"

HELP = Help(
    "Deletes tokens of the user.",
    "\nSyntax: delToken -tf <token file> || -f <delete flags>\n",
    ("-tf  file with the tokens", f"-f   flags ({token_text.ALL_TOKENS} = all tokens of the user)"),
)
SYNTAX = Syntax(
    options=(
        Option("-tf", readers.file_now),
        Option("-f", token_text.flags),
        token_text.help_at_once(HELP),
    ),
    required=(),
    help=HELP,
)


def run(shell: Shell, words: list[str]) -> int:
    """Delete the tokens; the flag, which means all of them, counts more than a file (choice)."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    if "-tf" not in values and "-f" not in values:
        shell.console.write(HELP.render())
        return 0
    tokens = None if "-f" in values else values["-tf"]
    if tokens is not None and (len(tokens) % TOKEN_BYTES or len(tokens) > MAX_PER_FILE * TOKEN_BYTES):
        shell.console.write(IMPROPER + HELP.render())
        return 0
    outcome = shell.client.delete_tokens(tokens)
    shell.console.write(results.result("Cfm3DeleteToken", outcome.code, shell.profile))
    shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number
