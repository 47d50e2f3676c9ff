"""What an expect script does only where something failed: it is left out, as the translation stops there, and said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.expect import tcl
from migration.readers.expect.base import Base
from migration.readers.expect.ledger import WRITES

if TYPE_CHECKING:
    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Token

# How deep procedures that end the script may call each other.
_DEPTH = 4
_ENDS = ("exit", "exp_exit", "error", "throw")
_TYPES = re.compile(r"\b(?:exp_)?(?:send|spawn)\b|\bsend_tty\b")
_LEAVES = re.compile(r"""\b(?:exp_)?send\s+(?:--\s+)?["{]?(?:quit|exit|logoutHSM)\\[rn]["}]?""")


class Failures(Base):
    """Follows what is done only where something failed."""

    def failed(self, body: Token, what: str, frame: Frame) -> None:
        """Read what is done only where something failed: it is left out, and said."""
        state, begun = self.state(), len(self.ledger.left)
        tells = not frame.silent and (self.sends(body.text) or self._steers(body))
        self.body(body, frame._replace(silent=True, settled=frame.settled or tells))
        self.restore(state)
        if tells or (not frame.silent and self.ledger.take(begun, WRITES)):
            line = self.at(body.start, frame)
            text = f"what is done {what} is left out: the translation stops at a failure"
            self.builder.by_hand(line, " ".join(text.split()), stops=False)

    def _steers(self, body: Token) -> bool:
        """Return whether a piece of script sets what is typed or asked elsewhere, and lets the script go on."""
        names = "|".join(re.escape(name.removeprefix("::")) for name in sorted(self.sets(body.text)))
        if not names or self.leaves(body.text, "exit|error|throw"):
            return False
        used = re.compile(rf"^(?!\s*(?:puts|send_user|exit|return)\b).*\$\{{?(?:::)?(?:{names})\b", re.MULTILINE)
        found = (hit for hit in used.finditer(self.text) if not 0 <= hit.end() - body.start <= len(body.text))
        return any(not self._asks_for_end(hit[0], hit.start()) for hit in found)

    def _asks_for_end(self, line: str, start: int) -> bool:
        """Return whether a line asks for nothing but whether the script ends."""
        begun = re.match(r"[\s}]*(?=if\b)", line)
        command = next(iter(tcl.commands(self.text, start + begun.end())), None) if begun else None
        return command is not None and len(command.tokens) == 3 and self._only_ends(command.tokens[2])  # noqa: PLR2004 - if, condition, body

    def ends_for_good(self, body: Token) -> bool:
        """Return whether a body types nothing but what leaves a tool, and ends the script at last."""
        texts, seen = [body.text], set[str]()
        for text in texts:
            used = self.named_in(text) - seen
            seen |= used
            texts += [self.procs[name].body.text for name in sorted(used)]
        return not any(_TYPES.search(_LEAVES.sub("", text)) for text in texts) and self._last_ends(body)

    def _last_ends(self, body: Token, depth: int = 0) -> bool:
        last = [command for command in tcl.commands(body.text) if command.tokens][-1:]
        name = last[0].tokens[0].text if last else ""
        proc = self.procs.get(name) if depth < _DEPTH else None
        return name in _ENDS or (proc is not None and self._last_ends(proc.body, depth + 1))

    def _only_ends(self, body: Token, depth: int = 0) -> bool:
        """Return whether a body types nothing, and ends the script at last."""
        last = [command for command in tcl.commands(body.text) if command.tokens][-1:]
        if not last or self.sends(body.text) or depth > _DEPTH:
            return False
        name = last[0].tokens[0].text
        proc = self.procs.get(name)
        return name in _ENDS or (proc is not None and self._only_ends(proc.body, depth + 1))
