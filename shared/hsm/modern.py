"""One HSM, as Client SDK 5 asks it: users go by name, attributes by the rules of that client, signatures by scheme."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.base import OFFICERS
from shared.hsm.quorum import MANAGE_KEY
from shared.lean import Record
from shared.store import records
from shared.store.records import Key, Share, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.crypto.schemes import Scheme
    from shared.crypto.wrapping import Parameters
    from shared.hsm.keys import Template
    from shared.hsm.wrapping import _WrappingKey
    from shared.store.protocol import Criteria

# Attributes that an owner may set both ways, one way only, and on hsm2m.medium only (reference 10.1).
_FREE = (
    attributes.ENCRYPT,
    attributes.DECRYPT,
    attributes.WRAP,
    attributes.UNWRAP,
    attributes.SIGN,
    attributes.VERIFY,
    attributes.DERIVE,
    attributes.DESTROYABLE,
)
_ONE_WAY = {attributes.EXTRACTABLE: False, attributes.UNMODIFIABLE: True, attributes.WRAP_WITH_TRUSTED: True}
_NEWER = (attributes.DERIVE, attributes.EXTRACTABLE, attributes.ID)
_TEMPLATES = {attributes.WRAP_TEMPLATE: "wrap_template", attributes.UNWRAP_TEMPLATE: "unwrap_template"}
_TEXTS = {attributes.LABEL: "label", attributes.ID: "key_id"}
_NOT_WRAPPED = (mechanisms.KEY_ED25519, mechanisms.KEY_ML_DSA)
_RSA_PKCS = 12


class Seen(Record):
    """A key on one HSM, its owner's name and the names of those whom it is shared with."""

    key: Key
    owner: str
    sharers: tuple[str, ...]


class ModernHsm(Hsm):
    """A session's connection to one HSM, with the commands of SDK 5 too.

    Its key quorum covers wrapping, sharing and changes (``manage``) and signing (``use``), not deletion (guide).
    """

    _wrapping_service = MANAGE_KEY

    def search(self, criteria: Criteria) -> list[int]:
        """Return the handles, by slot, of matching keys: for a CU as ``find_keys``, for a CO of all.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO).
        """
        with self._reading("findKey"):
            user = self._actor("CU", *OFFICERS)
            if user.type == "CU":
                return self._store.accessible(self.id, user.id, criteria)
            return self._store.matching(self.id, criteria)

    def look(self, handles: Iterable[int]) -> list[Seen]:
        """Return those of the keys that are here and to be seen by the user, in the order of the handles.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (an AU or PRECO).
        """
        with self._reading("getAttribute"):
            user = self._actor("CU", *OFFICERS)
            names = {user.id: user.name.lower()}

            def name_of(user_id: int) -> str:
                if user_id not in names:
                    known = self._store.one(User, hsm=self.id, id=user_id)
                    assert known is not None
                    names[user_id] = known.name.lower()
                return names[user_id]

            seen = []
            for handle in handles:
                key = self._store.one(Key, hsm=self.id, handle=handle)
                if key is None:
                    continue
                shares = self._store.rows(Share, "user", hsm=self.id, handle=handle)
                own = user.id in (key.owner, *(share.user for share in shares))
                if user.type == "CU" and not own and key.key_class != mechanisms.CLASS_PUBLIC:
                    continue
                seen.append(Seen(key, name_of(key.owner), tuple(name_of(share.user) for share in shares)))
            return seen

    def crypto_user_ids(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the ids of CUs; USER_MISSING if one is none here."""
        self.row()
        users = [self._named(name) for name in names]
        ids = tuple(user.id for user in users if user is not None and user.type == "CU")
        if len(ids) < len(users):
            raise HsmError(errors.USER_MISSING)
        return ids

    def generate_ed25519(self, template: Template, public: Template | None = None) -> tuple[Key, Key]:
        """Make an Ed25519 pair and return the public and the private key.

        Raises:
            HsmError: as ``generate_ec``; POLICY_MISMATCH unless it is hsm2m.medium in NON_FIPS mode.
        """
        cluster = self._kind()
        right = (cluster.hsm_type, cluster.mode) == (mechanisms.HSM2M, mechanisms.NON_FIPS)
        self._check_before_work(template, allowed=right)
        from shared.crypto.modern_keys import ed25519_pair

        return self._keep_pair(mechanisms.KEY_ED25519, ed25519_pair(), template, public)

    def generate_ml_dsa(
        self, parameter_set: int, template: Template, public: Template | None = None
    ) -> tuple[Key, Key]:
        """Make an ML-DSA pair of a parameter set of ``mechanisms.ML_DSA``; return the public and the private key.

        Raises:
            HsmError: as ``generate_ec``; POLICY_MISMATCH unless it is hsm2m.medium.
        """
        right = self._kind().hsm_type == mechanisms.HSM2M and parameter_set in mechanisms.ML_DSA
        self._check_before_work(template, allowed=right)
        from shared.crypto.modern_keys import ml_dsa_pair

        return self._keep_pair(mechanisms.KEY_ML_DSA, ml_dsa_pair(parameter_set), template, public)

    def modify_key(self, handle: int, attribute: int, value: bool | bytes) -> None:
        """Change an attribute of an own key; a CO changes TRUSTED, and nothing else, of any key.

        ``value`` is a boolean, the bytes of label or id, or a template as ``templates.parse`` reads it.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (another attribute by a CO, TRUSTED by a CU), INVALID_HANDLE,
                KEY_ACCESS_DENIED (not the owner), MXN_AUTH_FAILED, POLICY_MISMATCH (the attribute cannot have this
                value, or the key is not modifiable), INVALID_DATA (a bad template).
        """
        with self._writing("setAttribute", Subject(key=handle)):
            actor = self._actor("CU", *OFFICERS)
            if (actor.type in OFFICERS) != (attribute == attributes.TRUSTED):
                raise HsmError(errors.NOT_AUTHORIZED)
            key = self._existing(handle) if actor.type in OFFICERS else self._owned(handle, actor)
            if attributes.flag(key.flags, attributes.UNMODIFIABLE):
                raise HsmError(errors.POLICY_MISMATCH)
            if attribute in _NEWER and self._kind().hsm_type != mechanisms.HSM2M:
                raise HsmError(errors.POLICY_MISMATCH)
            self._store.change(key, **_change(key, attribute, value))

    def share_with(self, handle: int, name: str, shared: bool) -> None:
        """Let another CU, by name, use a token key, or end that.

        Raises:
            HsmError: as ``share_key``; USER_MISSING for a name that no CU has.
        """
        (user,) = self.crypto_user_ids([name])
        self.share_key(handle, user, shared)

    def delete_own(self, handle: int) -> None:
        """Delete an own key, which nobody need approve here.

        Raises:
            HsmError: as ``delete_key``, MXN_AUTH_FAILED aside.
        """
        with self._writing("deleteKey", Subject(key=handle)) as row:
            key = self._existing(handle)
            if handle == mechanisms.KEK_HANDLE or key.owner != self._actor("CU").id:
                raise HsmError(errors.KEY_ACCESS_DENIED)
            if not attributes.flag(key.flags, attributes.DESTROYABLE):
                raise HsmError(errors.POLICY_MISMATCH)
            self._bury(key, row.cluster)

    def _check_mechanism(self, parameters: Parameters, *, unwrapping: bool = False) -> None:
        """Refuse RSA_PKCS in FIPS mode (guide, after 2023).

        On hsm2m.medium an IV of zeros does not unwrap either (sdk5-differences.md, 44).
        """
        if parameters.mechanism == _RSA_PKCS and self._kind().mode == mechanisms.FIPS:
            raise HsmError(errors.POLICY_MISMATCH)
        no_iv = unwrapping and parameters.iv and not any(parameters.iv)
        if no_iv and self._kind().hsm_type == mechanisms.HSM2M:
            raise HsmError(errors.POLICY_MISMATCH)

    def _check_wrappable(self, key: Key, by: _WrappingKey) -> None:
        # No class of ``key unwrap`` takes these back.
        if key.key_type in _NOT_WRAPPED:
            raise HsmError(errors.POLICY_MISMATCH)
        super()._check_wrappable(key, by)

    def sign_by(self, handle: int, scheme: Scheme, data: bytes, *, weak_hashes: bool = False) -> bytes:
        """Sign data with a private key that may SIGN.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE, KEY_ACCESS_DENIED, MXN_AUTH_FAILED, POLICY_MISMATCH
                (no SIGN, a key of another type, data that does not fit, or what the mode refuses).
            WeakHashError: an ECDSA digest weaker than its key, in FIPS mode, unless ``weak_hashes``.
        """
        from shared.crypto import schemes

        with self._using("sign", handle) as row:
            key = self._usable(handle, self._actor("CU"), attributes.SIGN)
            self._check_scheme(key, mechanisms.CLASS_PRIVATE, scheme)
            if scheme.mechanism == "ecdsa" and not weak_hashes and self._kind().mode == mechanisms.FIPS:
                given, needed = schemes.HASH_STRENGTHS[scheme.hash_name], schemes.CURVE_STRENGTHS[key.modulus_bits]
                if given < needed:
                    raise WeakHashError(given, needed)
            return schemes.sign(self._material(row.cluster, key), scheme, data)

    def verify_by(self, handle: int, scheme: Scheme, data: bytes, signature: bytes) -> bool:
        """Return whether a signature is good by a public key that may VERIFY.

        Raises:
            HsmError: as ``sign_by``, MXN_AUTH_FAILED aside.
        """
        from shared.crypto import schemes

        with self._reading("verify") as row:
            key = self._readable(handle, self._actor("CU"))
            self._check_scheme(key, mechanisms.CLASS_PUBLIC, scheme)
            if not attributes.flag(key.flags, attributes.VERIFY):
                raise HsmError(errors.POLICY_MISMATCH)
            return schemes.verify(self._material(row.cluster, key), scheme, data, signature)

    def _check_scheme(self, key: Key, key_class: int, scheme: Scheme) -> None:
        if (key.key_class, key.key_type) != (key_class, scheme.key_type):
            raise HsmError(errors.POLICY_MISMATCH)

    def public_part(self, handle: int) -> bytes:
        """Return the SubjectPublicKeyInfo of a public key, or of the public half of a private one.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE, KEY_ACCESS_DENIED, INVALID_DATA (a secret key).
        """
        with self._reading("exportPublicKey") as row:
            key = self._readable(handle, self._actor("CU"))
            if key.key_class == mechanisms.CLASS_SECRET:
                raise HsmError(errors.INVALID_DATA)
            material = self._material(row.cluster, key)
            if key.key_class == mechanisms.CLASS_PUBLIC:
                return material
            from shared.crypto.encodings import public_half

            return public_half(material)

    def _kind(self) -> records.Cluster:
        """Return the cluster's row, which tells the type and the mode of its HSMs."""
        cluster = self._store.one(records.Cluster, id=self.row().cluster)
        assert cluster is not None
        return cluster


class WeakHashError(HsmError):
    """A digest has fewer bits of security than the key that is to sign it."""

    def __init__(self, given: int, needed: int) -> None:
        super().__init__(errors.POLICY_MISMATCH)
        self.given = given
        self.needed = needed


def _change(key: Key, attribute: int, value: bool | bytes) -> dict[str, object]:
    if isinstance(value, bytes):
        if attribute in _TEMPLATES:
            from shared.hsm import templates

            templates.parse(value, unwrapping=attribute == attributes.UNWRAP_TEMPLATE)
            return {_TEMPLATES[attribute]: value}
        if attribute in _TEXTS:
            return {_TEXTS[attribute]: value}
    elif attribute in (*_FREE, attributes.TRUSTED) or _ONE_WAY.get(attribute) is value:
        return {"flags": attributes.with_flag(key.flags, attribute, value)}
    raise HsmError(errors.POLICY_MISMATCH)
