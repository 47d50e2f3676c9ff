"""listAttributes: list the attributes for getAttribute."""

from __future__ import annotations

from shared import attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell


def run(shell: Shell, _: list[str]) -> int:
    """Print the list, whatever the arguments."""
    shell.console.write(
        "\n\nDescription\n===========\n"
        "The following are all of the possible attribute values for getAttributes.\n"
        + "".join(
            f"\n      {'OBJ_ATTR_' + attributes.NAMES[number]:<32}= {number}"
            for number in attributes.listed(shell.profile)
        )
        + "\n\n"
    )
    return 0
