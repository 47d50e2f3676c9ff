"""getToken: start a service on every server and write the tokens to one file, which the approvers sign."""

from __future__ import annotations

import contextlib
import os

from cloudhsm_mgmt_util.asking import user_name
from cloudhsm_mgmt_util.token_text import outcomes, token_block
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "getToken <service> <user-name> <token file>"
ARGUMENTS = (3, 3)

# The client library's words for the same command of key_mgmt_util.
UNWRITABLE = "failed to open the file {path}\n"
FILE_MODE = 0o644


def run(shell: Shell, arguments: list[str]) -> None:
    """Get the tokens and write those of the servers that gave one, in the servers' order."""
    service, name, path = decimal(arguments[0]), user_name(arguments[1]), arguments[2]
    if service is None:
        shell.console.write(shell.synopsis("getToken"))
        return
    given: list[tuple[Server, bytes]] = []

    def request(server: Server) -> str:
        token, record = server.hsm.get_token(service, name)
        given.append((server, record))
        return token_block(token)

    shown = outcomes(shell, "getToken", request)
    # Without a token there is no file to sign, and a former one stays.
    if given and not _written(path, b"".join(record for _, record in given)):
        _take_back(given)
        shown = UNWRITABLE.format(path=path)
    shell.console.write(shown)


def _written(path: str, content: bytes) -> bool:
    """Write the file, over any former one, and return whether that went well."""
    try:
        with open(path, "wb", opener=lambda name, flags: os.open(name, flags, FILE_MODE)) as file:
            file.write(content)
    except (OSError, ValueError):  # the latter for a NUL in the path
        return False
    return True


def _take_back(given: list[tuple[Server, bytes]]) -> None:
    """Delete tokens that nobody can ever approve."""
    for server, record in given:
        with contextlib.suppress(HsmError):
            server.hsm.delete_tokens(record)
