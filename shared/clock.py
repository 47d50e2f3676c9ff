"""The one clock of the simulator."""

from __future__ import annotations

import os
import time

OVERRIDE = "CLOUDHSM_SIM_NOW"


def now() -> float:
    """Return Unix seconds.

    ``CLOUDHSM_SIM_NOW`` (Unix seconds) overrides the machine's time, so that a child process can be frozen too.

    Raises:
        ValueError: the override is not a number.
    """
    override = os.environ.get(OVERRIDE)
    return float(override) if override else time.time()
