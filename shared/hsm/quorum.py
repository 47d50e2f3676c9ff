"""What a command must have approved before it is carried out: quorum authentication, M of N (reference cmu.md 5)."""

from __future__ import annotations

from shared import errors
from shared.errors import HsmError
from shared.hsm.base import Connection
from shared.store.records import Approval, MinimumValue, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.hsm.approvals import Presented
    from shared.store.records import Key

USER_MGMT = 3
MISC_CO = 4
USE_KEY = 5
MANAGE_KEY = 6
SERVICES = {
    0: "BACKUP_BY_CU",
    1: "BACKUP_BY_CO",
    2: "CLONING",
    USER_MGMT: "USER_MGMT",
    MISC_CO: "MISC_CO",
    USE_KEY: "USE_KEY",
    MANAGE_KEY: "MANAGE_KEY",
}
OFFICER_SERVICES = (USER_MGMT, MISC_CO)
KEY_SERVICES = (USE_KEY, MANAGE_KEY)
# Client SDK 5 alone knows these; the numbers are this project's own.
CLUSTER = 7
REGISTRATION = 8


class QuorumError(HsmError):
    """Approvals that are presented and not good enough.

    ``reason`` is ``unknown token`` (used up, timed out, or of another session or service), ``no signatures``,
    ``unknown approver`` (none who may approve this, or one who has already), ``bad signature`` or ``too few``, with how
    many there are and how many there must be.
    """

    def __init__(self, reason: str, approvals: int = 0, required: int = 0) -> None:
        super().__init__(errors.MXN_AUTH_FAILED)
        self.reason = reason
        self.approvals = approvals
        self.required = required


class QuorumRules(Connection):
    """Asks for approved tokens. A token belongs to the login that got it and is used up by one operation."""

    # What the next operations are approved by, where approvals come with the operation (Client SDK 5).
    presented: tuple[Presented, ...] = ()

    def _authorize(self, service: int) -> None:
        """Use up an approved token of an officers' service, if quorum is on for it; MXN_AUTH_FAILED without one."""
        minimum = self._minimum(service)
        if minimum > 1:
            self._spend(service, 0, minimum)

    def _authorize_key(self, key: Key, service: int) -> None:
        """Use up an approved token for a key whose use or management must be approved."""
        if needed(key, service) > 1:
            self._spend(service, key.handle, needed(key, service))

    def _spend(self, service: int, handle: int, minimum: int) -> None:
        if self.presented:
            self._spend_presented(service, handle, minimum)
            return
        mine = {"hsm": self.id, "session": self.session, "service": service, "handle": handle}
        for token in self._store.rows(Token, "id", **mine):
            if self._store.count(Approval, hsm=self.id, token=token.id) >= minimum:
                self._store.remove(Token, hsm=self.id, id=token.id)
                return
        raise HsmError(errors.MXN_AUTH_FAILED)

    def _minimum(self, service: int) -> int:
        row = self._store.one(MinimumValue, hsm=self.id, service=service)
        return 1 if row is None else row.value

    if TYPE_CHECKING:

        def _spend_presented(self, service: int, handle: int, minimum: int) -> None:
            """Use up what is presented; it stands with the commands that few runs use (decision 6)."""


def needed(key: Key, service: int) -> int:
    """Return how many users must approve a service of a key; 0 or 1 when quorum is off."""
    return key.use_value if service == USE_KEY else key.m_value
