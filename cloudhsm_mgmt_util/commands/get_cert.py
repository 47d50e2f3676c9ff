"""getCert: write a certificate of the server's HSM to a file."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.rounds import read
from shared import errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell

SYNTAX = "getCert <file-name> <1|2|4|8|16>"
ARGUMENTS = (2, 2)


def run(shell: Shell, arguments: list[str]) -> None:
    """Get the certificate, then write it; which numbers there are is the HSM's matter."""
    path, subject = arguments[0], decimal(arguments[1])
    if subject is None:
        shell.console.write(shell.synopsis("getCert"))
        return

    def request(server: Server) -> str:
        # For all users, says the guide, and unlike with other commands not: without a login.
        if server.hsm.logged_in() is None:
            raise HsmError(errors.NOT_LOGGED_IN)
        if shell.certificates is None:
            raise HsmError(errors.INVALID_DATA)
        certificate = shell.certificates.get(server.hsm.identity(), subject)
        return "getCert Success\n" if _written(path, certificate) else texts.FILE_UNWRITABLE.format(path=path)

    read(shell, "getCert", request)


def _written(path: str, content: bytes) -> bool:
    """Write the file, over any former one, and return whether that went well."""
    try:
        with open(path, "wb") as file:
            file.write(content)
    except (OSError, ValueError):  # the latter for a NUL in the path
        return False
    return True
