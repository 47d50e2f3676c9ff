"""How a tool is called: which one it is, and the commands among its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from key_mgmt_util import table as kmu_table
from migration import legacy, words
from migration.dialogue import Dialogue
from migration.script import CMU, HOST, KMU

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.dialogue import Builder
    from migration.words import Word

TOOLS = {
    "cloudhsm_mgmt_util": CMU,
    "cloudhsm_mgmt_util.exe": CMU,
    "Cfm3MgmtUtil": CMU,
    "key_mgmt_util": KMU,
    "key_mgmt_util.exe": KMU,
    "Cfm3Util": KMU,
    "Cfm2Util": KMU,
}
SINGLE = "singlecmd"
CLIENT = "cloudhsm-client"
_SERVICES = ("service", "systemctl", "start", "stop", "restart", "initctl", "invoke-rc.d", "chkconfig", "update-rc.d")
# Programs that run another one: which of their options take a word, and how many words stand before it.
_BEFORE = {
    "sudo": ("-u -g -h -p -C -T -r -t", 0),
    "exec": ("-a", 0),
    "time": ("-f -o", 0),
    "command": ("", 0),
    "stdbuf": ("-i -o -e", 0),
    "env": ("-u -C -S", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "unbuffer": ("", 0),
    "nice": ("-n", 0),
    "ionice": ("-c -n -p", 0),
    "timeout": ("-k -s", 1),
}
# The variable of the loop that stands for an xargs.
ITEM = "hsm_item"
_LOGIN_WORDS = (4, 6)


class Each(NamedTuple):
    """A loop that an xargs is: its variable, and its command.

    ``splits`` is what puts its words on lines of their own, empty if a turn takes several words.
    """

    variable: str
    command: list[Word]
    splits: str


class Invocation(NamedTuple):
    """A call of a tool: ``tool`` is KMU, CMU or HOST, ``name`` the command if it is one of the host's.

    ``cfg`` is the configuration file of CMU; ``commands`` are the words of each command that is given as arguments,
    None if they are typed.
    """

    tool: str
    name: str
    cfg: str
    arguments: tuple[Word, ...]
    commands: tuple[tuple[Word, ...], ...] | None


def of(found: Sequence[Word]) -> Invocation | None:
    """Return what the words of a command line call, None if it is none of the tools."""
    position = behind(found)
    if position >= len(found):
        return None
    program, arguments = words.literal(found[position]), tuple(found[position + 1 :])
    if program is None:
        # "$BIN/key_mgmt_util": the last part tells.
        last = found[position][-1]
        program = last.text if last.kind == words.TEXT and "/" in last.text else ""
    base = program.rpartition("/")[2].rpartition("\\")[2]
    if base in TOOLS:
        return _tool(TOOLS[base], arguments)
    texts = [words.literal(word) or "" for word in arguments]
    if base == "configure" and ({"-a", "-m", "--cmu"} & set(texts) or "cloudhsm" in program):
        return Invocation(HOST, "configure", "", arguments, None)
    if base == "cloudhsm_client":
        return Invocation(HOST, "cloudhsm_client", "", arguments, None)
    by_script = base == CLIENT and "init.d/" in program
    if by_script or (base in _SERVICES and CLIENT in " ".join(texts)):
        return Invocation(HOST, "service", "", (*([words.text(base)] if by_script else ()), *arguments), None)
    return None


def each(found: Sequence[Word]) -> Each | None:
    """Return the loop that an xargs is which runs a command for each word or line; None for any other command."""
    if not found or words.literal(found[0]) != "xargs":
        return None
    rest, mark, one = list(found[1:]), "", ""
    while rest and (option := words.shown(rest[0])).startswith("-"):
        rest.pop(0)
        name, value = option[:2], option[2:]
        if name in ("-n", "-L", "-I", "-i") and not value and rest and name != "-i":
            value = words.shown(rest.pop(0))
        if name in ("-I", "-i"):
            mark, one = value or "{}", name
        elif name in ("-n", "-L"):
            one = name if value == "1" else ""
        elif option not in ("-r", "--no-run-if-empty", "-t"):
            return None
    if not rest or not one:
        return None
    item = words.variable(ITEM)
    if mark:
        return Each(ITEM, [_filled(word, mark, item) for word in rest], "xargs -r -I{} printf '%s\\n' {}")
    return Each(ITEM, [*rest, item], "xargs -r -n1 printf '%s\\n'" if one == "-n" else "")


def _filled(word: Word, mark: str, item: Word) -> Word:
    pieces: list[Word] = []
    for part in word:
        if part.kind != words.TEXT or mark not in part.text:
            pieces.append((part,))
            continue
        for index, text in enumerate(part.text.split(mark)):
            pieces += [*([item] if index else []), words.text(text)]
    return words.join(pieces)


def behind(found: Sequence[Word]) -> int:
    """Return where the program stands that others only run."""
    position = 0
    while position < len(found):
        name = (words.literal(found[position]) or "").rpartition("/")[2]
        if name not in _BEFORE:
            break
        takes, operands = _BEFORE[name]
        position += 1
        if name == "command" and position < len(found) and words.shown(found[position]) in ("-v", "-V"):
            return len(found)
        while position < len(found) and (option := words.shown(found[position])).startswith("-"):
            position += 2 if option in takes.split() else 1
        while name == "env" and position < len(found) and "=" in words.shown(found[position]):
            position += 1
        position += operands
    return position


def _tool(tool: str, arguments: tuple[Word, ...]) -> Invocation:
    texts = [words.literal(word) for word in arguments]
    if tool == KMU:
        while texts[:1] == ["Cfm3Util"] or (texts[:1] == ["-p"] and len(texts) > 1):
            taken = 1 if texts[0] == "Cfm3Util" else 2
            arguments, texts = arguments[taken:], texts[taken:]
    cfg = "" if tool == KMU or not arguments else words.shown(arguments[0])
    if SINGLE not in texts[:3]:
        return Invocation(tool, "", cfg, arguments, None)
    behind = arguments[texts.index(SINGLE) + 1 :]
    return Invocation(tool, "", cfg, arguments, tuple(_chained(tool, behind)))


def _chained(tool: str, found: Sequence[Word]) -> list[tuple[Word, ...]]:
    length = _login_length(tool, found)
    return [tuple(piece) for piece in (found[:length], found[length:]) if piece]


def _login_length(tool: str, found: Sequence[Word]) -> int:
    texts = [words.literal(word) for word in found]
    if not texts or texts[0] is None or legacy.full_name(tool, texts[0]) != "loginHSM":
        return 0
    if tool == CMU:
        return _LOGIN_WORDS[1] if texts[4:5] == [legacy.SECOND_FACTOR] else _LOGIN_WORDS[0]
    position = 1
    while position < len(texts):
        text = texts[position]
        if text in ("-u", "-s", "-p"):
            position += 2
        elif text in (legacy.HIDDEN, legacy.SECOND_FACTOR):
            position += 1
            following = texts[position] if position < len(texts) else "-"
            if text == legacy.HIDDEN and not (following or "").startswith("-") and following not in kmu_table.COMMANDS:
                position += 1
        else:
            break
    return min(position, len(texts))


def run_words(
    builder: Builder, call: Invocation, line: int, lookup: Callable[[str], Word | None], *, condition: str = ""
) -> list[int]:
    """Add the steps of a call that has its commands as arguments; return their indexes."""
    dialogue = Dialogue(builder, call.tool, lookup, cfg=call.cfg, lenient=True)
    dialogue.start_words()
    found = []
    for command in call.commands or ():
        # Words that a shell has split already stay whole, whatever blanks they hold.
        first = words.literal(command[0])
        name = legacy.full_name(call.tool, first) if first is not None else None
        if name is not None:
            found.append(dialogue.command(name, command, line, condition=condition))
        elif first is None:
            found.append(dialogue.feed(words.join([*command[:1], words.text(" "), *_spaced(command[1:])]), line))
        else:
            builder.by_hand(line, f"{first} is no command of {call.tool}: it showed help and did nothing")
    return [index for index in found if index >= 0]


def _spaced(found: Sequence[Word]) -> list[Word]:
    return [piece for word in found for piece in (word, words.text(" "))]
