"""How clap 4 words help and refusals. Imported only to show one of them.

The layout follows clap's own rules (usage line, columns, where help goes on a line of its own, similar names); the
reference shows it on the page of ``key generate-symmetric aes``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudhsm_cli.arguments import Option, Syntax

# Where the names take more than this part of the width, and a text does not fit beside them, all go below.
_WIDTH, _WIDE = 100, 0.4
_SIMILAR = 0.7
_TRY_HELP = "For more information, try '--help'.\n"


class Place:
    """Where in the tree words were read: the name as the usage line shows it, the syntax, the names below."""

    def __init__(
        self,
        name: str,
        about: str = "",
        syntax: Syntax | None = None,
        children: Sequence[tuple[str, str]] = (),
        *,
        needs_child: bool = False,
        version: bool = False,
    ) -> None:
        self.name = name
        self.about = about
        self.options: tuple[Option, ...] = syntax.options if syntax else ()
        self.children = children
        self.needs_child = needs_child
        self.version = version

    def usage(self, used: Sequence[str] | None = None) -> str:
        """Return the usage line; with flags that were ``used`` it shows those and the required ones only."""
        parts = [self.name] if self.name else []
        if used is None and any(not option.required and not option.group for option in self.options):
            parts.append("[OPTIONS]")
        grouped = [option for option in self.options if option.group]
        required = [option for option in self.options if option.required]
        by_flag = {option.flag: option for option in self.options}
        extra = [by_flag[flag] for flag in used or () if flag in by_flag]
        shown = required + [option for option in extra if option not in required and not option.group]
        parts += [str(option) for option in shown]
        parts += [_group(members) for members in _groups(grouped)]
        if self.needs_child:
            parts.append("<COMMAND>")
        elif self.children and used is None:
            parts.append("[COMMAND]")
        return "Usage: " + " ".join(parts)

    def required(self) -> str:
        """Return the required options, as they stand in the usage line of a subcommand."""
        return "".join(f" {option}" for option in self.options if option.required)

    def help(self) -> str:
        """Return the help text."""
        blocks = [f"{self.about}\n"] if self.about else []
        blocks.append(f"{self.usage()}\n")
        if self.children:
            width = max(len(name) for name, _ in self.children)
            blocks.append("Commands:\n" + "".join(f"  {name:{width}}  {about}\n" for name, about in self.children))
        blocks.append("Options:\n" + self._options())
        return "\n".join(blocks)

    def _options(self) -> str:
        rows = [
            (option.short, str(option), option.help + _possible(option, " " if option.help else ""))
            for option in self.options
        ]
        rows.append(("-h", "--help", "Print help"))
        if self.version:
            rows.append(("-V", "--version", "Print version"))
        longest = max(len(name) for _, name, _ in rows)
        taken = longest + 12
        below = _WIDE * _WIDTH < taken <= _WIDTH and any(len(text) > _WIDTH - taken for *_, text in rows)
        lines = []
        for short, name, text in rows:
            head = f"  {short}, {name}" if short else f"      {name}" if name.startswith("--") else f"  {name}"
            lines.append(f"{head}\n          {text}\n" if below else f"{head:{longest + 6}}  {text}\n")
        return "".join(lines)


def help_about_help(name: str, about: str) -> str:
    """Return the help text of ``help`` itself, which stands behind the name of a group."""
    return f"{about}\n\nUsage: {name} [COMMAND]...\n\nArguments:\n  [COMMAND]...  Print help for the subcommand(s)\n"


def unexpected(place: Place, word: str, used: Sequence[str]) -> str:
    """Return the refusal of an option or a word that the command does not know."""
    flags = [option.flag for option in place.options] + ["--help"]
    similar = _similar(word.removeprefix("--"), [flag[2:] for flag in flags]) if word.startswith("--") else []
    tip = ""
    if similar:
        flag = f"--{similar[-1]}"
        tip = f"\n\n  tip: a similar argument exists: '{flag}'"
        used = [*used, flag]
    return _refusal(f"unexpected argument '{word}' found{tip}", place.usage(used or None))


def unrecognized(place: Place, word: str) -> str:
    """Return the refusal of a word that is no subcommand."""
    return _refusal(
        f"unrecognized subcommand '{word}'" + _tip("subcommand", _similar(word, [name for name, _ in place.children])),
        place.usage(),
    )


def unexpected_value(place: Place, option: Option, value: str) -> str:
    """Return the refusal of a value for a switch."""
    return _refusal(
        f"unexpected value '{value}' for '{option}' found; no more were expected", place.usage([option.flag])
    )


def missing_value(_: Place, option: Option) -> str:
    """Return the refusal of an option without its value."""
    return _refusal(f"a value is required for '{option}' but none was supplied" + _possible(option, "\n  "))


def invalid_choice(_: Place, option: Option, value: str) -> str:
    """Return the refusal of a value that is none of the option's."""
    if not value:
        return missing_value(_, option)
    similar = _similar(value, option.choices)[-1:]
    return _refusal(f"invalid value '{value}' for '{option}'" + _possible(option, "\n  ") + _tip("value", similar))


def invalid_value(_: Place, option: Option, value: str, reason: str) -> str:
    """Return the refusal of a value that is no such number."""
    return _refusal(f"invalid value '{value}' for '{option}': {reason}")


def not_utf8(place: Place) -> str:
    """Return the refusal of a value that is no text."""
    return _refusal("invalid UTF-8 was detected in one or more arguments", place.usage())


def repeated(place: Place, option: Option) -> str:
    """Return the refusal of an option that was given twice."""
    return _refusal(f"the argument '{option}' cannot be used multiple times", place.usage())


def conflict(place: Place, option: Option, others: Sequence[Option], used: Sequence[str]) -> str:
    """Return the refusal of two options of which only one can be given."""
    if len(others) == 1:
        text = f"the argument '{option}' cannot be used with '{others[0]}'"
    else:
        text = f"the argument '{option}' cannot be used with:" + "".join(f"\n  {other}" for other in others)
    rest = [flag for flag in used if flag not in {other.flag for other in others}]
    return _refusal(text, place.usage(rest))


def missing(place: Place, options: Sequence[Option | list[Option]], used: Sequence[str]) -> str:
    """Return the refusal of a command that lacks options, a list being a group of which one is needed."""
    named = [_group(option) if isinstance(option, list) else str(option) for option in options]
    flags = [option.flag for option in options if not isinstance(option, list)]
    text = "the following required arguments were not provided:" + "".join(f"\n  {name}" for name in named)
    return _refusal(text, place.usage([*used, *flags]))


def _refusal(text: str, usage: str = "") -> str:
    return f"error: {text}\n\n" + (f"{usage}\n\n" if usage else "") + _TRY_HELP


def _groups(options: Sequence[Option]) -> list[list[Option]]:
    found: dict[str, list[Option]] = {}
    for option in options:
        found.setdefault(option.group, []).append(option)
    return list(found.values())


def _group(members: Sequence[Option]) -> str:
    return "<" + "|".join(str(option) for option in members) + ">"


def _possible(option: Option, before: str) -> str:
    return f"{before}[possible values: {', '.join(option.choices)}]" if option.choices else ""


def _tip(kind: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"\n\n  tip: {f'a similar {kind} exists' if len(names) == 1 else f'some similar {kind}s exist'}: {quoted}"


def _similar(word: str, names: Iterable[str]) -> list[str]:
    """Return the names that are similar to a word, the most similar one last."""
    rated = [(_jaro(word, name), name) for name in names]
    return [name for rate, name in sorted(rated, key=lambda item: item[0]) if rate > _SIMILAR]


def _jaro(first: str, second: str) -> float:
    """Return the Jaro similarity of two texts, 0 to 1, which clap goes by."""
    if not first or not second:
        return float(first == second)
    reach = max(max(len(first), len(second)) // 2 - 1, 0)
    taken = [False] * len(second)
    matched = []
    for position, character in enumerate(first):
        for other in range(max(0, position - reach), min(position + reach + 1, len(second))):
            if not taken[other] and second[other] == character:
                taken[other] = True
                matched.append(character)
                break
    if not matched:
        return 0.0
    partner = [character for character, used in zip(second, taken, strict=True) if used]
    moved = sum(mine != other for mine, other in zip(matched, partner, strict=True)) // 2
    count = len(matched)
    return (count / len(first) + count / len(second) + (count - moved) / count) / 3
