"""Faults that wait in an HSM: which kinds there are, which commands they wait for, and how a request meets them."""

from __future__ import annotations

import time

from shared import errors
from shared.errors import HsmError
from shared.lean import Record
from shared.store.records import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.store.protocol import Store

# The insertion of a new key's copy, as distinct from others: a fault that waits for any insertion meets it, too.
REPLICATION = "replicateKey"
_INSERTION = "insertMaskedObject"


class Kind(Record):
    """A kind of fault: the command that it waits for if none is given (empty: any), and what it answers."""

    waits_for: str = ""
    answers: errors.Code | None = None


KINDS = {
    # The HSM answers nothing, whatever it is asked.
    "down": Kind(answers=errors.SERVER_UNAVAILABLE),
    # It answers the code of the fault.
    "refuse": Kind(),
    # A copy of a new key is lost on its way to it.
    "drop": Kind(REPLICATION, errors.SERVER_UNAVAILABLE),
    # It answers, but late.
    "delay": Kind(),
}

# The commands of an HSM's firmware.
COMMANDS = frozenset(
    {
        "approveToken",
        "changePswd",
        "createObject",
        "createUser",
        "delToken",
        "deleteKey",
        "deleteUser",
        "deregisterTrustAnchor",
        "deriveKey",
        "exportPublicKey",
        "extractMaskedObject",
        "findAllKeys",
        "findKey",
        "findSingleKey",
        "generateKey",
        "generateKeyPair",
        "getAttribute",
        "getCert",
        "getHSMInfo",
        "getKeyInfo",
        "getMValue",
        "getMtlsEnforcement",
        "getPartitionInfo",
        "getToken",
        _INSERTION,
        "listTokens",
        "listTrustAnchors",
        "listUsers",
        "loginHSM",
        "loginStatus",
        "logoutHSM",
        "registerQuorumPubKey",
        "registerTrustAnchor",
        REPLICATION,
        "rollBack",
        "setAttribute",
        "setMValue",
        "setMtlsEnforcement",
        "shareKey",
        "sign",
        "tombstone",
        "unwrapHostKey",
        "unwrapKey",
        "verify",
        "wrapHostKey",
        "wrapKey",
    }
)

# Commands of the tools that go by another name there: the firmware's command that does their work.
TOOL_COMMANDS = {
    "IsValidKeyHandlefile": "findKey",
    "aesUnwrapPkcs8Buffer": "unwrapHostKey",
    "aesWrapUnwrap": "wrapHostKey",
    "createPublicKey": "createObject",
    "dsaGenKeyPair": "generateKeyPair",
    "exSymKey": "wrapKey",
    "exportPrivateKey": "wrapKey",
    "exportPubKey": "exportPublicKey",
    "genDSAKeyPair": "generateKeyPair",
    "genECCKeyPair": "generateKeyPair",
    "genPBEKey": "deriveKey",
    "genRSAKeyPair": "generateKeyPair",
    "genSymKey": "generateKey",
    "getCaviumPrivKey": "getAttribute",
    "getPrivKeyfile": "getAttribute",
    "imSymKey": "unwrapKey",
    "importPrivateKey": "unwrapKey",
    "importPubKey": "createObject",
    "registerMofnPubKey": "registerQuorumPubKey",
    "rsaGenKeyPair": "generateKeyPair",
    "syncKey": _INSERTION,
    "syncUser": _INSERTION,
    "unWrapKey": "unwrapKey",
    "unWrapKeyWithSize": "unwrapKey",
}


def command_named(name: str) -> str | None:
    """Return the firmware's command of a name, its own or that of a command of a tool; None if it has none."""
    return name if name in COMMANDS else TOOL_COMMANDS.get(name)


def consume(store: Store, hsm: str, command: str) -> list[Fault]:
    """Return the faults that a request for ``command`` meets, each once less to be met from now on.

    It meets at most two: the oldest delay that waits for it, and the oldest fault of another kind.
    """
    waiting = [fault for fault in store.rows(Fault, "id", hsm=hsm) if _waits_for(fault, command)]
    met = {fault.kind == "delay": fault for fault in reversed(waiting)}
    for fault in met.values():
        if fault.remaining > 1:
            store.change(fault, remaining=fault.remaining - 1)
        else:
            store.remove(Fault, id=fault.id)
    return list(met.values())


def _waits_for(fault: Fault, command: str) -> bool:
    awaited = fault.command or KINDS[fault.kind].waits_for
    return awaited in ("", command) or (awaited == _INSERTION and command == REPLICATION)


def suffer(met: Iterable[Fault]) -> None:
    """Wait out a delay, then raise the refusal, if these faults hold one.

    Raises:
        HsmError: the code of the refusal.
    """
    for fault in met:
        if fault.kind == "delay":
            time.sleep(fault.seconds)
    refusal = refusal_in(met)
    if refusal is not None:
        raise HsmError(refusal)


def refusal_in(met: Iterable[Fault]) -> errors.Code | None:
    """Return the code of the refusal that these faults hold, None if they hold none."""
    codes = (KINDS[fault.kind].answers or errors.CODES[fault.code] for fault in met if fault.kind != "delay")
    return next(codes, None)
