"""What a copy holds, as plain values in the words of CloudHSM CLI: users, quorum values and keys, an HSM each."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from migration.map.attribute_names import NAMES
from migration.map.scene import ROLES
from shared import attributes as a
from shared import mechanisms as m
from shared.cluster import members
from shared.realm import Realm
from shared.store.records import Cluster, Key, MinimumValue, Share, User
from shared.store.removed import removed_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.installation import Installation
    from shared.store.protocol import Store
    from shared.store.records import Hsm

_CLASSES = {m.CLASS_PUBLIC: "public-key", m.CLASS_PRIVATE: "private-key", m.CLASS_SECRET: "secret-key"}
_TYPES = {
    m.KEY_RSA: "rsa",
    m.KEY_DSA: "dsa",
    m.KEY_EC: "ec",
    m.KEY_GENERIC: "generic-secret",
    m.KEY_RC4: "rc4",
    m.KEY_DES3: "des3",
    m.KEY_AES: "aes",
}
_SERVICES = {3: "user", 4: "quorum"}
# What a key of a kind can be used for at all; an attribute beyond that changes nothing.
_USES = {
    "secret-key": {
        "aes": ("encrypt", "decrypt", "wrap", "unwrap"),
        "des3": ("encrypt", "decrypt", "wrap", "unwrap"),
        "generic-secret": ("derive",),
    },
    "public-key": {"rsa": ("encrypt", "verify", "wrap"), "ec": ("verify",), "dsa": ("verify",)},
    "private-key": {"rsa": ("decrypt", "sign", "unwrap"), "ec": ("sign", "derive"), "dsa": ("sign",)},
}


class UserState(NamedTuple):
    """A user: role in SDK 5, password verifier, failed logins, digest of the quorum key, second factor."""

    role: str
    verifier: str
    failures: int
    quorum_key: str
    second_factor: bool


class KeyState(NamedTuple):
    """A key: what it is found by, its attributes and what else belongs to it, its masked material, its check value."""

    handle: int
    slot: int
    label: str
    kind: tuple[str, str]
    fields: dict[str, str]
    masked: bytes
    check: str

    @property
    def name(self) -> str:
        """What the key is matched by and called."""
        return f"{self.label or '(no label)'} ({' '.join(reversed(self.kind))})"


class HsmState(NamedTuple):
    """What one HSM holds; ``users`` by name, ``values`` by service, ``gone`` the keys that were deleted on it."""

    ip: str
    node: int
    state: str
    users: dict[str, UserState]
    values: dict[str, str]
    keys: tuple[KeyState, ...]
    gone: tuple[KeyState, ...] = ()


State = dict[str, tuple[HsmState, ...]]


def read_state(place: Installation) -> State:
    """Return the HSMs of every cluster of a copy, by the cluster's name.

    Raises:
        StoreError: it cannot be read, or nobody has watched it.
    """
    realm = Realm.open(place)
    try:
        realm.reap()
        return {
            cluster.name: tuple(_hsm(realm.store, hsm, removed_keys(place.database, hsm.id)) for hsm in found)
            for cluster in realm.store.rows(Cluster, "created, name")
            if (found := members(realm.store, cluster.id))
        }
    finally:
        realm.close()


def users_by_id(place: Installation) -> dict[int, str]:
    """Return the names of users by id, those of the first HSM that knows them."""
    realm = Realm.open(place)
    try:
        clusters = realm.store.rows(Cluster, "created, name")
        hsms = [hsm for cluster in clusters for hsm in members(realm.store, cluster.id)]
        return {user.id: user.name for hsm in reversed(hsms) for user in realm.store.rows(User, "id", hsm=hsm.id)}
    finally:
        realm.close()


def _hsm(store: Store, row: Hsm, removed: Sequence[Key]) -> HsmState:
    hsm = row.id
    users = store.rows(User, "id", hsm=hsm)
    names = {user.id: user.name for user in users}
    sharers: defaultdict[int, list[str]] = defaultdict(list)
    for share in store.rows(Share, "handle, user", hsm=hsm):
        sharers[share.handle].append(names.get(share.user, f"user {share.user}"))
    values = store.rows(MinimumValue, "service", hsm=hsm)
    return HsmState(
        row.ip,
        row.node,
        row.state,
        {user.name: _user(user) for user in users},
        {_SERVICES.get(value.service, str(value.service)): str(value.value) for value in values if value.value > 1},
        tuple(_key(key, names, sharers[key.handle]) for key in store.rows(Key, "slot, handle", hsm=hsm)),
        tuple(_key(key, names, []) for key in removed),
    )


def _user(user: User) -> UserState:
    role = ROLES.get(user.type, "internal(APPLIANCE_USER)")
    quorum = "" if user.quorum_key is None else sha256(user.quorum_key).hexdigest()
    return UserState(role, user.verifier, user.failures, quorum, bool(user.two_factor))


def _key(key: Key, names: dict[int, str], sharers: list[str]) -> KeyState:
    kind = _CLASSES.get(key.key_class, str(key.key_class)), _TYPES.get(key.key_type, str(key.key_type))
    fields = {
        "size": f"{key.modulus_bits} bits" if kind[1] == "rsa" else f"{key.value_len} bytes",
        "id": key.key_id.hex(),
        "owner": names.get(key.owner, f"user {key.owner}"),
        "shared with": ", ".join(sorted(sharers)),
        "session key": _truth(key.session is not None),
        "manage-key-quorum-value": str(key.m_value),
        "use-key-quorum-value": str(key.use_value),
        "wrap-template": key.wrap_template.hex(),
        "unwrap-template": key.unwrap_template.hex(),
    }
    if kind[1] == "ec":
        fields["curve"] = str(key.modulus_bits)
    if kind[1] == "rsa":
        fields["public-exponent"] = key.public_exponent.hex()
    fields |= {NAMES[attribute]: _truth(a.flag(key.flags, attribute)) for attribute in a.FLAGS}
    fields["usable for"] = ", ".join(_uses(key, kind)) or "nothing"
    label = key.label.decode("utf-8", "backslashreplace")
    return KeyState(key.handle, key.slot, label, kind, fields, key.masked, key.kcv.hex())


def _uses(key: Key, kind: tuple[str, str]) -> list[str]:
    """Return what the key's owner can do with it, by its attributes and its kind; ``export`` is being wrapped."""
    possible = _USES.get(kind[0], {}).get(kind[1], ())
    found = [name for name in possible if a.flag(key.flags, _NUMBERS[name])]
    if a.flag(key.flags, a.EXTRACTABLE):
        needs_trusted = a.flag(key.flags, a.WRAP_WITH_TRUSTED)
        found.append("export by trusted keys" if needs_trusted else "export")
    return found


def _truth(value: bool) -> str:
    return "true" if value else "false"


_NUMBERS = {name: number for number, name in NAMES.items()}
