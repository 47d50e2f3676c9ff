"""What a command takes, declared as data, and how words are read by it: as clap 4 of the original does.

How a refusal or a help text looks is ``usage``'s matter, which is imported only for that.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

HELP_FLAGS = ("-h", "--help")
INT64_MAX = (1 << 63) - 1


class Option:
    """One option.

    ``value`` names what follows the flag; without it the option is a switch. With ``multiple`` any number of words may
    follow (at least ``least``), and it may be repeated. Of a ``group`` exactly one member must be given. ``choices`` or
    ``numbers`` are the values that are taken, if not all are.
    """

    __slots__ = ("choices", "flag", "group", "help", "least", "multiple", "numbers", "required", "short", "value")

    def __init__(
        self,
        flag: str,
        value: str = "",
        help: str = "",  # noqa: A002 - what it is called everywhere
        *,
        required: bool = False,
        multiple: bool = False,
        least: int = 0,
        choices: tuple[str, ...] = (),
        numbers: range | None = None,
        short: str = "",
        group: str = "",
    ) -> None:
        self.flag = flag
        self.value = value
        self.help = help
        self.required = required
        self.multiple = multiple
        self.least = least
        self.choices = choices
        self.numbers = numbers
        self.short = short
        self.group = group

    def __str__(self) -> str:
        """Return the option as usage lines show it: ``--label <LABEL>``, ``--attributes [<KEY_ATTRIBUTES>...]``."""
        if not self.value:
            return self.flag
        value = f"<{self.value}>" + ("..." if self.multiple else "")
        return f"{self.flag} {value if self.least or not self.multiple else f'[{value}]'}"


CLUSTER_ID = Option(
    "--cluster-id",
    "CLUSTER_ID",
    "Unique Id to choose which of the clusters in the config file to run the operation against. If not provided, "
    "will fall back to the value provided when interactive mode was started, or error",
)
APPROVAL = Option("--approval", "APPROVAL", "Path to the signed quorum token file that approves the operation")
PASSWORD = Option("--password", "PASSWORD", "The password; it is asked for if this is left out")


class Syntax:
    """The options of a command in the order of its help, and its own subcommands, each a name, an about line, a Syntax.

    ``--cluster-id`` comes first unless ``cluster_id`` is False. A command may do without its subcommands.
    """

    __slots__ = ("options", "subcommands")

    def __init__(
        self, *options: Option, subcommands: tuple[tuple[str, str, Syntax], ...] = (), cluster_id: bool = True
    ) -> None:
        self.options = (CLUSTER_ID, *options) if cluster_id else options
        self.subcommands = subcommands


class Values:
    """What was given: texts by flag, in the order given. ``subcommand`` is a name and its own values, or None."""

    __slots__ = ("given", "subcommand")

    def __init__(self) -> None:
        self.given: dict[str, list[str]] = {}
        self.subcommand: tuple[str, Values] | None = None

    def has(self, flag: str) -> bool:
        """Return whether the flag was given."""
        return flag in self.given

    def text(self, flag: str) -> str:
        """Return the value of an option that is required."""
        return self.given[flag][0]

    def get(self, flag: str) -> str | None:
        """Return the value of an option, None if it was not given."""
        found = self.given.get(flag)
        return found[0] if found else None

    def all(self, flag: str) -> list[str]:
        """Return the values of an option that takes several; none if it was not given."""
        return self.given.get(flag, [])

    def number(self, flag: str) -> int | None:
        """Return the value of an option that takes a number, None if it was not given."""
        found = self.get(flag)
        return None if found is None else int(found)


class Wrong(Exception):  # noqa: N818 - it is what the words are
    """Words that a command does not take: ``reason`` names a function of ``usage``, ``details`` are its arguments.

    ``subcommand`` names the command's own subcommand, if it is that one which does not take them.
    """

    def __init__(self, reason: str, *details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details
        self.subcommand = ""


class HelpWanted(Exception):  # noqa: N818 - it is an outcome
    """Help was asked for; ``name`` is that of the command's subcommand, if it is about that."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


def read(syntax: Syntax, words: Sequence[str]) -> Values:
    """Return what the words say.

    Raises:
        HelpWanted: ``-h`` or ``--help`` comes before anything that is wrong.
        Wrong: the words cannot be read; what stands first counts.
    """
    return _Reader(syntax, words).read()


class _Reader:
    """One reading of the words of one command."""

    def __init__(self, syntax: Syntax, words: Sequence[str]) -> None:
        self._syntax = syntax
        self._words = words
        self._at = 0
        self._flags = {option.flag: option for option in syntax.options}
        self._shorts = {option.short: option for option in syntax.options if option.short}
        self._values = Values()

    def read(self) -> Values:
        while self._at < len(self._words):
            word = self._words[self._at]
            self._at += 1
            if word in HELP_FLAGS:
                raise HelpWanted
            if word == "--":
                if self._at < len(self._words):
                    self._wrong("unexpected", self._words[self._at], [])
            elif word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and len(word) > 1:
                self._short(word)
            else:
                self._values.subcommand = self._subcommand(word)
                break
        else:
            self._check_required()
        return self._values

    def _subcommand(self, word: str) -> tuple[str, Values]:
        """Read a word that is no option: the name of a subcommand, which has the rest of the words."""
        syntax = {name: syntax for name, _, syntax in self._syntax.subcommands}.get(word)
        if syntax is None:
            if word == "help" and self._syntax.subcommands:
                raise HelpWanted("".join(self._words[self._at : self._at + 1]))
            if self._syntax.subcommands:
                self._wrong("unrecognized", word)
            self._wrong("unexpected", word, [])
        try:
            inner = read(syntax, self._words[self._at :])
        except HelpWanted:
            raise HelpWanted(word) from None
        except Wrong as wrong:
            wrong.subcommand = word
            raise
        self._check_required()
        return word, inner

    def _long(self, word: str) -> None:
        flag, equals, value = word.partition("=")
        option = self._flags.get(flag)
        if option is None:
            self._wrong("unexpected", flag, list(self._values.given))
        elif option.value:
            self._take(option, [value] if equals else self._following(option))
        elif equals:
            self._wrong("unexpected_value", option, value)
        else:
            self._take(option, [])

    def _short(self, word: str) -> None:
        """Read options of one letter; switches may stand together, and a value may stand behind its letter."""
        for position, letter in enumerate(word[1:], 1):
            if letter == "h":
                raise HelpWanted
            option = self._shorts.get(f"-{letter}") or self._flags.get(f"-{letter}")
            if option is None:
                self._wrong("unexpected", f"-{letter}", [])
            elif not option.value:
                self._take(option, [])
            else:
                rest = word[position + 1 :].removeprefix("=")
                self._take(option, [rest, *self._more(option)] if rest else self._following(option))
                return

    def _more(self, option: Option, most: int = 0) -> list[str]:
        """Return the words that follow and do not look like an option: any number, or at most so many."""
        start = self._at
        while self._at < len(self._words) and (option.multiple or self._at - start < most):
            word = self._words[self._at]
            if word.startswith("-") and len(word) > 1:
                break
            self._at += 1
        return list(self._words[start : self._at])

    def _following(self, option: Option) -> list[str]:
        """Return the words that are the option's."""
        found = self._more(option, most=1)
        if not found and (option.least or not option.multiple):
            next_word = self._words[self._at] if self._at < len(self._words) else ""
            known = (*self._shorts, *self._flags, "-h")
            if next_word.startswith("-") and not next_word.startswith("--") and next_word[:2] not in known:
                self._wrong("unexpected", next_word[:2], [])
            self._wrong("missing_value", option)
        return found

    def _take(self, option: Option, found: list[str]) -> None:
        for value in found:
            self._check(option, value)
        if option.flag in self._values.given:
            if not option.multiple:
                self._wrong("repeated", option)
            self._values.given[option.flag] += found
            return
        self._values.given[option.flag] = found

    def _check(self, option: Option, value: str) -> None:
        if not value.isascii() and any("\udc80" <= character <= "\udcff" for character in value):
            self._wrong("not_utf8")
        if option.choices and value not in option.choices:
            self._wrong("invalid_choice", option, value)
        if option.numbers is None:
            return
        digits = value.removeprefix("+") if value.startswith("+") else value
        if not value:
            self._wrong("invalid_value", option, value, "cannot parse integer from empty string")
        elif not (digits.isascii() and digits.isdigit()):
            self._wrong("invalid_value", option, value, "invalid digit found in string")
        elif len(digits.lstrip("0")) > len(str(INT64_MAX)) or int(digits) > INT64_MAX:
            self._wrong("invalid_value", option, value, "number too large to fit in target type")
        elif int(digits) not in option.numbers:
            low, high = option.numbers[0], option.numbers[-1]
            self._wrong("invalid_value", option, value, f"{int(digits)} is not in {low}..={high}")

    def _check_required(self) -> None:
        given = self._values.given
        groups: dict[str, list[Option]] = {}
        for option in self._syntax.options:
            if option.group:
                groups.setdefault(option.group, []).append(option)
        for members in groups.values():
            both = sorted(
                (option for option in members if option.flag in given),
                key=lambda option: list(given).index(option.flag),
            )
            if len(both) > 1:
                self._wrong("conflict", both[0], both[1:], list(given))
        missing: list[Option | list[Option]] = [
            option for option in self._syntax.options if option.required and option.flag not in given
        ]
        missing += [members for members in groups.values() if not any(option.flag in given for option in members)]
        if missing:
            self._wrong("missing", missing, list(given))

    def _wrong(self, reason: str, *details: object) -> NoReturn:
        raise Wrong(reason, *details)
