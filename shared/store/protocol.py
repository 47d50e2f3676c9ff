"""The interface through which the model reaches its rows; a second backend must fit behind it."""

from __future__ import annotations

from shared.lean import Protocol, Record, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from shared.store.records import AuditEntry

R = TypeVar("R", bound=Record)


class Criteria(Record):
    """What findKey asks for; None means that it does not matter. ``users`` must all have access.

    Of the attributes in ``flags_on`` all must be 1, of those in ``flags_off`` none; ``key_types`` are alternatives.
    """

    key_class: int | None = None
    key_type: int | None = None
    label: bytes | None = None
    key_id: bytes | None = None
    session: bool | None = None
    users: tuple[int, ...] = ()
    modulus: bytes | None = None
    kcv: bytes | None = None
    handle: int | None = None
    key_types: tuple[int, ...] = ()
    value_len: int | None = None
    modulus_bits: int | None = None
    public_exponent: bytes | None = None
    flags_on: int = 0
    flags_off: int = 0


class StoreError(Exception):
    """The store cannot be opened or is not ours; the message is one line for the user."""


class Store(Protocol):
    """Tables of records (``shared.store.records``), addressed by their record class and by column values.

    Outside ``transaction`` every call stands alone.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block as one transaction that holds the write lock from its start; an exception undoes it."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Run the block over one unchanging view of the store."""

    def add(self, record: Record) -> int:
        """Insert a record and return its row number (of use where the record's id is None)."""

    def one(self, table: type[R], **where: Any) -> R | None:
        """Return the record with these column values, or None."""

    def rows(self, table: type[R], order: str = "", **where: Any) -> list[R]:
        """Return the records with these column values, ordered by a column."""

    def change(self, record: Record, **changes: Any) -> None:
        """Change columns of the record that has this one's primary key."""

    def remove(self, table: type[R], **where: Any) -> int:
        """Delete the records with these column values and what hangs on them; return how many there were."""

    def count(self, table: type[R], **where: Any) -> int:
        """Return how many records have these column values."""

    def sessions_and_faults(self, hsm: str) -> tuple[str, int]:
        """Return the sessions' numbers, in order with commas between, and how many faults wait for an HSM.

        This is what every command asks first.
        """

    def take_slots(self, cluster: str, number: int) -> int:
        """Move a cluster's slot counter on and return the first of the slots taken."""

    def accessible(self, hsm: str, user: int, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of matching keys that a user owns or shares, and of public keys."""

    def audit_entries(self, hsm: str, first: int, most: int) -> list[AuditEntry]:
        """Return an HSM's audit entries from a sequence number on, in order and not more than ``most``."""

    def matching(self, hsm: str, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of all keys that match, whosever they are."""

    def copy_content(self, source: str, target: str, tables: Sequence[type[Record]]) -> None:
        """Give one HSM id a copy of another's rows, session keys excepted."""

    def close(self) -> None:
        """Give the store back."""
