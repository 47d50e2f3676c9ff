"""The layout of a command's help (reference 1.5)."""

from __future__ import annotations

from shared.lean import Record

MIN_SRV_USAGE = "[-min_srv <minimum number of servers>] [-timeout <number of seconds>]"


class Help(Record):
    r"""A command's help.

    ``usage`` is verbatim from ``\nSyntax: `` to its last newline. ``where`` are the option lines behind the one for
    ``-h``, each without its newline and indent; a line that starts with a newline is printed as it is. ``tail`` is
    what follows the last line.
    """

    description: str
    usage: str
    where: tuple[str, ...] = ()
    tail: str = "\n"

    def render(self) -> str:
        """Return the help as it is printed."""
        lines = [line if line.startswith("\n") else f"\n       {line}" for line in self.where]
        return (
            f"\n\nDescription\n===========\n{self.description}\n{self.usage}\n"
            f"\nWhere: -h  displays this information{''.join(lines)}{self.tail}"
        )


def no_options(description: str) -> str:
    """Return what a command without options prints when it is given any."""
    return f"\n\tThis command doesn't expect any arguments\n\nDescription:\n\t{description}\n"
