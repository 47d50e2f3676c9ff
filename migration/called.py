"""What the variables of a script hold where it is called with certain arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.script import Script, Usage
    from migration.words import Word


def given(script: Script, arguments: Sequence[str]) -> dict[str, Word]:
    """Return the variables that arguments and options set, each with its value."""
    found: dict[str, Word] = {}
    rest = _options(script.usage, list(arguments), found) if script.usage else list(arguments)
    return found | {name: words.text(value) for name, value in zip(script.arguments, rest, strict=False)}


def _options(usage: Usage, waiting: list[str], found: dict[str, Word]) -> list[str]:
    """Return the arguments that are no options, and note what options set."""
    held = {flag: option for option in usage.options for flag in option.flags}
    rest: list[str] = []
    while waiting:
        argument = waiting.pop(0)
        name, _, value = argument.partition("=") if argument.startswith("--") else (argument[:2], "", argument[2:])
        option = held.get(argument) or held.get(name)
        if argument == "--":
            return [*rest, *waiting]
        if option is None or (argument not in option.flags and not option.takes):
            # An option that the script does not know ends it.
            rest += [argument] if argument == "-" or not argument.startswith("-") else []
        elif not option.takes:
            found[option.variable] = option.given
        elif argument not in option.flags:
            found[option.variable] = words.text(value)
        elif waiting:
            found[option.variable] = words.text(waiting.pop(0))
    return rest
