"""What the tool says: the original's texts first, then those that no reference knows (docs/differences.md)."""

from __future__ import annotations

from shared import errors

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
NO_ROOM = "The request was rejected by the HSM"
PARTLY_FAILED = "{what} failed on {failed} of {all} connections"

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


def of_refusal(refusal: HsmError) -> str:
    """Return the text for what an HSM refused; one without a text of its own goes by the model's."""
    code = refusal.code
    return _OF_CODE.get(code) or code.text.removeprefix("HSM Error: ").removeprefix("HSM CLUSTER ERROR: ")


class CommandError(Exception):
    """A command that cannot be done; the text is the data of the error."""
