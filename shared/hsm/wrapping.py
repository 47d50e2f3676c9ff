"""Wrapping and unwrapping by keys of the HSM, and the host's data under them."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm import templates
from shared.hsm.intake import IntakeCommands
from shared.hsm.quorum import USE_KEY, needed
from shared.lean import Record
from shared.store.records import Key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.crypto.wrapping import Parameters, Wrapped
    from shared.hsm.intake import Arrived, Wanted
    from shared.store.records import User

# The most that the tools send, and what the HSM itself makes of that much by a mechanism that pads.
MAX_INPUT = 4096
_MAX_WRAPPED = MAX_INPUT + 16
_KEK_KIND = b"key encryption key"


class _WrappingKey(Record):
    """A key that wraps: its class and type, its clear material, and its row, None for the built-in KEK."""

    key_class: int
    key_type: int
    material: bytes
    row: Key | None


class WrappingCommands(IntakeCommands):
    """The firmware's wrapping commands.

    A wrapping key is one that the CU may use (own, shared, or public), with the attribute that the direction needs, or
    handle 4, the KEK that every HSM of a lineage has from the start. Without the attribute: POLICY_MISMATCH.
    """

    # Which approvals the wrapping key needs, where it needs any.
    _wrapping_service = USE_KEY

    def wrap_host(self, wrapping: int, data: bytes, parameters: Parameters) -> bytes:
        """Wrap the host's data (at most 4096 bytes) by an AES key that may ENCRYPT.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE, KEY_ACCESS_DENIED, MXN_AUTH_FAILED,
                POLICY_MISMATCH, INVALID_DATA (too long or empty).
        """
        from shared.crypto.wrapping import wrap_with_aes

        with self._writing("wrapHostKey", Subject(key=wrapping)) as row:
            key = self._wrapping_key(row.cluster, wrapping, self._actor("CU"), attributes.ENCRYPT)
            if not data:
                raise HsmError(errors.INVALID_DATA)
            _check_length(data, MAX_INPUT)
            self._must_be_aes(key)
            return wrap_with_aes(key.material, data, parameters).data

    def unwrap_host(self, wrapping: int, wrapped: bytes, parameters: Parameters) -> bytes:
        """Unwrap data for the host by an AES key that may DECRYPT.

        Raises:
            HsmError: as ``wrap_host``; ERR_BAD_PKCS_DATA for what does not open.
        """
        from shared.crypto.wrapping import unwrap_with_aes

        with self._writing("unwrapHostKey", Subject(key=wrapping)) as row:
            key = self._wrapping_key(row.cluster, wrapping, self._actor("CU"), attributes.DECRYPT)
            _check_length(wrapped, _MAX_WRAPPED)
            self._must_be_aes(key)
            return unwrap_with_aes(key.material, wrapped, parameters)

    def wrap_key(self, handle: int, wrapping: int, parameters: Parameters) -> tuple[Key, Wrapped]:
        """Wrap an own, extractable secret or private key and return it with its wrapped form.

        Raises:
            HsmError: as ``wrap_host`` for the wrapping key, which must have WRAP; for the key INVALID_HANDLE,
                KEY_ACCESS_DENIED (not the owner), MXN_AUTH_FAILED, POLICY_MISMATCH (public, not extractable,
                WRAP_WITH_TRUSTED by a key that is not TRUSTED, not as the wrap template asks, or of a length that the
                mechanism does not admit).
        """
        from shared.crypto import wrapping as w

        self._check_mechanism(parameters)
        with self._writing("wrapKey", Subject(key=handle)) as row:
            user = self._actor("CU")
            by = self._wrapping_key(row.cluster, wrapping, user, attributes.WRAP)
            key = self._owned(handle, user)
            self._check_wrappable(key, by)
            material = self._material(row.cluster, key)
            if parameters.mechanism in w.BY_AES:
                self._must_be_aes(by)
                return key, w.wrap_with_aes(by.material, material, parameters)
            if (by.key_class, by.key_type) != (mechanisms.CLASS_PUBLIC, mechanisms.KEY_RSA):
                raise HsmError(errors.POLICY_MISMATCH)
            return key, w.wrap_with_rsa(by.material, material, parameters)

    def unwrap_key(self, wrapped: bytes, wrapping: int, parameters: Parameters, wanted: Wanted) -> Key:
        """Make a key out of its wrapped form.

        Raises:
            HsmError: as ``wrap_host`` for the wrapping key, which must have UNWRAP; ERR_BAD_PKCS_DATA for what does
                not open or is no such key, POLICY_MISMATCH for a type, size or curve that is refused.
        """
        self._check_mechanism(parameters, unwrapping=True)
        return self._unwrap(wrapped, wrapping, parameters, wanted, MAX_INPUT)

    def import_key(self, wrapped: bytes, wrapping: int, wanted: Wanted) -> Key:
        """Make a key out of what the host wrapped for its way into the HSM (``TRANSPORT``).

        Raises:
            HsmError: as ``unwrap_key``.
        """
        from shared.crypto.wrapping import TRANSPORT

        return self._unwrap(wrapped, wrapping, TRANSPORT, wanted, _MAX_WRAPPED)

    def _unwrap(self, wrapped: bytes, wrapping: int, parameters: Parameters, wanted: Wanted, limit: int) -> Key:
        """Open, examine and keep a key; what is slow is done before the write lock is held.

        That cannot be where a token is spent, which belongs to the transaction that keeps the key.
        """

        def arrive(cluster: str) -> Arrived:
            by = self._wrapping_key(cluster, wrapping, self._actor("CU"), attributes.UNWRAP)
            _check_length(wrapped, limit)
            return self._examine(self._open(by, wrapped, parameters), wanted, by.row)

        key = self._store.one(Key, hsm=self.id, handle=wrapping)
        arrived = None
        if key is None or needed(key, self._wrapping_service) <= 1:
            with self._examining("unwrapKey") as row:
                arrived = arrive(row.cluster)
        with self._writing("unwrapKey", awaited=None if arrived is None else "") as row:
            if arrived is None:
                arrived = arrive(row.cluster)
            else:
                self._wrapping_key(row.cluster, wrapping, self._actor("CU"), attributes.UNWRAP)
            return self._take_in(row, self._actor("CU"), arrived, wanted)

    def _check_mechanism(self, parameters: Parameters, *, unwrapping: bool = False) -> None:
        """Refuse, by POLICY_MISMATCH, what the HSMs of one client do not do and those of another do."""

    def _open(self, by: _WrappingKey, wrapped: bytes, parameters: Parameters) -> bytes:
        from shared.crypto import wrapping as w

        if parameters.mechanism in w.BY_AES:
            self._must_be_aes(by)
            return w.unwrap_with_aes(by.material, wrapped, parameters)
        if (by.key_class, by.key_type) != (mechanisms.CLASS_PRIVATE, mechanisms.KEY_RSA):
            raise HsmError(errors.POLICY_MISMATCH)
        return w.unwrap_with_rsa(by.material, wrapped, parameters)

    def _wrapping_key(self, cluster: str, handle: int, user: User, attribute: int) -> _WrappingKey:
        if handle == mechanisms.KEK_HANDLE:
            material = self.realm.vault.derive(self._lineage(cluster), _KEK_KIND)
            return _WrappingKey(mechanisms.CLASS_SECRET, mechanisms.KEY_AES, material, None)
        key = self._usable(handle, user, attribute, self._wrapping_service)
        return _WrappingKey(key.key_class, key.key_type, self._material(cluster, key), key)

    def _usable(self, handle: int, user: User, attribute: int, service: int = USE_KEY) -> Key:
        """Return a key that the user may use and that has an attribute (POLICY_MISMATCH otherwise).

        If its use must be approved, a token is used up: be in ``_using`` or ``_writing``.
        """
        key = self._readable(handle, user)
        self._authorize_key(key, service)
        if not attributes.flag(key.flags, attribute):
            raise HsmError(errors.POLICY_MISMATCH)
        return key

    def _material(self, cluster: str, key: Key) -> bytes:
        return self.realm.vault.unmask(self._lineage(cluster), b"key%d" % key.key_class, key.masked)

    def _check_wrappable(self, key: Key, by: _WrappingKey) -> None:
        trusted = by.row is not None and attributes.flag(by.row.flags, attributes.TRUSTED)
        needs_trusted = attributes.flag(key.flags, attributes.WRAP_WITH_TRUSTED)
        extractable = attributes.flag(key.flags, attributes.EXTRACTABLE)
        if key.key_class == mechanisms.CLASS_PUBLIC or not extractable or (needs_trusted and not trusted):
            raise HsmError(errors.POLICY_MISMATCH)
        if by.row is not None and not templates.admits(by.row, key):
            raise HsmError(errors.POLICY_MISMATCH)

    def _must_be_aes(self, key: _WrappingKey) -> None:
        if key.key_type != mechanisms.KEY_AES:
            raise HsmError(errors.POLICY_MISMATCH)


def _check_length(data: bytes, most: int) -> None:
    if len(data) > most:
        raise HsmError(errors.INVALID_DATA)
