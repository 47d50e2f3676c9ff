"""Keys that come in from outside: what they are, and what the attributes show of them. Everything is validated."""

from __future__ import annotations

from shared import mechanisms
from shared.crypto.generation import Pair, describe_dsa, describe_ec, describe_rsa
from shared.errors import ERR_BAD_PKCS_DATA, POLICY_MISMATCH, HsmError
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_CURVE_NAMES = {"secp256r1": 2, "secp224r1": 13, "secp384r1": 14, "secp521r1": 15, "secp256k1": 16}


class Described(Record):
    """The type number of an asymmetric key, and its encodings and attributes; ``pair.private`` may be empty."""

    key_type: int
    pair: Pair


def describe_private(private_key_info: bytes) -> Described:
    """Describe a private key in PKCS#8 DER.

    Raises:
        HsmError: ERR_BAD_PKCS_DATA (not a valid private key), POLICY_MISMATCH (what FIPS mode refuses).
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        key = load_der_private_key(private_key_info, None)
    except UnsupportedAlgorithm as error:
        raise HsmError(POLICY_MISMATCH) from error
    except (ValueError, TypeError) as error:
        raise HsmError(ERR_BAD_PKCS_DATA) from error
    _check_policy(key.public_key())
    if isinstance(key, rsa.RSAPrivateKey):
        return Described(mechanisms.KEY_RSA, describe_rsa(key))
    if isinstance(key, dsa.DSAPrivateKey):
        return Described(mechanisms.KEY_DSA, describe_dsa(key))
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Described(mechanisms.KEY_EC, describe_ec(key, _CURVE_NAMES[key.curve.name]))


def describe_public(public_key_info: bytes) -> Described:
    """Describe a public key in SubjectPublicKeyInfo DER.

    Raises:
        HsmError: as ``describe_private``.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(public_key_info)
    except UnsupportedAlgorithm as error:
        raise HsmError(POLICY_MISMATCH) from error
    except ValueError as error:
        raise HsmError(ERR_BAD_PKCS_DATA) from error
    _check_policy(key)
    return _described(key)


def _described(key: PublicKeyTypes) -> Described:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        size = (key.key_size + 7) // 8
        exponent = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")
        pair = Pair(encoded, b"", numbers.n.to_bytes(size, "big"), key.key_size, exponent, 2 * size)
        return Described(mechanisms.KEY_RSA, pair)
    if isinstance(key, dsa.DSAPublicKey):
        p, y = key.parameters().parameter_numbers().p, key.public_numbers().y
        size = (key.key_size + 7) // 8
        pair = Pair(encoded, b"", p.to_bytes(size, "big"), key.key_size, b"", (y.bit_length() + 7) // 8)
        return Described(mechanisms.KEY_DSA, pair)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    nid = mechanisms.CURVES[_CURVE_NAMES[key.curve.name]][1]
    return Described(mechanisms.KEY_EC, Pair(encoded, b"", point, nid, b"", len(point)))


def _check_policy(key: PublicKeyTypes) -> None:
    """Raise POLICY_MISMATCH for what FIPS mode refuses, the same that it refuses to generate."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        good = _is_rsa_allowed(numbers.n, numbers.e)
    elif isinstance(key, dsa.DSAPublicKey):
        good = key.key_size in mechanisms.DSA_SIZES
    else:
        good = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVE_NAMES
    if not good:
        raise HsmError(POLICY_MISMATCH)


def _is_rsa_allowed(modulus: int, exponent: int) -> bool:
    size_is_right = mechanisms.RSA_MIN_BITS <= modulus.bit_length() <= mechanisms.RSA_MAX_BITS
    return size_is_right and exponent % 2 == 1 and exponent >= mechanisms.RSA_MIN_EXPONENT


def describe_rsa_public(modulus: int, exponent: int) -> Described:
    """Describe the RSA public key that has these numbers; HsmError as ``describe_private``."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    if not _is_rsa_allowed(modulus, exponent):
        raise HsmError(POLICY_MISMATCH)
    try:
        key = RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise HsmError(ERR_BAD_PKCS_DATA) from error
    return _described(key)


def public_half(private_key_info: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key of the HSM, given as PKCS#8."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

    key = load_der_private_key(private_key_info, None, unsafe_skip_rsa_key_validation=True)
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
