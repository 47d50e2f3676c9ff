"""The tree of commands: which file holds which, and the line that help shows for it.

Names only, so that one command is found without importing the others. A name without a file is a group.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cloudhsm_cli.arguments import Syntax, Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

    class Command(Protocol):
        """What a command's file offers."""

        SYNTAX: Syntax

        def run(self, shell: Shell, values: Values) -> Data:
            """Carry the command out and return its data.

            Raises:
                CommandError: it cannot be done; the text is the data of the error.
                HsmError: an HSM refused.
            """
            ...


# A name, its file below commands/, and what it is for.
TABLE = {
    "cluster": ("", "Commands for the cluster as a whole"),
    "cluster activate": ("cluster.activate", "Give the first admin a password, which makes the cluster ready for use"),
    "cluster hsm-info": ("cluster.hsm_info", "Show the hardware and firmware of every HSM"),
    "login": ("login", "Log in to the cluster"),
    "logout": ("logout", "Log out of the cluster"),
    "user": ("", "Commands for users"),
    "user create": ("user.create", "Create a user"),
    "user list": ("user.list", "List the users of the cluster"),
}
HELP = ("help", "Print this message or the help of the given subcommand(s)")
INTERACTIVE = ("interactive", "Read commands from the terminal, one a line")
QUIT = ("quit", "Leave interactive mode")


def children(path: str) -> list[tuple[str, str]]:
    """Return the names directly below a group (the root: the empty path), each with its about line."""
    prefix = f"{path} " if path else ""
    return [
        (name.removeprefix(prefix), about)
        for name, (_, about) in TABLE.items()
        if name.startswith(prefix) and " " not in name.removeprefix(prefix)
    ]


def is_group(path: str) -> bool:
    """Return whether there are names below this one."""
    return not path or (path in TABLE and not TABLE[path][0])


def load(path: str) -> Command:
    """Return the command of a full name."""
    command: Command = import_module(f"cloudhsm_cli.commands.{TABLE[path][0]}")
    return command
