"""What Client SDK 5 asks of the firmware about quorum: tokens that come approved, keys of approvers, values."""

from __future__ import annotations

from shared import errors
from shared.errors import HsmError
from shared.hsm.approvals import MAX_M, ApprovalCommands, TokenState, block_of
from shared.hsm.base import OFFICERS
from shared.hsm.quorum import CLUSTER, KEY_SERVICES, MISC_CO, REGISTRATION, USER_MGMT
from shared.store.records import MinimumValue, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from shared.hsm.approvals import Presented

QUORUM_SERVICES = (USER_MGMT, MISC_CO, CLUSTER)


class TokenCommands(ApprovalCommands):
    """The firmware's commands about quorum as Client SDK 5 has them (reference sdk5-cli.md, 7 and 13)."""

    def start_token(self, service: int, handle: int = 0) -> bytes:
        """Start a service for the user who is logged in; return the block of the token.

        The user's former token for the same is void: there is one at a time.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (a CO's service by another, a key's by a CO), INVALID_DATA (all
                tokens are taken), INVALID_HANDLE, KEY_ACCESS_DENIED.
        """
        types = ("CU", *OFFICERS) if service == REGISTRATION else ("CU",) if service in KEY_SERVICES else OFFICERS
        with self._writing("getToken") as row:
            user = self._actor(*types)
            if service in KEY_SERVICES:
                self._check_own_or_shared(handle, user)
            self._store.remove(Token, hsm=self.id, user=user.name, service=service, handle=handle)
            return block_of(self._new_token(service, user, row.node, handle, clean=True))

    def register_own_key(self, registration: Presented, key: bytes) -> None:
        """Register the quorum key (PEM) of the user who is logged in, proved by a signature over a registration token.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO), INVALID_DATA (no RSA-2048 key), MXN_AUTH_FAILED
                (no such token, or not signed with this key).
        """
        from shared.crypto.approvals import is_signed, read_public_key

        with self._writing("registerQuorumPubKey"):
            user = self._actor("CU", *OFFICERS)
            self._subject.is_user(user)
            public = read_public_key(key)
            mine: dict[str, Any] = {"hsm": self.id, "session": self.session, "service": REGISTRATION}
            blocks = registration.blocks()
            found = [token for token in self._store.rows(Token, **mine) if block_of(token) in blocks]
            signature = registration.signed[0].signature
            if not found or not is_signed(public, registration.digest(), signature, is_digest=True):
                raise HsmError(errors.MXN_AUTH_FAILED)
            self._store.remove(Token, hsm=self.id, id=found[0].id)
            self._store.change(user, quorum_key=public)

    def quorum_values(self) -> tuple[int, ...]:
        """Return the minimum numbers of approvers of ``QUORUM_SERVICES``; anybody may ask."""
        with self._reading("getMValue"):
            return tuple(self._minimum(service) for service in QUORUM_SERVICES)

    def set_quorum_value(self, service: int, value: int) -> None:
        """Set the minimum number of approvers; once there is one for MISC_CO, that must be approved. 0 is 1: none.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), INVALID_DATA (service, or not 0 to 8, or more than there
                are COs), MXN_AUTH_FAILED.
        """
        with self._writing("setMValue"):
            self._actor(*OFFICERS)
            self._check_value(service, value)
            self._authorize(MISC_CO)
            self._store.remove(MinimumValue, hsm=self.id, service=service)
            if value > 1:
                self._store.add(MinimumValue(self.id, service, value))

    def _check_value(self, service: int, value: int) -> None:
        if service not in QUORUM_SERVICES or not 0 <= value <= MAX_M or value > max(self._officers(), 1):
            raise HsmError(errors.INVALID_DATA)

    def live_tokens(self) -> list[TokenState]:
        """Return the tokens that are not timed out, by id; NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO)."""
        return [state for state in self.list_tokens() if state.seconds]

    def delete_all_tokens(self) -> None:
        """Delete the tokens of all users.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO).
        """
        with self._writing("delToken"):
            self._actor(*OFFICERS)
            self._store.remove(Token, hsm=self.id)

    def forget_presented(self) -> None:
        """Delete what is left of the tokens that were presented: an operation uses all of a file up."""
        with self._writing("delToken"):
            self._subject.is_logged = False  # the operation has its own entry
            blocks = {block for presented in self.presented for block in presented.blocks()}
            for token in self._store.rows(Token, hsm=self.id, session=self.session):
                if block_of(token) in blocks:
                    self._store.remove(Token, hsm=self.id, id=token.id)
