"""What the key and crypto commands say: the original's texts first, then those that no reference knows."""

from __future__ import annotations

from cloudhsm_cli import texts
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.errors import HsmError

# Known from sessions, scripts and the guide (reference sdk5-cli.md, 2.3).
NOT_ONE = "Key selection criteria matched {count} keys. Refine selection criteria to select a single key."
NOT_AVAILABLE = (
    "Cannot perform the requested key operation as the key must be available on at least 2 HSMs. Either increase the "
    "number of HSMs in the cluster, or disable the key availability check."
)
# What the log says of that, where there is a key (reference 2.3).
NOT_AVAILABLE_LOGGED = (
    "Key 0x{handle:016x} does not meet the availability requirements - The key must be available on at least 2 HSMs "
    "before being used."
)
TOKEN_ATTRIBUTE = "Token key attribute cannot be supplied via optional attributes"  # noqa: S105 - a key attribute
QUORUM_VALUES = "The manage key and use key quorum values must be set to a value greater than 1"
CANNOT_BE_SET = "Attribute {name} cannot be set to the value {value} by the user for this operation"
NOT_VERIFIED = "Signature verification failed"
NOT_IN_STEP = "The selected key is not synchronized throughout the cluster"
# The line that the original writes to its log (guide); what it prints is not known.
WEAK_HASH = "Digest security strength ({given}) is weaker than the key security strength ({needed})"

# Choices of this project.
QUORUM_TOO_LARGE = "The key quorum values must be at most 8, and not more than the users of the key"
KEY_DENIED = "The user does not have access to the key"
KEY_GONE = "The key was not found"
REFUSED = "The requested key operation is not allowed for this key or by the mode of the cluster"
NOT_OPENED = "The key data could not be unwrapped or is not a valid key"
BAD_DATA = "The HSM rejected the request: invalid data or parameters"
NO_CRYPTO_USER = "Specified user does not exist"
BAD_LENGTH = "Key length of {size} bytes is not supported"
BAD_LABEL = "Label must be at most 127 characters long"
BAD_ATTRIBUTE = "Invalid key attribute: {word}. Expected KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE"
UNKNOWN_ATTRIBUTE = "Unknown key attribute: {name}"
NOT_AT_CREATION = "Attribute {name} cannot be supplied via optional attributes"
BAD_VALUE = "Invalid value {value} for attribute {name}"
BAD_FILTER = "Invalid filter: {word}. Expected key-reference=<KEY_REFERENCE> or attr.<NAME>=<VALUE>"
NOT_IN_FILTER = "Attribute {name} cannot be used in a filter"
REFERENCE_ALONE = "A key reference cannot be combined with other filters"
BAD_HEX = "Invalid hexadecimal value for {flag}"
BAD_BASE64 = "Invalid base64 value for {flag}"
BAD_TAG = "Tag length must be a multiple of 8 from 64 to 128 bits"
BAD_IV = "The IV must be 12 bytes long"
NOT_ONE_HASH = "The hash function and the mask generation function must use the same hash"
TOO_LONG = "Data of more than 65536 bytes must be hashed before: use --data-type digest"
BAD_PEM = "File {path} does not contain a public key in PEM format"
OTHER_CLASS = "File {path} does not contain a key of class {key_class}"
BAD_TOKEN = "Invalid starting token: {word}"  # noqa: S105 - where a list goes on
BAD_EXPONENT = "Public exponent must be an odd number of at least 65537"
BAD_MODULUS = "Modulus size must be a multiple of 256 from 2048 to 4096 bits"
NO_SUCH_FILE_KEY = "The selected key cannot be exported with encoding {encoding}"
WINDOWS_ONLY = "Encoding ksp-key-reference is supported on Windows only"
ALL_FOR_KSP = "Option --all requires encoding ksp-key-reference"
FILTER_OF_KEY_SERVICE = "Option --filter requires service key-usage or key-management"
KEY_SERVICE_NEEDS_FILTER = "Services key-usage and key-management require --filter"
NOT_A_ROLE = "Keys can be shared with crypto users only"

_OF_CODE = {
    errors.KEY_ACCESS_DENIED: KEY_DENIED,
    errors.INVALID_HANDLE: KEY_GONE,
    errors.POLICY_MISMATCH: REFUSED,
    errors.ERR_BAD_PKCS_DATA: NOT_OPENED,
    errors.INVALID_DATA: BAD_DATA,
}


def of_refusal(refusal: HsmError) -> str:
    """Return the text for what an HSM refused a key command."""
    return _OF_CODE.get(refusal.code) or texts.of_refusal(refusal)
