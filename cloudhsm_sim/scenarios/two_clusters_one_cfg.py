"""A configuration file that names the HSMs of two clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a configuration file named HSMs of two unrelated clusters, and a user was created with it"

ONE = ("10.0.109.1", "10.0.109.2")
OTHER = ("10.0.109.129",)


def lay_out(stage: Stage) -> None:
    """Make two clusters that have nothing to do with each other, and create bob on one HSM of each."""
    stage.cluster(ONE, ALICE)
    stage.cluster(OTHER, ALICE, suffix="-other")
    stage.create_user(BOB, (ONE[0], *OTHER))
    stage.keep_configuration((ONE[0], *OTHER))
