"""Masking: wrapping under the key that all HSMs of a lineage share and nobody else has.

AES-SIV (RFC 5297), which was made for wrapping keys: it is deterministic, so equal keys have equal masked forms on
HSMs in step, and any change is detected. The masking keys themselves stand in one file a lineage, mode 0600, apart
from the store: a copy of the store alone opens nothing.
"""

from __future__ import annotations

import os

from shared.errors import ERR_BAD_PKCS_DATA, HsmError

_KEY_BYTES = 64


class Vault:
    """The masking keys of the lineages, in a folder with mode 0700."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._keys: dict[str, bytes] = {}

    def create(self, lineage: str) -> None:
        """Make and keep the masking key of a new lineage.

        Raises:
            OSError: it cannot be written, or exists.
        """
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        descriptor = os.open(self._path(lineage), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())

    def forget(self, lineage: str) -> None:
        """Destroy the masking key of a lineage that no cluster and no backup is left of."""
        self._keys.pop(lineage, None)
        if os.path.exists(self._path(lineage)):
            os.remove(self._path(lineage))

    def mask(self, lineage: str, kind: bytes, material: bytes) -> bytes:
        """Return material masked for a lineage; ``kind`` is authenticated and must be given again."""
        from shared.crypto.primitives import AESSIV

        return AESSIV(self._key(lineage)).encrypt(material, [kind])

    def unmask(self, lineage: str, kind: bytes, masked: bytes) -> bytes:
        """Return the material.

        Raises:
            HsmError: ERR_BAD_PKCS_DATA, when the masked form is damaged or of another lineage or kind.
        """
        from shared.crypto.primitives import AESSIV

        cipher = AESSIV(self._key(lineage))
        try:
            return cipher.decrypt(masked, [kind])
        except Exception as error:
            from cryptography.exceptions import InvalidTag

            if isinstance(error, (InvalidTag, ValueError)):
                raise HsmError(ERR_BAD_PKCS_DATA) from error
            raise

    def derive(self, lineage: str, purpose: bytes) -> bytes:
        """Return the 32-byte key that every HSM of a lineage has for a purpose, as its built-in KEK."""
        import hmac

        return hmac.digest(self._key(lineage), purpose, "sha256")

    def _key(self, lineage: str) -> bytes:
        if lineage not in self._keys:
            with open(self._path(lineage), "rb") as file:
                self._keys[lineage] = file.read()
        return self._keys[lineage]

    def _path(self, lineage: str) -> str:
        return os.path.join(self._folder, f"{lineage}.key")
