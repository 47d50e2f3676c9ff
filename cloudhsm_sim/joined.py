"""Several firmware commands as one: all of what they do comes to be at once, or none of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.realm import Realm
    from shared.store.protocol import Store


class JoinedStore:
    """A store whose transactions are part of one that is under way; the rest is that of the store behind it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block within the transaction under way; only an exception that ends that one undoes it."""
        return nullcontext()

    snapshot = transaction


@contextmanager
def at_once(realm: Realm) -> Iterator[None]:
    """Make everything that the block does in the realm one transaction; an exception undoes all of it."""
    store = realm.store
    with store.transaction():
        realm.store = cast("Store", JoinedStore(store))
        try:
            yield
        finally:
            realm.store = store
