"""Passwords: kept only as the output of a salted, memory-hard KDF (scrypt, RFC 7914)."""

from __future__ import annotations

import os
from _operator import _compare_digest as compare_digest  # hmac's, whose import loads a second OpenSSL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.crypto.primitives import Scrypt

# About a millisecond a guess: a login on every HSM of a cluster must not be felt by a script that logs in
# for each command, and what is protected here is a rehearsal. The parameters stand in the verifier, so they can grow.
COST = 512
_BLOCK = 8
_SALT_BYTES = 16
_HASH_BYTES = 32


class Password:
    """A password on its way to one or more HSMs.

    The salt travels with it: the HSMs that one command reaches store the same verifier, which costs one derivation
    and lets HSMs in step be told from HSMs that differ.
    """

    def __init__(self, text: str) -> None:
        self._secret = os.fsencode(text)
        self._verifier: str | None = None
        self._checked: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self._secret)

    def __repr__(self) -> str:
        return "<password>"

    def verifier(self) -> str:
        """Return the text to store: ``scrypt$cost$block$salt$hash``, the last two in hex."""
        if self._verifier is None:
            salt = os.urandom(_SALT_BYTES)
            digest = _kdf(salt, COST, _BLOCK).derive(self._secret)
            self._verifier = f"scrypt${COST}${_BLOCK}${salt.hex()}${digest.hex()}"
            self._checked[self._verifier] = True
        return self._verifier

    def matches(self, verifier: str) -> bool:
        """Return whether this is the password that the verifier was made from."""
        if verifier not in self._checked:
            _, cost, block, salt, digest = verifier.split("$")
            self._checked[verifier] = compare_digest(
                _kdf(bytes.fromhex(salt), int(cost), int(block)).derive(self._secret), bytes.fromhex(digest)
            )
        return self._checked[verifier]


def _kdf(salt: bytes, cost: int, block: int) -> Scrypt:
    from shared.crypto.primitives import Scrypt

    return Scrypt(salt, _HASH_BYTES, cost, block, 1)
