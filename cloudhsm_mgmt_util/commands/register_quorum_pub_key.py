"""registerQuorumPubKey: register the public key with which a user approves tokens, on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.asking import confirmed, user_name, user_type
from cloudhsm_mgmt_util.rounds import change
from cloudhsm_mgmt_util.token_text import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "registerQuorumPubKey <user-type> <user-name> <registration-token> <signed-registration-token> <public-key>"
ARGUMENTS = (5, 5)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then register the key; the HSM checks that the signature of the registration token proves it."""
    kind, name, *paths = arguments
    if not confirmed(shell):
        return
    contents = []
    for path in paths:
        content = read_file(shell, path)
        if content is None:
            return
        contents.append(content)
    message, signature, key = contents
    change(
        shell,
        "registerQuorumPubKey",
        lambda server: server.hsm.register_quorum_key(user_type(kind), user_name(name), message, signature, key),
        "registerQuorumPubKey failed on server {server}",
    )
