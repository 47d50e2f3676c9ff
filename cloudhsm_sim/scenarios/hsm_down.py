"""An HSM that went down in the middle of work and is down still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB
from shared.cluster.directory import set_state

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "an HSM is down; since it went, a user, a password and a key have changed"

FIRST, SECOND, DOWN = ADDRESSES = ("10.0.105.1", "10.0.105.2", "10.0.105.3")


def lay_out(stage: Stage) -> None:
    """Stop the third HSM; create bob, change alice's password and let her make a key on the others."""
    cluster = stage.cluster(ADDRESSES, ALICE)
    set_state(stage.realm, DOWN, "stopped")
    stage.create_user(BOB, (FIRST, SECOND))
    changed = stage.change_password(ALICE, "alicepw2", (FIRST, SECOND))
    stage.generate(changed, cluster, "invoices")
