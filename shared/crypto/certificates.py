"""X.509 certificates of simulated HSMs: who certifies whose public key. Keys and certificates are PEM."""

from __future__ import annotations

from typing import cast

from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificateIssuerPublicKeyTypes,
        PrivateKeyTypes,
    )
    from cryptography.x509 import AuthorityKeyIdentifier, Certificate, KeyUsage, Name

ORGANIZATION = "CloudHSM simulator"


class Issuer(Record):
    """A certificate and its private key."""

    certificate: bytes
    key: bytes


def new_key() -> bytes:
    """Return a new EC P-256 private key, unencrypted."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certify(name: str, key: bytes, issuer: Issuer | None, *, authority: bool, moment: float, days: int) -> bytes:
    """Return a certificate for a private key, signed by an issuer, or by the key itself for None.

    ``moment`` is Unix seconds: the certificate holds from a day before it for ``days`` days.

    Raises:
        ValueError: the key or the issuer is damaged, or the issuer's key is of a kind that signs no certificates.
    """
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    own = _load_key(key)
    signer = own if issuer is None else _load_key(issuer.key)
    public = cast("CertificateIssuerPublicKeyTypes", own.public_key())
    subject = _name(name)
    above = None if issuer is None else x509.load_pem_x509_certificate(issuer.certificate)
    issued_by = subject if above is None else above.subject
    start = datetime.fromtimestamp(moment, UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder(issued_by, subject, public, x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if above is not None:
        builder = builder.add_extension(_issuer_identifier(above), critical=False)
    is_edwards = isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
    try:
        signed = builder.sign(cast("CertificateIssuerPrivateKeyTypes", signer), None if is_edwards else SHA256())
    except TypeError as error:
        raise ValueError(str(error)) from error
    return signed.public_bytes(Encoding.PEM)


def _usage(authority: bool) -> KeyUsage:
    from cryptography.x509 import KeyUsage

    return KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_identifier(issuer: Certificate) -> AuthorityKeyIdentifier:
    from cryptography.x509 import AuthorityKeyIdentifier, ExtensionNotFound, SubjectKeyIdentifier

    try:
        found = issuer.extensions.get_extension_for_class(SubjectKeyIdentifier)
    except ExtensionNotFound:
        public = cast("CertificateIssuerPublicKeyTypes", issuer.public_key())
        return AuthorityKeyIdentifier.from_issuer_public_key(public)
    return AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def belong_together(certificate: bytes, key: bytes) -> bool:
    """Return whether this is the unencrypted private key of a certificate."""
    from cryptography import x509

    try:
        return _load_key(key).public_key() == x509.load_pem_x509_certificate(certificate).public_key()
    except ValueError:
        return False


def fingerprint(certificate: bytes) -> str:
    """Return SHA-256 of the DER form in hex; ValueError if it is no certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    return x509.load_pem_x509_certificate(certificate).fingerprint(SHA256()).hex()


def first_certificate(pem: bytes) -> bytes:
    """Return the first certificate of a PEM file alone; ValueError if there is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.PEM)


def _load_key(pem: bytes) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as error:  # encrypted, or of an unknown kind
        raise ValueError(str(error)) from error


def _name(common_name: str) -> Name:
    from cryptography.x509 import Name, NameAttribute
    from cryptography.x509.oid import NameOID

    return Name(
        [NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION), NameAttribute(NameOID.COMMON_NAME, common_name)]
    )
