"""Legacy commands as their own tools read them: names, declared options, how many arguments, what is asked.

The tables and option syntaxes are those of the rebuilt shells, so a line is taken here for what it is there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_mgmt_util import table as cmu_table
from key_mgmt_util import table as kmu_table
from key_mgmt_util.shell import ENDINGS
from migration.script import CMU, KMU
from migration.words import Word, literal, number
from shared.attributes import TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from key_mgmt_util.options import Syntax

HIDDEN, SECOND_FACTOR = "-hpswd", "-2fa"
# What a command asks for, in order: a hidden password, y or n, a value, a path.
PASSWORD, CONFIRM, VALUE, PATH, PHRASE = "password", "confirm", "value", "path", "phrase"
_CONFIRMED = (
    "createUser",
    "changePswd",
    "setAttribute",
    "shareKey",
    "setMValue",
    "registerQuorumPubKey",
    "registerMofnPubKey",
)
_SECOND_FACTOR = ("loginHSM", "createUser", "changePswd")
# The CMU reads the value of an attribute at a question if it does not stand on the line (older clients).
_CMU_SET_WITHOUT_VALUE = 2


class Parsed(NamedTuple):
    """A legacy command taken apart.

    ``values`` are KMU's options by flag, None for one without a value; ``arguments`` are CMU's, in order. ``mistake``
    says why the real tool would do nothing, ``unresolved`` which word a variable hides.
    """

    name: str
    values: dict[str, Word | None]
    arguments: tuple[Word, ...] = ()
    mistake: str = ""
    unresolved: str = ""

    def has(self, flag: str) -> bool:
        """Return whether an option was given."""
        return flag in self.values

    def get(self, flag: str) -> Word | None:
        """Return the value of an option, None if it was not given."""
        return self.values.get(flag)


def full_name(tool: str, word: str, *, server_mode: bool = False) -> str | None:
    """Return the command that a first word stands for: exact in KMU, a unique prefix in CMU; None if none does."""
    if tool == KMU:
        return word if word in kmu_table.COMMANDS or word in ENDINGS else None
    mode = "S" if server_mode else "G"
    for profile in ("3.x", "1.x"):
        found = cmu_table.matches(word, mode, profile)
        if len(found) == 1:
            return found[0]
    # A script may use a server-mode command where the mode was not seen, and then it is known all the same.
    exact = word if word in cmu_table.COMMANDS else None
    return "delToken" if word == "deleteToken" else exact


def tools_of(words: Sequence[Word]) -> tuple[str, ...]:
    """Return the tools that know a line's first word and would take its arguments."""
    first = literal(words[0]) if words else None
    if not first:
        return ()
    options = any(
        (literal(word) or "").startswith("-") and literal(word) not in (HIDDEN, SECOND_FACTOR) for word in words[1:]
    )
    found = []
    if full_name(CMU, first) and not (options and first not in ("listAttributes", "getKeyInfo")):
        found.append(CMU)
    if full_name(KMU, first) and (options or len(words) == 1 or not parse(KMU, first, words[1:]).mistake):
        found.append(KMU)
    return tuple(found)


def parse(tool: str, name: str, words: Sequence[Word]) -> Parsed:
    """Return the words behind a command's name as its tool reads them."""
    return _parse_kmu(name, words) if tool == KMU else _parse_cmu(name, words)


def _parse_cmu(name: str, words: Sequence[Word]) -> Parsed:
    command = cmu_table.load(name)
    least, most = command.ARGUMENTS
    if name == "setAttribute":
        least = _CMU_SET_WITHOUT_VALUE
    splits = [word for word in words if any(part.text in ("@", "*") for part in word if part.kind != "text")]
    if splits:
        return Parsed(name, {}, tuple(words), unresolved="its arguments are those of another call")
    second = words[3:4]
    half_factor = name in _SECOND_FACTOR and second and (len(words) == least + 1 or literal(second[0]) != SECOND_FACTOR)
    if not least <= len(words) <= most or half_factor:
        return Parsed(name, {}, tuple(words), mistake=f"{name} takes other arguments: {command.SYNTAX}")
    return Parsed(name, {}, tuple(words))


def _parse_kmu(name: str, words: Sequence[Word]) -> Parsed:
    syntax = None if name in ENDINGS else _syntax(name, words)
    if syntax is None:
        return Parsed(name, {}, tuple(words))
    known = {option.flag: option for option in syntax.options}
    values: dict[str, Word | None] = {}
    position, mistake, unresolved = 0, "", ""
    while position < len(words):
        flag = literal(words[position])
        option = known.get(flag) if flag is not None else None
        if name == "loginHSM" and flag == HIDDEN and _is_value(words, position + 1):
            position += 1  # a password that a recipe writes behind -hpswd
        if flag is None:
            unresolved = unresolved or "an option is in a variable"
            position += 1
        elif option is None:
            mistake = mistake or ("it asks for help" if flag == "-h" else f"{name} knows no option {flag}")
            position += 1 if not flag.startswith("-") or flag == "-h" else 2
        elif option.reader is None:
            values[flag or ""] = None
            position += 1
        elif position + 1 >= len(words):
            mistake = mistake or f"the value of {flag} is missing"
            position += 1
        else:
            if flag in values and not option.repeats:
                mistake = mistake or f"{flag} is given twice"
            values[flag or ""] = words[position + 1]
            position += 2
    missing = [flag for flag, _ in syntax.required if flag not in values]
    if missing and not unresolved:
        mistake = mistake or f"{name} needs {missing[0]}"
    return Parsed(name, values, tuple(words), mistake, unresolved)


def _is_value(words: Sequence[Word], position: int) -> bool:
    following = literal(words[position]) if position < len(words) else "-"
    return following is None or not following.startswith("-")


def _syntax(name: str, words: Sequence[Word]) -> Syntax | None:
    """Return the declared options of a KMU command; None for those that take none."""
    module = import_module(f"key_mgmt_util.commands.{kmu_table.COMMANDS[name]}")
    if name == "unWrapKey":
        from key_mgmt_util.unwrap_syntax import syntax_for

        found: Syntax = syntax_for("3.x", [literal(word) or "" for word in words])
        return found
    syntax: Syntax | None = getattr(module, "SYNTAX", None)
    return syntax


def questions(tool: str, parsed: Parsed) -> list[str]:
    """Return what a command asks for when it is run, in order."""
    if parsed.mistake or parsed.unresolved:
        return []
    if tool == KMU:
        if parsed.name == "loginHSM":
            return [PASSWORD] if parsed.has(HIDDEN) and not parsed.has("-p") else []
        return [VALUE] if parsed.name == "setAttribute" and may_set(parsed) else []
    words = [literal(word) for word in parsed.arguments]
    asked: list[str] = []
    if HIDDEN in words[2:3]:
        asked += [PASSWORD] if parsed.name == "loginHSM" else [PASSWORD, PASSWORD]
    if parsed.name == "setAttribute" and len(words) == _CMU_SET_WITHOUT_VALUE:
        asked.append(VALUE)
    if parsed.name in _CONFIRMED:
        asked.append(CONFIRM)
    if parsed.name == "registerMofnPubKey":
        asked.append(PHRASE)
    if SECOND_FACTOR in words[3:4]:
        asked.append(PATH)
    return asked


def may_set(parsed: Parsed) -> bool:
    """Return whether setAttribute of KMU may set the attribute: it refuses all but token, unasked."""
    attribute = number(parsed.values.get("-a"))
    return attribute is None or attribute == TOKEN
