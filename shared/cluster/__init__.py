"""Several HSMs: who belongs together, which one serves a request, what is copied to the others."""

from __future__ import annotations

from shared.store.records import Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.protocol import Store


def members(store: Store, cluster: str) -> list[Hsm]:
    """Return a cluster's HSMs by node number."""
    return store.rows(Hsm, "node", cluster=cluster)
