"""An HSM that the configuration file does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB
from shared.cluster.directory import add_hsm

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "an HSM was added, and a user created with a configuration file from before"

FIRST, SECOND, ADDED = ADDRESSES = ("10.0.104.1", "10.0.104.2", "10.0.104.3")


def lay_out(stage: Stage) -> None:
    """Add an HSM, which leaves the files as they are, and create bob on the HSMs that they name."""
    cluster = stage.cluster((FIRST, SECOND), ALICE)
    add_hsm(stage.realm, cluster.id, ADDED)
    stage.create_user(BOB, (FIRST, SECOND))
