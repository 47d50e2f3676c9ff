"""What a terminal has shown, with what was typed unseen put where it was typed."""


class Screen:
    """The bytes that came from a tool, in order, and the text inserted between them."""

    def __init__(self) -> None:
        self._seen = bytearray()
        self._input = 0
        self._inserted: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, output: bytes) -> None:
        """Take what the terminal shows next."""
        self._seen += output

    def insert(self, text: str) -> None:
        """Put `text`, which the terminal does not echo, behind what it has shown so far."""
        self._inserted.append((len(self._seen), text))

    def begin_input(self) -> None:
        """Note that what comes from now on answers new input."""
        self._input = len(self._seen)

    def since_input(self) -> int:
        """Return how many bytes came since the last input."""
        return len(self._seen) - self._input

    def last_line(self) -> str:
        """Return the unfinished line at the end, as far as it came since the last input."""
        start = max(self._seen.rfind(b"\n", self._input) + 1, self._input)
        return self._decoded(start, len(self._seen))

    def text(self, *, since_input: bool = False) -> str:
        """Return everything, or what came since the last input, with plain newlines."""
        text, start = "", self._input if since_input else 0
        for place, inserted in self._inserted:
            if place >= start:
                text += self._decoded(start, place) + inserted
                start = place
        return text + self._decoded(start, len(self._seen))

    def _decoded(self, start: int, end: int) -> str:
        return bytes(self._seen[start:end]).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
