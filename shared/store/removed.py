"""Keys that were deleted, kept for whoever compares what two runs have made: no HSM knows them any more.

Only a store that is watched keeps them; a rehearsal watches its copies.
"""

from __future__ import annotations

from shared.store.driver import sqlite3
from shared.store.protocol import StoreError
from shared.store.records import Key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_LOCK_WAIT_SECONDS = 30
_COLUMNS = ", ".join(Key._fields)
# A copy of a watched store is watched, too, and what was deleted before is of no interest to who watches now.
_WATCH = (
    "DROP TRIGGER IF EXISTS key_kept",
    "DROP TABLE IF EXISTS removedkey",
    f"CREATE TABLE removedkey AS SELECT {_COLUMNS} FROM key WHERE 0",  # noqa: S608 - names of our own
    f"""CREATE TRIGGER key_kept AFTER DELETE ON key BEGIN
        INSERT INTO removedkey ({_COLUMNS}) VALUES ({", ".join(f"old.{name}" for name in Key._fields)});
    END""",  # noqa: S608
)


def watch(path: str) -> None:
    """Keep every key that is deleted in a store from now on; StoreError if it cannot be written."""
    for statement in _WATCH:
        _ask(path, statement)


def removed_keys(path: str, hsm: str) -> list[Key]:
    """Return the keys that an HSM has lost since its store is watched, in that order; StoreError if it is not."""
    sql = f"SELECT {_COLUMNS} FROM removedkey WHERE hsm = ? ORDER BY rowid"  # noqa: S608
    return [Key._make(row) for row in _ask(path, sql, (hsm,))]


def _ask(path: str, sql: str, values: Sequence[str] = ()) -> list[Any]:
    try:
        database = sqlite3.connect(path, _LOCK_WAIT_SECONDS, isolation_level=None)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()
    except sqlite3.Error as error:
        raise StoreError(f"cannot use the cluster store {path}: {error}") from error
