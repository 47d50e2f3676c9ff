"""What sign and verify share: the mechanisms in their help, the message, the key they begin with, DER signatures."""

from __future__ import annotations

from key_mgmt_util import results
from shared import errors
from shared.lean import Record
from shared.mechanisms import CURVES, KEY_EC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from key_mgmt_util.shell import Shell
    from shared.errors import Code
    from shared.store.records import Key

# Up to 16 KB the HSM does the hashing, up to here the client; the result is the same (guide, known issues).
MAX_MESSAGE = 65536
# The longest DER form of two numbers of a supported curve is this much longer than the numbers.
DER_HEADER = 8
SUPPORTED_CURVES = ("NID_X9_62_prime256v1", "NID_secp384r1", "NID_secp256k1")

TYPE_FAILED = "Cfm3GetAttribute to get key type failed {code} : {text} \n"
UNSUPPORTED = "\n\tUnsupported hash type/provided key not valid for {kind} mechanism\n"
UNSUPPORTED_CURVE = "\n\tUnsupported curve ID. Supported curves: P256, P384, Secp256k1\n"

_FIELD_BYTES = {nid: size for name, nid, size in CURVES.values() if name in SUPPORTED_CURVES}
_SEQUENCE = 0x30
_LONG_FORM = 0x80


class Failure(Exception):  # noqa: N818 - it is an outcome
    """What is printed before the result line, and the code of that."""

    def __init__(self, code: Code, text: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Chosen(Record):
    """The key, and for an EC key the length of a number of its curve."""

    key: Key
    field_bytes: int


def mechanism_lines(indent: int) -> Iterator[str]:
    """Yield the lines of the mechanisms, each with its newline in front, for the help."""
    from shared.crypto.signing import MECHANISMS

    for number, mechanism in MECHANISMS.items():
        yield f"\n{'':{indent}}{mechanism.name:<20}- {number}"


def choose(shell: Shell, handle: int, mechanism: int, message: bytes, kind: str) -> Chosen:
    """Look at the key, the mechanism and the message, in the order in which the client does; raise Failure."""
    from shared.crypto.signing import MECHANISMS

    outcome = shell.client.read_key(handle)
    if outcome.value is None:
        code = results.shown(outcome.code, shell.profile)
        raise Failure(outcome.code, TYPE_FAILED.format(code=code.number, text=code.text))
    key = outcome.value
    if mechanism not in MECHANISMS or MECHANISMS[mechanism].key_type != key.key_type:
        raise Failure(errors.RET_INVALID_INPUT, UNSUPPORTED.format(kind=kind))
    if len(message) > MAX_MESSAGE:
        code = errors.RET_INVALID_INPUT
        raise Failure(code, results.result("Cfm3Hash", code, shell.profile))
    if key.key_type != KEY_EC:
        return Chosen(key, 0)
    if key.modulus_bits not in _FIELD_BYTES:
        raise Failure(errors.ERR_UNSUPPORTED_CURVE, UNSUPPORTED_CURVE)
    return Chosen(key, _FIELD_BYTES[key.modulus_bits])


def der_signature(content: bytes, field_bytes: int) -> bytes | None:
    """Return the DER signature that the bytes begin with, None if there is none or its numbers are too large."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if len(content) < 2 or content[0] != _SEQUENCE or content[1] >= _LONG_FORM:  # noqa: PLR2004 - tag and length
        return None
    der = content[: 2 + content[1]]
    try:
        numbers = decode_dss_signature(der)
    except ValueError:
        return None
    return der if all(0 <= number < 1 << 8 * field_bytes for number in numbers) else None
