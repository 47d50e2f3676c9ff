"""The firmware's quorum commands: minimum values, tokens and their approvals (reference cmu.md 5)."""

from __future__ import annotations

import os

from shared import errors
from shared.audit import Subject
from shared.clock import now
from shared.errors import HsmError
from shared.hsm.base import OFFICERS
from shared.hsm.quorum import KEY_SERVICES, MISC_CO, OFFICER_SERVICES, QuorumError, QuorumRules, needed
from shared.lean import Record
from shared.store.records import Approval, Key, MinimumValue, Share, Token, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MAX_M = 8
MAX_TOKENS = 1024
MAX_PER_FILE = 32
VALIDITY_SECONDS = 600

# magic, id, service, node, key handle, user name, HSM id, nonce
_RECORD = ">4sIIIQ32s16s32s"
_MAGIC = b"CHTK"
_NONCE_BYTES = 32
TOKEN_BYTES = 104
# id, service, node, key handle, user name, nonce: the block of a token in Client SDK 5 (its length is the guide's)
_BLOCK = ">HBBQ36s32s"
BLOCK_BYTES = 80


class TokenState(Record):
    """A token as listTokens shows it; ``seconds`` is what is left of its validity, never negative."""

    token: Token
    seconds: int
    required: int
    approvers: tuple[str, ...]


class Signed(Record):
    """One approval: the approver's type and name, and the signature over the whole token file."""

    user_type: str
    name: str
    signature: bytes


class Presented(Record):
    """Approvals that come with an operation: a block of each HSM's token, and signatures over their digest."""

    approval_data: bytes
    signed: tuple[Signed, ...]

    def blocks(self) -> list[bytes]:
        """Return the blocks, one a token."""
        data = self.approval_data
        return [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]

    def digest(self) -> bytes:
        """Return what is signed."""
        import hashlib

        return hashlib.sha256(self.approval_data).digest()


class ApprovalCommands(QuorumRules):
    """The firmware's quorum commands."""

    def register_quorum_key(self, user_type: str, name: str, message: bytes, signature: bytes, key: bytes) -> None:
        """Register a user's RSA-2048 public key (PEM), proved by a signature over a message of at most 245 bytes.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), USER_MISSING, INVALID_DATA (key, message or signature,
                or a user with a second factor, whose key changes by changePswd only).
        """
        from shared.crypto.approvals import is_signed, read_public_key

        with self._writing("registerQuorumPubKey", Subject(user_type, name)):
            self._actor(*OFFICERS)
            user = self._named(name)
            if user is None or user.type != user_type:
                raise HsmError(errors.USER_MISSING)
            public = read_public_key(key)
            if user.two_factor or len(message) > 245 or not is_signed(public, message, signature):  # noqa: PLR2004 - guide
                raise HsmError(errors.INVALID_DATA)
            self._store.change(user, quorum_key=public)

    def m_value(self, service: int) -> int:
        """Return the minimum number of approvers of a service, 1 when quorum is off.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), INVALID_DATA (no officers' service).
        """
        with self._reading("getMValue"):
            self._actor(*OFFICERS)
            self._check_service(service)
            return self._minimum(service)

    def set_m_value(self, service: int, value: int) -> None:
        """Set the minimum number of approvers; a value that is on changes only with an approved token of MISC_CO.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), INVALID_DATA (service, or not 1 to 8, or more than there
                are COs), MXN_AUTH_FAILED (no approved token, or MISC_CO asks for fewer than USER_MGMT).
        """
        with self._writing("setMValue"):
            self._actor(*OFFICERS)
            self._check_service(service)
            if not 1 <= value <= MAX_M or value > max(self._officers(), 1):
                raise HsmError(errors.INVALID_DATA)
            current, guard = self._minimum(service), self._minimum(MISC_CO)
            if current > 1:
                if guard < max(2, current):
                    raise HsmError(errors.MXN_AUTH_FAILED)
                self._spend(MISC_CO, 0, guard)
            self._store.remove(MinimumValue, hsm=self.id, service=service)
            if value > 1:
                self._store.add(MinimumValue(self.id, service, value))

    def get_token(self, service: int, user_name: str, handle: int = 0, *, clean: bool = False) -> tuple[Token, bytes]:
        """Start a service for the user who is logged in; return the token and its record for the token file.

        ``clean`` drops the user's timed-out tokens first.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (a CO's service by another, a key's by a CO), INVALID_DATA (service,
                or the name is another's, or all tokens are taken), INVALID_HANDLE, KEY_ACCESS_DENIED.
        """
        with self._writing("getToken") as row:
            user = self._actor(*(("CU",) if service in KEY_SERVICES else OFFICERS))
            if service in KEY_SERVICES:
                self._check_own_or_shared(handle, user)
            else:
                self._check_service(service)
            if user.name.lower() != user_name.lower():
                raise HsmError(errors.INVALID_DATA)
            token = self._new_token(service, user, row.node, handle, clean=clean)
            return token, _record(token)

    def _new_token(self, service: int, user: User, node: int, handle: int, *, clean: bool) -> Token:
        """Make room and keep a new token; INVALID_DATA if all are taken."""
        tokens = self._store.rows(Token, "id", hsm=self.id)
        expired = [token for token in tokens if _seconds(token) == 0]
        if clean:
            purged = [token for token in expired if token.user == user.name]
        else:
            purged = expired[:1] if len(tokens) >= MAX_TOKENS else []
        for token in purged:
            self._store.remove(Token, hsm=self.id, id=token.id)
        taken = {token.id for token in tokens} - {token.id for token in purged}
        if len(taken) >= MAX_TOKENS:
            raise HsmError(errors.INVALID_DATA)
        number = next(number for number in range(1, MAX_TOKENS + 1) if number not in taken)
        nonce = os.urandom(_NONCE_BYTES)
        token = Token(self.id, number, service, node, handle, user.name, self.session, now(), nonce)
        self._store.add(token)
        return token

    def approve_token(self, file: bytes, approvals: Sequence[Signed]) -> None:
        """Count approvals of this HSM's token in a token file; a bad one refuses them all and uses nothing up.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO), INVALID_DATA (no token file), MXN_AUTH_FAILED (no
                token of this HSM in it, or an approver who is unknown, may not approve this service, has no key,
                signed something else or has approved already).
        """
        from shared.crypto.approvals import is_signed

        with self._writing("approveToken"):
            self._actor("CU", *OFFICERS)
            token = self._token_in(file)
            if token is None:
                raise HsmError(errors.MXN_AUTH_FAILED)
            for approval in approvals:
                user = self._named(approval.name)
                if user is None or user.quorum_key is None or not self._may_approve(user, approval, token):
                    raise HsmError(errors.MXN_AUTH_FAILED)
                if self._store.one(Approval, hsm=self.id, token=token.id, user=user.id) is not None:
                    raise HsmError(errors.MXN_AUTH_FAILED)
                if not is_signed(user.quorum_key, file, approval.signature):
                    raise HsmError(errors.MXN_AUTH_FAILED)
                self._store.add(Approval(self.id, token.id, user.id))

    def list_tokens(self) -> list[TokenState]:
        """Return the tokens of this HSM by id; NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO)."""
        with self._reading("listTokens"):
            self._actor("CU", *OFFICERS)
            return [self._state(token) for token in self._store.rows(Token, "id", hsm=self.id)]

    def delete_tokens(self, file: bytes | None) -> None:
        """Delete the user's token in a token file, or, for None, all of the user's tokens.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO), INVALID_DATA (no token file), INVALID_HANDLE (no
                token of the user's in it).
        """
        with self._writing("delToken"):
            user = self._actor("CU", *OFFICERS)
            if file is None:
                for token in self._store.rows(Token, hsm=self.id, user=user.name):
                    self._store.remove(Token, hsm=self.id, id=token.id)
                return
            found = self._token_in(file)
            if found is None or found.user != user.name:
                raise HsmError(errors.INVALID_HANDLE)
            self._store.remove(Token, hsm=self.id, id=found.id)

    def _spend_presented(self, service: int, handle: int, minimum: int) -> None:
        """Use up the token that is presented with enough good signatures; QuorumError says what is wrong."""
        from shared.crypto.approvals import is_signed

        mine: dict[str, Any] = {"hsm": self.id, "session": self.session, "service": service, "handle": handle}
        live = {block_of(token): token for token in self._store.rows(Token, **mine) if _seconds(token)}
        for presented in self.presented:
            token = next((live[block] for block in presented.blocks() if block in live), None)
            if token is not None:
                break
        else:
            raise QuorumError("unknown token")
        if not presented.signed:
            raise QuorumError("no signatures")
        approvers = set()
        for approval in presented.signed:
            user = self._named(approval.name)
            if user is None or user.quorum_key is None or not self._may_approve(user, approval, token):
                raise QuorumError("unknown approver")
            if user.id in approvers:
                raise QuorumError("unknown approver")
            if not is_signed(user.quorum_key, presented.digest(), approval.signature, is_digest=True):
                raise QuorumError("bad signature")
            approvers.add(user.id)
        if len(approvers) < minimum:
            raise QuorumError("too few", len(approvers), minimum)
        self._store.remove(Token, hsm=self.id, id=token.id)

    def _officers(self) -> int:
        return sum(1 for user in self._store.rows(User, hsm=self.id) if user.type in OFFICERS)

    def _check_service(self, service: int) -> None:
        if service not in OFFICER_SERVICES:
            raise HsmError(errors.INVALID_DATA)

    def _check_own_or_shared(self, handle: int, user: User) -> None:
        key = self._store.one(Key, hsm=self.id, handle=handle)
        if key is None:
            raise HsmError(errors.INVALID_HANDLE)
        if not self._has_access(key, user):
            raise HsmError(errors.KEY_ACCESS_DENIED)

    def _has_access(self, key: Key, user: User) -> bool:
        return key.owner == user.id or self._store.count(Share, hsm=self.id, handle=key.handle, user=user.id) > 0

    def _may_approve(self, user: User, approval: Signed, token: Token) -> bool:
        """Return whether a user is of the type that the approval names, and one of those who decide on the service."""
        if user.type not in (OFFICERS if approval.user_type == "CO" else (approval.user_type,)):
            return False
        if token.service not in KEY_SERVICES:
            return user.type in OFFICERS
        key = self._store.one(Key, hsm=self.id, handle=token.handle)
        return key is not None and self._has_access(key, user)

    def _token_in(self, file: bytes) -> Token | None:
        if not file or len(file) % TOKEN_BYTES or len(file) > MAX_PER_FILE * TOKEN_BYTES:
            raise HsmError(errors.INVALID_DATA)
        records = [file[start : start + TOKEN_BYTES] for start in range(0, len(file), TOKEN_BYTES)]
        found = [token for token in self._store.rows(Token, "id", hsm=self.id) if _record(token) in records]
        # Two connections to one HSM have a token each in their file, and each deals with its own.
        return min(found, key=lambda token: token.session != self.session, default=None)

    def _state(self, token: Token) -> TokenState:
        if token.service in KEY_SERVICES:
            key = self._store.one(Key, hsm=self.id, handle=token.handle)
            required = max(needed(key, token.service), 1) if key else 1
        else:
            required = self._minimum(token.service)
        names = []
        for approval in self._store.rows(Approval, "rowid", hsm=self.id, token=token.id):
            user = self._store.one(User, hsm=self.id, id=approval.user)
            if user is not None:
                names.append(user.name)
        return TokenState(token, _seconds(token), required, tuple(names))


def hsms_of(file: bytes) -> set[str]:
    """Return the ids of the HSMs whose tokens a token file claims to hold."""
    from struct import iter_unpack

    whole = len(file) // TOKEN_BYTES * TOKEN_BYTES
    fields = iter_unpack(_RECORD, file[:whole])
    return {hsm.rstrip(b"\0").decode("ascii", "replace") for *_, hsm, _ in fields}


def _record(token: Token) -> bytes:
    from struct import pack

    return pack(
        _RECORD,
        _MAGIC,
        token.id,
        token.service,
        token.node,
        token.handle,
        token.user.encode(),
        token.hsm.encode(),
        token.nonce,
    )


def block_of(token: Token) -> bytes:
    """Return the block that stands for a token in the files of Client SDK 5."""
    from struct import pack

    return pack(_BLOCK, token.id, token.service, token.node & 0xFF, token.handle, token.user.encode(), token.nonce)


def _seconds(token: Token) -> int:
    return max(0, int(token.created + VALIDITY_SECONDS - now()))
