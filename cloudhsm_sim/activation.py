"""Activation: what an operator does in a new cluster first, through the same firmware commands as the tools."""

from __future__ import annotations

from cloudhsm_sim.errors import RefusedError
from shared import errors
from shared.cluster import members
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudhsm_sim.arguments import NewUser
    from shared.realm import Realm
    from shared.store.records import Cluster

OFFICER = ("PRECO", "admin")
FIRST_PASSWORD = "password"  # noqa: S105 - the one that every new cluster has


def activate(realm: Realm, cluster: Cluster, password: str, users: Sequence[NewUser]) -> None:
    """Give the officer of a new cluster a password and let that officer create users, on every HSM.

    Raises:
        RefusedError: an HSM refused a step; the steps before it are done.
    """
    session = realm.open_session("cloudhsm-sim")
    # One object for all HSMs, so that they keep the same salt and can be seen to be in step.
    first, chosen = Password(FIRST_PASSWORD), Password(password)
    passwords = [Password(user.password) for user in users]
    for row in members(realm.store, cluster.id):
        hsm = Hsm(realm, row.id, session)
        try:
            hsm.login(*OFFICER, first)
        except HsmError as refusal:
            if refusal.code is errors.USER_MISSING:
                raise RefusedError("the cluster in the backup is activated already") from refusal
            raise RefusedError(f"the cluster cannot be activated: {refusal}") from refusal
        _change(hsm, chosen)
        for user, user_password in zip(users, passwords, strict=True):
            _create(hsm, user, user_password)
    realm.close_session(session)


def _change(hsm: Hsm, password: Password) -> None:
    try:
        hsm.change_password(*OFFICER, password)
    except HsmError as refusal:
        raise RefusedError(f"the password of admin is refused: {refusal}") from refusal


def _create(hsm: Hsm, user: NewUser, password: Password) -> None:
    try:
        hsm.create_user(user.type, user.name, password)
    except HsmError as refusal:
        raise RefusedError(f"the user {user.type}:{user.name} is refused: {refusal}") from refusal
