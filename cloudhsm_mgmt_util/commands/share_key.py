"""shareKey: let other users use a key, or end that, on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.asking import confirmed
from cloudhsm_mgmt_util.rounds import change
from shared import errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "shareKey <key handle> <user id> <1|0>"
ARGUMENTS = (3, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then share the key or end that."""
    handle, users, word = decimal(arguments[0]), _users(shell, arguments[1]), arguments[2]
    if handle is None or not users or word not in ("0", "1"):
        shell.console.write(shell.synopsis("shareKey"))
        return

    def request(server: Server) -> None:
        try:
            for user in users:
                server.hsm.share_key(handle, user, word == "1")
        except HsmError as refusal:
            # Scripts wait for one text for a bad key and a bad user; other commands name the handle.
            if refusal.code is errors.INVALID_HANDLE:
                raise HsmError(errors.INVALID_DATA) from None
            raise

    if confirmed(shell):
        change(shell, "shareKey", request, "shareKey failed on server {server}")


def _users(shell: Shell, word: str) -> list[int]:
    """Return the ids that a word names, none if it is wrong; clients of the 1.x period took several."""
    ids = [decimal(piece) for piece in (word.split(",") if shell.profile == "1.x" else [word])]
    return [number for number in ids if number is not None] if None not in ids else []
