"""listAttributes: the numbers of the attributes; no login is needed."""

from __future__ import annotations

from shared import attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Shell

SYNTAX = "listAttributes [-h]"
ARGUMENTS = (0, 1)


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the list, or with an argument, which is to be -h, the synopsis."""
    if arguments:
        shell.console.write(shell.synopsis("listAttributes"))
        return
    rows = "".join(
        f"      {'OBJ_ATTR_' + attributes.NAMES[number]:<32}= {number}\n" for number in attributes.listed(shell.profile)
    )
    # Plural in sessions; the singular of later guide pages is their editor's (T62).
    shell.console.write(f"\nFollowing are the possible attribute values for getAttributes:\n\n{rows}")
