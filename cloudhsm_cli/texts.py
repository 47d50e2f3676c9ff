"""What the tool says: the original's texts first, then those that no reference knows (docs/differences.md)."""

from __future__ import annotations

from shared import errors
from shared.hsm.quorum import QuorumError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.errors import HsmError

# Known from sessions and the guide (reference sdk5-cli.md, 2.3).
ALREADY_ACTIVATED = "Cluster has already been activated"
SEVERAL_CLUSTERS = "multiple clusters provided in configuration file. Please specify `cluster-id`"
NO_CONTEXT = "Failed to initialize hsm1 context"
UNCONFIGURED = "Config key hostname has invalid value %%HSM_IP_ADDRESS%%"
USER_EXISTS = "User already exists"
NO_SUCH_USER = "Specified user does not exist"
QUORUM_FAILED = "Quorum Failed"
UNKNOWN_PAIR = "Invalid username-signature pair for quorum authorization"
TOO_FEW = "Too few quorum approvals: currently {approvals} approvals, but {required} approvals required"
BAD_SIGNATURE = "InvalidQuorumSignature"
NO_SIGNATURES = "No token signatures provided"
INCONSISTENT_USER = "Specified user is inconsistent across the cluster"
PARTLY_FAILED = "{what} replicate failed on {failed} of {all} connections"
ANCHOR_EXISTS = "Invalid Certificate: Trust anchor already exists."
ANCHOR_REPAIRED = "Certificate error received from Hsm. Trust anchor is already installed in Hsm."
ANCHORS_FULL = "Maximum number of certificates registered."
ANCHOR_TOO_LONG = "Oversized Certificate: Certificate is too long"
NOT_MUTUAL = "Failed to set the mtls enforcement. Current connection must be mtls to set this enforcement."
POLICY_ADMIN = "An Admin must be logged in to set policy on an HSM"
DISCONNECTED = 'Error: "HSM is disconnected"'
QUORUM_REQUIRED = "Quorum approval is required for this operation"

# Choices of this project.
UNKNOWN_CLUSTER = "Cluster {cluster} is not in the configuration file"
NOT_LOGGED_IN = "User must be logged in to perform this operation"
NO_CREDENTIALS = NOT_LOGGED_IN + ". Please set the {role} and {pin} environment variables"
BAD_ROLE = "{role} must be admin or crypto-user"
BAD_PIN = "{pin} must be <username>:<password>"
NO_INPUT = "The input ended before the question was answered"
UNCLOSED_QUOTE = "missing closing quote"
NOT_ALLOWED = "User is not authorized to perform this operation"
LOGIN_FAILED = "Login failed: the username, role or password is incorrect, or the user is locked"
ANOTHER_USER = "Another user is already logged in"
MISMATCH = "Passwords do not match"
BAD_LENGTH = "Password must be between 7 and 32 characters long"
NAME_CHARACTER = "Username contains an invalid character: '{character}'"
NAME_LENGTH = "Username must be between 1 and 31 characters long"
LOGGED_IN_ELSEWHERE = "User is logged in"
OWNS_KEYS = "User owns keys"
MALFORMED_FILE = "The token file is malformed"
NOT_SIGNED = "The token file is not signed for every HSM of the cluster, or not with the key that was given"
BAD_PUBLIC_KEY = "The public key is not an RSA 2048 public key in PEM format"
BAD_REGISTRATION = "The registration token is not signed with the key that was given, or it is no longer valid"
BAD_VALUE = "The quorum value must not be greater than the number of admins"
ANCHOR_MALFORMED = "Invalid Certificate: Certificate is not in PEM format"
ANCHOR_WEAK = "Invalid Certificate: Certificate key type is not supported"
NO_ANCHOR = "Trust anchor with reference {reference} does not exist"
BAD_REFERENCE = "Invalid certificate reference: {reference}"
HSM2M_ONLY = "This operation is only supported on hsm2m.medium clusters"
NOT_CLONES = "The source and destination clusters are not clones of each other"
SAME_CLUSTER = "The source and destination clusters must be different"
UNREADABLE = "Unable to read {path}: {reason}"
UNWRITABLE = "Unable to write {path}: {reason}"
FILE_TOO_LONG = "File {path} is too large"

_OF_CODE = {
    errors.NOT_LOGGED_IN: NOT_LOGGED_IN,
    errors.NOT_AUTHORIZED: NOT_ALLOWED,
    errors.LOGIN_FAILURE: LOGIN_FAILED,
    errors.ANOTHER_USER: ANOTHER_USER,
    errors.USER_MISSING: NO_SUCH_USER,
    errors.USER_EXISTS: USER_EXISTS,
    errors.PASSWORD_LENGTH: BAD_LENGTH,
    errors.USER_IS_LOGGED_IN: LOGGED_IN_ELSEWHERE,
    errors.USER_OWNS_KEYS: OWNS_KEYS,
    errors.MXN_AUTH_FAILED: QUORUM_REQUIRED,
    errors.SERVER_UNAVAILABLE: NO_CONTEXT,
    errors.INVALID_OPERATION: NO_CONTEXT,
}
_OF_REASON = {
    "unknown token": UNKNOWN_PAIR,
    "unknown approver": UNKNOWN_PAIR,
    "no signatures": NO_SIGNATURES,
    "bad signature": BAD_SIGNATURE,
    "too few": TOO_FEW,
}


def of_refusal(refusal: HsmError) -> str:
    """Return the text for what an HSM refused; one without a text of its own goes by the model's."""
    code = refusal.code
    if isinstance(refusal, QuorumError):
        return _OF_REASON[refusal.reason].format(approvals=refusal.approvals, required=refusal.required)
    return _OF_CODE.get(code) or code.text.removeprefix("HSM Error: ").removeprefix("HSM CLUSTER ERROR: ")


class CommandError(Exception):
    """A command that cannot be done; the text is the data of the error.

    ``logged`` is what the log says of it, if that is another text.
    """

    def __init__(self, text: str, logged: str = "") -> None:
        super().__init__(text)
        self.logged = logged


class NotLoggedInError(CommandError):
    """A command that cannot be done as nobody is logged in."""
