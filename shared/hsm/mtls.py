"""Mutual TLS of an HSM: the certificates that vouch for its clients, and whether it takes others."""

from __future__ import annotations

from shared import errors
from shared.errors import HsmError
from shared.hsm.base import OFFICERS
from shared.hsm.quorum import CLUSTER, QuorumRules
from shared.store.records import Enforcement, TrustAnchor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ANCHORS = 2
MAX_CHAIN_BYTES = 6980
LEVELS = ("none", "cluster")
_POLICY_ADMIN = "admin"


def sets_policies(name: str) -> bool:
    """Return whether the officer of a name may set policies of an HSM: none but the first one may."""
    return name.lower() == _POLICY_ADMIN


class MtlsCommands(QuorumRules):
    """The firmware's commands about mutual TLS (reference sdk5-cli.md, 4)."""

    def trust_anchors(self) -> list[TrustAnchor]:
        """Return the trust anchors by reference; anybody may ask."""
        with self._reading("listTrustAnchors"):
            return self._store.rows(TrustAnchor, "reference", hsm=self.id)

    def register_anchor(self, reference: int, certificate: str) -> None:
        """Take in a trust anchor (PEM) under a reference.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), MXN_AUTH_FAILED, ANCHOR_EXISTS, INVALID_DATA (the
                reference is taken or none of 1 and 2).
        """
        with self._writing("registerTrustAnchor"):
            self._actor(*OFFICERS)
            self._authorize(CLUSTER)
            present = self._store.rows(TrustAnchor, hsm=self.id)
            if any(anchor.certificate == certificate for anchor in present):
                raise HsmError(errors.ANCHOR_EXISTS)
            if not 1 <= reference <= MAX_ANCHORS or any(anchor.reference == reference for anchor in present):
                raise HsmError(errors.INVALID_DATA)
            self._store.add(TrustAnchor(self.id, reference, certificate))

    def deregister_anchors(self, references: Sequence[int]) -> None:
        """Remove trust anchors, those that there are.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO), MXN_AUTH_FAILED, INVALID_HANDLE (none is here).
        """
        with self._writing("deregisterTrustAnchor"):
            self._actor(*OFFICERS)
            self._authorize(CLUSTER)
            gone = [self._store.remove(TrustAnchor, hsm=self.id, reference=reference) for reference in references]
            if not any(gone):
                raise HsmError(errors.INVALID_HANDLE)

    def enforcement(self) -> str:
        """Return ``none`` or ``cluster``.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO).
        """
        with self._reading("getMtlsEnforcement"):
            self._actor("CU", *OFFICERS)
            return self._level()

    def set_enforcement(self, level: str) -> None:
        """Take only clients with a certificate (``cluster``), or all (``none``); whose, the client has to see to.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (anybody but the CO named admin), MXN_AUTH_FAILED, INVALID_DATA.
        """
        with self._writing("setMtlsEnforcement"):
            if not sets_policies(self._actor(*OFFICERS).name):
                raise HsmError(errors.NOT_AUTHORIZED)
            if level not in LEVELS:
                raise HsmError(errors.INVALID_DATA)
            self._authorize(CLUSTER)
            self._store.remove(Enforcement, hsm=self.id)
            if level != LEVELS[0]:
                self._store.add(Enforcement(self.id, level))

    def is_closed(self) -> bool:
        """Return whether the HSM takes only clients with a certificate that a trust anchor vouches for."""
        return self._level() != LEVELS[0]

    def _level(self) -> str:
        row = self._store.one(Enforcement, hsm=self.id)
        return LEVELS[0] if row is None else row.level
