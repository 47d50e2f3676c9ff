"""listECCCurveIds: list the ids of the curves."""

from __future__ import annotations

from shared.mechanisms import CURVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell


def run(shell: Shell, _: list[str]) -> int:
    """Print the list, whatever the arguments."""
    shell.console.write(
        "\n\nDescription\n===========\nThe following are HSM supported ECC CurveIds\n"
        + "".join(f"\n      {name:<32}= {number}" for number, (name, _, _) in CURVES.items())
        + "\n\n"
    )
    return 0
