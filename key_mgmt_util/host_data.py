"""What aesWrapUnwrap and aesUnwrapPkcs8Buffer share: data of the host, wrapped or unwrapped by a key of the HSM."""

from __future__ import annotations

from key_mgmt_util import key_files, results
from shared.crypto.wrapping import AES_KEY_WRAP, DEFAULT_IV, Parameters
from shared.lean import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell
    from shared.cluster.client import Outcome

NO_IV = "\n\tWarning: IV (-i) is missing.\n\t\t 0xA6A6A6A6A6A6A6A6 is considered as default IV\n"
WRITTEN = "\n\nresult written to file {} \n"
CANNOT_WRITE = "\n\nFailed to write result into a file.\n"
UNWRAPPED_FILE = "unwrapped_key"
WRAPPED_FILE = "wrapped_key"
_PER_LINE = 8


def parameters(values: dict[str, Any]) -> Parameters:
    """Return the mechanism: PKCS#5 padding, then RFC 3394 with the IV."""
    return Parameters(AES_KEY_WRAP, values.get("-i", DEFAULT_IV))


def report(shell: Shell, api: str, outcome: Outcome[bytes], path: str) -> int:
    """Print and write the data; a refusal by the HSM leaves an empty file."""
    say = shell.console.write
    if outcome.value is None:
        with suppress(key_files.OutputError):
            key_files.write_file(path, b"")
    else:
        rows = (outcome.value[start : start + _PER_LINE] for start in range(0, len(outcome.value), _PER_LINE))
        say("result data:" + "".join(f"\n{row.hex(' ').upper()} " for row in rows))
        try:
            key_files.write_file(path, outcome.value)
        except key_files.OutputError:
            say(CANNOT_WRITE)
        else:
            say(WRITTEN.format(path))
    say(results.result(api, outcome.code, shell.profile))
    return outcome.code.number
