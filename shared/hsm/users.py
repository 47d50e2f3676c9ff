"""Users of one HSM: login and logout, creation, deletion, passwords, lockout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shared import errors
from shared.errors import HsmError
from shared.hsm.base import OFFICERS, is_name
from shared.hsm.quorum import USER_MGMT, QuorumCommands
from shared.store.records import Key, Login, Share, User

if TYPE_CHECKING:
    from shared.crypto.passwords import Password

PASSWORD_LENGTHS = range(7, 33)
CREATABLE = ("CO", "CU", "PCO", "PRECO")
_TYPES = (*CREATABLE, "AU")


class DeletedUser(NamedTuple):
    """What deleteUser took away on one HSM."""

    user: User
    shares: tuple[Share, ...]


class UserCommands(QuorumCommands):
    """The firmware's user commands."""

    def login(self, user_type: str, name: str, password: Password, *, replace: bool = False) -> None:
        """Log in a user; each wrong password counts, and at the limit the user is locked on this HSM.

        ``replace`` lets the login displace another user of the same session, as the client daemon does.

        Raises:
            HsmError: USER_MISSING (no such name, or of another type), LOGIN_FAILURE (wrong password, or locked),
                ANOTHER_USER.
        """
        known = self._named(name)
        if known is not None:
            password.matches(known.verifier)  # the derivation is slow, so it is done before the write lock is held
        with self._writing("loginHSM"):
            refusal = self._try_login(user_type, name, password, replace)
        if refusal is not None:
            raise HsmError(refusal)

    def _try_login(self, user_type: str, name: str, password: Password, replace: bool) -> errors.Code | None:
        user = self._named(name)
        if user is None or user.type != user_type:
            return errors.USER_MISSING
        current = self._logged_in()
        if current is not None and current.id != user.id and not replace:
            return errors.ANOTHER_USER
        limit = self.realm.quotas.login_failures
        if user.failures >= limit:
            return errors.LOGIN_FAILURE
        if not password.matches(user.verifier):
            self._store.change(user, failures=user.failures + 1)
            return errors.LOGIN_FAILURE
        if user.failures:
            self._store.change(user, failures=0)
        if current is None or current.id != user.id:
            self._store.remove(Login, hsm=self.id, session=self.session)
            self._store.add(Login(self.id, self.session, user.id))
        return None

    def logout(self) -> None:
        """End the login; the session's own keys stay until the session ends.

        Raises:
            HsmError: NOT_LOGGED_IN.
        """
        with self._writing("logoutHSM"):
            self._actor()
            self._store.remove(Login, hsm=self.id, session=self.session)

    def logged_in(self) -> User | None:
        """Return the user who is logged in over this connection."""
        with self._reading("loginStatus"):
            return self._logged_in()

    def create_user(self, user_type: str, name: str, password: Password) -> None:
        """Make a user, with the lowest free id (choice C13).

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), MXN_AUTH_FAILED, UNKNOWN_USER_TYPE, INVALID_DATA (name,
                or no room), PASSWORD_LENGTH, USER_EXISTS.
        """
        password.verifier()  # the derivation is slow, so it is done before the write lock is held
        with self._writing("createUser"):
            self._actor(*OFFICERS)
            self._authorize(USER_MGMT)
            if user_type not in CREATABLE:
                raise HsmError(errors.UNKNOWN_USER_TYPE)
            if not is_name(name):
                raise HsmError(errors.INVALID_DATA)
            check_length(password)
            if self._named(name) is not None:
                raise HsmError(errors.USER_EXISTS)
            taken = {user.id for user in self._store.rows(User, hsm=self.id)}
            if len(taken) >= self.realm.quotas.max_users:
                raise HsmError(errors.INVALID_DATA)
            self._store.add(User(self.id, lowest_free(taken), user_type, name, password.verifier()))

    def delete_user(self, user_type: str, name: str) -> DeletedUser:
        """Delete a user, and with it what others had shared with the user; return what is gone.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO, or the user is the AU), MXN_AUTH_FAILED,
                UNKNOWN_USER_TYPE, USER_MISSING, USER_IS_LOGGED_IN, USER_OWNS_KEYS.
        """
        with self._writing("deleteUser"):
            self._actor(*OFFICERS)
            self._authorize(USER_MGMT)
            user = self._of_type(user_type, name)
            if user.type == "AU":
                raise HsmError(errors.NOT_AUTHORIZED)
            if self._store.count(Login, hsm=self.id, user=user.id):
                raise HsmError(errors.USER_IS_LOGGED_IN)
            if self._store.count(Key, hsm=self.id, owner=user.id):
                raise HsmError(errors.USER_OWNS_KEYS)
            deleted = DeletedUser(user, tuple(self._store.rows(Share, hsm=self.id, user=user.id)))
            self._store.remove(Share, hsm=self.id, user=user.id)
            self._store.remove(User, hsm=self.id, id=user.id)
        return deleted

    def change_password(self, user_type: str, name: str, password: Password) -> None:
        """Set a password, which also unlocks the user; a PRECO becomes a CO (PCO in profile 1.x) by it.

        Everybody may change the own password, a CO everybody's, except of users logged in elsewhere. Without a second
        factor in the command, the user's quorum key and second factor go.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, MXN_AUTH_FAILED (another's), UNKNOWN_USER_TYPE, USER_MISSING,
                PASSWORD_LENGTH, USER_IS_LOGGED_IN.
        """
        password.verifier()  # the derivation is slow, so it is done before the write lock is held
        with self._writing("changePswd"):
            actor = self._actor()
            user = self._of_type(user_type, name)
            if actor.id != user.id:
                if actor.type not in OFFICERS:
                    raise HsmError(errors.NOT_AUTHORIZED)
                self._authorize(USER_MGMT)
            check_length(password)
            sessions = {login.session for login in self._store.rows(Login, hsm=self.id, user=user.id)}
            if sessions - {self.session}:
                raise HsmError(errors.USER_IS_LOGGED_IN)
            officer = "PCO" if self.realm.profile == "1.x" else "CO"
            self._store.change(
                user,
                type=officer if user.type == "PRECO" else user.type,
                verifier=password.verifier(),
                failures=0,
                quorum_key=None,
                two_factor=0,
            )

    def list_users(self) -> list[User]:
        """Return the users by id; anybody may ask."""
        with self._reading("listUsers"):
            return self._store.rows(User, "id", hsm=self.id)

    def restore_user(self, deleted: DeletedUser) -> None:
        """Put back a user whom this session has just deleted, for rollBack.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, USER_EXISTS (somebody has taken the name or the id since).
        """
        with self._writing("rollBack"):
            self._actor(*OFFICERS)
            user = deleted.user
            if self._store.one(User, hsm=self.id, name=user.name) or self._store.one(User, hsm=self.id, id=user.id):
                raise HsmError(errors.USER_EXISTS)
            self._store.add(user)
            for share in deleted.shares:
                if self._store.one(Key, hsm=self.id, handle=share.handle) is not None:
                    self._store.add(share)

    def _of_type(self, user_type: str, name: str) -> User:
        if user_type not in _TYPES:
            raise HsmError(errors.UNKNOWN_USER_TYPE)
        user = self._named(name)
        if user is None or user.type != user_type:
            raise HsmError(errors.USER_MISSING)
        return user


def check_length(password: Password) -> None:
    """Raise PASSWORD_LENGTH unless the password has 7 to 32 bytes."""
    if len(password) not in PASSWORD_LENGTHS:
        raise HsmError(errors.PASSWORD_LENGTH)


def lowest_free(taken: set[int]) -> int:
    """Return the lowest number from 1 that is not taken."""
    number = 1
    while number in taken:
        number += 1
    return number
