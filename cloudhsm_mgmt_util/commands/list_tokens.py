"""listTokens: the tokens of every server, and who has approved them."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import answers
from cloudhsm_mgmt_util.token_text import state_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "listTokens"
ARGUMENTS = (0, 0)

RULE = "=" * 21 + "\n"
HEADING = f"\n{RULE}    Server {{server}}\n{RULE}"
DONE = "\nlistTokens success\n"


def run(shell: Shell, _: list[str]) -> None:
    """Print the lists; the last line stands only if all servers gave theirs."""
    listed: list[Server] = []

    def request(server: Server) -> str:
        states = server.hsm.list_tokens()
        listed.append(server)
        blocks = "".join(state_block(number, state) for number, state in enumerate(states))
        return f"{HEADING.format(server=server)}{blocks}Num of tokens = {len(states)}\n"

    shown = "".join(answers(shell, "listTokens", request, HEADING))
    shell.console.write(shown + (DONE if len(listed) == len(shell.targets) else ""))
