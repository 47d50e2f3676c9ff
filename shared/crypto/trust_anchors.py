"""Certificates of mutual TLS: which may be a trust anchor, and whether one vouches for a client."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

RSA_BITS = (2048, 3072, 4096)
CURVES = ("secp256r1", "secp384r1", "secp521r1")


class WeakKeyError(ValueError):
    """A certificate whose key is of a kind that is not taken."""


def read_anchor(pem: bytes) -> str:
    """Return a certificate, with the chain behind it, in the PEM form in which it is kept.

    Raises:
        WeakKeyError: a key in it is neither RSA-2048, 3072 or 4096 nor EC P-256, 384 or 521 (guide).
        ValueError: it is no certificate in PEM.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    chain = x509.load_pem_x509_certificates(pem)
    if not all(_is_strong(certificate) for certificate in chain):
        raise WeakKeyError
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain).decode()


def _is_strong(certificate: Certificate) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return False
    if isinstance(key, RSAPublicKey):
        return key.key_size in RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and key.curve.name in CURVES


def vouches(anchors: Sequence[str], client: bytes, key: bytes, moment: float) -> bool:
    """Return whether a client with this certificate (PEM, its chain behind it) and private key is one of an anchor's.

    ``moment`` is Unix seconds: every certificate on the way must be valid then.
    """
    from datetime import UTC, datetime

    from cryptography import x509

    from shared.crypto.certificates import belong_together

    if not belong_together(client, key):
        return False
    now = datetime.fromtimestamp(moment, UTC)
    chain = x509.load_pem_x509_certificates(client)
    known = [found for anchor in anchors for found in x509.load_pem_x509_certificates(anchor.encode())]
    roots = [x509.load_pem_x509_certificate(anchor.encode()) for anchor in anchors]
    current, left = chain[0], [*chain[1:], *known]
    while current.not_valid_before_utc <= now <= current.not_valid_after_utc:
        if any(current == root or _is_issued(current, root) for root in roots):
            return True
        issuer = next((candidate for candidate in left if _is_issued(current, candidate)), None)
        if issuer is None:
            return False
        left.remove(issuer)
        current = issuer
    return False


def _is_issued(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
