"""The fingerprint by which a cluster and the tools know the owner's certificate; read at every start of a tool."""

from __future__ import annotations

import os

from shared.installation.files import InstallationError, read_bytes

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"
_SEQUENCE = 0x30
_LONG_FORM = 0x80


def fingerprint(path: str) -> str:
    """Return the SHA-256 of the DER form of the first certificate in a PEM file, as 64 hex digits.

    Raises:
        FileNotFoundError: there is no such file.
        InstallationError: it cannot be read, or holds no certificate in PEM form.
    """
    import binascii

    try:
        from _sha256 import sha256  # type: ignore[import-not-found] # CPython 3.11's own: hashlib loads OpenSSL
    except ImportError:
        from hashlib import sha256

    if not os.path.exists(path):
        raise FileNotFoundError(2, os.strerror(2), path)
    _, begin, rest = read_bytes(path).partition(_BEGIN)
    body, end, _ = rest.partition(_END)
    try:
        der = binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        der = b""
    if not begin or not end or not _is_sequence(der):
        raise InstallationError(f"{path} is no certificate in PEM form")
    return str(sha256(der).hexdigest())


def _is_sequence(der: bytes) -> bool:
    """Tell whether the bytes are one whole ASN.1 SEQUENCE, as every certificate is."""
    if len(der) < len(b"\x30\x00") or der[0] != _SEQUENCE:
        return False
    length, header = der[1], 2
    if length >= _LONG_FORM:
        header += length - _LONG_FORM
        length = int.from_bytes(der[2:header], "big")
    return len(der) == header + length
