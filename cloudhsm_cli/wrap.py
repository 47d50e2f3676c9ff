"""What the eight commands of key wrap share."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.data import base64
from cloudhsm_cli.files import write_file
from cloudhsm_cli.keys import approved, client, filter_option, key_command, reference, selected
from cloudhsm_cli.wrapping import own_options, parameters, spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell


def syntax(mechanism: str) -> Syntax:
    """Return the options of a mechanism's command."""
    return Syntax(
        filter_option("--payload-filter", "as payload"),
        filter_option("--wrapping-filter", "to wrap it with"),
        Option("--path", "PATH", "Path to the binary file where the wrapped key data will be saved"),
        Option(
            "--wrapping-approval", "WRAPPING_APPROVAL", "File path of signed quorum token file for the wrapping key"
        ),
        Option("--payload-approval", "PAYLOAD_APPROVAL", "File path of signed quorum token file for the payload key"),
        *own_options(mechanism, unwrapping=False),
    )


def command(mechanism: str) -> Callable[[Shell, Values], Data]:
    """Return what a mechanism's command does: wrap, and print the wrapped key or write it to a file."""

    @key_command
    def run(shell: Shell, values: Values) -> Data:
        wanted = parameters(mechanism, values)
        keys = client(shell, values)
        payload = selected(keys, values, "--payload-filter", to_use=True)
        wrapping = selected(keys, values, "--wrapping-filter", to_use=True)
        with approved(keys, values.get("--wrapping-approval"), values.get("--payload-approval")):
            wrapped = keys.wrap(payload, wrapping, wanted)
        answer: dict[str, Data] = {
            spelled(mechanism, "payload-key-reference"): reference(payload),
            spelled(mechanism, "wrapping-key-reference"): reference(wrapping),
        }
        if wrapped.iv:
            answer["iv"] = f"0x{wrapped.iv.hex()}"
        path = values.get("--path")
        if path is None:
            answer[spelled(mechanism, "wrapped-key-data")] = base64(wrapped.data)
        else:
            write_file(path, wrapped.data)
        return answer

    return run
