"""exit: leave server mode."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "exit"
ARGUMENTS = (0, 0)


def run(shell: Shell, _: list[str]) -> None:
    """Go back to global mode without a word."""
    shell.current = None
