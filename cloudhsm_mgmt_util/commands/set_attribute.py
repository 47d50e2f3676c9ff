"""setAttribute: change an attribute of a key on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.asking import confirmed
from cloudhsm_mgmt_util.rounds import change
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

# The guide's line forgets the value, its examples do not.
SYNTAX = "setAttribute <key handle> <attribute id> <value>"
ARGUMENTS = (3, 3)


def run(shell: Shell, arguments: list[str]) -> None:
    """Ask, then set the attribute; which one, and the value, are judged by the HSM."""
    handle, attribute = decimal(arguments[0]), decimal(arguments[1])
    if handle is None or attribute is None:
        shell.console.write(shell.synopsis("setAttribute"))
        return
    value = arguments[2].encode("utf-8", "surrogateescape")
    if confirmed(shell):
        change(
            shell,
            "setAttribute",
            lambda server: server.hsm.set_attribute(handle, attribute, value),
            "setAttribute failed on server {server}",
        )
