"""Which words of what was written a report may show: short ones, and those of the script that are no passwords."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.masking import MASK
from migration.rehearsal.candidates import LENGTHS, given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from migration.script import Script
    from migration.words import Word

_LONGEST_LINE = 60
_HEX = re.compile(r"[0-9a-fA-F]{1,6}")
# As many words of hexadecimal digits may be the bytes of a key.
_BYTES = 4
_PLAIN = re.compile(r"[A-Za-z_./-]+|[0-9]+")
_AROUND = "\"'()[]{}<>=:;,.!?$*|&"
_NAMED = re.compile(r"\w*(?:pass|pw|pin|secret)\w*[\"']?\s*[=:,\s]\s*[\"']?([^\s\"']+)", re.IGNORECASE)


class Privacy:
    """What may be shown beside a script: nothing is known of its passwords but where they stand."""

    def __init__(self, text: str = "", secrets: Iterable[str] = ()) -> None:
        self._known = {word.strip(_AROUND) for word in re.split(r"[\s\"'=]+", text)}
        found = dict.fromkeys((*secrets, *_NAMED.findall(text)))
        self._secrets = [secret for secret in found if len(secret) in LENGTHS]

    def line(self, content: bytes) -> str | None:
        """Return a short line with masks for what may be a password; None for one that is not to be shown."""
        try:
            text = content.decode().rstrip("\r")
        except UnicodeDecodeError:
            return None
        words = text.split()
        hidden = sum(_HEX.fullmatch(word) is not None for word in words) >= _BYTES or "-----" in text
        if hidden or not words or len(text) > _LONGEST_LINE or not text.replace("\t", " ").isprintable():
            return None
        return " ".join(map(self._word, words))

    def without_secrets(self, text: str) -> str:
        """Return what a program has said without the passwords that the script gives."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def _word(self, word: str) -> str:
        """Return a word that is too short for a password or stands in the script, and a mask for any other."""
        plain = word.strip(_AROUND)
        known = plain in self._known and _PLAIN.fullmatch(plain) and not any(map(word.__contains__, self._secrets))
        return word if len(word) < LENGTHS[0] or known else MASK


def privacy(script: Script, arguments: Sequence[str], lookup: Callable[[str], Word | None]) -> Privacy:
    """Return what may be shown beside a script that is given arguments."""
    return Privacy(script.text, (*given(script, lookup), *arguments))
