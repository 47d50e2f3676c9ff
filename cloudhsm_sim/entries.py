"""What the operator's tool says of an audit entry: the lines of the original's log (reference cmu.md 9), and JSON."""

from __future__ import annotations

from typing import Any

from shared.audit import KEY, MINIMAL, OPCODES, UNKNOWN, USER, USER_TYPES
from shared.errors import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.records import AuditEntry

_COMMAND_TYPE = ("CN_MGMT_CMD", 0)
_OPCODES = {number: name for name, (number, _, _) in OPCODES.items()}
_LOG_TYPES = {
    MINIMAL: "MINIMAL_LOG_ENTRY",
    KEY: "MGMT_KEY_DETAILS_LOG",
    USER: "MGMT_USER_DETAILS_LOG",
    UNKNOWN: "UNKNOWN_LOG_TYPE",
}
# The name of a PCO's type and that of no type are ours.
_USER_TYPES = {
    0: "UNKNOWN_USER_TYPE",
    USER_TYPES["CU"]: "CN_CRYPTO_USER",
    USER_TYPES["CO"]: "CN_CRYPTO_OFFICER",
    USER_TYPES["PCO"]: "CN_PRIMARY_CRYPTO_OFFICER",
    USER_TYPES["AU"]: "CN_APPLIANCE_USER",
    USER_TYPES["PRECO"]: "CN_CRYPTO_PRE_OFFICER",
}
# The form of the guide's samples; the original's own way to number sessions is not known.
_FIRST_SESSION = 0x1004000
_MICROSECONDS = 1_000_000


def lines(entry: AuditEntry) -> str:
    """Return an entry as the original's log shows it, a line a field."""
    view = fields(entry)
    shown = [
        f"Time: {_moment(entry.time, '%m/%d/%y %H:%M:%S')}, usecs:{entry.time}",
        f"Sequence No : 0x{entry.sequence:x}",
        f"Reboot counter : 0x{entry.reboots:x}",
        f"Command Type(hex) : {view['command_type']} (0x{_COMMAND_TYPE[1]:x})",
        f"Opcode : {view['opcode']} (0x{entry.opcode:x})",
        f"Session Handle : 0x{view['session_handle']:x}",
        f"Response : {entry.response}:{view['response_text']}",
        f"Log type : {view['log_type']} ({entry.log_type})",
    ]
    if entry.log_type == USER:
        shown += [f"User Name : {entry.user_name}", f"User Type : {view['user_type']} ({entry.user_type})"]
    if entry.log_type == KEY:
        shown += [f"Priv/Secret Key Handle : {entry.private}", f"Public Key Handle : {entry.public}"]
    return "\n".join(shown)


def fields(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as plain values: those of its user or keys only where it has them; the digest in hex."""
    view: dict[str, Any] = {
        "hsm": entry.hsm,
        "sequence": entry.sequence,
        "time": _moment(entry.time, "%Y-%m-%dT%H:%M:%S") + "Z",
        "usecs": entry.time,
        "reboot_counter": entry.reboots,
        "command_type": _COMMAND_TYPE[0],
        "opcode": _OPCODES[entry.opcode],
        "opcode_number": entry.opcode,
        "session_handle": _FIRST_SESSION + entry.session,
        "response": entry.response,
        "response_text": text_of(entry.response),
        "log_type": _LOG_TYPES[entry.log_type],
    }
    if entry.log_type == USER:
        view |= {"user_name": entry.user_name, "user_type": _USER_TYPES[entry.user_type or 0]}
    if entry.log_type == KEY:
        view |= {"private_key_handle": entry.private, "public_key_handle": entry.public}
    return {**view, "digest": entry.digest.hex()}


def _moment(microseconds: int, form: str) -> str:
    import time

    seconds, rest = divmod(microseconds, _MICROSECONDS)
    return f"{time.strftime(form, time.gmtime(seconds))}.{rest:06}"
