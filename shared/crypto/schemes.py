"""Signature schemes of Client SDK 5 (reference sdk5-cli.md, 9): by name, over data, or over what was hashed before.

What does not fit a scheme (a digest of another length, a salt that is too long) is a POLICY_MISMATCH.
"""

from __future__ import annotations

from shared.crypto.wrapping import hash_algorithm
from shared.errors import POLICY_MISMATCH, HsmError
from shared.lean import Record
from shared.mechanisms import KEY_EC, KEY_ED25519, KEY_ML_DSA, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

RAW, DIGEST, EXTERNAL_MU = "raw", "digest", "external-mu"
KEY_TYPES = {
    "ecdsa": KEY_EC,
    "ed25519": KEY_ED25519,
    "ed25519ph": KEY_ED25519,
    "ml-dsa": KEY_ML_DSA,
    "rsa-pkcs": KEY_RSA,
    "rsa-pkcs-pss": KEY_RSA,
}
# Bits of security (SP 800-57): of a hash against collisions, of a curve by its NID.
HASH_STRENGTHS = {"SHA1": 80, "SHA224": 112, "SHA256": 128, "SHA384": 192, "SHA512": 256}
CURVE_STRENGTHS = {713: 112, 714: 128, 415: 128, 715: 192, 716: 256}

# DigestInfo up to the digest (RFC 8017, 9.2).
_DIGEST_INFO = {
    "SHA1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "SHA224": bytes.fromhex("302d300d06096086480165030402040500041c"),
    "SHA256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "SHA384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "SHA512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_MU_BYTES = 64
_SHA512_BYTES = 64


class Scheme(Record):
    """A mechanism of ``KEY_TYPES`` and its options; hashes are named as in ``SHA256``, ``salt`` counts bytes."""

    mechanism: str
    hash_name: str = ""
    mgf_hash: str = ""
    salt: int = 0
    data_type: str = RAW

    @property
    def key_type(self) -> int:
        """Return the type of key that it needs."""
        return KEY_TYPES[self.mechanism]


def sign(private_key_info: bytes, scheme: Scheme, data: bytes) -> bytes:
    """Return a signature by a key in PKCS#8 of the scheme's type; for ECDSA it is r and s, each of full length."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    if scheme.mechanism == "ed25519ph":
        return bytes(_eddsa(private_key_info).sign(_sha512(scheme, data)))
    key: Any = load_der_private_key(private_key_info, None, unsafe_skip_rsa_key_validation=True)
    if scheme.mechanism == "ed25519":
        return bytes(key.sign(data))
    if scheme.mechanism == "ml-dsa":
        return bytes(key.sign_mu(_mu(data)) if scheme.data_type == EXTERNAL_MU else key.sign(data))
    try:
        if scheme.mechanism == "ecdsa":
            return _bare(key.sign(data, _ecdsa(scheme)), key.key_size)
        return bytes(key.sign(_digest(scheme, data), _padding(scheme), _hash(scheme)))
    except ValueError as error:
        raise HsmError(POLICY_MISMATCH) from error


def verify(public_key_info: bytes, scheme: Scheme, data: bytes, signature: bytes) -> bool:
    """Return whether a signature, as ``sign`` makes them, is good by a public key in SubjectPublicKeyInfo."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key: Any = load_der_public_key(public_key_info)
    try:
        if scheme.mechanism == "ed25519ph":
            return _is_eddsa(public_key_info, _sha512(scheme, data), signature)
        if scheme.mechanism == "ed25519":
            key.verify(signature, data)
        elif scheme.mechanism == "ml-dsa":
            key.verify_mu(signature, _mu(data)) if scheme.data_type == EXTERNAL_MU else key.verify(signature, data)
        elif scheme.mechanism == "ecdsa":
            key.verify(_der(signature, key.key_size), data, _ecdsa(scheme))
        else:
            key.verify(signature, _digest(scheme, data), _padding(scheme), _hash(scheme))
    except InvalidSignature:
        return False
    except ValueError as error:
        raise HsmError(POLICY_MISMATCH) from error
    return True


def _hash(scheme: Scheme) -> Any:
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    algorithm = hash_algorithm(scheme.hash_name)
    return Prehashed(algorithm) if scheme.data_type == DIGEST else algorithm


def _ecdsa(scheme: Scheme) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    return ECDSA(_hash(scheme))


def _padding(scheme: Scheme) -> AsymmetricPadding:
    from cryptography.hazmat.primitives.asymmetric import padding

    if scheme.mechanism == "rsa-pkcs":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(hash_algorithm(scheme.mgf_hash)), scheme.salt)


def _digest(scheme: Scheme, data: bytes) -> bytes:
    """Return what is to be hashed or was; for PKCS#1 1.5 a digest comes within its DER DigestInfo (guide)."""
    if scheme.data_type == RAW or scheme.mechanism != "rsa-pkcs":
        return data
    head = _DIGEST_INFO[scheme.hash_name]
    if not data.startswith(head):
        raise HsmError(POLICY_MISMATCH)
    return data[len(head) :]


def _bare(der: bytes, bits: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    size = (bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))


def _der(signature: bytes, bits: int) -> bytes:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))


def _mu(data: bytes) -> bytes:
    if len(data) != _MU_BYTES:
        raise HsmError(POLICY_MISMATCH)
    return data


def _sha512(scheme: Scheme, data: bytes) -> Any:
    """Return the library's hash of data, or one that has the digest already."""
    from Crypto.Hash.SHA512 import SHA512Hash

    if scheme.data_type == RAW:
        return SHA512Hash(data, None)
    if len(data) != _SHA512_BYTES:
        raise HsmError(POLICY_MISMATCH)

    class Hashed(SHA512Hash):
        def digest(self) -> bytes:
            return data

    return Hashed(None, None)


def _eddsa(encoded: bytes) -> Any:
    """Return a signer or verifier of HashEdDSA, which ``cryptography`` lacks."""
    from Crypto.PublicKey.ECC import import_key
    from Crypto.Signature.eddsa import new

    return new(import_key(encoded), "rfc8032")


def _is_eddsa(public_key_info: bytes, hashed: Any, signature: bytes) -> bool:
    try:
        _eddsa(public_key_info).verify(hashed, signature)
    except ValueError:
        return False
    return True
