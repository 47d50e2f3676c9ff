"""A password that was changed in server mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a user's password was changed on one HSM only, in server mode"

FIRST, SECOND, THIRD = ADDRESSES = ("10.0.102.1", "10.0.102.2", "10.0.102.3")


def lay_out(stage: Stage) -> None:
    """Change alice's password on the second HSM; she has a key, so she cannot be deleted there."""
    cluster = stage.cluster(ADDRESSES, ALICE, BOB)
    stage.generate(ALICE, cluster, "payments")
    stage.change_password(ALICE, "alicepw2", (SECOND,))
