"""logoutHSM: log out on every HSM of the cluster."""

from __future__ import annotations

from key_mgmt_util import results
from key_mgmt_util.help_text import Help

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

HELP = Help("Logs the user out from every HSM of the cluster.", "\nSyntax: logoutHSM -h\n")


def run(shell: Shell, words: list[str]) -> int:
    """Log out; the session's own keys stay until the program ends."""
    if words:
        shell.console.write(HELP.render())
        return 0
    outcome = shell.client.logout()
    shell.console.write(results.result("Cfm3LogoutHSM", outcome.code, shell.profile))
    shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number
