"""The key object: fields, order and values of reference sdk5-cli.md, 2.2."""

from __future__ import annotations

from cloudhsm_cli.keys import reference
from cloudhsm_cli.roles import INCONSISTENT
from shared import attribute_names as names
from shared import mechanisms as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudhsm_cli.output import Data
    from shared.cluster.keyview import KeyView, UserCoverage
    from shared.store.records import Key

FULL = "full"
_CLASS_NAMES = {number: name for name, number in names.CLASSES.items()}


def brief(view: KeyView) -> dict[str, Data]:
    """Return the object of a list without details."""
    return {"key-reference": reference(view), "attributes": {"label": _text(view.key.label)}}


def whole(view: KeyView) -> dict[str, Data]:
    """Return the whole object."""
    return {
        "key-reference": reference(view),
        "key-info": {
            "key-owners": _users(view.owners),
            "shared-users": _users(view.sharers),
            "key-quorum-values": {
                "manage-key-quorum-value": view.key.m_value,
                "use-key-quorum-value": view.key.use_value,
            },
            "cluster-coverage": _coverage(view.full),
        },
        "attributes": _attributes(view),
    }


def _users(users: Sequence[UserCoverage]) -> list[Data]:
    return [{"username": user.name, "key-coverage": _coverage(user.full)} for user in users]


def _coverage(full: bool) -> str:
    return FULL if full else INCONSISTENT


def _attributes(view: KeyView) -> dict[str, Data]:
    key = view.key
    shown: dict[str, Data] = {
        "key-type": names.key_type_name(key.key_type),
        "label": _text(key.label),
        "id": _hex(key.key_id),
    }
    if key.key_type != m.KEY_GENERIC:
        shown["check-value"] = _hex(key.kcv)
    shown["class"] = _CLASS_NAMES[key.key_class]
    for name, value in view.flags.items():
        if name == "sensitive" and key.key_type == m.KEY_ML_DSA:
            shown["mldsa-algorithm"] = f"ML-DSA-{key.modulus_bits}"
        shown[name] = INCONSISTENT if value is None else value
    shown["key-length-bytes"] = key.value_len
    return shown | _numbers(key)


def _numbers(key: Key) -> dict[str, Data]:
    if key.key_type in (m.KEY_EC, m.KEY_ED25519):
        return {"ec-point": _hex(key.modulus), "curve": names.curve_name(key.modulus_bits)}
    if key.key_type != m.KEY_RSA:
        return {}
    return {
        "public-exponent": _hex(key.public_exponent),
        "modulus": _hex(key.modulus),
        "modulus-size-bits": key.modulus_bits,
    }


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


def _text(label: bytes) -> str:
    return label.decode("utf-8", "surrogateescape")
