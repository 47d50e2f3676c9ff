"""loginStatus: tell who is logged in."""

from __future__ import annotations

from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.store.records import User

NO_ARGUMENTS = (
    "\n\tThis command doesn't expect any arguments and allowed only on initialized HSM\n"
    "\nDescription:\n\tTells which type of user is logged in.\n"
)


def run(shell: Shell, words: list[str]) -> int:
    """Print one line about the login of this session; nobody need be logged in."""
    if words:
        shell.console.write(NO_ARGUMENTS)
        return 0
    outcome = shell.client.logged_in()
    if outcome.code is errors.RET_OK:
        shell.console.write(_line(outcome.value))
    else:
        code = outcome.code
        shell.console.write(f"\n\tCfm3GetLoginStatus Failure: 0x{code.number:02x} : {code.text}\n")
    return outcome.code.number


def _line(user: User | None) -> str:
    if user is None:
        return "\n\tNo user has logged-in\n"
    if user.type == "PRECO":
        return "\n\t Default CO has logged in\n"
    # A PCO is the first CO under the name that clusters of the 1.x period gave it.
    return f"\n\t{'CO' if user.type == 'PCO' else user.type} has logged-in\n"
