"""Fake PEM: a private key file that holds a key's handle in place of its secret (reference 5.9).

Such a file goes wherever a library wants a private key file: modulus, exponent, curve and point in it are real. That
of an RSA key is a PKCS#1 RSAPrivateKey, that of an EC key a SEC1 ECPrivateKey; both are written out by hand, as no
library makes a key that cannot be one.
"""

from __future__ import annotations

from shared.crypto.pem import from_pem, to_pem

MAGIC_HSM = bytes.fromhex("eafcfcee")
MAGIC_IMPORTED = bytes.fromhex("edfefeca")
_WORD = 4
_HANDLE_BYTES = 8
_RSA_FIELDS = 9
_RSA_LABEL = "RSA PRIVATE KEY"
_LABELS = (_RSA_LABEL, "PRIVATE KEY")

_INTEGER, _OCTETS, _BITS, _OID, _SEQUENCE = 0x02, 0x04, 0x03, 0x06, 0x30
_CURVE, _POINT = 0xA0, 0xA1
_LONG_FORM = 0x80
_RSA_OID = bytes.fromhex("2a864886f70d010101")
# By OpenSSL's number (NID) of the curve.
CURVE_OIDS = {
    415: bytes.fromhex("2a8648ce3d030107"),
    713: bytes.fromhex("2b81040021"),
    714: bytes.fromhex("2b8104000a"),
    715: bytes.fromhex("2b81040022"),
    716: bytes.fromhex("2b81040023"),
}


class NoRsaKeyError(Exception):
    """A file holds no unencrypted RSA private key in PEM."""


def rsa(modulus: bytes, exponent: bytes, handle: int) -> bytes:
    """Return the fake PEM of an RSA key; modulus and exponent are big-endian."""
    secret = _repeat(MAGIC_HSM, len(modulus))
    secret[2 * _WORD : 2 * _WORD + _HANDLE_BYTES] = handle.to_bytes(_HANDLE_BYTES, "little")
    fields = [b"", modulus, exponent, bytes(secret), b"", b"", b"", b"", b""]
    der = _wrap(_SEQUENCE, b"".join(_wrap(_INTEGER, _signed(field)) for field in fields))
    return to_pem(_RSA_LABEL, der)


def ec(point: bytes, nid: int, handle: int) -> bytes:
    """Return the fake PEM of an EC key; the point is uncompressed, the curve one of ``CURVE_OIDS``."""
    field = len(point) // 2
    secret = _repeat(MAGIC_HSM, -(-field // _HANDLE_BYTES) * _HANDLE_BYTES)
    secret[_WORD : _WORD + _HANDLE_BYTES] = handle.to_bytes(_HANDLE_BYTES, "little")
    der = _wrap(
        _SEQUENCE,
        _wrap(_INTEGER, b"\x01")
        + _wrap(_OCTETS, bytes(secret))
        + _wrap(_CURVE, _wrap(_OID, CURVE_OIDS[nid]))
        + _wrap(_POINT, _wrap(_BITS, b"\0" + point)),
    )
    return to_pem("EC PRIVATE KEY", der)


def rsa_handle(pem: bytes) -> int | None:
    """Return the handle in an RSA private key file (PKCS#1 or PKCS#8), None if its key is a real one.

    Raises:
        NoRsaKeyError: it is no RSA private key file.
    """
    secret = _rsa_secret(pem)
    if secret[:_WORD] not in (MAGIC_HSM, MAGIC_IMPORTED):
        return None
    return int.from_bytes(secret[2 * _WORD : 3 * _WORD], "little")


def _rsa_secret(pem: bytes) -> bytes:
    """Return the private exponent."""
    try:
        fields = _children(_only(from_pem(pem, _LABELS.__contains__)))
        # In PKCS#8 the algorithm stands where PKCS#1 has the modulus.
        if fields[1][0] == _SEQUENCE:
            if _children(fields[1][1])[0] != (_OID, _RSA_OID):
                raise NoRsaKeyError
            fields = _children(_only(fields[2][1]))
        if len(fields) < _RSA_FIELDS or any(tag != _INTEGER for tag, _ in fields[:_RSA_FIELDS]):
            raise NoRsaKeyError
        return fields[3][1].lstrip(b"\0")
    except (ValueError, IndexError) as error:
        raise NoRsaKeyError from error


def _only(der: bytes) -> bytes:
    """Return the content of the SEQUENCE that the bytes begin with."""
    tag, content, _ = _element(der)
    if tag != _SEQUENCE:
        raise ValueError("no SEQUENCE")
    return content


def _children(content: bytes) -> list[tuple[int, bytes]]:
    found = []
    while content:
        tag, value, content = _element(content)
        found.append((tag, value))
    return found


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Return (tag, content, what follows) of the first element."""
    tag, length, start = der[0], der[1], 2
    if length >= _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("cut short")
    return tag, der[start : start + length], der[start + length :]


def _wrap(tag: int, content: bytes) -> bytes:
    if len(content) < _LONG_FORM:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM + len(length)]) + length + content


def _signed(number: bytes) -> bytes:
    """Return an unsigned big-endian number as the content of an INTEGER."""
    stripped = number.lstrip(b"\0") or b"\0"
    return b"\0" + stripped if stripped[0] >= _LONG_FORM else stripped


def _repeat(word: bytes, size: int) -> bytearray:
    return bytearray((word * (size // len(word) + 1))[:size])
