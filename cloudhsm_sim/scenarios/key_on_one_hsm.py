"""Keys whose copies never reached the other HSMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB
from shared.cluster.directory import set_state

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "two keys are on one HSM only, as the others were down when they were made"

FIRST, SECOND, THIRD = ADDRESSES = ("10.0.106.1", "10.0.106.2", "10.0.106.3")
BOB_ID = 4


def lay_out(stage: Stage) -> None:
    """Make a key everywhere and two while only the first HSM is up; the last one is shared with bob."""
    cluster = stage.cluster(ADDRESSES, ALICE, BOB)
    stage.generate(ALICE, cluster, "everywhere")
    for address in (SECOND, THIRD):
        set_state(stage.realm, address, "stopped")
    stage.generate(ALICE, cluster, "payments")
    stage.generate(ALICE, cluster, "invoices", users=(BOB_ID,))
    for address in (SECOND, THIRD):
        set_state(stage.realm, address, "up")
