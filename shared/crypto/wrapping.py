"""Wrapping mechanisms of wrapKey and unWrapKey, over raw keys (reference 5.5).

Every function takes and returns bytes. What does not fit (a length that a mechanism does not admit) is a
POLICY_MISMATCH, what does not open (damaged, another key, wrong padding or tag) is an ERR_BAD_PKCS_DATA.
"""

from __future__ import annotations

import os

from shared.errors import ERR_BAD_PKCS_DATA, POLICY_MISMATCH, HsmError
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

AES_KEY_WRAP = 4
NIST_AES_NO_PAD = 5
NIST_AES_PAD = 6
RSA_AES = 7
RSA_OAEP = 8
AES_GCM = 10
CLOUDHSM_AES_GCM = 11
RSA_PKCS = 12
BY_RSA = (RSA_AES, RSA_OAEP, RSA_PKCS)
BY_AES = (AES_KEY_WRAP, NIST_AES_NO_PAD, NIST_AES_PAD, AES_GCM, CLOUDHSM_AES_GCM)

HASHES = {2: "SHA1", 3: "SHA256", 4: "SHA384", 5: "SHA512", 6: "SHA224"}
DEFAULT_HASH = 2

DEFAULT_IV = bytes.fromhex("a6" * 8)
GCM_IV_BYTES = 12
GCM_TAG_BYTES = 16
MIN_TAG_BYTES = 8
_SEMIBLOCK = 8
_TEMPORARY_KEY_BYTES = 32
# Two bytes of type and eight of padding stand before the zero that ends a PKCS#1 padding.
_PKCS1_PADDING = 10


class Parameters(Record):
    """What a mechanism needs beside the key: IV (8 bytes for AES key wrap, 12 for GCM), AAD, tag bytes, hash number.

    ``size``, of use for unwrapping by 5 and 6 only, is how many bytes the key has; zeros may follow it to fill a block.
    """

    mechanism: int
    iv: bytes = b""
    aad: bytes = b""
    tag_size: int = GCM_TAG_BYTES
    hash_number: int = DEFAULT_HASH
    size: int | None = None


# How key material travels between the host and the HSM: import and export wrap it so, whatever its length.
TRANSPORT = Parameters(NIST_AES_PAD)


class Wrapped(Record):
    """Wrapped bytes, and the IV that was drawn for AES_GCM, which is not part of them."""

    data: bytes
    iv: bytes = b""


def pad(data: bytes) -> bytes:
    """Return data with PKCS#5 padding to 8 bytes; at least one byte is added."""
    count = _SEMIBLOCK - len(data) % _SEMIBLOCK
    return data + bytes([count]) * count


def unpad(data: bytes) -> bytes:
    """Return data without its PKCS#5 padding."""
    count = data[-1] if data else 0
    if not 1 <= count <= _SEMIBLOCK or data[-count:] != bytes([count]) * count:
        raise HsmError(ERR_BAD_PKCS_DATA)
    return data[:-count]


def rfc3394_wrap(key: bytes, data: bytes, iv: bytes = DEFAULT_IV) -> bytes:
    """Return data of a multiple of 8 bytes wrapped by RFC 3394 with an IV of 8 bytes.

    The RFC wants two blocks at least; one alone goes the same way, for keys that padding does not make longer.
    """
    if len(data) % _SEMIBLOCK or not data:
        raise HsmError(POLICY_MISMATCH)
    if iv == DEFAULT_IV and len(data) > _SEMIBLOCK:
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        return aes_key_wrap(key, data)
    encrypt = _block_cipher(key, encrypting=True)
    blocks = [data[start : start + _SEMIBLOCK] for start in range(0, len(data), _SEMIBLOCK)]
    register = iv
    for step in range(6 * len(blocks)):
        index = step % len(blocks)
        block = encrypt(register + blocks[index])
        register = (int.from_bytes(block[:8], "big") ^ (step + 1)).to_bytes(8, "big")
        blocks[index] = block[8:]
    return register + b"".join(blocks)


def rfc3394_unwrap(key: bytes, wrapped: bytes, iv: bytes = DEFAULT_IV) -> bytes:
    """Return what was wrapped by RFC 3394 with this key and IV."""
    if len(wrapped) % _SEMIBLOCK or len(wrapped) < 2 * _SEMIBLOCK:
        raise HsmError(ERR_BAD_PKCS_DATA)
    if iv == DEFAULT_IV and len(wrapped) > 2 * _SEMIBLOCK:
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        try:
            return aes_key_unwrap(key, wrapped)
        except InvalidUnwrap as error:
            raise HsmError(ERR_BAD_PKCS_DATA) from error
    decrypt = _block_cipher(key, encrypting=False)
    blocks = [wrapped[start : start + _SEMIBLOCK] for start in range(0, len(wrapped), _SEMIBLOCK)]
    register = blocks.pop(0)
    for step in reversed(range(6 * len(blocks))):
        index = step % len(blocks)
        mixed = (int.from_bytes(register, "big") ^ (step + 1)).to_bytes(8, "big")
        block = decrypt(mixed + blocks[index])
        register, blocks[index] = block[:8], block[8:]
    if register != iv:
        raise HsmError(ERR_BAD_PKCS_DATA)
    return b"".join(blocks)


def _block_cipher(key: bytes, *, encrypting: bool):  # type: ignore[no-untyped-def] # noqa: ANN202 - a bound method of the library
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    cipher = Cipher(AES(key), modes.ECB())  # noqa: S305 - RFC 3394 is defined over single blocks
    return (cipher.encryptor() if encrypting else cipher.decryptor()).update


def wrap_with_aes(key: bytes, material: bytes, parameters: Parameters) -> Wrapped:
    """Return key material wrapped by an AES key."""
    mechanism = parameters.mechanism
    if mechanism == AES_KEY_WRAP:
        return Wrapped(rfc3394_wrap(key, pad(material), parameters.iv or DEFAULT_IV))
    if mechanism == NIST_AES_NO_PAD:
        if len(material) < 2 * _SEMIBLOCK:
            raise HsmError(POLICY_MISMATCH)
        return Wrapped(rfc3394_wrap(key, material, parameters.iv or DEFAULT_IV))
    if mechanism == NIST_AES_PAD:
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

        return Wrapped(aes_key_wrap_with_padding(key, material))
    iv = os.urandom(GCM_IV_BYTES)
    sealed = _gcm(key, iv, material, parameters)
    return Wrapped(iv + sealed) if mechanism == CLOUDHSM_AES_GCM else Wrapped(sealed, iv)


def unwrap_with_aes(key: bytes, wrapped: bytes, parameters: Parameters) -> bytes:
    """Return what was wrapped by an AES key."""
    mechanism = parameters.mechanism
    if mechanism == AES_KEY_WRAP:
        return unpad(rfc3394_unwrap(key, wrapped, parameters.iv or DEFAULT_IV))
    if mechanism == NIST_AES_NO_PAD:
        return _cut(rfc3394_unwrap(key, wrapped, parameters.iv or DEFAULT_IV), parameters.size)
    if mechanism == NIST_AES_PAD:
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

        try:
            return _cut(aes_key_unwrap_with_padding(key, wrapped), parameters.size)
        except InvalidUnwrap as error:
            raise HsmError(ERR_BAD_PKCS_DATA) from error
    iv = parameters.iv
    if mechanism == CLOUDHSM_AES_GCM:
        iv, wrapped = wrapped[:GCM_IV_BYTES], wrapped[GCM_IV_BYTES:]
    return _gcm_open(key, iv, wrapped, parameters)


def _cut(data: bytes, size: int | None) -> bytes:
    """Return the first ``size`` bytes; zeros may follow them, to the next multiple of 8."""
    if size is None:
        return data
    if not size <= len(data) < size + _SEMIBLOCK or any(data[size:]):
        raise HsmError(ERR_BAD_PKCS_DATA)
    return data[:size]


def _gcm(key: bytes, iv: bytes, material: bytes, parameters: Parameters) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    encryptor = Cipher(AES(key), modes.GCM(iv)).encryptor()
    encryptor.authenticate_additional_data(parameters.aad)
    sealed = encryptor.update(material) + encryptor.finalize()
    return sealed + encryptor.tag[: parameters.tag_size]


def _gcm_open(key: bytes, iv: bytes, sealed: bytes, parameters: Parameters) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    size = parameters.tag_size
    if len(sealed) <= size:
        raise HsmError(ERR_BAD_PKCS_DATA)
    try:
        mode = modes.GCM(iv, sealed[-size:], min_tag_length=MIN_TAG_BYTES)
        decryptor = Cipher(AES(key), mode).decryptor()
        decryptor.authenticate_additional_data(parameters.aad)
        return decryptor.update(sealed[:-size]) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise HsmError(ERR_BAD_PKCS_DATA) from error


def wrap_with_rsa(public_key_info: bytes, material: bytes, parameters: Parameters) -> Wrapped:
    """Return key material wrapped by an RSA public key, given as SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(public_key_info)
    assert isinstance(key, RSAPublicKey)
    try:
        if parameters.mechanism != RSA_AES:
            return Wrapped(key.encrypt(material, _rsa_padding(parameters)))
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

        temporary = os.urandom(_TEMPORARY_KEY_BYTES)
        head = key.encrypt(temporary, _rsa_padding(parameters))
        return Wrapped(head + aes_key_wrap_with_padding(temporary, material))
    except ValueError as error:
        raise HsmError(POLICY_MISMATCH) from error


def unwrap_with_rsa(private_key_info: bytes, wrapped: bytes, parameters: Parameters) -> bytes:
    """Return what was wrapped by an RSA public key; the private key is given as PKCS#8."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key(private_key_info, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    size = (key.key_size + 7) // 8
    if parameters.mechanism == RSA_PKCS:
        return _open_pkcs1(key, wrapped, size)
    try:
        if parameters.mechanism == RSA_OAEP:
            return key.decrypt(wrapped, _rsa_padding(parameters))
        temporary = key.decrypt(wrapped[:size], _rsa_padding(parameters))
        return aes_key_unwrap_with_padding(temporary, wrapped[size:])
    except (ValueError, InvalidUnwrap) as error:
        raise HsmError(ERR_BAD_PKCS_DATA) from error


def _open_pkcs1(key: RSAPrivateKey, wrapped: bytes, size: int) -> bytes:
    """Return what PKCS#1 1.5 padding encloses.

    The library hides a wrong padding behind random bytes, out of which a key would be made here.
    """
    numbers = key.private_numbers()
    cipher = int.from_bytes(wrapped, "big")
    if len(wrapped) != size or cipher >= numbers.public_numbers.n:
        raise HsmError(ERR_BAD_PKCS_DATA)
    first, second = pow(cipher, numbers.dmp1, numbers.p), pow(cipher, numbers.dmq1, numbers.q)
    block = (second + (first - second) * numbers.iqmp % numbers.p * numbers.q).to_bytes(size, "big")
    end = block.find(b"\0", 2)
    if block[:2] != b"\0\2" or end < _PKCS1_PADDING:
        raise HsmError(ERR_BAD_PKCS_DATA)
    return block[end + 1 :]


def _rsa_padding(parameters: Parameters) -> padding.AsymmetricPadding:
    from cryptography.hazmat.primitives.asymmetric import padding

    if parameters.mechanism == RSA_PKCS:
        return padding.PKCS1v15()
    algorithm = hash_algorithm(HASHES[parameters.hash_number])
    return padding.OAEP(padding.MGF1(algorithm), algorithm, None)


def hash_algorithm(name: str) -> HashAlgorithm:
    """Return the library's hash of a name such as ``SHA256``."""
    from cryptography.hazmat.primitives import hashes

    algorithm: HashAlgorithm = getattr(hashes, name)()
    return algorithm
