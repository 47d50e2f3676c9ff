"""syncUser: copy a user from this server to another of its lineage."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.rounds import not_connected
from shared import errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "syncUser <user ID> <server ID>"
ARGUMENTS = (2, 2)


def run(shell: Shell, arguments: list[str]) -> None:
    """Extract the user here and insert it there; each step prints its return code."""
    user_id = decimal(arguments[0])
    destination = shell.server_numbered(arguments[1])
    if user_id is None:
        shell.console.write(shell.synopsis("syncUser"))
        return
    if destination is None:
        shell.console.write(texts.INVALID_SERVER)
        return
    source = shell.targets[0]
    masked: list[bytes] = []
    steps: tuple[tuple[str, Server, Callable[[], object]], ...] = (
        ("Extract", source, lambda: masked.append(source.hsm.extract_user(user_id))),
        ("Insert", destination, lambda: destination.hsm.insert_user(masked[0])),
    )
    for step, server, request in steps:
        code = errors.RET_OK
        try:
            request()
        except HsmError as refusal:
            code = refusal.code
        if code is errors.SERVER_UNAVAILABLE:
            shell.console.write(not_connected(server))
            return
        shell.console.write(f"{step}MaskedObject: 0x{code.number:x} !\n")
        if code is not errors.RET_OK:
            shell.console.write(f"syncUser failed: {code.text}\n")
            return
    shell.console.write("syncUser success\n")
