"""quit: end the program."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "quit"
ARGUMENTS = (0, 0)


def run(shell: Shell, _: list[str]) -> None:
    """Say so and end."""
    shell.leave()
