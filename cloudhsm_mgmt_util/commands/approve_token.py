"""approveToken: hand in the approvals of a token file on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.token_text import outcomes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "approveToken <approval file>"
ARGUMENTS = (1, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Hand in the approvals; a file that cannot be used ends the command before any HSM is asked."""
    from shared.cluster.approvals import ApprovalFileError, read_approvals

    try:
        approvals = read_approvals(arguments[0], "approveToken")
    except ApprovalFileError as error:
        shell.console.write(str(error))
        return

    def request(server: Server) -> str:
        server.hsm.approve_token(approvals.tokens, approvals.signed)
        return ""

    shell.console.write(outcomes(shell, "approveToken", request))
