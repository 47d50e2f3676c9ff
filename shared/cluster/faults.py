"""Faults as an operator sets them: put in an HSM, listed while they wait, taken out again."""

from __future__ import annotations

from shared.cluster.directory import DirectoryError, hsm_named
from shared.hsm.faults import KINDS
from shared.store.records import Fault, Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.realm import Realm


def add_fault(
    realm: Realm, hsm: str, kind: str, *, command: str = "", code: int = 0, times: int = 1, seconds: float = 0.0
) -> tuple[Fault, Hsm]:
    """Let the next ``times`` requests to an HSM meet a fault, and return it with the HSM.

    ``kind`` is one of ``KINDS``, ``command`` one of the firmware's (empty: the kind's own, or any), ``code`` that of a
    refusal, ``seconds`` how long a delay lasts.

    Raises:
        DirectoryError: unknown HSM.
    """
    store = realm.store
    with store.transaction():
        row = hsm_named(store, hsm)
        awaited = command or KINDS[kind].waits_for
        fault = Fault(None, row.id, awaited, code, times, kind, seconds)
        return fault._replace(id=store.add(fault)), row


def waiting_faults(realm: Realm) -> list[tuple[Fault, Hsm]]:
    """Return the faults that have not been met yet, the oldest first, each with its HSM."""
    store = realm.store
    with store.snapshot():
        hsms = {row.id: row for row in store.rows(Hsm)}
        return [(fault, hsms[fault.hsm]) for fault in store.rows(Fault, "id")]


def remove_faults(realm: Realm, numbers: Iterable[int] | None) -> int:
    """Take the faults of these numbers out, or, for None, all; return how many there were.

    Raises:
        DirectoryError: a number is that of no fault that waits; none is taken out then.
    """
    store = realm.store
    with store.transaction():
        if numbers is None:
            return store.remove(Fault)
        chosen = set(numbers)
        for number in chosen:
            if not store.remove(Fault, id=number):
                raise DirectoryError(f"no fault {number} waits")
        return len(chosen)
