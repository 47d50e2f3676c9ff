"""Generation of keys, in the encodings in which the HSM holds them."""

from __future__ import annotations

from shared.lean import Record
from shared.mechanisms import CURVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

# By curve id; only what the FIPS policy admits can be asked for.
_CURVE_CLASSES = {2: "SECP256R1", 13: "SECP224R1", 14: "SECP384R1", 15: "SECP521R1", 16: "SECP256K1"}


class Pair(Record):
    """A key pair: SubjectPublicKeyInfo and PKCS#8, both DER, and what the attributes show of it.

    ``modulus`` is big-endian; for EC it is the uncompressed point and ``modulus_bits`` the curve's NID, with an empty
    ``public_exponent``. ``public_len`` is the VALUE_LEN of the public key, ``private_len`` that of the private
    key where it is not the length of its encoding.
    """

    public: bytes
    private: bytes
    modulus: bytes
    modulus_bits: int
    public_exponent: bytes
    public_len: int
    private_len: int = 0


def rsa_pair(bits: int, exponent: int) -> Pair:
    """Return a new RSA pair; ``exponent`` is odd and at least 65537, ``bits`` 2048 to 4096."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    # cryptography itself makes keys for the exponents 3 and 65537 only.
    key = rsa.generate_private_key(65537, bits) if exponent == 65537 else _rsa_with(bits, exponent)  # noqa: PLR2004
    return describe_rsa(key)


def _rsa_with(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    """Return an RSA key for any odd exponent, from the primes of keys that the library makes."""
    from math import gcd

    from cryptography.hazmat.primitives.asymmetric import rsa

    while True:
        source = rsa.generate_private_key(65537, bits).private_numbers()
        p, q = source.p, source.q
        if gcd(exponent, (p - 1) * (q - 1)) == 1:
            break
    d = pow(exponent, -1, (p - 1) * (q - 1) // gcd(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(exponent, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def describe_rsa(key: rsa.RSAPrivateKey) -> Pair:
    """Return the encodings and attributes of an RSA key."""
    public, private = _encodings(key)
    numbers = key.public_key().public_numbers()
    size = (key.key_size + 7) // 8
    exponent = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")
    return Pair(public, private, numbers.n.to_bytes(size, "big"), key.key_size, exponent, 2 * size)


def ec_pair(curve: int) -> Pair:
    """Return a new EC pair on an approved curve, by the curve id of the tools."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return describe_ec(ec.generate_private_key(getattr(ec, _CURVE_CLASSES[curve])()), curve)


def describe_ec(key: ec.EllipticCurvePrivateKey, curve: int) -> Pair:
    """Return the encodings and attributes of an EC key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public, private = _encodings(key)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Pair(public, private, point, CURVES[curve][1], b"", len(point))


def dsa_pair(bits: int) -> Pair:
    """Return a new DSA pair; ``bits`` is 2048 or 3072. Finding its parameters takes seconds."""
    from cryptography.hazmat.primitives.asymmetric import dsa

    return describe_dsa(dsa.generate_private_key(bits))


def describe_dsa(key: dsa.DSAPrivateKey) -> Pair:
    """Return the encodings and attributes of a DSA key; its modulus is the prime p (choice)."""
    public, private = _encodings(key)
    size = (key.key_size + 7) // 8
    p = key.parameters().parameter_numbers().p
    y = key.public_key().public_numbers().y
    return Pair(public, private, p.to_bytes(size, "big"), key.key_size, b"", (y.bit_length() + 7) // 8)


def _encodings(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
