"""Whose an HSM's cluster is: the owner's certificate that it trusts; asked at every start of a tool."""

from __future__ import annotations

from shared.store.records import Cluster, Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.realm import Realm
    from shared.store.protocol import Store


def trusts(realm: Realm, hsm_id: str, fingerprint: str) -> bool:
    """Return whether an HSM's cluster trusts the customer CA of this SHA-256; the first that it meets, it does."""
    store = realm.store
    cluster = _cluster_of(store, hsm_id)
    if cluster is not None and cluster.owner_certificate is None:
        with store.transaction():
            cluster = _cluster_of(store, hsm_id)
            if cluster is not None and cluster.owner_certificate is None:
                store.change(cluster, owner_certificate=fingerprint)
                return True
    return cluster is not None and cluster.owner_certificate == fingerprint


def _cluster_of(store: Store, hsm_id: str) -> Cluster | None:
    hsm = store.one(Hsm, id=hsm_id)
    return None if hsm is None else store.one(Cluster, id=hsm.cluster)
