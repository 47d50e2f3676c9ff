"""The log of the client daemon: how its lines look, and what it says of a new key that it cannot take back.

Source: the example in the guide's page on client-side durability.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from shared import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.installation.place import Installation


def line(level: str, function: str, text: str) -> str:
    """Return one line of the log; ``level`` is ``INF`` or ``ERR``, ``function`` names where it comes from."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock.now()))
    return f"{stamp} liquidSecurity {level}: {function}:{text}\n"


def report_tombstone(place: Installation, handle: int, node: int) -> None:
    """Append to run/cloudhsm_client.log that a new key, which is on too few HSMs, could not be removed from one.

    A log that cannot be written stops no command.
    """
    text = line("ERR", "print_node_ts_status", "")
    text += f"[create_object_min_nodes]Key: {handle} failed to tombstone on node:{node}\n"
    with suppress(OSError):
        log = os.open(place.client_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(log, text.encode())
        finally:
            os.close(log)
