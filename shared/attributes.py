"""OBJ_ATTR constants, their names, and the values that a new key starts with.

Source: the reference sheet for key_mgmt_util, 5.2 to 5.4. Boolean attributes of a key travel as one integer of
flags, one bit an attribute.
"""

from __future__ import annotations

from shared import mechanisms as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.records import Key

CLASS = 0
TOKEN = 1
PRIVATE = 2
LABEL = 3
TRUSTED = 134
KEY_TYPE = 256
ID = 258
SENSITIVE = 259
ENCRYPT = 260
DECRYPT = 261
WRAP = 262
UNWRAP = 263
SIGN = 264
VERIFY = 266
DERIVE = 268
MODULUS = 288
MODULUS_BITS = 289
PUBLIC_EXPONENT = 290
VALUE_LEN = 353
EXTRACTABLE = 354
LOCAL = 355
NEVER_EXTRACTABLE = 356
ALWAYS_SENSITIVE = 357
DESTROYABLE = 370
KCV = 371
ALL = 512
WRAP_WITH_TRUSTED = 528
WRAP_TEMPLATE = 1073742353
UNWRAP_TEMPLATE = 1073742354

NAMES = {
    CLASS: "CLASS",
    TOKEN: "TOKEN",
    PRIVATE: "PRIVATE",
    LABEL: "LABEL",
    TRUSTED: "TRUSTED",
    KEY_TYPE: "KEY_TYPE",
    ID: "ID",
    SENSITIVE: "SENSITIVE",
    ENCRYPT: "ENCRYPT",
    DECRYPT: "DECRYPT",
    WRAP: "WRAP",
    UNWRAP: "UNWRAP",
    SIGN: "SIGN",
    VERIFY: "VERIFY",
    DERIVE: "DERIVE",
    MODULUS: "MODULUS",
    MODULUS_BITS: "MODULUS_BITS",
    PUBLIC_EXPONENT: "PUBLIC_EXPONENT",
    VALUE_LEN: "VALUE_LEN",
    EXTRACTABLE: "EXTRACTABLE",
    LOCAL: "LOCAL",
    NEVER_EXTRACTABLE: "NEVER_EXTRACTABLE",
    ALWAYS_SENSITIVE: "ALWAYS_SENSITIVE",
    DESTROYABLE: "DESTROYABLE",
    KCV: "KCV",
    ALL: "ALL",
    WRAP_WITH_TRUSTED: "WRAP_WITH_TRUSTED",
    WRAP_TEMPLATE: "WRAP_TEMPLATE",
    UNWRAP_TEMPLATE: "UNWRAP_TEMPLATE",
}

# The order is part of the store's format: a bit never moves.
FLAGS = (
    TOKEN,
    PRIVATE,
    TRUSTED,
    SENSITIVE,
    ENCRYPT,
    DECRYPT,
    WRAP,
    UNWRAP,
    SIGN,
    VERIFY,
    DERIVE,
    EXTRACTABLE,
    LOCAL,
    NEVER_EXTRACTABLE,
    ALWAYS_SENSITIVE,
    DESTROYABLE,
    WRAP_WITH_TRUSTED,
)
# CKA_MODIFIABLE of PKCS#11, turned round so that keys of before it was known have it; the two older tools know no such
# attribute. It stands behind all others.
UNMODIFIABLE = 368
_BITS = {attribute: 1 << position for position, attribute in enumerate((*FLAGS, UNMODIFIABLE))}
FLAG_BITS = len(_BITS)

# The attributes of a dump, in order: the common ones, those of a public or private key, those that 3.x appends.
DUMP_COMMON = (
    CLASS,
    KEY_TYPE,
    TOKEN,
    PRIVATE,
    ENCRYPT,
    DECRYPT,
    WRAP,
    UNWRAP,
    SIGN,
    VERIFY,
    LOCAL,
    SENSITIVE,
    EXTRACTABLE,
    LABEL,
    ID,
    VALUE_LEN,
    KCV,
)
DUMP_ASYMMETRIC = (MODULUS, MODULUS_BITS)
DUMP_RSA = (PUBLIC_EXPONENT,)
DUMP_NEW = (TRUSTED, WRAP_WITH_TRUSTED, DESTROYABLE, DERIVE, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE)

# Shown as they were given, where other bytes are shown in hexadecimal.
TEXTS = (LABEL, ID)

# listAttributes of both tools prints these.
LISTED = (
    CLASS,
    TOKEN,
    PRIVATE,
    LABEL,
    TRUSTED,
    KEY_TYPE,
    ID,
    SENSITIVE,
    ENCRYPT,
    DECRYPT,
    WRAP,
    UNWRAP,
    SIGN,
    VERIFY,
    DERIVE,
    LOCAL,
    MODULUS,
    MODULUS_BITS,
    PUBLIC_EXPONENT,
    VALUE_LEN,
    EXTRACTABLE,
    NEVER_EXTRACTABLE,
    ALWAYS_SENSITIVE,
    DESTROYABLE,
    KCV,
    WRAP_WITH_TRUSTED,
    WRAP_TEMPLATE,
    UNWRAP_TEMPLATE,
    ALL,
)
_NOT_IN_1X = {
    TRUSTED,
    DERIVE,
    NEVER_EXTRACTABLE,
    ALWAYS_SENSITIVE,
    DESTROYABLE,
    WRAP_WITH_TRUSTED,
    WRAP_TEMPLATE,
    UNWRAP_TEMPLATE,
    ALL,
}

_USAGE = {
    (m.CLASS_SECRET, m.KEY_AES): (ENCRYPT, DECRYPT, WRAP, UNWRAP),
    (m.CLASS_SECRET, m.KEY_DES3): (ENCRYPT, DECRYPT),
    (m.CLASS_PUBLIC, m.KEY_RSA): (ENCRYPT, WRAP, VERIFY),
    (m.CLASS_PRIVATE, m.KEY_RSA): (DECRYPT, UNWRAP, SIGN),
    (m.CLASS_PUBLIC, m.KEY_EC): (VERIFY,),
    (m.CLASS_PRIVATE, m.KEY_EC): (SIGN,),
    (m.CLASS_PUBLIC, m.KEY_DSA): (VERIFY,),
    (m.CLASS_PRIVATE, m.KEY_DSA): (SIGN,),
}


def listed(profile: str) -> tuple[int, ...]:
    """Return the attribute numbers that listAttributes prints in a profile, in order."""
    if profile == "1.x":
        return tuple(attribute for attribute in LISTED if attribute not in _NOT_IN_1X)
    return LISTED


def flags_of(attributes: tuple[int, ...]) -> int:
    """Return the flags in which exactly these boolean attributes are 1."""
    return sum(_BITS[attribute] for attribute in attributes)


def flag(flags: int, attribute: int) -> bool:
    """Return the value of one boolean attribute."""
    return bool(flags & _BITS[attribute])


def with_flag(flags: int, attribute: int, value: bool) -> int:
    """Return the flags with one boolean attribute set to a value."""
    return flags | _BITS[attribute] if value else flags & ~_BITS[attribute]


def is_flag(attribute: int) -> bool:
    """Return whether the attribute is boolean, and known to the two older tools."""
    return attribute in FLAGS


def value_of(key: Key, attribute: int) -> int | bytes | None:
    """Return a number, or bytes for text and for what has no fixed length; None if the key does not have it."""
    if is_flag(attribute):
        return int(flag(key.flags, attribute))
    if attribute in TEXTS:
        return key.label if attribute == LABEL else key.key_id
    values: dict[int, int | bytes] = {
        CLASS: key.key_class,
        KEY_TYPE: key.key_type,
        VALUE_LEN: key.value_len,
        KCV: key.kcv,
        MODULUS: key.modulus,
        MODULUS_BITS: key.modulus_bits,
        PUBLIC_EXPONENT: key.public_exponent,
        WRAP_TEMPLATE: key.wrap_template,
        UNWRAP_TEMPLATE: key.unwrap_template,
    }
    value = values.get(attribute)
    # A column of an attribute that the kind of key does not have is empty or 0.
    optional = attribute not in DUMP_COMMON
    return None if optional and not value else value


def generated(key_class: int, key_type: int, *, token: bool, extractable: bool, profile: str = "3.x") -> int:
    """Return the flags of a key that an HSM has just generated (reference 5.3).

    A public key is always extractable and never sensitive, whatever the caller asked for its private half.
    Clients of the 1.x period asked for RSA public keys with neither PRIVATE nor WRAP.
    """
    own = [PRIVATE, LOCAL, DESTROYABLE, *_USAGE.get((key_class, key_type), ())]
    if profile == "1.x" and (key_class, key_type) == (m.CLASS_PUBLIC, m.KEY_RSA):
        own = [LOCAL, DESTROYABLE, ENCRYPT, VERIFY]
    if token:
        own.append(TOKEN)
    if key_class == m.CLASS_PUBLIC:
        own.append(EXTRACTABLE)
    else:
        own += [SENSITIVE, ALWAYS_SENSITIVE, EXTRACTABLE if extractable else NEVER_EXTRACTABLE]
    return flags_of(tuple(own))


def imported(key_class: int, key_type: int, *, token: bool, extractable: bool, profile: str = "3.x") -> int:
    """Return the flags of a key that came from outside: as a generated one, but it has a past (reference 5.3)."""
    flags = generated(key_class, key_type, token=token, extractable=extractable, profile=profile)
    for attribute in (LOCAL, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE):
        flags = with_flag(flags, attribute, False)
    return flags


def asked(key_class: int, flags: int, *, token: bool, local: bool = True) -> int:
    """Return the flags of a key for which a client has spelled out all attributes (SDK 5); the HSM decides the rest.

    A public key has no history of secrecy.
    """
    secret = key_class != m.CLASS_PUBLIC and local
    decided = {
        TOKEN: token,
        LOCAL: local,
        TRUSTED: False,
        ALWAYS_SENSITIVE: secret and flag(flags, SENSITIVE),
        NEVER_EXTRACTABLE: secret and not flag(flags, EXTRACTABLE),
    }
    for attribute, value in decided.items():
        flags = with_flag(flags, attribute, value)
    return flags
