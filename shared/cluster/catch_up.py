"""Server-side synchronisation: the service brings HSMs that missed something into step, as far as keys go.

Source: the user guide on key synchronisation (token keys are copied, users never are); what becomes of a key that was
deleted while an HSM was down is a choice of this project: the deletion wins.
"""

from __future__ import annotations

from shared.cluster import members
from shared.cluster.directory import cluster_named
from shared.lean import Record
from shared.store.records import Key, Share, Tombstone, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.realm import Realm
    from shared.store.records import Cluster, Hsm

COPIED, REMOVED, LEFT_OUT = "copied", "removed", "left out"


class Step(Record):
    """What was done to one key on one HSM, and why: where it was copied from, or why it was not."""

    hsm: str
    ip: str
    handle: int
    action: str
    reason: str


def catch_up(realm: Realm, name: str) -> list[Step]:
    """Copy to every HSM of a cluster that is up the token keys that others have, and return what was done.

    A key keeps handle, owner and attributes, and the shares whose users are CUs there. It is left out where its owner
    is no CU, or there is no room. A key that was deleted on any HSM is removed from those that missed it. Keys that
    are on both sides are left as they are, even if they differ. Each HSM is changed in one transaction.

    Raises:
        DirectoryError: the cluster is unknown.
    """
    store = realm.store
    cluster = cluster_named(store, name)
    reached = [hsm for hsm in members(store, cluster.id) if hsm.state == "up"]
    steps = [step for hsm in reached for step in _bring_up(realm, cluster, hsm)]
    with store.transaction():
        # Asked for anew: one that was added meanwhile may hold what was deleted.
        nodes = members(store, cluster.id)
        if all(hsm.state == "up" for hsm in nodes):
            # Every HSM has been told, so nothing can come back any more.
            for stone in store.rows(Tombstone, cluster=cluster.id):
                if not any(store.count(Key, hsm=hsm.id, handle=stone.handle) for hsm in nodes):
                    store.remove(Tombstone, cluster=cluster.id, handle=stone.handle)
    return steps


def _bring_up(realm: Realm, cluster: Cluster, target: Hsm) -> list[Step]:
    store = realm.store
    steps = []
    with store.transaction():
        # It may have been stopped or removed since it was listed.
        others = [hsm for hsm in members(store, cluster.id) if hsm.state == "up"]
        if target.id not in {hsm.id for hsm in others}:
            return []
        dead = {stone.handle for stone in store.rows(Tombstone, cluster=cluster.id)}
        held = {key.handle: key for key in store.rows(Key, "slot, handle", hsm=target.id)}
        for key in held.values():
            if key.handle in dead and key.session is None:
                store.remove(Key, hsm=target.id, handle=key.handle)
                steps.append(Step(target.id, target.ip, key.handle, REMOVED, "it was deleted on another HSM"))
        known = {*held, *dead}
        for source in others:
            for key in store.rows(Key, "slot, handle", hsm=source.id, session=None):
                if key.handle not in known:
                    known.add(key.handle)
                    steps.append(_copy(realm, key, source, target))
    return steps


def _copy(realm: Realm, key: Key, source: Hsm, target: Hsm) -> Step:
    store = realm.store
    if not _is_crypto_user(realm, target, key.owner):
        return Step(target.id, target.ip, key.handle, LEFT_OUT, f"its owner, user {key.owner}, is no CU there")
    if store.count(Key, hsm=target.id) >= realm.quotas.max_keys:
        return Step(target.id, target.ip, key.handle, LEFT_OUT, "there is no room")
    store.add(key._replace(hsm=target.id))
    for share in store.rows(Share, hsm=source.id, handle=key.handle):
        if _is_crypto_user(realm, target, share.user):
            store.add(share._replace(hsm=target.id))
    return Step(target.id, target.ip, key.handle, COPIED, f"from {source.ip}")


def _is_crypto_user(realm: Realm, hsm: Hsm, user: int) -> bool:
    return realm.store.one(User, hsm=hsm.id, id=user, type="CU") is not None
