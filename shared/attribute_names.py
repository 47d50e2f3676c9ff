"""Attributes as Client SDK 5 names them, and with which values it makes keys (reference sdk5-cli.md, 10)."""

from __future__ import annotations

from shared import attributes as a
from shared import mechanisms as m

MAX_LABEL = 127

CLASSES = {"secret-key": m.CLASS_SECRET, "public-key": m.CLASS_PUBLIC, "private-key": m.CLASS_PRIVATE}
# SDK 5 makes no DSA and RC4 keys; those of the older tools are shown all the same. Edwards keys are EC keys to it.
KEY_TYPES = {
    "aes": m.KEY_AES,
    "rsa": m.KEY_RSA,
    "ec": m.KEY_EC,
    "generic-secret": m.KEY_GENERIC,
    "des3": m.KEY_DES3,
    "dsa": m.KEY_DSA,
    "rc4": m.KEY_RC4,
    "ml-dsa": m.KEY_ML_DSA,
}
ED25519 = "ed25519"
# A curve's name: its id in the tools, its NID. Of two names the one that is shown stands first.
CURVES = {
    "secp256r1": (2, 415),
    "prime256v1": (2, 415),
    "secp224r1": (13, 713),
    "secp384r1": (14, 715),
    "secp521r1": (15, 716),
    "secp256k1": (16, 714),
}
NIDS = {name: nid for name, (_, nid) in CURVES.items()} | {ED25519: m.ED25519_NID}
ML_DSA = {f"ML-DSA-{parameter_set}": parameter_set for parameter_set in m.ML_DSA}

MODIFIABLE = "modifiable"
# In the order of a key object (reference 2.2).
BOOLEANS = {
    "encrypt": a.ENCRYPT,
    "decrypt": a.DECRYPT,
    "token": a.TOKEN,
    "always-sensitive": a.ALWAYS_SENSITIVE,
    "derive": a.DERIVE,
    "destroyable": a.DESTROYABLE,
    "extractable": a.EXTRACTABLE,
    "local": a.LOCAL,
    MODIFIABLE: a.UNMODIFIABLE,
    "never-extractable": a.NEVER_EXTRACTABLE,
    "private": a.PRIVATE,
    "sensitive": a.SENSITIVE,
    "sign": a.SIGN,
    "trusted": a.TRUSTED,
    "unwrap": a.UNWRAP,
    "verify": a.VERIFY,
    "wrap": a.WRAP,
    "wrap-with-trusted": a.WRAP_WITH_TRUSTED,
}
OTHERS = {
    "key-type": a.KEY_TYPE,
    "label": a.LABEL,
    "id": a.ID,
    "check-value": a.KCV,
    "class": a.CLASS,
    "key-length-bytes": a.VALUE_LEN,
    "public-exponent": a.PUBLIC_EXPONENT,
    "modulus": a.MODULUS,
    "modulus-size-bits": a.MODULUS_BITS,
    "ec-point": a.MODULUS,
    "curve": a.MODULUS_BITS,
    "wrap-template": a.WRAP_TEMPLATE,
    "unwrap-template": a.UNWRAP_TEMPLATE,
}

_COMMON = (a.PRIVATE, a.DESTROYABLE, a.EXTRACTABLE)
# The attributes that are 1 when nothing is said about them (reference 10.2).
DEFAULTS = {
    m.CLASS_SECRET: a.flags_of((*_COMMON, a.SENSITIVE, a.SIGN, a.VERIFY)),
    m.CLASS_PUBLIC: a.flags_of(_COMMON),
    m.CLASS_PRIVATE: a.flags_of((*_COMMON, a.SENSITIVE)),
}
_SETTABLE = (
    "decrypt",
    "derive",
    "destroyable",
    "encrypt",
    "extractable",
    MODIFIABLE,
    "private",
    "sensitive",
    "sign",
    "unwrap",
    "verify",
    "wrap",
    "wrap-with-trusted",
)
_NOT_OF_CLASS = {m.CLASS_PUBLIC: ("sensitive", "unwrap"), m.CLASS_PRIVATE: ("wrap",), m.CLASS_SECRET: ()}


def value(flags: int, name: str) -> bool:
    """Return the value of one of ``BOOLEANS``."""
    return a.flag(flags, BOOLEANS[name]) != (name == MODIFIABLE)


def with_value(flags: int, name: str, wanted: bool) -> int:
    """Return the flags with one of ``BOOLEANS`` set to a value."""
    return a.with_flag(flags, BOOLEANS[name], wanted != (name == MODIFIABLE))


def settable(key_class: int) -> tuple[str, ...]:
    """Return the boolean attributes that may be given for a new key of a class (reference 10.1)."""
    return tuple(name for name in _SETTABLE if name not in _NOT_OF_CLASS[key_class])


def key_type_name(key_type: int) -> str:
    """Return the name of a key type."""
    if key_type == m.KEY_ED25519:
        return "ec"
    return next(name for name, number in KEY_TYPES.items() if number == key_type)


def curve_name(nid: int) -> str:
    """Return the name of a curve."""
    return next(name for name, number in NIDS.items() if number == nid)
