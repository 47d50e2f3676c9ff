"""deleteUser: delete a user on every server; it asks nothing before."""

from __future__ import annotations

from cloudhsm_mgmt_util.asking import user_name, user_type
from cloudhsm_mgmt_util.rounds import change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.users import DeletedUser

SYNTAX = "deleteUser <user-type> <user-name>"
# One script sends the password as a third argument, which the real tool lets pass.
ARGUMENTS = (2, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Delete the user; rolling back puts it back where it was deleted."""
    kind, name = arguments[:2]
    if shell.current is None:
        shell.console.write(f"Deleting user {name}({kind}) on {len(shell.servers)} nodes\n")
    deleted: dict[int, DeletedUser] = {}

    def request(server: Server) -> None:
        deleted[server.number] = server.hsm.delete_user(user_type(kind), user_name(name))

    def undo(server: Server) -> None:
        server.hsm.restore_user(deleted[server.number])

    change(shell, "deleteUser", request, "deleteUser failed on server {server}", undo)
