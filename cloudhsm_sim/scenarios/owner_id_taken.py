"""A key whose owner's id is somebody else's on a clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB, CAROL

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a clone lacks a key and its owner, whose id it has given to another user"

SOURCE = ("10.0.111.1",)
CLONE = ("10.0.111.129",)


def lay_out(stage: Stage) -> None:
    """Make a clone; then create bob and his key on the source, and carol, who gets bob's id, on the clone."""
    source = stage.cluster(SOURCE, ALICE)
    stage.clone(source, CLONE, "-clone")
    stage.create_user(BOB, SOURCE)
    stage.generate(BOB, source, "payments")
    stage.create_user(CAROL, CLONE)
    stage.keep_configuration((*SOURCE, *CLONE))
