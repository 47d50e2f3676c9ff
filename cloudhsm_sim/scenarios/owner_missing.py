"""A key that a clone cannot take, as its owner is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a clone lacks a key, and cannot take it as it lacks the owner too"

SOURCE = ("10.0.107.1",)
CLONE = ("10.0.107.129",)


def lay_out(stage: Stage) -> None:
    """Make a clone; then create bob and his key on the source."""
    source = stage.cluster(SOURCE, ALICE)
    stage.clone(source, CLONE, "-clone")
    stage.create_user(BOB, SOURCE)
    stage.generate(BOB, source, "payments")
    stage.keep_configuration((*SOURCE, *CLONE))
