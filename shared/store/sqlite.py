"""The store on SQLite: WAL, one writer at a time, every write in a transaction that is immediate."""

from __future__ import annotations

import os
import time

from shared import mechanisms
from shared.lean import Record, contextmanager
from shared.store import records
from shared.store.driver import sqlite3
from shared.store.protocol import Criteria, R, StoreError
from shared.store.schema import APPLICATION_ID, MIGRATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

LOCK_WAIT_SECONDS = 30
_RETRY_SECONDS = 0.01

_PRIMARY_KEYS: dict[type, tuple[str, ...]] = {
    records.User: ("hsm", "id"),
    records.Key: ("hsm", "handle"),
    records.Share: ("hsm", "handle", "user"),
    records.Login: ("hsm", "session"),
    records.Cluster: ("id",),
    records.Hsm: ("id",),
    records.Fault: ("id",),
}


class SqliteStore:
    """A store in one file. The file is made, mode 0600, when it is not there and ``create`` is given.

    Raises:
        StoreError: the file is missing, unreadable, corrupt, foreign, or made by a later version; from every method:
            it has become unusable since.
    """

    def __init__(self, path: str, *, create: bool = False) -> None:
        self._path = path
        if create:
            _make_private(path)
        elif not os.path.exists(path):
            raise StoreError(f"no cluster store at {path}")
        try:
            self._db = sqlite3.connect(f"file:{_quoted(path)}?mode=rw", LOCK_WAIT_SECONDS, uri=True)
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        self._db.isolation_level = None
        try:
            self._open()
        except StoreError:
            self._db.close()
            raise

    def _open(self) -> None:
        version = self._value("PRAGMA user_version")
        if version == 0 and self._value("SELECT count(*) FROM sqlite_master") == 0:
            self._use_wal()
        elif self._value("PRAGMA application_id") != APPLICATION_ID:
            raise StoreError(f"{self._path} is not a cluster store")
        if version > len(MIGRATIONS):
            raise StoreError(f"the cluster store {self._path} was made by a later version")
        self._run("PRAGMA synchronous=NORMAL")
        self._run("PRAGMA foreign_keys=ON")
        if version < len(MIGRATIONS):
            self._migrate()

    def _use_wal(self) -> None:
        """Switch a new file to WAL; SQLite itself does not wait for others who are doing so at the same time."""
        until = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise self._unusable(error) from error
                time.sleep(_RETRY_SECONDS)
            else:
                return

    def _migrate(self) -> None:
        with self.transaction():
            done = self._value("PRAGMA user_version")
            for step in MIGRATIONS[done:]:
                for statement in _statements(step):
                    self._run(statement)
            self._run(f"PRAGMA application_id={APPLICATION_ID}")
            self._run(f"PRAGMA user_version={len(MIGRATIONS)}")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _fetch(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _value(self, sql: str, *values: object) -> int:
        return int(self._fetch(sql, values)[0][0])

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"cannot use the cluster store {self._path}: {error}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block under the write lock from its start: a deferred BEGIN loses under contention."""
        with self._block("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run the block over one unchanging view of the store."""
        with self._block("BEGIN"):
            yield

    @contextmanager
    def _block(self, begin: str) -> Iterator[None]:
        self._run(begin)
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            # A full disk has already undone it.
            if self._db.in_transaction:
                self._run("ROLLBACK")
            raise

    def add(self, record: Record) -> int:
        """Insert a record and return its row number."""
        return self._run(_insertion(type(record)), record).lastrowid or 0

    def one(self, table: type[R], **where: Any) -> R | None:
        """Return the record with these column values, or None."""
        rows = self._select(table, where, "")
        return table._make(rows[0]) if rows else None

    def rows(self, table: type[R], order: str = "", **where: Any) -> list[R]:
        """Return the records with these column values, ordered by a column."""
        return [table._make(row) for row in self._select(table, where, order)]

    def _select(self, table: type[R], where: dict[str, Any], order: str) -> list[Any]:
        return self._fetch(*_question(_selection, table, where, order))

    def change(self, record: Record, **changes: Any) -> None:
        """Change columns of the record that has this one's primary key."""
        keys = _PRIMARY_KEYS[type(record)]
        where = {key: getattr(record, key) for key in keys}
        settings = ",".join(f"{column}=?" for column in changes)
        sql = f"UPDATE {_table(type(record))} SET {settings}{_where(where)}"  # noqa: S608
        self._run(sql, (*changes.values(), *_bound(where)))

    def remove(self, table: type[R], **where: Any) -> int:
        """Delete the records with these column values and what hangs on them; return how many there were."""
        return self._run(f"DELETE FROM {_table(table)}{_where(where)}", _bound(where)).rowcount  # noqa: S608

    def count(self, table: type[R], **where: Any) -> int:
        """Return how many records have these column values."""
        return int(self._fetch(*_question(_counting, table, where))[0][0])

    def sessions_and_faults(self, hsm: str) -> tuple[str, int]:
        """Return the sessions' numbers, in order with commas between, and how many faults wait for an HSM."""
        sql = (
            "SELECT (SELECT group_concat(id) FROM (SELECT id FROM session ORDER BY id)),"
            " (SELECT count(*) FROM fault WHERE hsm = ?)"
        )
        sessions, faults = self._fetch(sql, (hsm,))[0]
        return sessions or "", faults

    def take_slots(self, cluster: str, number: int) -> int:
        """Move a cluster's slot counter on and return the first of the slots taken."""
        sql = "UPDATE cluster SET next_slot = next_slot + ? WHERE id = ? RETURNING next_slot"
        return self._value(sql, number, cluster) - number

    def accessible(self, hsm: str, user: int, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of matching keys that a user owns or shares, and of public keys."""
        conditions, values = _conditions(criteria)
        sql = f"""
            SELECT handle, slot FROM key WHERE hsm = ? AND owner = ? {conditions}
            UNION SELECT handle, slot FROM key WHERE hsm = ? AND key_class = 2 {conditions}
            UNION SELECT handle, slot FROM key WHERE hsm = ?
                AND handle IN (SELECT handle FROM share WHERE hsm = ? AND user = ?) {conditions}
            ORDER BY slot, handle"""  # noqa: S608
        bound = (hsm, user, *values, hsm, *values, hsm, hsm, user, *values)
        return [row[0] for row in self._fetch(sql, bound)]

    def audit_entries(self, hsm: str, first: int, most: int) -> list[records.AuditEntry]:
        """Return an HSM's audit entries from a sequence number on, in order and not more than ``most``."""
        columns = ",".join(records.AuditEntry._fields)
        sql = f"SELECT {columns} FROM auditentry WHERE hsm = ? AND sequence >= ? ORDER BY sequence LIMIT ?"  # noqa: S608
        return [records.AuditEntry._make(row) for row in self._fetch(sql, (hsm, first, most))]

    def matching(self, hsm: str, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of all keys that match, whosever they are."""
        conditions, values = _conditions(criteria)
        sql = f"SELECT handle FROM key WHERE hsm = ? {conditions} ORDER BY slot, handle"  # noqa: S608
        return [row[0] for row in self._fetch(sql, (hsm, *values))]

    def copy_content(self, source: str, target: str, tables: Sequence[type[Record]]) -> None:
        """Give one HSM id a copy of another's rows, session keys excepted."""
        for table in tables:
            rest = ",".join(field for field in table._fields if field != "hsm")
            name = _table(table)
            skip = " AND session IS NULL" if table is records.Key else ""
            if table is records.Share:
                skip = " AND handle IN (SELECT handle FROM key WHERE hsm = share.hsm AND session IS NULL)"
            sql = f"INSERT INTO {name} (hsm,{rest}) SELECT ?,{rest} FROM {name} WHERE hsm = ?{skip}"  # noqa: S608
            self._run(sql, (target, source))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _make_private(path: str) -> None:
    """Make the file before SQLite does, as SQLite would make it readable for the group.

    A file that is there is not opened, as closing it would drop the locks that this process holds on it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"cannot make the cluster store {path}: {error.strerror}") from error


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements; executescript would commit the transaction that the step runs in."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


# Texts of statements, by the shape of what is asked. Table and column names are this package's own; values are bound.
_questions: dict[tuple[Any, ...], str] = {}
_insertions: dict[type, str] = {}


def _question(
    worded: Callable[..., str], table: type[Record], where: dict[str, Any], *more: str
) -> tuple[str, tuple[Any, ...]]:
    """Return a statement and its values. A command asks the same few things again and again: one text serves all."""
    values = tuple(where.values())
    if None in values:
        return worded(table, where, *more), _bound(where)
    shape = (worded, table, *more, *where)
    if shape not in _questions:
        _questions[shape] = worded(table, where, *more)
    return _questions[shape], values


def _selection(table: type[Record], where: dict[str, Any], order: str) -> str:
    sql = f"SELECT {','.join(table._fields)} FROM {_table(table)}{_where(where)}"  # noqa: S608
    return sql + (f" ORDER BY {order}" if order else "")


def _counting(table: type[Record], where: dict[str, Any]) -> str:
    return f"SELECT count(*) FROM {_table(table)}{_where(where)}"  # noqa: S608


def _insertion(table: type[Record]) -> str:
    if table not in _insertions:
        marks = ",".join("?" * len(table._fields))
        _insertions[table] = f"INSERT INTO {_table(table)} ({','.join(table._fields)}) VALUES ({marks})"  # noqa: S608
    return _insertions[table]


def _table(record: type) -> str:
    return record.__name__.lower()


def _where(where: dict[str, Any]) -> str:
    if not where:
        return ""
    return " WHERE " + " AND ".join(
        f"{column} IS NULL" if value is None else f"{column} = ?" for column, value in where.items()
    )


def _bound(where: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(value for value in where.values() if value is not None)


_COLUMNS = (
    "key_class",
    "key_type",
    "label",
    "key_id",
    "modulus",
    "kcv",
    "handle",
    "value_len",
    "modulus_bits",
    "public_exponent",
)


def _conditions(criteria: Criteria) -> tuple[str, tuple[Any, ...]]:
    sql, values = "", []
    for column in _COLUMNS:
        value = getattr(criteria, column)
        if value is not None:
            sql += f" AND {column} = ?"
            values.append(value)
    if criteria.session is not None:
        sql += " AND session IS NOT NULL" if criteria.session else " AND session IS NULL"
    if criteria.key_types:
        sql += f" AND key_type IN ({','.join('?' * len(criteria.key_types))})"
        values += criteria.key_types
    if criteria.flags_on or criteria.flags_off:
        sql += " AND flags & ? = ?"
        values += [criteria.flags_on | criteria.flags_off, criteria.flags_on]
    for user in criteria.users:
        sql += (
            " AND (owner = ? OR key_class = ? OR EXISTS"
            " (SELECT 1 FROM share WHERE share.hsm = key.hsm AND share.handle = key.handle AND share.user = ?))"
        )
        values += [user, mechanisms.CLASS_PUBLIC, user]
    return sql, tuple(values)


def copy_store(source: str, target: str) -> None:
    """Copy a store that may be in use, as it is at one moment, to a new file, mode 0600; the source is only read.

    Raises:
        StoreError: it is missing or cannot be read, or the copy cannot be written.
    """
    if not os.path.exists(source):
        raise StoreError(f"no cluster store at {source}")
    _make_private(target)
    try:
        database = sqlite3.connect(f"file:{_quoted(source)}?mode=ro", LOCK_WAIT_SECONDS, uri=True)
        try:
            database.execute("VACUUM INTO ?", (target,))
        finally:
            database.close()
    except sqlite3.Error as error:
        raise StoreError(f"cannot copy the cluster store {source}: {error}") from error
