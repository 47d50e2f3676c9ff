"""The option loop of KMU (reference 1.2 to 1.4): what is read how, what is missing, when help is shown."""

from __future__ import annotations

from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.help_text import Help
    from key_mgmt_util.shell import Shell

MIN_SRV_MISSING = "\n\tError: Minimum servers (-min_srv) option is missing\n"
SESSION_SHARING = "\n\tError: sharing session keys is not allowed\n"


class ShowHelp(Exception):  # noqa: N818 - it is an outcome
    """A value that decides for help; the message is printed at once."""


class EndCommand(Exception):  # noqa: N818 - it is an outcome
    """A value that ends the command at once, without help; the message is printed."""


class Option(Record):
    """One option.

    ``reader`` turns its value into what the command uses, or into None, which counts as not given; without a reader
    the option takes no value and is True. ``repeats``: it may be given again, and the last one wins.
    """

    flag: str
    reader: Callable[[str, Callable[[str], None]], Any] | None = None
    repeats: bool = False


class Syntax(Record):
    """The options of a command, its checks, and its help.

    ``required`` are flags with the line that says that they are missing, in the order of the checks; an empty line
    means help without a line. Where ``-timeout`` and ``-u`` stand among the options, the two checks that are made
    even when help has been decided are made for them.
    """

    options: tuple[Option, ...]
    required: tuple[tuple[str, str], ...]
    help: Help
    session_sharing: bool = True
    needs_min_srv: bool = True


def parse(
    shell: Shell,
    syntax: Syntax,
    words: list[str],
    check: Callable[[dict[str, Any], bool], bool] | None = None,
) -> dict[str, Any] | None:
    """Return the values by flag, or None when messages and help have been printed instead.

    ``check`` is a command's own check behind those of the required options. It is made even when help has been
    decided, is told so, and returns whether help is to be shown; EndCommand from it ends the command.
    """
    say = shell.console.write
    try:
        values, wants_help = _read(syntax, words, say)
        for flag, line in syntax.required:
            if not wants_help and values.get(flag) is None:
                say(line)
                wants_help = True
        if check is not None:
            wants_help = check(values, wants_help)
    except EndCommand as end:
        say(str(end))
        return None
    if syntax.needs_min_srv and "-timeout" in values and "-min_srv" not in values:
        say(MIN_SRV_MISSING)
        wants_help = True
    if not syntax.session_sharing and "-sess" in values and "-u" in values:
        say(SESSION_SHARING)
        wants_help = True
    if wants_help:
        say(syntax.help.render())
        return None
    return values


def _read(syntax: Syntax, words: list[str], say: Callable[[str], None]) -> tuple[dict[str, Any], bool]:
    known = {option.flag: option for option in syntax.options}
    values: dict[str, Any] = {}
    wants_help = False
    position = 0
    while position < len(words):
        flag = words[position]
        option = known.get(flag)
        if option is None or (flag in values and not option.repeats):
            wants_help = True
            position += 2
        elif option.reader is None:
            values[flag] = True
            position += 1
        elif position + 1 == len(words):
            wants_help = True
            position += 1
        else:
            try:
                value = option.reader(words[position + 1], say)
            except ShowHelp as refusal:
                say(str(refusal))
                wants_help = True
                values[flag] = None  # it was given, so no other option is found to lack it
            else:
                if value is not None:
                    values[flag] = value
            position += 2
    return values, wants_help
