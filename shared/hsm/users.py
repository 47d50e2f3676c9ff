"""Users of one HSM: login and logout, creation, deletion, passwords, lockout."""

from __future__ import annotations

import os

from shared import errors
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm.base import OFFICERS, is_name
from shared.hsm.quorum import USER_MGMT, QuorumRules
from shared.lean import Record
from shared.store.records import Key, Login, Share, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from shared.crypto.passwords import Password

PASSWORD_LENGTHS = range(7, 33)
CREATABLE = ("CO", "CU", "PCO", "PRECO")
_TYPES = (*CREATABLE, "AU")
_CHALLENGE_BYTES = 32


class SecondFactor(Record):
    """An RSA signature over an HSM's challenge and, where the factor is a new one, the public key (PEM) for it."""

    signature: bytes
    public_key: bytes = b""


class DeletedUser(Record):
    """What deleteUser took away on one HSM."""

    user: User
    shares: tuple[Share, ...]


class UserCommands(QuorumRules):
    """The firmware's user commands."""

    # What is to be signed. An empty one is no digest, so nothing is a signature over it.
    _challenge = b""

    def new_challenge(self) -> bytes:
        """Return a digest to sign, good for one command with a second factor on this connection, even a refused one."""
        self.row()
        self._challenge = os.urandom(_CHALLENGE_BYTES)
        return self._challenge

    def login(
        self,
        user_type: str,
        name: str,
        password: Password,
        factor: SecondFactor | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """Log in a user; each wrong password or second factor counts, and at the limit the user is locked on this HSM.

        ``replace`` lets the login displace another user of the same session, as the client daemon does. Users without
        a second factor need none, and may give any.

        Raises:
            HsmError: USER_MISSING (no such name, or of another type), LOGIN_FAILURE (wrong password, second factor
                missing or wrong, or locked), ANOTHER_USER.
        """
        known = self._named(name)
        if known is not None:
            password.matches(known.verifier)  # the derivation is slow, so it is done before the write lock is held
        signer = factor_key(known) if known is not None and known.two_factor else None
        if factor is None or not self._is_signed(signer, factor):
            signer = None
        with self._writing("loginHSM", Subject(user_type, name)):
            refusal = self._try_login(user_type, name, password, signer, replace)
            self._subject.response = refusal or errors.RET_OK
        if refusal is not None:
            raise HsmError(refusal)

    def _try_login(
        self, user_type: str, name: str, password: Password, signer: bytes | None, replace: bool
    ) -> errors.Code | None:
        """Log in a user who has signed the challenge with the key ``signer``; None if that has not been shown."""
        user = self._named(name)
        if user is None or user.type != user_type:
            return errors.USER_MISSING
        current = self._logged_in()
        if current is not None and current.id != user.id and not replace:
            return errors.ANOTHER_USER
        limit = self.realm.quotas.login_failures
        if user.failures >= limit:
            return errors.LOGIN_FAILURE
        # The key may have changed since the signature was checked.
        is_signed = not user.two_factor or (signer is not None and signer == factor_key(user))
        if not password.matches(user.verifier) or not is_signed:
            self._store.change(user, failures=user.failures + 1)
            return errors.LOGIN_FAILURE
        if user.failures:
            self._store.change(user, failures=0)
        if current is None or current.id != user.id:
            if current is not None:
                self._store.remove(Login, hsm=self.id, session=self.session)
            self._store.add(Login(self.id, self.session, user.id))
        return None

    def logout(self, *, relayed: bool = False) -> None:
        """End the login; the session's own keys stay until the session ends.

        What the client daemon passes on of a logout that another HSM has carried out (``relayed``) is not logged
        (guide).

        Raises:
            HsmError: NOT_LOGGED_IN.
        """
        subject = Subject()
        subject.is_logged = not relayed
        with self._writing("logoutHSM", subject):
            subject.is_user(self._actor())
            self._store.remove(Login, hsm=self.id, session=self.session)

    def logged_in(self) -> User | None:
        """Return the user who is logged in over this connection."""
        with self._reading("loginStatus"):
            return self._logged_in()

    def create_user(self, user_type: str, name: str, password: Password, factor: SecondFactor | None = None) -> None:
        """Make a user, with the lowest free id (choice C13); the key of a second factor is the quorum key, too.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), MXN_AUTH_FAILED, UNKNOWN_USER_TYPE, INVALID_DATA (name,
                second factor, or no room), PASSWORD_LENGTH, USER_EXISTS.
        """
        password.verifier()  # the derivation is slow, so it is done before the write lock is held
        key = self._new_key(factor)
        with self._writing("createUser", Subject(user_type, name)):
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
            _check_factor(factor, key, user_type)
            user = User(self.id, lowest_free(taken), user_type, name, password.verifier())
            self._store.add(user._replace(quorum_key=key, two_factor=int(factor is not None)))

    def delete_user(self, user_type: str, name: str) -> DeletedUser:
        """Delete a user, and with it what others had shared with the user; return what is gone.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO, or the user is the AU), MXN_AUTH_FAILED,
                UNKNOWN_USER_TYPE, USER_MISSING, USER_IS_LOGGED_IN, USER_OWNS_KEYS.
        """
        with self._writing("deleteUser", Subject(user_type, name)):
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

    def change_password(
        self, user_type: str, name: str, password: Password, factor: SecondFactor | None = None
    ) -> None:
        """Set a password, which also unlocks the user; a PRECO becomes a CO (PCO in profile 1.x) by it.

        Everybody may change the own password, a CO everybody's, except of users logged in elsewhere. A second factor
        takes the place of the user's former one and of the quorum key; without one in the command, both go.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, MXN_AUTH_FAILED (another's), UNKNOWN_USER_TYPE, USER_MISSING,
                PASSWORD_LENGTH, USER_IS_LOGGED_IN, INVALID_DATA (second factor).
        """
        password.verifier()  # the derivation is slow, so it is done before the write lock is held
        key = self._new_key(factor)
        with self._writing("changePswd", Subject(user_type, name)):
            user = self._changeable(user_type, name, password)
            _check_factor(factor, key, user.type)
            officer = "PCO" if self.realm.profile == "1.x" else "CO"
            self._store.change(
                user,
                type=officer if user.type == "PRECO" else user.type,
                verifier=password.verifier(),
                failures=0,
                quorum_key=key,
                two_factor=int(factor is not None),
                mfa_key=None,
            )

    def find_user(self, name: str) -> User | None:
        """Return a user by name, whatever its case; the client looks before it asks, so it is no command of its own."""
        self.row()
        return self._named(name)

    def reset_password(
        self, user_type: str, name: str, password: Password, *, drop_mfa: bool = False, drop_quorum: bool = False
    ) -> None:
        """Set a password, which also unlocks the user; keys of second factor and quorum stay unless they are dropped.

        Raises:
            HsmError: as ``change_password``.
        """
        password.verifier()  # the derivation is slow, so it is done before the write lock is held
        with self._writing("changePswd", Subject(user_type, name)):
            user = self._changeable(user_type, name, password)
            self._store.change(user, **_new(password), **_dropped(drop_mfa, drop_quorum))

    def set_factor(
        self, user_type: str, name: str, password: Password, factor: SecondFactor, *, for_quorum: bool = False
    ) -> None:
        """Give a user a password and a second factor, whose key becomes the quorum key, too, if that is asked for.

        Raises:
            HsmError: as ``change_password``; INVALID_DATA if the challenge is not signed with an RSA-2048 key.
        """
        password.verifier()
        key = self._new_key(factor)
        with self._writing("changePswd", Subject(user_type, name)):
            user = self._changeable(user_type, name, password)
            if key is None or user.type in ("AU", "PRECO"):
                raise HsmError(errors.INVALID_DATA)
            keys: dict[str, Any] = {"mfa_key": key, "two_factor": 1}
            self._store.change(user, **_new(password), **keys, **({"quorum_key": key} if for_quorum else {}))

    def _changeable(self, user_type: str, name: str, password: Password) -> User:
        """Return a user to whom the one logged in may give this password; raises as ``change_password``."""
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
        return user

    def list_users(self) -> list[User]:
        """Return the users by id; anybody may ask."""
        with self._reading("listUsers"):
            return self._store.rows(User, "id", hsm=self.id)

    def restore_user(self, deleted: DeletedUser) -> None:
        """Put back a user whom this session has just deleted, for rollBack.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, USER_EXISTS (somebody has taken the name or the id since).
        """
        with self._writing("rollBack", Subject(deleted.user.type, deleted.user.name)):
            self._actor(*OFFICERS)
            user = deleted.user
            if self._store.one(User, hsm=self.id, name=user.name) or self._store.one(User, hsm=self.id, id=user.id):
                raise HsmError(errors.USER_EXISTS)
            self._store.add(user)
            for share in deleted.shares:
                if self._store.one(Key, hsm=self.id, handle=share.handle) is not None:
                    self._store.add(share)

    def _new_key(self, factor: SecondFactor | None) -> bytes | None:
        """Return the public key of a new second factor, None unless the challenge is signed with its private key."""
        if factor is None:
            return None
        from shared.crypto.approvals import read_public_key

        try:
            key = read_public_key(factor.public_key)
        except HsmError:
            key = None
        return key if self._is_signed(key, factor) else None

    def _is_signed(self, key: bytes | None, factor: SecondFactor) -> bool:
        """Return whether a factor is the challenge signed with a key's private key; uses the challenge up."""
        challenge, self._challenge = self._challenge, b""
        if key is None:
            return False
        from shared.crypto.approvals import is_signed

        return is_signed(key, challenge, factor.signature, is_digest=True)

    def _of_type(self, user_type: str, name: str) -> User:
        if user_type not in _TYPES:
            raise HsmError(errors.UNKNOWN_USER_TYPE)
        user = self._named(name)
        if user is None or user.type != user_type:
            raise HsmError(errors.USER_MISSING)
        return user


def factor_key(user: User) -> bytes | None:
    """Return the public key of a user's second factor: one of its own, or the quorum key."""
    return user.mfa_key or user.quorum_key


def _check_factor(factor: SecondFactor | None, key: bytes | None, user_type: str) -> None:
    """Raise INVALID_DATA for a new second factor without a good key, or of somebody who is no officer."""
    if factor is not None and (key is None or user_type not in OFFICERS):
        raise HsmError(errors.INVALID_DATA)


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


def _new(password: Password) -> dict[str, Any]:
    return {"verifier": password.verifier(), "failures": 0}


def _dropped(mfa: bool, quorum: bool) -> dict[str, Any]:
    """Return the changes that take keys away."""
    gone: dict[str, Any] = {"two_factor": 0, "mfa_key": None} if mfa else {}
    return gone | ({"quorum_key": None} if quorum else {})
