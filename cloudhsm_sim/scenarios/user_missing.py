"""A user who was created while one HSM was down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB
from shared.cluster.directory import set_state

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a user is missing on one HSM, which was down when the user was created"

FIRST, SECOND, THIRD = ADDRESSES = ("10.0.101.1", "10.0.101.2", "10.0.101.3")


def lay_out(stage: Stage) -> None:
    """Create bob while the third HSM is down, then take it up again."""
    stage.cluster(ADDRESSES, ALICE)
    set_state(stage.realm, THIRD, "stopped")
    stage.create_user(BOB, (FIRST, SECOND))
    set_state(stage.realm, THIRD, "up")
