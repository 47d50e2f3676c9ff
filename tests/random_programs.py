"""What the makers of random Python programs have in common."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import ClassVar


class Maker(ABC):
    """Makes programs, one from every seed: ``most`` statements a block, which ``ends`` the program that often."""

    most: ClassVar[int]
    ends: ClassVar[float]

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - it is for no secret

    def program(self) -> str:
        """Return some statements."""
        lines = (line for _ in range(self.random.randint(2, 5)) for line in self.statement(2, loop=False))
        return "".join(f"{line}\n" for line in lines)

    def block(self, depth: int, *, loop: bool) -> list[str]:
        """Return the lines of a block."""
        count = self.random.randint(1, self.most)
        lines = [line for _ in range(count) for line in self.statement(depth - 1, loop=loop)]
        if self.random.random() < self.ends:
            lines.append(self.random.choice(["sys.exit(0)", "sys.exit(1)", "raise KeyError"]))
        return [f"    {line}" for line in lines]

    @abstractmethod
    def statement(self, depth: int, *, loop: bool) -> list[str]:
        """Return the lines of a statement, within a loop or not."""
