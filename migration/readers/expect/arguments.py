"""The arguments of an expect script: their names in the translation, and what they are where they are not given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.expect.expression import Evaluator
from migration.readers.expect.meaning import MOST_ARGUMENTS
from migration.reading.regexes import UnknownError
from migration.reserved import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.readers.expect.around import Within
    from migration.readers.expect.takings import Takings
    from migration.readers.expect.tcl import Token
    from migration.words import Word


class Given(NamedTuple):
    """With which arguments each of several ways is taken.

    ``spans`` are numbers of arguments, or with ``argument``, the one that is asked for, how many signs it has.
    """

    argument: str
    spans: tuple[frozenset[int], ...]

    def missing(self, place: int) -> frozenset[int]:
        """Return with which of these the argument at a place is not given, or empty."""
        return frozenset(range(1 if self.argument else place + 1))


class Unset(NamedTuple):
    """Which of two ways is taken where a variable of the environment is set; with ``filled``, where it is not empty."""

    variable: str
    filled: bool
    way: int

    def otherwise(self, text: str) -> Word | None:
        """Return the variable as bash has it, with a text where it is not set; None if the text is more than plain."""
        if not re.fullmatch(r"[\w./@%+,=-]*", text):
            return None
        return words.code(f"${{{self.variable}{':' if self.filled else ''}-{text}}}")


_EXISTS = r"\[\s*info\s+exists\s+(?:::)?env\((?P<name>\w+)\)\s*\]"
_VALUE = r"\$(?:::)?env\((?P=name)\)"
_NOTHING = r"(?:\"\"|\{\})"
_SET = re.compile(rf"\s*{_EXISTS}(?P<filled>\s*&&\s*{_VALUE}\s*(?:ne|!=)\s*{_NOTHING})?\s*")
_NOT_SET = re.compile(rf"\s*!\s*{_EXISTS}(?P<filled>\s*\|\|\s*{_VALUE}\s*(?:eq|==)\s*{_NOTHING})?\s*")


def unset(condition: str) -> Unset | None:
    """Return of which variable of the environment a condition asks whether it is set, None for another one."""
    for way, form in enumerate((_SET, _NOT_SET)):
        if found := form.fullmatch(condition):
            return Unset(found["name"], bool(found["filled"]), way)
    return None


def spans(conditions: Sequence[str], most: int) -> tuple[frozenset[int], ...] | None:
    """Return with which numbers the conditions hold one behind another, and with which none does.

    They ask for the number of arguments, or how many signs a variable has; None if they ask for more.
    """
    found, rest = [], frozenset(range(most + 1))
    for condition in conditions:
        try:
            here = frozenset(number for number in rest if _truth(condition, number))
        except UnknownError:
            return None
        found.append(here)
        rest -= here
    return (*found, rest)


def _truth(condition: str, number: int) -> bool:
    text = re.sub(r"\[\s*llength\s+\$(?:::)?argv\s*\]", str(number), condition)
    return Evaluator(lambda name: str(number) if name.removeprefix("::") == "argc" else "x" * number).truth(text)


class Arguments:
    """The arguments of a script.

    ``arguments`` are their names, in order, ``defaults`` what they are otherwise, ``tested`` the variables that were
    asked for by a test that bash has, too.
    """

    def __init__(self, takings: Takings) -> None:
        """Begin without any; ``takings`` has the names that mean something else."""
        self.arguments: list[str] = []
        self.defaults: dict[str, Word] = {}
        self.tested: set[str] = set()
        self.takings = takings
        # How many arguments were shifted away; None if nobody knows.
        self._shifted: int | None = 0
        # The shell script around this one.
        self._within: Within | None = None

    @staticmethod
    def named(name: str) -> str:
        """Return the name of a variable in the translation, where some mean something already."""
        return f"script_{name}" if name in ENVIRONMENT else name

    def argument(self, place: int, name: str = "") -> Word | None:
        """Return the word that is an argument of the script, by its place; None if nobody knows which it is."""
        if self._shifted is None or place > MOST_ARGUMENTS:
            return None
        place += self._shifted
        if self._within is not None:
            given = self._within.arguments or ()
            return given[place] if place < len(given) else words.EMPTY
        while len(self.arguments) <= place:
            self.arguments.append("")
        plain = words.bash_name(self.named(name))
        taken = name and (plain in self.arguments or plain in self.takings.given)
        self.arguments[place] = self.arguments[place] or words.bash_name(
            self.named(name) if name and not taken else f"argument_{place + 1}"
        )
        return words.variable(self.arguments[place])

    def is_argument(self, word: Word) -> bool:
        """Return whether a word is one argument of the script."""
        return len(word) == 1 and word[0].kind != words.TEXT and word[0].text in self.arguments

    def counting(self, condition: str) -> str:
        """Return a condition with ``$argc``, whose value may be known, in place of the length of ``$argv``."""
        return re.sub(r"\[\s*llength\s+\$(?:::)?argv\s*\]", "$argc", condition) if self._shifted == 0 else condition

    def shift(self, token: Token) -> None:
        """Take ``set argv [lrange $argv 1 end]``."""
        found = re.fullmatch(r"\[\s*lrange\s+\$argv\s+(\d{1,2})\s+end\s*\]", token.text)
        self._shifted = self._shifted + int(found[1]) if found and self._shifted is not None else None
