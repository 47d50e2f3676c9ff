"""The interactive face for a person: editing, history and completion, over the same tree of commands."""

from __future__ import annotations

from cloudhsm_cli import table
from shared.editing import run_editor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.shell import Shell


def interact(shell: Shell) -> None:
    """Read and carry out lines until ``quit`` or the end of input."""

    def on_line(line: str) -> bool:
        shell.obey(line)
        shell.console.flush()
        return shell.ended

    shell.console.flush()
    while not shell.ended:
        try:
            run_editor(lambda: "" if shell.continues else shell.prompt, names, on_line)
        except KeyboardInterrupt:
            shell.interrupted()
            shell.console.flush()
        else:
            shell.ended = True


def names() -> list[str]:
    """Return what can be completed: each first word, and behind it what may follow."""
    first = [name for name, _ in table.children("")]
    return [*first, "help", "quit", *(path for path in table.TABLE if " " in path)]
