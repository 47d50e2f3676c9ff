"""listUsers: the users of every server; no login is needed."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.store.records import User

SYNTAX = "listUsers"
ARGUMENTS = (0, 0)

HEADING = "Users on server {server}:\n"
# TABs and blanks are those of a real paste (T43).
HEADER = "    User Id    \t\tUser Type      \tUser Name      \t\t\t   MofnPubKey  \t LoginFailureCnt       \t 2FA\n"


def run(shell: Shell, _: list[str]) -> None:
    """Print a table for each server."""

    def request(server: Server) -> str:
        users = server.hsm.list_users()
        rows = "".join(_row(user) for user in users)
        return f"{HEADING.format(server=server)}Number of users found:{len(users)}\n\n{HEADER}{rows}"

    read(shell, "listUsers", request, HEADING)


def _row(user: User) -> str:
    quorum = "YES" if user.quorum_key else "NO"
    second = "YES" if user.two_factor else "NO"
    return (
        f"{user.id:10d}     \t\t{user.type:<7}\t\t{user.name:<39}\t{quorum:>3}"
        f"               {user.failures}    \t       \t  {second}\n"
    )
