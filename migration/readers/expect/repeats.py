"""What an expect does each time that it reads something, and goes on waiting: how often that is only a run tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.readers.expect.asking import Asking
from migration.readers.expect.taken import looked_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Alternative, Token
    from migration.readers.expect.worlds import World


def _comes_again(item: Alternative, pattern: str, seen: Sequence[World]) -> bool:
    """Return whether a pattern may be read more than once in what is shown, as far as that is known."""
    regex = looked_for(pattern, item.kind, ignore_case=item.nocase)
    return regex is None or not seen or any(len(regex.findall(world.text)) > 1 for world in seen)


class Repeats(Asking):
    """Finds what changes with every time that something is read."""

    def repeat(self, item: Alternative, pattern: str, seen: Sequence[World], frame: Frame) -> None:
        """Let nobody tell what changes each time that a pattern is read, if it may be again: a count, a list."""
        body = item.body
        held = self._written_out(body) if body is not None and _comes_again(item, pattern, seen) else {}
        if body is None or not held:
            return
        before, steps, hand = self.state(), [*self.builder.steps], [*self.builder.hand_work]
        guards, asides = len(self.guards), len(self.asides)
        self.body(body, frame)
        again = self._written_out(body)
        self.restore(before)
        self.builder.steps[:], self.builder.hand_work[:] = steps, hand
        del self.guards[guards:], self.asides[asides:]
        for name in sorted(name for name, text in held.items() if again.get(name) != text):
            told = f"{name.removeprefix('::')} depends on how often something is read"
            self.variables.unclear(name, self.at(body.start, frame), told)

    def _written_out(self, body: Token) -> dict[str, str]:
        """Return what the variables hold that a body sets, as far as it is written out."""
        found = {}
        for name in self.sets(body.text):
            value = self.variables.peek(name)
            text = words.literal(value.word) if value is not None and value.word is not None else None
            if text is not None:
                found[name] = text
        return found
