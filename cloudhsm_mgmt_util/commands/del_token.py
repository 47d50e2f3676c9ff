"""delToken: delete the user's own tokens on every server, those of a token file or all."""

from __future__ import annotations

from cloudhsm_mgmt_util.token_text import outcomes, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

# Only the name is known (T36); the arguments are those of key_mgmt_util without their options.
SYNTAX = "delToken [<token file>]"
ARGUMENTS = (0, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Delete the tokens."""
    tokens = None
    if arguments:
        tokens = read_file(shell, arguments[0])
        if tokens is None:
            return

    def request(server: Server) -> str:
        server.hsm.delete_tokens(tokens)
        return ""

    shell.console.write(outcomes(shell, "delToken", request))
