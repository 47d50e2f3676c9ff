"""The audit log of an HSM: which commands are in it, and the chain that tells whether it is whole (reference cmu.md 9).

Every entry carries a SHA-256 over itself and the entry before it, and the HSM's row how many there are and the
last of these sums: what was changed, left out or cut off shows. There is no key in it, so it proves nothing against
somebody who writes the whole log anew.
"""

from __future__ import annotations

from shared.clock import now
from shared.errors import RET_OK
from shared.mechanisms import CLASS_PUBLIC
from shared.store.records import AuditEntry, Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import sha256

    from shared.errors import Code
    from shared.store.protocol import Store
    from shared.store.records import Key, User
else:
    try:
        from _sha256 import sha256
    except ImportError:  # a later Python keeps it elsewhere; hashlib loads a second OpenSSL and is no less right
        from hashlib import sha256

# What an entry tells beside the command.
MINIMAL, KEY, USER, UNKNOWN = 0, 1, 2, 5

# The number and the details of each opcode, and where the number comes from. Those from 0x101 on are placeholders of
# this project for names whose number is not known, and the name with the source "choice" is ours as well.
OPCODES = {
    "CN_INIT_TOKEN": (0x01, MINIMAL, "guide"),
    "CN_CREATE_USER": (0x03, USER, "guide"),
    "CN_CREATE_CO": (0x04, USER, "guide"),
    "CN_CHANGE_PSWD": (0x09, USER, "guide"),
    "CN_LOGIN": (0x0D, USER, "guide"),
    "CN_LOGOUT": (0x0E, USER, "guide"),
    "CN_DESTROY_OBJECT": (0x11, KEY, "guide"),
    "CN_SHARE_OBJECT": (0x12, UNKNOWN, "guide"),
    "CN_GENERATE_KEY": (0x17, KEY, "guide"),
    "CN_GENERATE_KEY_PAIR": (0x19, KEY, "guide"),
    "CN_WRAP_KEY": (0x1A, KEY, "guide"),
    "CN_UNWRAP_KEY": (0x1B, KEY, "guide"),
    "CN_GEN_PSWD_ENC_KEY": (0x1D, MINIMAL, "guide"),
    "CN_NIST_AES_WRAP": (0x1E, KEY, "guide"),
    "CN_INIT_DONE": (0x95, MINIMAL, "guide"),
    "CN_DELETE_USER": (0xA1, USER, "guide"),
    "CN_EXTRACT_MASKED_OBJECT_USER": (0xF0, KEY, "guide"),
    "CN_INSERT_MASKED_OBJECT_USER": (0xF1, KEY, "guide"),
    "CN_CREATE_APPLIANCE_USER": (0xFC, USER, "guide"),
    "CN_APP_FINALIZE": (0x101, USER, "placeholder"),
    "CN_CLOSE_SESSION": (0x102, USER, "placeholder"),
    "CN_SET_M_VALUE": (0x103, MINIMAL, "placeholder"),
    "CN_APPROVE_TOKEN": (0x104, MINIMAL, "placeholder"),
    "CN_DELETE_TOKEN": (0x105, MINIMAL, "placeholder"),
    "CN_GET_TOKEN": (0x106, MINIMAL, "placeholder"),
    "CN_CREATE_OBJECT": (0x107, KEY, "placeholder"),
    "CN_MODIFY_OBJECT": (0x108, KEY, "placeholder"),
    "CN_TOMBSTONE_OBJECT": (0x109, KEY, "placeholder"),
    "CN_DERIVE_KEY": (0x10A, KEY, "placeholder"),
    "CN_BACKUP_BEGIN": (0x10B, MINIMAL, "placeholder"),
    "CN_BACKUP_END": (0x10C, MINIMAL, "placeholder"),
    "CN_REGISTER_QUORUM_PUB_KEY": (0x10D, USER, "choice"),
    "CN_REGISTER_TRUST_ANCHOR": (0x10E, MINIMAL, "choice"),
    "CN_DEREGISTER_TRUST_ANCHOR": (0x10F, MINIMAL, "choice"),
    "CN_SET_MTLS_ENFORCEMENT": (0x110, MINIMAL, "choice"),
}

# The firmware's commands that are logged; all others only read, or use a key as sign does.
_COMMANDS = {
    "loginHSM": "CN_LOGIN",
    "logoutHSM": "CN_LOGOUT",
    "createUser": "CN_CREATE_CO",
    "rollBack": "CN_CREATE_CO",
    "deleteUser": "CN_DELETE_USER",
    "changePswd": "CN_CHANGE_PSWD",
    "registerQuorumPubKey": "CN_REGISTER_QUORUM_PUB_KEY",
    "setMValue": "CN_SET_M_VALUE",
    "registerTrustAnchor": "CN_REGISTER_TRUST_ANCHOR",
    "deregisterTrustAnchor": "CN_DEREGISTER_TRUST_ANCHOR",
    "setMtlsEnforcement": "CN_SET_MTLS_ENFORCEMENT",
    "getToken": "CN_GET_TOKEN",
    "approveToken": "CN_APPROVE_TOKEN",
    "delToken": "CN_DELETE_TOKEN",
    "generateKey": "CN_GENERATE_KEY",
    "generateKeyPair": "CN_GENERATE_KEY_PAIR",
    "deriveKey": "CN_DERIVE_KEY",
    "createObject": "CN_CREATE_OBJECT",
    "setAttribute": "CN_MODIFY_OBJECT",
    "deleteKey": "CN_DESTROY_OBJECT",
    "tombstone": "CN_TOMBSTONE_OBJECT",
    "shareKey": "CN_SHARE_OBJECT",
    "wrapKey": "CN_WRAP_KEY",
    "unwrapKey": "CN_UNWRAP_KEY",
    "wrapHostKey": "CN_NIST_AES_WRAP",
    "unwrapHostKey": "CN_NIST_AES_WRAP",
    "extractMaskedObject": "CN_EXTRACT_MASKED_OBJECT_USER",
    "insertMaskedObject": "CN_INSERT_MASKED_OBJECT_USER",
}

USER_TYPES = {"CU": 1, "CO": 2, "PCO": 3, "AU": 5, "PRECO": 6}
_MAX_NAME = 31
_BATCH = 500


class Subject:
    """Whom or what a command is about, as far as it is known, and what was answered to it."""

    __slots__ = ("is_logged", "private", "public", "response", "user_name", "user_type")

    def __init__(self, user_type: str = "", user_name: str = "", key: int = 0) -> None:
        self.user_type = user_type
        self.user_name = user_name
        self.private = key
        self.public = 0
        self.is_logged = True
        self.response: Code = RET_OK

    def is_user(self, user: User) -> None:
        """Learn who it is."""
        self.user_type, self.user_name = user.type, user.name

    def has_made(self, key: Key) -> None:
        """Learn of a key that has been made."""
        if key.key_class == CLASS_PUBLIC:
            self.public = key.handle
        else:
            self.private = key.handle


class DamageError(Exception):
    """A log that is not as its HSM has written it; ``sequence`` is the first entry of which that is so."""

    def __init__(self, sequence: int, what: str) -> None:
        super().__init__(f"entry 0x{sequence:x} {what}")
        self.sequence = sequence


def opcode_of(command: str, user_type: str) -> str:
    """Return the opcode by which a firmware command about a user of a type is logged; empty if it is not."""
    opcode = _COMMANDS.get(command, "")
    if opcode == "CN_CREATE_CO" and user_type not in ("CO", "PCO", "PRECO"):
        return "CN_CREATE_USER"
    # The guide leaves the appliance user's comings and goings out.
    return "" if user_type == "AU" and opcode in ("CN_LOGIN", "CN_LOGOUT") else opcode


def write(store: Store, hsm: Hsm, opcode: str, session: int, subject: Subject) -> None:
    """Add an entry to an HSM's log; the transaction is the caller's, in which it has read the row ``hsm``."""
    number, log_type, _ = OPCODES[opcode]
    if log_type == USER and not subject.user_type:
        log_type = MINIMAL
    elif log_type == KEY and subject.user_type:
        log_type = USER
    about_user, about_key = log_type == USER, log_type == KEY
    values = (
        hsm.id,
        hsm.log_entries,
        round(now() * 1_000_000),
        hsm.reboots,
        number,
        session,
        subject.response.number,
        log_type,
        _shown(subject.user_name) if about_user else None,
        USER_TYPES.get(subject.user_type, 0) if about_user else None,
        subject.private if about_key else None,
        subject.public if about_key else None,
    )
    store.add(AuditEntry(*values, _digest(hsm.log_digest, values)))


def entries(store: Store, hsm: str, last: AuditEntry | None = None) -> Iterator[AuditEntry]:
    """Yield the entries of an HSM that follow a known one, in order, each as soon as it is sure that it is whole.

    An HSM that is gone has none.

    Raises:
        DamageError: one was changed, left out, put in or cut off.
    """
    sequence, digest = (last.sequence + 1, last.digest) if last else (0, b"")
    while True:
        with store.snapshot():
            row = _counted(store.one(Hsm, id=hsm), sequence)
            found = store.audit_entries(hsm, sequence, _BATCH)
        if row is None:
            return
        for entry in found:
            if entry.sequence != sequence:
                raise DamageError(sequence, "is missing")
            if sequence >= row.log_entries:
                raise DamageError(sequence, "is not the HSM's")
            if entry.digest != _digest(digest, tuple(entry)[:-1]):
                raise DamageError(sequence, "has been changed")
            sequence, digest = sequence + 1, entry.digest
            yield entry
        if len(found) < _BATCH:
            break
    if sequence < row.log_entries:
        raise DamageError(sequence, "is missing, with all behind it")
    if digest != row.log_digest:
        raise DamageError(max(sequence - 1, 0), "has been changed")


def _counted(row: Hsm | None, sequence: int) -> Hsm | None:
    if row is not None and type(row.log_entries) is not int:  # SQLite keeps a text even where a number belongs
        raise DamageError(sequence, "may be any: how many there are is no number")
    return row


def verify(store: Store, hsm: str) -> int:
    """Return how many entries an HSM's log has, which are 0, 1, 2 and so on; DamageError if it is not whole."""
    return sum(1 for _ in entries(store, hsm))


def _digest(before: bytes, values: tuple[object, ...]) -> bytes:
    return sha256(before + repr(values).encode()).digest()


def _shown(name: str) -> str:
    """Return a name as it fits into an entry, whatever somebody gave for one."""
    return name if len(name) <= _MAX_NAME and name.isascii() and name.isprintable() else ascii(name)[1:-1][:_MAX_NAME]
