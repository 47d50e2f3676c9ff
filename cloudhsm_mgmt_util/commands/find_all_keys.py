"""findAllKeys: the keys that a user owns or shares on every server, with the HSMs' hashes if asked for."""

from __future__ import annotations

from cloudhsm_mgmt_util.reports import report
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.inspection import UserKeys

SYNTAX = "findAllKeys <user id> <key hash (0/1)> [<output file>]"
ARGUMENTS = (2, 3)

HEADING = "Keys on server {server}:\n"


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the lists, or write them to a file, all servers' into one."""
    user_id, with_hash = decimal(arguments[0]), arguments[1]
    if user_id is None or with_hash not in ("0", "1"):
        shell.console.write(shell.synopsis("findAllKeys"))
        return
    path = arguments[2] if len(arguments) == ARGUMENTS[1] else None
    # The guide has an empty line between servers only where no hash is printed (choice C16).
    between = "\n" if with_hash == "0" else ""

    def request(server: Server) -> str:
        found = server.hsm.user_keys(user_id, with_digest=with_hash == "1")
        return _listing(shell, found, user_id)

    report(shell, "findAllKeys", request, HEADING, path=path, layout=between.join, says_success=True)


def _listing(shell: Shell, found: UserKeys, user_id: int) -> str:
    marked = ",".join(f"{handle}{_mark(shell, found, handle)}" for handle in found.handles)
    count = len(found.handles)
    text = f"Number of keys found {count}\nnumber of keys matched from start index 0::{count}\n{marked}\n"
    # A user without keys gets no hash (guide), though it is the same for every user.
    if found.digest and (found.handles or user_id == 0):
        text += f"Key Hash:\n{found.digest}\n\n"
    return text


def _mark(shell: Shell, found: UserKeys, handle: int) -> str:
    if handle in found.shared:
        return "(s)"
    # The mark of owned keys came with client 3.0.
    return "(o)" if handle in found.owned and shell.profile != "1.x" else ""
