"""The interactive face for a person: editing, history and completion, over the same table of commands."""

from __future__ import annotations

from cloudhsm_mgmt_util import table
from shared.editing import run_editor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell


def interact(shell: Shell) -> None:
    """Read and carry out lines until ``quit`` or the end of input."""

    def on_line(line: str) -> bool:
        shell.obey(line)
        shell.console.flush()
        return shell.ended

    shell.console.flush()
    while not shell.ended:
        try:
            run_editor(lambda: shell.prompt, lambda: list(table.COMMANDS), on_line)
        except KeyboardInterrupt:
            shell.interrupted()
            shell.console.flush()
        else:
            if not shell.ended:
                shell.leave()
