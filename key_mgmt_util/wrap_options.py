"""What wrapKey and unWrapKey share: options of the mechanisms, and which of them go together (reference 4, 5.5)."""

from __future__ import annotations

from key_mgmt_util import readers
from key_mgmt_util.hex_number import hex_number
from key_mgmt_util.options import Option, ShowHelp
from shared.crypto import wrapping
from shared.crypto.wrapping import Parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

MECHANISMS = {
    wrapping.AES_KEY_WRAP: "AES_KEY_WRAP",
    wrapping.NIST_AES_NO_PAD: "NIST_AES_WRAP_NO_PAD",
    wrapping.NIST_AES_PAD: "NIST_AES_WRAP_PAD",
    wrapping.RSA_AES: "RSA_AES",
    wrapping.RSA_OAEP: "RSA_OAEP",
    wrapping.AES_GCM: "AES_GCM",
    wrapping.CLOUDHSM_AES_GCM: "CLOUDHSM_AES_GCM",
    wrapping.RSA_PKCS: "RSA_PKCS",
}
MECHANISMS_1X = (wrapping.AES_KEY_WRAP, wrapping.RSA_AES, wrapping.RSA_OAEP)
# The mechanism of 1.x when none is given.
DEFAULT = wrapping.AES_KEY_WRAP
MECHANISM_MISSING = ("-m", "\n\tError: Wrapping mechanism (-m) is missing.\n")

_GCM = (wrapping.AES_GCM, wrapping.CLOUDHSM_AES_GCM)
_WITH_IV = (wrapping.AES_KEY_WRAP, wrapping.NIST_AES_NO_PAD)


def file_or_help(value: str, say: Callable[[str], None]) -> bytes:
    """Read a whole file; without it the key must not be wrapped as if nothing had been asked, so it is help."""
    content = readers.file_now(value, say)
    if content is None:
        raise ShowHelp
    return content


OPTIONS_1X = (
    Option("-m", readers.int32),
    Option("-t", readers.int32),
    Option("-noheader", repeats=True),
    Option("-i", hex_number),
)
OPTIONS = (*OPTIONS_1X, Option("-aad", file_or_help), Option("-tag_size", readers.int32))


def _mechanism_lines(numbers: Iterable[int]) -> tuple[str, ...]:
    return (
        "-m  mechanism:",
        *(f"    {number:<2} - {MECHANISMS[number]}" for number in numbers),
        "-t  hash of RSA_AES and RSA_OAEP:",
        *(f"    {number} - {name}" for number, name in wrapping.HASHES.items()),
    )


LINES = _mechanism_lines(MECHANISMS)
LINES_1X = _mechanism_lines(MECHANISMS_1X)
NEW_LINES = (
    "-aad  file with additional authenticated data for AES_GCM or CLOUDHSM_AES_GCM",
    "-tag_size  bytes of the tag, 8 to 16, for these two with -noheader",
)


def mechanism(values: dict[str, Any]) -> int:
    """Return the number of the mechanism."""
    number: int = values.get("-m", DEFAULT)
    return number


def misused(values: dict[str, Any], profile: str) -> bool:
    """Return whether these options do not go together, which is help without a line (choice)."""
    number = mechanism(values)
    is_bare, is_gcm = "-noheader" in values, number in _GCM
    admitted = (
        number in (MECHANISMS_1X if profile == "1.x" else MECHANISMS),
        values.get("-t", wrapping.DEFAULT_HASH) in wrapping.HASHES,
        "-aad" not in values or is_gcm,
        "-tag_size" not in values or (is_bare and is_gcm and _is_tag_size(values["-tag_size"])),
        "-iv_file" not in values or (is_bare and number == wrapping.AES_GCM),
        "-i" not in values or (is_bare and number in _WITH_IV and values["-i"] == wrapping.DEFAULT_IV),
    )
    return not all(admitted)


def _is_tag_size(size: int) -> bool:
    return wrapping.MIN_TAG_BYTES <= size <= wrapping.GCM_TAG_BYTES


def parameters(values: dict[str, Any], iv: bytes = b"") -> Parameters:
    """Return what the HSM needs; ``iv`` is that of AES_GCM, when it unwraps."""
    return Parameters(
        mechanism(values),
        iv,
        values.get("-aad", b""),
        values.get("-tag_size", wrapping.GCM_TAG_BYTES),
        values.get("-t", wrapping.DEFAULT_HASH),
    )
