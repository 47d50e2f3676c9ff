"""What the operator's tool says of clusters, HSMs, users and keys: plain values, ready for JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cloudhsm_sim import output
from shared import attributes as a
from shared import mechanisms as m
from shared.cluster import members
from shared.cluster.catch_up import COPIED, LEFT_OUT, REMOVED, Step
from shared.errors import CODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.store.protocol import Store
    from shared.store.records import Backup, Cluster, Fault, Hsm, Key, User

_CLASSES = {m.CLASS_PUBLIC: "public", m.CLASS_PRIVATE: "private", m.CLASS_SECRET: "secret"}
_TYPES = {
    m.KEY_RSA: "RSA",
    m.KEY_DSA: "DSA",
    m.KEY_EC: "EC",
    m.KEY_GENERIC: "GENERIC_SECRET",
    m.KEY_RC4: "RC4",
    m.KEY_DES3: "DES3",
    m.KEY_AES: "AES",
    m.KEY_ED25519: "ED25519",
    m.KEY_ML_DSA: "ML_DSA",
}
_PREFIX = "OBJ_ATTR_"


def cluster(store: Store, row: Cluster) -> dict[str, Any]:
    """Return a cluster and its HSMs: name, id, lineage (equal in clones), owner_certificate, created, hsms."""
    return {
        "name": row.name,
        "id": row.id,
        "lineage": row.lineage,
        "owner_certificate": row.owner_certificate,
        "created": row.created,
        "hsms": [hsm(member) for member in members(store, row.id)],
    }


def hsm(row: Hsm) -> dict[str, Any]:
    """Return an HSM without its content: id, ip, state (``up`` or ``stopped``), node, serial."""
    return {"id": row.id, "ip": row.ip, "state": row.state, "node": row.node, "serial": row.serial}


def backup(row: Backup) -> dict[str, Any]:
    """Return a backup: id, cluster (the id of the one it was made of), lineage, created."""
    return {"id": row.id, "cluster": row.cluster, "lineage": row.lineage, "created": row.created}


def fault(row: Fault, at: Hsm) -> dict[str, Any]:
    """Return a fault that waits: id, hsm and ip, kind, command (None: any), code and symbol, seconds, remaining.

    What a fault of the kind does not have is None.
    """
    answer = CODES[row.code] if row.kind == "refuse" else None
    return {
        "id": row.id,
        "hsm": at.id,
        "ip": at.ip,
        "kind": row.kind,
        "command": row.command or None,
        "code": answer and f"0x{answer.number:02x}",
        "symbol": answer and answer.symbol,
        "seconds": row.seconds or None,
        "remaining": row.remaining,
    }


def steps(taken: Sequence[Step]) -> list[dict[str, Any]]:
    """Return what a synchronisation did, a key on an HSM each: hsm, ip, handle, action, reason."""
    return [step._asdict() for step in taken]


def steps_text(name: str, taken: Sequence[Step]) -> str:
    """Return what a synchronisation of the cluster ``name`` did, for people."""
    counts = Counter(step.action for step in taken)
    summary = ", ".join(f"{counts[action]} {action}" for action in (COPIED, REMOVED, LEFT_OUT) if counts[action])
    head = f"Synchronised {name}: {summary or 'nothing was missing'}"
    return f"{head}\n\n{output.table(Step._fields, steps(taken))}" if taken else head


def user(row: User) -> dict[str, Any]:
    """Return a user: id, type, name, login_failures, quorum_key and two_factor (true or false)."""
    return {
        "id": row.id,
        "type": row.type,
        "name": row.name,
        "login_failures": row.failures,
        "quorum_key": row.quorum_key is not None,
        "two_factor": bool(row.two_factor),
    }


def key(row: Key, sharers: Sequence[int]) -> dict[str, Any]:
    """Return a key, ``sharers`` being the ids of the users it is shared with. Byte strings are in hex."""
    return {
        "handle": row.handle,
        "class": _CLASSES.get(row.key_class, str(row.key_class)),
        "type": _TYPES.get(row.key_type, str(row.key_type)),
        "label": _text(row.label),
        "id": row.key_id.hex(),
        "owner": row.owner,
        "shared_with": list(sharers),
        "session": row.session is not None,
        "m_value": row.m_value,
        "kcv": row.kcv.hex(),
        "value_len": row.value_len,
        "modulus_bits": row.modulus_bits,
        "attributes": _attributes(row),
    }


def _attributes(row: Key) -> dict[str, int | str]:
    """Return every boolean attribute as 0 or 1, numbers as such, the rest in hex where the key has it."""
    values: dict[int, int | bytes] = {flag: int(a.flag(row.flags, flag)) for flag in a.FLAGS}
    values |= {
        a.CLASS: row.key_class,
        a.LABEL: row.label,
        a.KEY_TYPE: row.key_type,
        a.ID: row.key_id,
        a.VALUE_LEN: row.value_len,
        a.KCV: row.kcv,
    }
    if row.key_class != m.CLASS_SECRET:
        values |= {a.MODULUS: row.modulus, a.MODULUS_BITS: row.modulus_bits}
        if row.key_type == m.KEY_RSA:
            values[a.PUBLIC_EXPONENT] = row.public_exponent
    templates = {a.WRAP_TEMPLATE: row.wrap_template, a.UNWRAP_TEMPLATE: row.unwrap_template}
    values |= {attribute: template for attribute, template in templates.items() if template}
    return {
        _PREFIX + a.NAMES[attribute]: value.hex() if isinstance(value, bytes) else value
        for attribute, value in sorted(values.items())
    }


def _text(label: bytes) -> str:
    r"""Return a label as text; bytes that are none are shown as ``\xff``."""
    return label.decode("utf-8", "backslashreplace")
