"""Quorum tokens as CMU prints them, and how the commands that work on them go over the servers and read files."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import not_connected
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.approvals import TokenState
    from shared.store.records import Token

# The client library's words for a file of approveToken, used for every file that a quorum command reads.
UNREADABLE = "failed to open {path}\n"

_LONGEST_FILE = 1 << 20


def token_block(token: Token) -> str:
    """Return the lines of a token."""
    return (
        f"Token:\nId:{token.id}\nService:{token.service}\nNode:{token.node}\n"
        f"Key Handle:{token.handle}\nUser:{token.user}\n"
    )


def state_block(number: int, state: TokenState) -> str:
    """Return the lines of a token in a list, with its validity and its approvals."""
    approvers = "".join(f"Approver-{place}: {name}\n" for place, name in enumerate(state.approvers))
    return (
        f"-------- Token - {number} ----------\n"
        f"{token_block(state.token)}"
        f"Token Validity: {state.seconds} sec\n"
        f"Required num of approvers : {state.required}\n"
        f"Current num of approvals : {len(state.approvers)}\n"
        f"{approvers}"
    )


def outcomes(shell: Shell, name: str, request: Callable[[Server], str]) -> str:
    """Return what a command over tokens prints: a line of success a server, and what the request returns behind it.

    It has no caution and hence no question; as with loginHSM, the server that refused is named, and the others go on.
    """
    text = ""
    for server in shell.targets:
        try:
            details = request(server)
        except HsmError as refusal:
            if refusal.code is errors.SERVER_UNAVAILABLE:
                text += not_connected(server)
                continue
            text += f"{name} failed: {refusal.code.text}\n"
            if shell.current is None:
                text += f"{name} failed{shell.on_server(server)}\n"
        else:
            text += f"{name} success{shell.on_server(server)}\n{details}"
    return text


def read_file(shell: Shell, path: str) -> bytes | None:
    """Return the content of a file; None, once it has been said that it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST_FILE)
    except (OSError, ValueError):  # the latter for a NUL in the path
        shell.console.write(UNREADABLE.format(path=path))
        return None
