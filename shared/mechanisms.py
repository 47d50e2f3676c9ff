"""Numbers of the HSM's interface: user types, key classes and types, curves, FIPS states, services.

Source of all tables: the reference sheet for key_mgmt_util, section 5 (Cavium Cfm2Util source, 2017, and the
AWS guide).
"""

from __future__ import annotations

CLASS_PUBLIC = 2
CLASS_PRIVATE = 3
CLASS_SECRET = 4

KEY_RSA = 0
KEY_DSA = 1
KEY_EC = 3
KEY_GENERIC = 16
KEY_RC4 = 18
KEY_DES3 = 21
KEY_AES = 31
# CKK_EC_EDWARDS and CKK_ML_DSA of PKCS#11: keys of hsm2m.medium, which the two older tools do not reach.
KEY_ED25519 = 64
KEY_ML_DSA = 74

FIPS_STATES = {
    -1: "zeroized",
    0: "non-FIPS mode with single factor authentication",
    1: "non-FIPS mode with two factor authentication(unsupported)",
    2: "FIPS mode with single factor authentication",
    3: "FIPS mode with two factor authentication",
}
FIPS_STATE = 2
NON_FIPS_STATE = 0

KEK_HANDLE = 4
FIRST_SLOT = 6
SLOT_BITS = 18
SLOT_MASK = (1 << SLOT_BITS) - 1

# id: (name in the listing, OpenSSL NID, field bytes)
CURVES = {
    1: ("NID_X9_62_prime192v1", 409, 24),
    2: ("NID_X9_62_prime256v1", 415, 32),
    3: ("NID_sect163k1", 721, 21),
    4: ("NID_sect163r2", 723, 21),
    5: ("NID_sect233k1", 726, 30),
    6: ("NID_sect233r1", 727, 30),
    7: ("NID_sect283k1", 729, 36),
    8: ("NID_sect283r1", 730, 36),
    9: ("NID_sect409k1", 731, 52),
    10: ("NID_sect409r1", 732, 52),
    11: ("NID_sect571k1", 733, 72),
    12: ("NID_sect571r1", 734, 72),
    13: ("NID_secp224r1", 713, 28),
    14: ("NID_secp384r1", 715, 48),
    15: ("NID_secp521r1", 716, 66),
    16: ("NID_secp256k1", 714, 32),
}
# 2, 14 and 16 are the guide's; 15 is in use in scripts; 13 is of the same standard (choice).
APPROVED_CURVES = (2, 13, 14, 15, 16)

ED25519_NID = 1087
# Parameter set: (bytes of the public key, of the private key), FIPS 204.
ML_DSA = {44: (1312, 2560), 65: (1952, 4032), 87: (2592, 4896)}

HSM1, HSM2M = "hsm1.medium", "hsm2m.medium"
HSM_TYPES = (HSM1, HSM2M)
FIPS, NON_FIPS = "FIPS", "NON_FIPS"
MODES = (FIPS, NON_FIPS)

AES_SIZES = (16, 24, 32)
DES3_SIZES = (24,)
GENERIC_SIZES = range(1, 3585)
# The guide allows 2048 only; 3072 is of the same standard (choice).
DSA_SIZES = (2048, 3072)
RSA_MIN_BITS = 2048
RSA_MAX_BITS = 4096
RSA_STEP_BITS = 256
RSA_MIN_EXPONENT = 65537
RSA_MAX_EXPONENT = 2147483647

MAX_M_VALUE = 8
MAX_CLUSTER_HSMS = 28


def handle_of(node: int, slot: int) -> int:
    """Return the key handle of a slot made on a node: ``node << 18 | slot``."""
    return node << SLOT_BITS | slot
