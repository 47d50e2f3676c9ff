"""approveToken: hand in the approvals of a token."""

from __future__ import annotations

from key_mgmt_util import readers, results, token_text
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

HELP = Help(
    "Approves an MxN service.",
    "\nSyntax: approveToken -h -af <approval-template-file> \n",
    ("-af  file that names the token file, the approvers and their signatures of it",),
)
SYNTAX = Syntax(
    options=(Option("-af", readers.text), token_text.help_at_once(HELP)),
    required=(("-af", ""),),
    help=HELP,
)


def run(shell: Shell, words: list[str]) -> int:
    """Hand in the approvals; a file that cannot be used ends the command before any HSM is asked."""
    from shared.cluster.approvals import ApprovalFileError, read_approvals

    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    try:
        approvals = read_approvals(values["-af"], "approveToken")
    except ApprovalFileError as error:
        shell.console.write(str(error))
        return 0
    outcome = shell.client.approve_token(approvals.tokens, approvals.signed)
    shell.console.write(results.result("Cfm3ApproveToken", outcome.code, shell.profile))
    shell.console.write(results.block(outcome, shell.profile))
    return outcome.code.number
