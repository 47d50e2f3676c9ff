"""What all simulated HSMs of one installation share: the store, the masking keys, the quotas, the sessions."""

from __future__ import annotations

import os

from shared import audit
from shared.clock import OVERRIDE, now
from shared.crypto.masking import Vault
from shared.lean import Record
from shared.store.liveness import Liveness
from shared.store.protocol import StoreError
from shared.store.records import Hsm, Key, Login, Session, User
from shared.store.sqlite import SqliteStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.installation import Installation
    from shared.store.protocol import Store


class Quotas(Record):
    """The limits of a real cluster (AWS guide, quotas); an installation's settings may change them."""

    max_keys: int = 3300
    max_users: int = 1024
    max_hsms: int = 28
    login_failures: int = 5


class Realm:
    """The world that one installation holds.

    A session is one run of a tool. It is gone, with its logins and session keys, once its process has ended, however
    it ended.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        liveness: Liveness,
        quotas: Quotas = Quotas(),  # noqa: B008 - immutable
        profile: str = "3.x",
        *,
        load_balancing: str = "first",
    ) -> None:
        self.store = store
        self.vault = vault
        self.quotas = quotas
        self.profile = profile
        self.load_balancing = load_balancing
        self._liveness = liveness
        self._own: set[int] = set()

    @classmethod
    def open(cls, installation: Installation, *, create: bool = False) -> Realm:
        """Open the store of an installation.

        Raises:
            StoreError: it is missing (and not to be created), unreadable, corrupt or foreign.
        """
        try:
            now()
        except ValueError as error:
            raise StoreError(f"{OVERRIDE} is no number of seconds since 1970") from error
        store = SqliteStore(installation.database, create=create)
        try:
            liveness = Liveness(installation.session_lock)
        except OSError as error:
            raise StoreError(f"cannot use {installation.session_lock}: {error.strerror}") from error
        quotas = Quotas(*(int(installation.setting(name, default)) for name, default in _QUOTA_DEFAULTS))
        balancing = installation.chosen("load_balancing")
        vault = Vault(installation.vault_dir)
        return cls(store, vault, liveness, quotas, installation.profile, load_balancing=balancing)

    def open_session(self, tool: str) -> int:
        """Begin a session and return its number."""
        with self.store.transaction():
            self._forget_dead()
            session = self.store.add(Session(None, tool, now()))
            self._liveness.claim(session)
        self._own.add(session)
        return session

    def close_session(self, session: int) -> None:
        """End a session of this process: log it out everywhere and drop its session keys."""
        with self.store.transaction():
            self._end(session, "CN_APP_FINALIZE")
        self._own.discard(session)
        self._liveness.release(session)

    def reap(self, sessions: str | None = None) -> None:
        """Drop what the sessions of dead processes left behind; ``sessions`` are all there are, if known.

        They are given as ``Store.sessions_and_faults`` gives them.
        """
        if sessions == ",".join(map(str, sorted(self._own))):
            return  # as in most runs of a tool, there is nobody else
        if any(self._is_dead(session) for session in self.store.rows(Session)):
            with self.store.transaction():
                self._forget_dead()

    def _forget_dead(self) -> None:
        for session in self.store.rows(Session):
            if self._is_dead(session):
                self._end(session.id or 0, "CN_CLOSE_SESSION")

    def _end(self, session: int, opcode: str) -> None:
        """Remove a session; every HSM on which it leaves a login or session keys behind logs that it has ended."""
        users = {login.hsm: login.user for login in self.store.rows(Login, "hsm", session=session)}
        for key in self.store.rows(Key, "hsm", session=session):
            users.setdefault(key.hsm, key.owner)
        for hsm, user in users.items():
            row, known = self.store.one(Hsm, id=hsm), self.store.one(User, hsm=hsm, id=user)
            if row is not None and known is not None and known.type != "AU":
                audit.write(self.store, row, opcode, session, audit.Subject(known.type, known.name))
        self.store.remove(Session, id=session)

    def _is_dead(self, session: Session) -> bool:
        return session.id not in self._own and not self._liveness.alive(session.id or 0)

    def close(self) -> None:
        """End this process's sessions and give the store back."""
        for session in list(self._own):
            self.close_session(session)
        self._liveness.close()
        self.store.close()


_QUOTA_DEFAULTS = tuple(Quotas()._asdict().items())


def new_id(kind: str) -> str:
    """Return an id as AWS forms them: the kind, a dash, eleven letters and digits (``hsm-jqici4covtv``)."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return f"{kind}-" + "".join(alphabet[byte % len(alphabet)] for byte in os.urandom(11))
