"""Signatures by keys of the HSM, and public keys on their way out."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.errors import HsmError
from shared.hsm.wrapping import WrappingCommands


class SigningCommands(WrappingCommands):
    """The firmware's signature commands; ``mechanism`` is a number of ``shared.crypto.signing.MECHANISMS``."""

    def sign(self, handle: int, mechanism: int, data: bytes) -> bytes:
        """Sign data with a private key that may SIGN; for EC the signature is DER.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE, KEY_ACCESS_DENIED, MXN_AUTH_FAILED, POLICY_MISMATCH
                (no SIGN, or a key of another type).
        """
        from shared.crypto import signing

        with self._using("sign", handle) as row:
            key = self._usable(handle, self._actor("CU"), attributes.SIGN)
            chosen = signing.MECHANISMS[mechanism]
            if key.key_class != mechanisms.CLASS_PRIVATE or key.key_type != chosen.key_type:
                raise HsmError(errors.POLICY_MISMATCH)
            material = self._material(row.cluster, key)
            if key.key_type == mechanisms.KEY_RSA:
                return signing.sign_rsa(material, chosen, data)
            return signing.sign_ec(material, chosen, data)

    def verify(self, handle: int, mechanism: int, data: bytes, signature: bytes) -> bool:
        """Return whether a signature is good by a public key that may VERIFY; an EC signature is bare DER.

        Raises:
            HsmError: as ``sign``, MXN_AUTH_FAILED aside; ERR_BAD_PKCS_DATA for an RSA signature that does not open.
        """
        from shared.crypto import signing

        with self._reading("verify") as row:
            key = self._readable(handle, self._actor("CU"))
            chosen = signing.MECHANISMS[mechanism]
            if key.key_class != mechanisms.CLASS_PUBLIC or key.key_type != chosen.key_type:
                raise HsmError(errors.POLICY_MISMATCH)
            # Nobody need approve the use of a public key.
            if not attributes.flag(key.flags, attributes.VERIFY):
                raise HsmError(errors.POLICY_MISMATCH)
            material = self._material(row.cluster, key)
            if key.key_type == mechanisms.KEY_RSA:
                return signing.verify_rsa(material, chosen, data, signature)
            return signing.verify_ec(material, chosen, data, signature)

    def export_public(self, handle: int) -> bytes:
        """Return the SubjectPublicKeyInfo of a public key that is EXTRACTABLE.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE, INVALID_DATA (no public key), POLICY_MISMATCH.
        """
        with self._reading("exportPublicKey") as row:
            key = self._readable(handle, self._actor("CU"))
            if key.key_class != mechanisms.CLASS_PUBLIC:
                raise HsmError(errors.INVALID_DATA)
            if not attributes.flag(key.flags, attributes.EXTRACTABLE):
                raise HsmError(errors.POLICY_MISMATCH)
            return self._material(row.cluster, key)
