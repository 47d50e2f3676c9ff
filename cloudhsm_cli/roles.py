"""The names of roles, and which types of the HSM's users they stand for."""

from __future__ import annotations

ADMIN = "admin"
CRYPTO_USER = "crypto-user"
ROLES = (CRYPTO_USER, ADMIN)
INCONSISTENT = "inconsistent"

_OF_TYPE = {
    "CO": ADMIN,
    "PCO": ADMIN,
    "CU": CRYPTO_USER,
    "PRECO": "unactivated-admin",
    "AU": "internal(APPLIANCE_USER)",
}
_TYPES = {ADMIN: ("CO", "PCO", "PRECO"), CRYPTO_USER: ("CU",)}


def role_of(user_type: str) -> str:
    """Return the role of a user's type."""
    return _OF_TYPE[user_type]


def types_of(role: str) -> tuple[str, ...]:
    """Return the types that a role may stand for, the one that new users get first."""
    return _TYPES[role]
