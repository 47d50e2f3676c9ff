"""The primitives of nearly every run, out of cryptography's compiled module.

They are the same classes that cryptography offers under its public names. Behind those stand Python modules that take
longer to import than all of ours (decision 6).
"""

from __future__ import annotations

import os
import sys

from shared.lean import standing_in

__all__ = ["AESGCM", "AESSIV", "Scrypt", "random_key"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
else:
    try:
        # It asks for this one class, to make a module's description, which C has already.
        with standing_in("types", SimpleNamespace=type(sys.implementation)):
            from cryptography.hazmat.bindings._rust import openssl

        AESGCM, AESSIV, Scrypt = openssl.aead.AESGCM, openssl.aead.AESSIV, openssl.kdf.Scrypt
    except (ImportError, AttributeError):  # a release that keeps them elsewhere is slower and no less right
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


def random_key(size: int) -> bytes:
    """Return a secret of ``size`` bytes."""
    return os.urandom(size)
