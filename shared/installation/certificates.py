"""The certificates of an installation: the owner's, the client's, and the check of a new pair.

Source: the user guide. The owner's certificate (customerCA.crt) is what both tools know the cluster by; a
client ships with a self-signed pair; one that replaces it must chain to the owner's certificate.
"""

from __future__ import annotations

from shared.installation.files import InstallationError, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

OWNER_NAME = "CloudHSM simulator customer CA"
CLIENT_NAME = "CloudHSM simulator client"
# The span that the guide's own openssl lines ask for.
DAYS = 3652


def make_key() -> bytes:
    """Return a new EC P-256 private key as unencrypted PKCS #8 PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_certificate(key_pem: bytes, name: str, authority: bool, moment: float) -> bytes:
    """Return a self-signed X.509 certificate in PEM.

    ``moment`` is Unix seconds: the certificate holds from a day before it for ``DAYS`` days.

    Raises:
        InstallationError: ``key_pem`` is no EC private key.
    """
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = _load_key(key_pem, name)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise InstallationError(f"the key of {name} is no EC key")
    start = datetime.fromtimestamp(moment, UTC) - timedelta(days=1)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def read_pair(certificate_path: str, key_path: str, owner_path: str) -> tuple[bytes, bytes]:
    """Return the PEM bytes of a certificate and its private key, fit to be the client's.

    The certificate's file may hold intermediate ones after it, and the owner's may hold several.

    Raises:
        InstallationError: a file cannot be read, is no PEM of its kind, the two do not belong together, or
            the certificate does not chain to the owner's.
    """
    certificate_pem, key_pem = read_bytes(certificate_path), read_bytes(key_path)
    chain = _load_certificates(certificate_pem, certificate_path)
    key = _load_key(key_pem, key_path)
    if key.public_key() != chain[0].public_key():
        raise InstallationError(f"{key_path} is not the private key of {certificate_path}")
    if not _chains(chain, _load_certificates(read_bytes(owner_path), owner_path)):
        raise InstallationError(f"{certificate_path} does not chain to {owner_path}")
    return certificate_pem, key_pem


def _load_certificates(pem: bytes, path: str) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise InstallationError(f"{path} is no certificate in PEM form") from error


def _load_key(pem: bytes, path: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, None)
    except TypeError as error:
        raise InstallationError(f"{path} is encrypted: a private key without a password is needed") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InstallationError(f"{path} is no private key in PEM form") from error


def _chains(chain: Sequence[Certificate], owners: Sequence[Certificate]) -> bool:
    current, *others = chain
    while True:
        if any(current == owner or _issued(current, owner) for owner in owners):
            return True
        issuer = next((other for other in others if _issued(current, other)), None)
        if issuer is None:
            return False
        others.remove(issuer)
        current = issuer


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True
