"""From bytes of a file to its lines."""

from __future__ import annotations

from bisect import bisect_right


class Places:
    """Where the lines of some bytes begin."""

    def __init__(self, content: bytes) -> None:
        self._starts = [0]
        position = content.find(b"\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = content.find(b"\n", position + 1)

    def line(self, byte: int) -> int:
        """Return the number of the line, from 1, that a byte is on."""
        return bisect_right(self._starts, byte)

    def start(self, byte: int) -> int:
        """Return where the line of a byte begins."""
        return self._starts[self.line(byte) - 1]
