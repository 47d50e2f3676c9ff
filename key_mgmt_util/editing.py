"""The face with editing, history and completion, when a person asks for it: --editing or CLOUDHSM_SIM_EDITING=1."""

from __future__ import annotations

from key_mgmt_util import table
from key_mgmt_util.shell import ENDINGS, PROMPT, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.options import Syntax
    from key_mgmt_util.shell import Shell


def interact(shell: Shell) -> None:
    """Read and carry out lines as ``Shell.interact`` does; where there is no terminal it is that."""
    if not shell.console.interactive:
        shell.interact()
        return
    from shared.editing import run_editor

    shell.console.flush()
    run_editor(lambda: PROMPT, lambda: names(shell), lambda line: _carry_out(shell, line))


def _carry_out(shell: Shell, line: str) -> bool:
    """Carry out a line; return whether it ends the program."""
    if line:
        words = split(line)
        if shell.ends(words):
            return True
        shell.execute(words)
        shell.console.flush()
    return False


def names(shell: Shell) -> list[str]:
    """Return what can be completed: the names of the commands, and each with its options."""
    found = [*ENDINGS, *(name for name in table.COMMANDS if name not in table.UNLISTED)]
    for name in list(found):
        module = table.find(name)
        syntax: Syntax | None = getattr(module, "SYNTAX", None)
        if shell.profile == "1.x":
            syntax = getattr(module, "SYNTAX_1X", syntax)
        if syntax is not None:
            found += [f"{name} -h", *(f"{name} {option.flag}" for option in syntax.options)]
    return found
