"""Keys that only hsm2m.medium has: Ed25519 and ML-DSA (FIPS 204)."""

from __future__ import annotations

from shared.crypto.generation import Pair
from shared.mechanisms import ED25519_NID, ML_DSA


def ed25519_pair() -> Pair:
    """Return a new Ed25519 pair; its point is the 32 bytes of the public key, its curve the NID of ED25519."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    point = public.public_bytes_raw()
    return Pair(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        point,
        ED25519_NID,
        b"",
        len(point),
    )


def ml_dsa_pair(parameter_set: int) -> Pair:
    """Return a new ML-DSA pair of a parameter set, 44, 65 or 87; lengths are those of FIPS 204 (reference 2.2)."""
    from cryptography.hazmat.primitives.asymmetric import mldsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = getattr(mldsa, f"MLDSA{parameter_set}PrivateKey").generate()
    public = key.public_key()
    public_len, private_len = ML_DSA[parameter_set]
    return Pair(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        public.public_bytes_raw(),
        parameter_set,
        b"",
        public_len,
        private_len,
    )
