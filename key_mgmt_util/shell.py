"""What a KMU command works with, and how a line becomes a command."""

from __future__ import annotations

from key_mgmt_util import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.cluster.quorum import QuorumClient
    from shared.console import Console

PROMPT = "\nCommand:  "
MAX_LINE = 1400
MAX_WORDS = 98
ENDINGS = ("exit", "quit")


class Shell:
    """The state of one run: the terminal, the session with the cluster, the output profile."""

    def __init__(self, console: Console, client: QuorumClient, profile: str) -> None:
        self.console = console
        self.client = client
        self.profile = profile

    def execute(self, words: list[str]) -> int:
        """Carry out one command, given as its words, and return its code; no word at all is ``help``."""
        name = words[0] if words else "help"
        return table.find(name).run(self, words[1:])

    def ends(self, words: list[str]) -> bool:
        """Return whether these words end the program; ``exit`` ignores what follows it."""
        return bool(words) and words[0] in ENDINGS

    def interact(self) -> None:
        """Read and carry out lines until ``exit`` or the end of input."""
        while True:
            line = self.console.read_line(PROMPT)
            if line is None:
                return
            if not line:
                continue
            words = split(line)
            if self.ends(words):
                return
            self.execute(words)


def split(line: str) -> list[str]:
    """Split a line at spaces only, TABs and quotes being ordinary; too many words count as none (reference 1.1)."""
    words = [word for word in line[:MAX_LINE].replace("\r", "").split(" ") if word]
    return words if len(words) <= MAX_WORDS else []
