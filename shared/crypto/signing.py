"""Signature mechanisms of sign and verify (reference 5.6)."""

from __future__ import annotations

from shared import mechanisms
from shared.crypto.wrapping import hash_algorithm
from shared.errors import ERR_BAD_PKCS_DATA, HsmError
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa


class Mechanism(Record):
    """A signature mechanism: its name in the listings, the hash, the key type, and whether it is RSA-PSS."""

    name: str
    hash_name: str
    key_type: int
    pss: bool = False


_ORDER = ("SHA1", "SHA256", "SHA384", "SHA512", "SHA224")
MECHANISMS = {
    **{n: Mechanism(f"{h}_RSA_PKCS", h, mechanisms.KEY_RSA) for n, h in enumerate(_ORDER)},
    **{n: Mechanism(f"{h}_RSA_PKCS_PSS", h, mechanisms.KEY_RSA, True) for n, h in enumerate(_ORDER, 5)},
    **{
        n: Mechanism(f"ECDSA_{h}", h, mechanisms.KEY_EC)
        for n, h in enumerate(("SHA1", "SHA224", "SHA256", "SHA384", "SHA512"), 15)
    },
}


def sign_rsa(private_key_info: bytes, mechanism: Mechanism, data: bytes) -> bytes:
    """Return the signature, as long as the modulus, of an RSA key given as PKCS#8."""
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key(private_key_info, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    algorithm = hash_algorithm(mechanism.hash_name)
    if mechanism.pss:
        return key.sign(data, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
    return key.sign(data, padding.PKCS1v15(), algorithm)


def sign_ec(private_key_info: bytes, mechanism: Mechanism, data: bytes) -> bytes:
    """Return the signature of an EC key given as PKCS#8, as DER SEQUENCE(r, s)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key(private_key_info, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(data, ec.ECDSA(hash_algorithm(mechanism.hash_name)))


def verify_rsa(public_key_info: bytes, mechanism: Mechanism, data: bytes, signature: bytes) -> bool:
    """Return whether a signature is good.

    Raises:
        HsmError: ERR_BAD_PKCS_DATA, when a PKCS#1 signature does not even open to a padded block (another key).
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding

    key = _rsa_public(public_key_info)
    algorithm = hash_algorithm(mechanism.hash_name)
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if mechanism.pss:
        scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    else:
        try:
            key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
        except InvalidSignature as error:
            raise HsmError(ERR_BAD_PKCS_DATA) from error
    try:
        key.verify(signature, data, scheme, algorithm)
    except InvalidSignature:
        return False
    return True


def verify_ec(public_key_info: bytes, mechanism: Mechanism, data: bytes, signature: bytes) -> bool:
    """Return whether a signature in DER is good; bytes behind the DER must have been cut off."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        _ec_public(public_key_info).verify(signature, data, ec.ECDSA(hash_algorithm(mechanism.hash_name)))
    except InvalidSignature:
        return False
    return True


def _rsa_public(public_key_info: bytes) -> rsa.RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public_key_info)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def _ec_public(public_key_info: bytes) -> ec.EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public_key_info)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key
