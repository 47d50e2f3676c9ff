"""Keys of one HSM: generation, deletion, search, what may be read of them."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm.quorum import MANAGE_KEY, QuorumRules
from shared.lean import Record
from shared.store.records import Cluster, Hsm, Key, Share, Tombstone, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.crypto.encodings import Described
    from shared.crypto.generation import Pair
    from shared.store.protocol import Criteria

_SIZES = {
    mechanisms.KEY_AES: mechanisms.AES_SIZES,
    mechanisms.KEY_DES3: mechanisms.DES3_SIZES,
    mechanisms.KEY_GENERIC: mechanisms.GENERIC_SIZES,
}


class Template(Record):
    """What a client asks of a new key; ``users`` share it, ``m_value`` of them must approve its management (0: off).

    ``use_value`` of them must approve its use, as many for None. ``flags`` are all its attributes, where it spells them
    out.
    """

    label: bytes
    key_id: bytes = b""
    token: bool = True
    extractable: bool = True
    users: tuple[int, ...] = ()
    m_value: int = 0
    use_value: int | None = None
    flags: int | None = None


class KeyInfo(Record):
    """Who may use a key: the owner's id, the ids that it is shared with, how many must approve."""

    owner: int
    shared_with: tuple[int, ...]
    m_value: int
    session: bool


class KeyCommands(QuorumRules):
    """The firmware's key commands. Only a CU has keys; a user reads what the user owns, shares, or is public."""

    def generate_secret(self, key_type: int, size: int, template: Template) -> Key:
        """Make a secret key of ``size`` bytes.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU), POLICY_MISMATCH (type or size), INVALID_DATA (shares,
                M value, or no room).
        """
        from shared.crypto.primitives import random_key

        with self._writing("generateKey") as row:
            user = self._actor("CU")
            if size not in _SIZES.get(key_type, ()):
                raise HsmError(errors.POLICY_MISMATCH)
            self._check(template, user, 1)
            key = self._secret(row, user, key_type, random_key(size), template)
            return self._keep(key, row.node, template.users)

    def generate_rsa(
        self, bits: int, exponent: int, template: Template, public: Template | None = None
    ) -> tuple[Key, Key]:
        """Make an RSA pair and return the public and the private key; ``public`` is for the former, if they differ.

        Raises:
            HsmError: as ``generate_secret``; POLICY_MISMATCH for a size or exponent that FIPS mode refuses.
        """
        size_is_right = mechanisms.RSA_MIN_BITS <= bits <= mechanisms.RSA_MAX_BITS
        size_is_right = size_is_right and bits % mechanisms.RSA_STEP_BITS == 0
        exponent_is_right = exponent % 2 == 1 and exponent >= mechanisms.RSA_MIN_EXPONENT
        self._check_before_work(template, allowed=size_is_right and exponent_is_right)
        from shared.crypto.generation import rsa_pair

        return self._keep_pair(mechanisms.KEY_RSA, rsa_pair(bits, exponent), template, public)

    def generate_ec(self, curve: int, template: Template, public: Template | None = None) -> tuple[Key, Key]:
        """Make an EC pair on a curve, by its id in the tools, and return the public and the private key.

        Raises:
            HsmError: as ``generate_secret``; POLICY_MISMATCH for a curve that FIPS mode refuses.
        """
        self._check_before_work(template, allowed=curve in mechanisms.APPROVED_CURVES)
        from shared.crypto.generation import ec_pair

        return self._keep_pair(mechanisms.KEY_EC, ec_pair(curve), template, public)

    def generate_dsa(self, bits: int, template: Template) -> tuple[Key, Key]:
        """Make a DSA pair, with parameters of its own, and return the public and the private key.

        Raises:
            HsmError: as ``generate_secret``; POLICY_MISMATCH for a size that FIPS mode refuses.
        """
        self._check_before_work(template, allowed=bits in mechanisms.DSA_SIZES)
        from shared.crypto.generation import dsa_pair

        return self._keep_pair(mechanisms.KEY_DSA, dsa_pair(bits), template)

    def generate_pbe(self, template: Template) -> tuple[Key, ...]:
        """Refuse to derive a key from a password: FIPS mode admits none (guide).

        Raises:
            HsmError: as ``generate_secret``; POLICY_MISMATCH always.
        """
        with self._examining("deriveKey"):
            self._check(template, self._actor("CU"), 2)
            raise HsmError(errors.POLICY_MISMATCH)

    def _check_before_work(self, template: Template, *, allowed: bool) -> None:
        """Refuse before a slow generation, which is done outside the transaction so that nobody waits for it."""
        with self._examining("generateKeyPair"):
            self._check(template, self._actor("CU"), 2)
            if not allowed:
                raise HsmError(errors.POLICY_MISMATCH)

    def _keep_pair(
        self, key_type: int, pair: Pair, template: Template, for_public: Template | None = None
    ) -> tuple[Key, Key]:
        from shared.crypto.encodings import Described

        described = Described(key_type, pair)
        with self._writing("generateKeyPair", awaited="") as row:
            user = self._actor("CU")
            self._check(template, user, 2)
            public = self._half(row, user, mechanisms.CLASS_PUBLIC, described, for_public or template)
            private = self._half(row, user, mechanisms.CLASS_PRIVATE, described, template)
            return self._keep(public, row.node, ()), self._keep(private, row.node, template.users)

    def delete_key(self, handle: int) -> None:
        """Delete one key; the other half of a pair stays.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU), INVALID_HANDLE, KEY_ACCESS_DENIED (not the owner),
                MXN_AUTH_FAILED (its management must be approved), POLICY_MISMATCH (not DESTROYABLE).
        """
        with self._writing("deleteKey", Subject(key=handle)) as row:
            key = self._owned(handle, self._actor("CU"))
            if not attributes.flag(key.flags, attributes.DESTROYABLE):
                raise HsmError(errors.POLICY_MISMATCH)
            self._bury(key, row.cluster)

    def take_back(self, handle: int) -> None:
        """Delete a key that did not come to stand on enough HSMs; as nobody has used it, nobody need approve.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU), INVALID_HANDLE, KEY_ACCESS_DENIED (not the owner).
        """
        with self._writing("tombstone", Subject(key=handle)) as row:
            user = self._actor("CU")
            key = self._existing(handle)
            if key.owner != user.id:
                raise HsmError(errors.KEY_ACCESS_DENIED)
            self._bury(key, row.cluster)

    def _bury(self, key: Key, cluster: str) -> None:
        """Remove a key, and keep in mind that it is not to come back from an HSM that missed this (choice)."""
        self._store.remove(Key, hsm=self.id, handle=key.handle)
        if key.session is None and not self._store.count(Tombstone, cluster=cluster, handle=key.handle):
            self._store.add(Tombstone(cluster, key.handle))

    def make_token(self, handle: int, token: bool) -> Key:
        """Turn a session key into a token key and return it; the handle stays.

        Raises:
            HsmError: as ``delete_key``; INVALID_DATA for the way back, which there is not.
        """
        with self._writing("setAttribute", Subject(key=handle)):
            key = self._owned(handle, self._actor("CU"))
            if token == (key.session is None):
                return key
            if not token:
                raise HsmError(errors.INVALID_DATA)
            flags = attributes.with_flag(key.flags, attributes.TOKEN, True)
            self._store.change(key, session=None, flags=flags)
            return key._replace(session=None, flags=flags)

    def find_keys(self, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of matching keys that the CU owns or shares, and of public keys.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU).
        """
        with self._reading("findKey"):
            return self._store.accessible(self.id, self._actor("CU").id, criteria)

    def read_key(self, handle: int) -> Key:
        """Return a key that the CU owns or shares, or that is public.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU), INVALID_HANDLE, KEY_ACCESS_DENIED.
        """
        with self._reading("getAttribute"):
            return self._readable(handle, self._actor("CU"))

    def key_info(self, handle: int) -> KeyInfo:
        """Return who may use a key that the CU owns or shares, or that is public.

        Raises:
            HsmError: as ``read_key``.
        """
        with self._reading("getKeyInfo"):
            key = self._readable(handle, self._actor("CU"))
            shares = self._store.rows(Share, "user", hsm=self.id, handle=handle)
            users = tuple(share.user for share in shares)
            return KeyInfo(key.owner, users, key.m_value, key.session is not None)

    def key_lifetime(self, handle: int) -> str:
        """Return ``token`` or ``session`` for a key that the HSM has, whoever owns it, else the empty string.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU).
        """
        with self._reading("findSingleKey"):
            self._actor("CU")
            key = self._store.one(Key, hsm=self.id, handle=handle)
            if key is None:
                return ""
            return "token" if key.session is None else "session"

    def _readable(self, handle: int, user: User) -> Key:
        key = self._existing(handle)
        if key.owner != user.id and key.key_class != mechanisms.CLASS_PUBLIC:
            share = self._store.one(Share, hsm=self.id, handle=handle, user=user.id)
            if share is None:
                raise HsmError(errors.KEY_ACCESS_DENIED)
        return key

    def _owned(self, handle: int, user: User) -> Key:
        """Return an own key that is to be managed; if that must be approved, a token is used up, so be writing."""
        if handle == mechanisms.KEK_HANDLE:
            raise HsmError(errors.KEY_ACCESS_DENIED)
        key = self._existing(handle)
        if key.owner != user.id:
            raise HsmError(errors.KEY_ACCESS_DENIED)
        self._authorize_key(key, MANAGE_KEY)
        return key

    def _existing(self, handle: int) -> Key:
        key = self._store.one(Key, hsm=self.id, handle=handle)
        if key is None:
            raise HsmError(errors.INVALID_HANDLE)
        return key

    def _check(self, template: Template, user: User, keys: int) -> None:
        others = set(template.users)
        if len(others) != len(template.users) or user.id in others:
            raise HsmError(errors.INVALID_DATA)
        for other in others:
            sharer = self._store.one(User, hsm=self.id, id=other)
            if sharer is None or sharer.type != "CU":
                raise HsmError(errors.INVALID_DATA)
        if max(template.m_value, template.use_value or 0) > len(others) + 1:
            raise HsmError(errors.INVALID_DATA)
        self._check_room(keys)

    def _check_room(self, keys: int) -> None:
        if self.row().key_count + keys > self.realm.quotas.max_keys:
            raise HsmError(errors.INVALID_DATA)

    def _secret(self, row: Hsm, user: User, key_type: int, material: bytes, template: Template) -> Key:
        """Return the row of a new secret key, with a slot of its own and no handle yet, as the HSM has made it."""
        from shared.crypto.check_values import secret_kcv

        return Key(
            hsm=self.id,
            handle=0,
            slot=self._store.take_slots(row.cluster, 1),
            key_class=mechanisms.CLASS_SECRET,
            key_type=key_type,
            label=template.label,
            key_id=template.key_id,
            flags=self._flags(mechanisms.CLASS_SECRET, key_type, template),
            owner=user.id,
            session=None if template.token else self.session,
            m_value=template.m_value,
            kcv=secret_kcv(key_type, material),
            value_len=len(material),
            masked=self._mask(material, mechanisms.CLASS_SECRET, row.cluster),
            use_value=_use_value(template),
        )

    def _half(self, row: Hsm, user: User, key_class: int, described: Described, template: Template) -> Key:
        """Return the row of a new public or private key, as ``_secret`` does."""
        from shared.crypto.check_values import public_kcv

        key_type, pair = described
        is_private = key_class == mechanisms.CLASS_PRIVATE
        material = pair.private if is_private else pair.public
        return Key(
            hsm=self.id,
            handle=0,
            slot=self._store.take_slots(row.cluster, 1),
            key_class=key_class,
            key_type=key_type,
            label=template.label,
            key_id=template.key_id,
            flags=self._flags(key_class, key_type, template),
            owner=user.id,
            session=None if template.token else self.session,
            m_value=template.m_value if is_private else 0,
            kcv=public_kcv(pair.public),
            value_len=(pair.private_len or len(pair.private)) if is_private else pair.public_len,
            masked=self._mask(material, key_class, row.cluster),
            modulus=pair.modulus,
            modulus_bits=pair.modulus_bits,
            public_exponent=pair.public_exponent,
            use_value=_use_value(template) if is_private else 0,
        )

    def _flags(self, key_class: int, key_type: int, template: Template) -> int:
        if template.flags is not None:
            return attributes.asked(key_class, template.flags, token=template.token)
        return attributes.generated(
            key_class,
            key_type,
            token=template.token,
            extractable=template.extractable,
            profile=self.realm.profile,
        )

    def _mask(self, material: bytes, key_class: int, cluster: str) -> bytes:
        return self.realm.vault.mask(self._lineage(cluster), b"key%d" % key_class, material)

    def _lineage(self, cluster: str) -> str:
        row = self._store.one(Cluster, id=cluster)
        assert row is not None
        return row.lineage

    def _keep(self, key: Key, node: int, users: tuple[int, ...]) -> Key:
        made = key._replace(handle=mechanisms.handle_of(node, key.slot))
        self._store.add(made)
        self._subject.has_made(made)
        for user in users:
            self._store.add(Share(self.id, made.handle, user))
        return made


def _use_value(template: Template) -> int:
    return template.m_value if template.use_value is None else template.use_value
