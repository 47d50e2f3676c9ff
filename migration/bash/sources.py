"""Which line of a legacy script each line of its translation is from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMENT = re.compile(r"\s*#\s+line (\d+): ")


class Origin(NamedTuple):
    """The line of the legacy script, 0 if there is none, and whether it stands there as it is."""

    line: int = 0
    own: bool = False


class Body(NamedTuple):
    """The commands of a translated script, and the origin of each of their lines."""

    text: str
    origins: tuple[Origin, ...]

    def behind(self, head: str) -> Body:
        """Return the same with a text before it that comes from nowhere."""
        return Body(head + self.text, (Origin(),) * head.count("\n") + self.origins)


class Source:
    """A script that is put together of what stays and what is replaced."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._origins = [Origin()]

    def keep(self, content: bytes, line: int) -> None:
        """Add bytes that stay, of which the first is on a line."""
        text = content.decode("utf-8", "surrogateescape")
        self._pieces.append(text)
        first, *others = text.split("\n")
        if first.strip() and not self._origins[-1].line:
            self._origins[-1] = Origin(line, own=True)
        self._origins += (
            Origin(line + number, own=True) if other.strip() else Origin() for number, other in enumerate(others, 1)
        )

    def put(self, text: str, line: int, inside: Iterable[tuple[str, int]]) -> None:
        """Add what stands for something on a line; what is ``inside`` has lines of its own, in their order."""
        found = [line] * (text.count("\n") + 1)
        position = 0
        for command, origin in inside:
            place = text.find(command, position)
            if place >= 0:
                position = place + len(command)
                for number in range(text.count("\n", 0, place), text.count("\n", 0, position) + 1):
                    found[number] = origin
        self._pieces.append(text)
        self._origins[-1] = Origin(found[0])
        self._origins += map(Origin, found[1:])

    def body(self, *, without_first: bool) -> Body:
        """Return what was put together, without the first line if that is none of bash."""
        text = "".join(self._pieces)
        if without_first:
            return Body(text.partition("\n")[2], tuple(self._origins[1:]))
        return Body(text, tuple(self._origins))


def commented(text: str) -> Body:
    """Return a body whose commands have the line of the comment above them."""
    origins, line = [], 0
    for own in text.split("\n"):
        found = _COMMENT.match(own)
        line = int(found[1]) if found else line
        origins.append(Origin(line))
    return Body(text, tuple(origins))
