"""Lists of an expect script that bash has, too: its arguments from one on, all that a search has found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect import tcl
from migration.readers.expect.scopes import Scopes

if TYPE_CHECKING:
    from migration.readers.expect.tcl import Token
    from migration.words import Word

_ARGUMENTS = re.compile(r"\$(?:::)?argv|\[\s*lrange\s+\$(?:::)?argv\s+(\d{1,2})\s+end\s*\]")
_LENGTH = re.compile(r"\[\s*llength\s+(\$\{?\w+\}?|\[[^\[\]]*\])\s*\]")


class Lists(Scopes):
    """Finds such lists."""

    def from_argument(self, token: Token) -> int:
        """Return from which argument on a list is those of the script, as bash counts; 0 if it is not."""
        found = _ARGUMENTS.fullmatch(token.text)
        plain = re.fullmatch(r"\$(\w+)", token.text) if not token.braced else None
        value = self.find(plain[1]) if plain else None
        if value is not None and value.first:
            return value.first
        if found is None or token.braced or self._within is not None or self._shifted is None:
            return 0
        if self.find("argv") is not None or (found[1] and self._shifted):
            return 0
        return self._shifted + int(found[1] or 0) + 1

    def length(self, token: Token) -> Word | None:
        """Return how many elements a list has that is one of bash, too: of arguments, or of what a search has found."""
        found = _LENGTH.fullmatch(token.text) if not (token.braced or token.quoted) else None
        if found is None:
            return None
        first = self.from_argument(tcl.Token(found[1], 0))
        if first > 1:
            return words.code(f"$(($# > {first - 1} ? $# - {first - 1} : 0))")
        name = self.visible().get(found[1].strip("${}"), "")
        return words.code(f"${{#{name}[@]}}") if name in self.takings.searched else None
