"""Numbers as the tools' users type them."""

from __future__ import annotations

INT64_MAX = 2**63 - 1
_INT64_DIGITS = 19


def decimal(word: str) -> int | None:
    """Return the value of ASCII decimal digits, saturating at 63 bits; None for anything else."""
    if not (word.isascii() and word.isdigit()):
        return None
    digits = word.lstrip("0")
    # Python refuses to convert very long words, and the store to take more than 64 bits.
    return INT64_MAX if len(digits) > _INT64_DIGITS else min(int(digits or "0"), INT64_MAX)
