"""The frame of every firmware command: is the HSM there, does a fault wait, who is logged in."""

from __future__ import annotations

from shared import audit, errors
from shared.audit import Subject
from shared.errors import HsmError
from shared.lean import contextmanager
from shared.store import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.errors import Code
    from shared.realm import Realm
    from shared.store.protocol import Store

OFFICERS = ("CO", "PCO")
MAX_NAME = 31
# From here on a code is the cluster's or the host's: the HSM has seen nothing of the command.
_BEYOND_THE_HSM = 0x30000000
_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


class Connection:
    """One session's connection to one HSM.

    Each public method of its subclasses is one firmware command: one transaction, or one look at one state, and another
    transaction for the entry of a refusal. It raises
    ``HsmError`` with SERVER_UNAVAILABLE when the HSM is down or gone, with the code of a fault that was waiting for
    it, and with the codes that the method names. A request is one such command. What changes or uses keys or users is
    logged with it (``shared.audit``), refusals too.
    """

    def __init__(self, realm: Realm, hsm: str, session: int) -> None:
        self.realm = realm
        self.id = hsm
        self.session = session
        # What the command that is being carried out is about; its block adds what comes to be known.
        self._subject = Subject()

    @property
    def _store(self) -> Store:
        return self.realm.store

    def row(self) -> records.Hsm:
        """Return the HSM's own row, if it can be reached."""
        row = self._store.one(records.Hsm, id=self.id)
        if row is None or row.state != "up":
            raise HsmError(errors.SERVER_UNAVAILABLE)
        return row

    @contextmanager
    def _writing(
        self, command: str, subject: Subject | None = None, *, awaited: str | None = None
    ) -> Iterator[records.Hsm]:
        """Run the block as a command; of one that is refused nothing stays but its entry.

        ``awaited`` is the name by which faults know it, empty if it has met them.
        """
        self._subject = subject or Subject()
        self._prepare(command, command if awaited is None else awaited)
        try:
            with self._store.transaction():
                row = self.row()
                yield row
                self._log(row, command, self._subject.response)
        except HsmError as refusal:
            self._log_refusal(command, refusal)
            raise

    @contextmanager
    def _examining(self, command: str) -> Iterator[records.Hsm]:
        """Look whether a command that takes its time would be refused, which is logged; ``_writing`` carries it out."""
        self._subject = Subject()
        self._prepare(command, command)
        try:
            with self._store.snapshot():
                yield self.row()
        except HsmError as refusal:
            self._log_refusal(command, refusal)
            raise

    @contextmanager
    def _reading(self, command: str) -> Iterator[records.Hsm]:
        self._prepare(command, command)
        with self._store.snapshot():
            yield self.row()

    @contextmanager
    def _using(self, command: str, *handles: int) -> Iterator[records.Hsm]:
        """Read, or, where a use must be approved and so spends a token, write: writers wait for each other."""
        keys = (self._store.one(records.Key, hsm=self.id, handle=handle) for handle in handles)
        spends = any(key is not None and max(key.m_value, key.use_value) > 1 for key in keys)
        with self._writing(command) if spends else self._reading(command) as row:
            yield row

    def _prepare(self, command: str, awaited: str) -> None:
        """Drop what dead sessions have left, and meet the faults that wait for the command by a name."""
        sessions, faults = self._store.sessions_and_faults(self.id)
        self.realm.reap(sessions)
        if faults and awaited:
            self._meet_fault(command, awaited)

    def _meet_fault(self, command: str, awaited: str) -> None:
        """Consume the faults that wait for this command, in a transaction of their own as it may be refused."""
        from shared.hsm import faults

        with self._store.transaction():
            row = self.row()  # an HSM that is down meets nothing
            met = faults.consume(self._store, self.id, awaited)
            refusal = faults.refusal_in(met)
            if refusal is not None and refusal.number < _BEYOND_THE_HSM:
                self._log(row, command, refusal)
        faults.suffer(met)

    def _log_refusal(self, command: str, refusal: HsmError) -> None:
        """Log a command of which nothing else stays; one that did not come to the HSM is not its to log."""
        if refusal.code.number < _BEYOND_THE_HSM:
            with self._store.transaction():
                row = self._store.one(records.Hsm, id=self.id)
                if row is not None and row.state == "up":  # it may have gone down since
                    self._log(row, command, refusal.code)

    def _log(self, row: records.Hsm, command: str, code: Code) -> None:
        subject = self._subject
        opcode = audit.opcode_of(command, subject.user_type)
        if not opcode or not subject.is_logged:
            return
        if code is errors.USER_MISSING and opcode == "CN_LOGIN" and self.realm.profile == "1.x":
            code = errors.USER_NOT_INITIALIZED  # the guide's samples of 2018
        subject.response = code
        audit.write(self._store, row, opcode, self.session, subject)

    def _actor(self, *types: str) -> records.User:
        """Return the user who is logged in; NOT_LOGGED_IN, or NOT_AUTHORIZED if not of one of the types."""
        user = self._logged_in()
        if user is None:
            raise HsmError(errors.NOT_LOGGED_IN)
        if types and user.type not in types:
            raise HsmError(errors.NOT_AUTHORIZED)
        return user

    def _named(self, name: str) -> records.User | None:
        """Return the user of a name, whatever its case; what can be no name is nobody's."""
        return self._store.one(records.User, hsm=self.id, name=name) if is_name(name) else None

    def _logged_in(self) -> records.User | None:
        login = self._store.one(records.Login, hsm=self.id, session=self.session)
        return None if login is None else self._store.one(records.User, hsm=self.id, id=login.user)


def is_name(name: str) -> bool:
    """Return whether this may be a user's name: 1 to 31 letters, digits and underscores (AWS guide)."""
    return 0 < len(name) <= MAX_NAME and _NAME_CHARACTERS.issuperset(name)
