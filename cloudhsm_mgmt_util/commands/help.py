"""help: the names of the commands of this mode, or one command's synopsis."""

from __future__ import annotations

from cloudhsm_mgmt_util import table, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "help [<command>]"
ARGUMENTS = (0, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the names one per line, or the synopsis."""
    if not arguments:
        shell.console.write("".join(f"{name}\n" for name in table.names(shell.mode, shell.profile)))
        return
    found = table.matches(arguments[0], shell.mode, shell.profile)
    if len(found) == 1:
        shell.console.write(shell.synopsis(found[0]))
    else:
        text = texts.AMBIGUOUS_COMMAND if found else texts.UNKNOWN_COMMAND
        shell.console.write(text.format(word=arguments[0]))
