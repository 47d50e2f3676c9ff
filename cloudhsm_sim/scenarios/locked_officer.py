"""An officer who is locked out of one HSM."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cloudhsm_sim.arguments import NewUser
from cloudhsm_sim.scenarios.stage import ALICE
from shared.errors import HsmError

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "an officer is locked on one HSM after too many wrong passwords there"

FIRST, SECOND = ADDRESSES = ("10.0.103.1", "10.0.103.2")
OFFICER = NewUser("CO", "officer1", "officer1pw")
GUESS = NewUser("CO", "officer1", "a guess")


def lay_out(stage: Stage) -> None:
    """Let somebody whose file names the second HSM only try the officer's password until it is locked."""
    stage.cluster(ADDRESSES, OFFICER, ALICE)
    for _ in range(stage.realm.quotas.login_failures):
        with suppress(HsmError), stage.connected(GUESS, (SECOND,)):
            pass
