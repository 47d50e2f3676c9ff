"""A clone of a cluster that has gone on since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudhsm_sim.scenarios.stage import ALICE, BOB, CAROL

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "a clone is behind its source: users, a password and keys have changed since the backup"

SOURCE = ("10.0.108.1", "10.0.108.2")
CLONE = ("10.0.108.129", "10.0.108.130")
CAROL_ID = 5


def lay_out(stage: Stage) -> None:
    """Make a clone; then change bob's password, create carol, and make keys on the source."""
    source = stage.cluster(SOURCE, ALICE, BOB)
    stage.generate(ALICE, source, "payments")
    stage.clone(source, CLONE, "-clone")
    stage.change_password(BOB, "bobpw456", SOURCE)
    stage.create_user(CAROL, SOURCE)
    stage.generate(ALICE, source, "invoices", users=(CAROL_ID,))
    stage.generate(CAROL, source, "backups")
    stage.keep_configuration((*SOURCE, *CLONE))
