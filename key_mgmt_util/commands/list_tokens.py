"""listTokens: list the quorum tokens on the HSMs of the cluster."""

from __future__ import annotations

from key_mgmt_util import results, token_text
from key_mgmt_util.help_text import Help

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

NONE_FOUND = "no tokens found\n"
HELP = Help("Lists the tokens of MxN services.", "\nSyntax: listTokens")


def run(shell: Shell, words: list[str]) -> int:
    """Print a line for every token."""
    say = shell.console.write
    if words:
        say(HELP.render())
        return 0
    outcome = shell.client.list_tokens()
    say(results.result("Cfm3ListTokens", outcome.code, shell.profile))
    if outcome.value is not None:
        say("".join(map(token_text.state_line, outcome.value)) or NONE_FOUND)
    say(results.block(outcome, shell.profile))
    return outcome.code.number
