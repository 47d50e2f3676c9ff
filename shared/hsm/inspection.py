"""What an HSM tells about itself and its keys: getHSMInfo, findAllKeys, the digest by which HSMs are compared."""

from __future__ import annotations

from shared import errors
from shared.errors import HsmError
from shared.hsm.base import OFFICERS, Connection
from shared.lean import Record
from shared.mechanisms import FIPS, FIPS_STATE, NON_FIPS_STATE
from shared.store.records import Cluster, Enforcement, Key, MinimumValue, Share, TrustAnchor, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.protocol import Store


class HsmInfo(Record):
    """The figures of getHSMInfo, in its order (AWS guide 2018; it masks the firmware id, whose form is from T47)."""

    label: str = "cavium"
    model: str = "NITROX-III CNN35XX-NFBE"
    serial: str = ""
    flags: int = 0
    fips_state: int = 2
    manufacturer_id: str = ""
    device_id: str = "10"
    class_code: str = "100000"
    system_vendor_id: str = "177D"
    subsystem_id: str = "10"
    total_public_memory: int = 560596
    free_public_memory: int = 294568
    total_private_memory: int = 0
    free_private_memory: int = 0
    hardware_major: str = "3"
    hardware_minor: str = "0"
    firmware_major: int = 2
    firmware_minor: int = 3
    temperature: int = 56
    build: str = "13"
    firmware_id: str = "CNN35XX-NFBE-FW-2.03-13"


class UserKeys(Record):
    """The keys that findAllKeys found: handles by slot, and of these the owned and the shared ones."""

    handles: list[int]
    owned: frozenset[int]
    shared: frozenset[int]
    digest: str


class InspectionCommands(Connection):
    """The firmware's read commands about the HSM as a whole."""

    def info(self) -> HsmInfo:
        """Return the figures of getHSMInfo; anybody may ask."""
        with self._reading("getHSMInfo") as row:
            cluster = self._store.one(Cluster, id=row.cluster)
            assert cluster is not None
            return HsmInfo(serial=row.serial, fips_state=FIPS_STATE if cluster.mode == FIPS else NON_FIPS_STATE)

    def user_keys(self, user_id: int, *, with_digest: bool) -> UserKeys:
        """Return the keys that a user owns or shares; for user 0 all keys, none of them marked.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (a CU), USER_MISSING.
        """
        with self._reading("findAllKeys"):
            self._actor(*OFFICERS, "AU")
            digest = ownership_digest(self._store, self.id) if with_digest else ""
            if user_id == 0:
                keys = self._store.rows(Key, "slot, handle", hsm=self.id)
                return UserKeys([key.handle for key in keys], frozenset(), frozenset(), digest)
            if self._store.one(User, hsm=self.id, id=user_id) is None:
                raise HsmError(errors.USER_MISSING)
            owned = self._store.rows(Key, "slot, handle", hsm=self.id, owner=user_id)
            shares = self._store.rows(Share, hsm=self.id, user=user_id)
            both = {key.handle: key.slot for key in owned}
            both |= {share.handle: _slot(self._store, share) for share in shares}
            handles = sorted(both, key=lambda handle: (both[handle], handle))
            return UserKeys(
                handles,
                frozenset(key.handle for key in owned),
                frozenset(share.handle for share in shares),
                digest,
            )


def _slot(store: Store, share: Share) -> int:
    key = store.one(Key, hsm=share.hsm, handle=share.handle)
    assert key is not None
    return key.slot


def ownership_digest(store: Store, hsm: str) -> str:
    """Return SHA-256 in hex over owners and sharers of all token keys: equal on HSMs in step (choice C16)."""
    sharers: dict[int, list[int]] = {}
    for share in store.rows(Share, "handle, user", hsm=hsm):
        sharers.setdefault(share.handle, []).append(share.user)
    text = "".join(
        f"{key.handle}:{key.owner}:{','.join(map(str, sharers.get(key.handle, ())))}\n"
        for key in store.rows(Key, "handle", hsm=hsm, session=None)
    )
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def state_digest(store: Store, hsm: str) -> str:
    """Return SHA-256 in hex over what HSMs in step have in common: users, token keys, shares, policies.

    Counts of failed logins are left out, as each HSM counts for itself.
    """
    import hashlib

    digest = hashlib.sha256()
    for user in store.rows(User, "id", hsm=hsm):
        digest.update(repr(tuple(user._replace(hsm="", failures=0))).encode())
    keys = store.rows(Key, "handle", hsm=hsm, session=None)
    for key in keys:
        digest.update(repr(tuple(key._replace(hsm=""))).encode())
    handles = {key.handle for key in keys}
    for share in store.rows(Share, "handle, user", hsm=hsm):
        if share.handle in handles:
            digest.update(repr((share.handle, share.user)).encode())
    for minimum in store.rows(MinimumValue, "service", hsm=hsm):
        digest.update(repr((minimum.service, minimum.value)).encode())
    for anchor in store.rows(TrustAnchor, "reference", hsm=hsm):
        digest.update(repr((anchor.reference, anchor.certificate)).encode())
    for enforcement in store.rows(Enforcement, hsm=hsm):
        digest.update(enforcement.level.encode())
    return digest.hexdigest()
