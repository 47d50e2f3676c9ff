"""The one table of return codes: number, symbol, text, and where the fact comes from.

The family follows from the number: below 0x80 the firmware's crypto (``CSP Error``), below 0x100 the HSM
(``HSM Error``), 0x300000xx the cluster (``HSM CLUSTER ERROR``), 0x400000xx the host library
(``LIQUIDSECURITY``), which never comes with a per-node block. 0xe1 to 0xef and 0x71 to 0x7f are placeholders of this
project, in their families, for codes whose text is known and whose number is not.
"""

from __future__ import annotations

HOST_FAMILY = 0x40000000


class Code:
    """One return code; compares and hashes by identity, as each stands once in the table."""

    __slots__ = ("number", "source", "symbol", "text")

    def __init__(self, number: int, symbol: str, text: str, source: str) -> None:
        self.number = number
        self.symbol = symbol
        self.text = text
        self.source = source

    def __repr__(self) -> str:
        return f"<{self.symbol} 0x{self.number:02x}>"

    @property
    def is_host(self) -> bool:
        """Whether the host library made this code, so that no HSM was asked."""
        return self.number >= HOST_FAMILY


class HsmError(Exception):
    """A refusal, carrying the code that a tool shows its user."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.text)
        self.code = code


CODES: dict[int, Code] = {}


def _code(number: int, symbol: str, text: str, source: str) -> Code:
    code = Code(number, symbol, text, source)
    CODES[number] = code
    return code


RET_OK = _code(0x00, "RET_OK", "HSM Return: SUCCESS", "session")

ERR_BAD_PKCS_DATA = _code(0x1B, "ERR_BAD_PKCS_DATA", "CSP Error: ERR_BAD_PKCS_DATA", "guide")

MAX_SESSIONS = _code(0x8C, "RET_MAX_SESSIONS", "HSM Error: Already maximum number of sessions are issued", "session")
USER_NOT_INITIALIZED = _code(
    0x9D,
    "RET_USER_NOT_INITIALIZED",
    "HSM Error: user isn't initialized or user with this name doesn't exist",
    "session",
)
LOGIN_FAILURE = _code(0xA3, "RET_USER_LOGIN_FAILURE", "HSM Error: RET_USER_LOGIN_FAILURE", "session")
INVALID_HANDLE = _code(
    0xA8, "RET_INVALID_HANDLE", "HSM Error: Invalid object handle is passed to this operation", "guide"
)
POLICY_MISMATCH = _code(
    0xB3,
    "RET_POLICY_MISMATCH",
    "HSM Error: This operation violates the current configured/FIPS policies",
    "guide",
)
KEY_ACCESS_DENIED = _code(0xC6, "RET_KEY_ACCESS_DENIED", "HSM Error: Key Access is denied", "guide")
USER_MISSING = _code(0xCE, "RET_USER_MISSING", "HSM Error: This user doesn't exist", "session")
INVALID_USER_TYPE = _code(0xDB, "RET_INVALID_USER_TYPE", "HSM Error: Invalid User Type.", "guide")

# The texts are known, the numbers are not.
NOT_LOGGED_IN = _code(0xE1, "RET_NOT_LOGGED_IN", "HSM Error: No user is logged in to do this operation", "guide")
NOT_AUTHORIZED = _code(
    0xE2,
    "RET_NOT_AUTHORIZED",
    "HSM Error: The current logged in user is not authorized to do this operation",
    "guide",
)
USER_EXISTS = _code(0xE3, "RET_USER_EXISTS", "HSM Error: This user is already created", "script")
INVALID_DATA = _code(0xE4, "RET_INVALID_DATA", "HSM Error: Invalid input data/params", "script")
USER_IS_LOGGED_IN = _code(
    0xE5,
    "RET_USER_IS_LOGGED_IN",
    "HSM Error: Deletion or Changing password of a logged in User is denied",
    "session",
)
MXN_AUTH_FAILED = _code(0xE6, "RET_MXN_AUTH_FAILED", "RET_MXN_AUTH_FAILED", "guide")
UNKNOWN_USER_TYPE = _code(0xE7, "RET_UNKNOWN_USER_TYPE", "invalid user type", "script")
PASSWORD_LENGTH = _code(0xE8, "RET_PASSWORD_LENGTH", "min pswd len 7 and max pswd len 32", "script")
ANOTHER_USER = _code(0xE9, "RET_ANOTHER_USER", "HSM Error: Another user is logged in", "choice")
USER_OWNS_KEYS = _code(0xEA, "RET_USER_OWNS_KEYS", "HSM Error: User owns keys", "choice")
RET_INVALID_INPUT = _code(0xEB, "RET_INVALID_INPUT", "HSM Error: RET_INVALID_INPUT", "choice")
ANCHOR_EXISTS = _code(0xEC, "RET_ANCHOR_EXISTS", "Trust anchor is already installed in Hsm.", "session")

ERR_INVALID_USER_INPUT = _code(0x71, "ERR_INVALID_USER_INPUT", "CSP Error: ERR_INVALID_USER_INPUT", "choice")
ERR_ARGUMENTS_BAD = _code(0x72, "ERR_ARGUMENTS_BAD", "CSP Error: ERR_ARGUMENTS_BAD", "choice")
ERR_INVALID_INPUT = _code(0x73, "ERR_INVALID_INPUT", "CSP Error: ERR_INVALID_INPUT", "choice")
ERR_UNSUPPORTED_CURVE = _code(0x74, "ERR_UNSUPPORTED_CURVE", "CSP Error: ERR_UNSUPPORTED_CURVE", "choice")
ERR_WRITE_OUTPUT_FILE = _code(0x75, "ERR_WRITE_OUTPUT_FILE", "CSP Error: ERR_WRITE_OUTPUT_FILE", "choice")
ERR_BUFFER_TOO_SMALL = _code(0x76, "ERR_BUFFER_TOO_SMALL", "CSP Error: ERR_BUFFER_TOO_SMALL", "choice")

KEY_NOT_FOUND = _code(0x30000080, "RET_KEY_NOT_FOUND", "HSM CLUSTER ERROR: Key/Token not found", "choice")
SERVER_UNAVAILABLE = _code(
    0x30000085,
    "RET_SERVER_UNAVAILABLE",
    "HSM CLUSTER ERROR: Server in cluster is unavailable",
    "guide",
)
CLUSTER_ERROR = _code(0x30000088, "RET_CLUSTER_ERROR", "HSM CLUSTER ERROR: RET_CLUSTER_ERROR", "script")
CLUSTER_INCOMPLETE = _code(
    0x3000008A,
    "RET_CLUSTER_OPERATION_INCOMPLETE",
    "HSM CLUSTER ERROR: RET_CLUSTER_OPERATION_INCOMPLETE",
    "choice",
)

DAEMON_SOCKET = _code(0x40000040, "ERR_DAEMON_SOCKET", "LIQUIDSECURITY: Daemon socket connection error", "session")
INVALID_OPERATION = _code(0x40000041, "ERR_INVALID_OPERATION", "LIQUIDSECURITY: Invalid Operation", "guide")
CLIENT_LOGIN_FAILURE = _code(0x40000049, "ERR_LOGIN_FAILURE", "HSM Error: RET_USER_LOGIN_FAILURE", "script")

UNKNOWN_CODE = "Unknown Error Code"


def text_of(number: int) -> str:
    """Return the text of any 32-bit code, for Error2String; an unknown code has a text of its own (choice)."""
    code = CODES.get(number)
    return code.text if code else UNKNOWN_CODE
