"""The header in front of a wrapped key: its label, id, class, type and attributes.

The original's layout is unknown but for its 267 bytes (choice): a magic word, lengths, class, type and attribute flags,
the IV of AES_GCM, label and id, zeros, and SHA-256 over everything else in the file. Label and id that do not fit make
it longer. The whole file is the 8 bytes of IV that the original has there, then header and wrapped key.
"""

from __future__ import annotations

import hashlib
import struct

from shared import attributes
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.records import Key

SIZE = 267
# A firmware with NIST padding writes zeros here; which IV was used follows from the mechanism.
FILE_IV = bytes(8)

_MAGIC = b"CHSMWK1\n"
_FIXED = struct.Struct(">8sIIIBBI12s")
_DIGEST_BYTES = 32


class Header(Record):
    """What the header tells of a key, and the IV that AES_GCM needs (12 bytes, else none)."""

    key_class: int
    key_type: int
    label: bytes
    key_id: bytes
    flags: int
    iv: bytes


NONE = Header(0, 0, b"", b"", 0, b"")


def pack(key: Key, wrapped: bytes, iv: bytes) -> bytes:
    """Return the content of the file."""
    texts = key.label + key.key_id
    size = max(SIZE, _FIXED.size + len(texts) + _DIGEST_BYTES)
    lengths = (size, len(key.label), len(key.key_id))
    fixed = _FIXED.pack(_MAGIC, *lengths, key.key_class, key.key_type, key.flags, iv)
    head = (fixed + texts).ljust(size - _DIGEST_BYTES, b"\0")
    return FILE_IV + head + _digest(head, wrapped, len(iv)) + wrapped


def unpack(file: bytes) -> tuple[Header, bytes] | None:
    """Return header and wrapped key from the content of a file; None if it is damaged or something else."""
    content = file.removeprefix(FILE_IV)
    if content == file or len(content) < SIZE:
        return None
    magic, size, label_size, id_size, key_class, key_type, flags, iv = _FIXED.unpack_from(content)
    texts_end = _FIXED.size + label_size + id_size
    if magic != _MAGIC or not texts_end + _DIGEST_BYTES <= size <= len(content) or flags >> attributes.FLAG_BITS:
        return None
    head, digest, wrapped = content[: size - _DIGEST_BYTES], content[size - _DIGEST_BYTES : size], content[size:]
    has_iv = digest == _digest(head, wrapped, len(iv))
    if not has_iv and digest != _digest(head, wrapped, 0):
        return None
    label_end = _FIXED.size + label_size
    texts = head[_FIXED.size : label_end], head[label_end:texts_end]
    return Header(key_class, key_type, *texts, flags, iv if has_iv else b""), wrapped


def _digest(head: bytes, wrapped: bytes, iv_size: int) -> bytes:
    """Return what tells damage, and whether there is an IV."""
    return hashlib.sha256(bytes([iv_size]) + head + wrapped).digest()
