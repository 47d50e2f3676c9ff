"""Lists of commands, one a line, and transcripts of sessions, our golden format among them."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import invocation, legacy, script, words
from migration.dialogue import HELPED, REFUSED, Builder, Dialogue
from migration.languages import SHELL_PROMPT
from migration.readers import recorded
from migration.readers.dropped import Dropped
from migration.script import CMU, KMU, Script
from shared.transcript.patterns import PLACEHOLDER

if TYPE_CHECKING:
    from migration.source import Source
    from migration.words import Word

_PROMPT = re.compile(r"\s*(?:(?P<cmu>aws-cloudhsm ?> ?|server(?P<server>\d+)> ?)|(?P<kmu>Command: ? ?))(?P<typed>.*)")
_ASKED = re.compile(
    r"\s*(?:(?:Re-)?[Ee]nter (?:new )?(?:password|filename|PEM pass phrase): ?|Do you want to continue ?\(y/n\) ?\?"
    r"|Enter the boolean attribute value \(0 or 1\):|\S+\?\(R/(?:I/A|B/I)\):)(?P<typed>.*)"
)
_SHELL = re.compile(rf"{SHELL_PROMPT} +(?P<command>[^ ].*)|\$ (?P<other>.*)")
_PARTS = re.compile(r"[;&|(){}`]+|(?<!\S)(?:do|then|else|elif|if|while|until|!)(?!\S)")
# What stands before the first sign of a shell that is not within quotes.
_FIRST = re.compile(r"""(?:[^'"|;&<>\s]|'[^']*'|"[^"]*"|\s+(?!\d?>))*""")
_OTHERWISE = "runs a tool in another way than by itself, which is not followed"
# By way of another program: ssh, sh -c, watch.
_ELSEWHERE = re.compile(rf"(?:{'|'.join(map(re.escape, invocation.TOOLS))}|\$\{{?\w+\}}?)\s+{invocation.SINGLE}\b")
_LOGIN = re.compile(rf"\s{invocation.SINGLE}\s+loginHSM\s")
_USER = re.compile(r"\s*(\d+)\s+(PRECO|PCO|CO|CU|AU)\s+(\S+)\s+(?:YES|NO)\b")
_HANDLE = re.compile(r"(?<!\w)Key Handle: *(\d+|\[handle:\w+\])")
_PAIR = re.compile(r"public key handle: *(\d+|\[handle:\w+\]) +private key handle: *(\d+|\[handle:\w+\])")
_SETUP_USER = re.compile(r"--user +(\w+):([^:\s]+):")
_FILE = re.compile(r"# file (\S+): ?(.*)")
_SIGN = re.compile(r"openssl\s+dgst\s+.*?-sign\s+(\S+)\s+-out\s+(\S+)|openssl\s+dgst\s+.*?-out\s+(\S+)\s+-sign\s+(\S+)")
_LOGIN_FAILED = re.compile(r"\s*loginHSM failed: |\s*Cfm3LoginHSM returned: 0x(?!0+\b)")
_FAILED = re.compile(r"\s*(?P<kmu>Cfm\d\w+:? returned ?:? ?0x(?!0+\b)|Cfm\d\w+: 0x(?!0+\b))|(?P<name>\w+) failed: ")
_HELP = re.compile(r"Syntax: (\w+) -h\b")
_DIFFER = "Passwords do not match"
_FIRST_USERS = {1: "admin", 2: "app_user"}


def signature_of(line: str) -> tuple[str, Word] | None:
    """Return (signature file, key file) of a line that signs with openssl dgst, else None."""
    found = _SIGN.search(line)
    if not found:
        return None
    signature, key = (found[2], found[1]) if found[1] else (found[3], found[4])
    return words.beside(words.text(signature)), words.text(key)


def placeholders(typed: str) -> Word:
    """Return what was typed with every placeholder of the golden format as a variable."""
    pieces, end = [], 0
    for found in PLACEHOLDER.finditer(typed):
        pieces += [words.text(typed[end : found.start()]), words.variable(found.group(2))]
        end = found.end()
    return words.join([*pieces, words.text(typed[end:])])


def read_list(source: Source) -> Script:
    """Read a list of commands; which tool a line is for is told by its command and options, else by its neighbours."""
    builder = Builder(source.text)
    dialogue: Dialogue | None = None
    for number, line in enumerate(builder.texts, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            builder.mark(number, script.IRRELEVANT, "a comment" if stripped else "empty")
            continue
        found = words.split(words.text(stripped))
        call = _called(stripped)
        if call is not None:
            dialogue = None if _left(builder, stripped, call, number) else _call(builder, call, number)
            continue
        tools = legacy.tools_of(found)
        if dialogue is None or dialogue.ended or (tools and dialogue.session.tool not in tools):
            if not tools and dialogue is None:
                builder.mark(number, script.UNKNOWN, "no command of either tool")
                continue
            if tools:
                dialogue = Dialogue(builder, _tool_of(tools, builder.texts[number:]), lenient=True)
        if dialogue is not None:
            dialogue.feed(placeholders(stripped), number)
    described = builder.lines()
    # Nothing shows that a tool ever took a list as it is, so what is no command may well have been meant as one.
    for unknown in described:
        if unknown.kind == script.UNKNOWN and builder.steps:
            builder.by_hand(unknown.number, unknown.remark)
    hand_work = [work for work in builder.hand_work if work.stops or work._replace(stops=True) not in builder.hand_work]
    return Script(source.name, "list", source.text, described, tuple(builder.steps), hand_work=tuple(hand_work))


def _tool_of(tools: tuple[str, ...], following: list[str]) -> str:
    """Return the tool of a line that several would take: that of the first line behind it that only one takes."""
    if len(tools) > 1:
        for line in following:
            later = legacy.tools_of(words.split(words.text(line.strip())))
            if len(later) == 1:
                return later[0]
    return tools[0]


def _own(command: str) -> str:
    """Return a command line up to where its output goes elsewhere, or another command begins."""
    first = _FIRST.match(command)
    return first[0] if first else command


def _runs_otherwise(command: str, call: invocation.Invocation | None) -> bool:
    """Return whether a command line runs tools, and not as the one call that it begins with.

    In a loop, under a condition, with a file or a pipe for its input: which commands ran the line does not tell.
    """
    calls = sum(invocation.of(words.split(words.text(part))) is not None for part in _PARTS.split(command))
    fed = call is not None and call.tool != script.HOST and command[len(_own(command)) :].lstrip().startswith("<")
    return fed or calls > (call is not None) or (call is None and _ELSEWHERE.search(command) is not None)


def _called(command: str) -> invocation.Invocation | None:
    """Return the call of a tool that a command line begins with, None if it begins with something else."""
    own = _own(command)
    try:
        found = [placeholders(word) for word in shlex.split(own)]
    except ValueError:
        found = words.split(words.text(own))
    return invocation.of(found)


def _left(
    builder: Builder, command: str, call: invocation.Invocation | None, number: int, *, known: bool = True
) -> bool:
    """Leave a command line to a person that runs a tool in a way, or with a value, that it does not show itself."""
    hidden = recorded.unknown(_own(command)) if call is not None else ""
    otherwise = not known or _runs_otherwise(command, call)
    if otherwise or hidden:
        builder.by_hand(number, _OTHERWISE if otherwise else f"nothing here tells what {hidden} was: write it out")
        builder.mark(number, script.CHECK, "is left to a person")
    return bool(otherwise or hidden)


def _call(builder: Builder, call: invocation.Invocation, number: int) -> Dialogue | None:
    """Take a command line that starts a tool; return the run that is typed at, if it is one."""
    if call.tool == script.HOST:
        session = script.Session(script.HOST, builder.runs)
        builder.mark(number, script.COMMAND, call.name)
        builder.steps.append(script.Step(number, call.name, (words.text(call.name), *call.arguments), session))
        return None
    if call.commands is not None:
        kind = script.COMMAND if invocation.run_words(builder, call, number, lambda _: None) else script.UNKNOWN
        builder.mark(number, kind, f"{call.tool} singlecmd")
        return None
    builder.mark(number, script.CONTEXT, f"starts {call.tool}")
    return Dialogue(builder, call.tool, cfg=call.cfg, lenient=True)


class _Transcript:
    """One transcript while it is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.builder = Builder(source.text)
        self.dialogue: Dialogue | None = None
        self.users: dict[int, str] = {}
        self.files: dict[str, str] = {}
        self.shell = recorded.Shell()
        self.dropped = Dropped(self.builder)
        # A command line that goes on in the next line, with its number.
        self.begun, self.began = "", 0
        # Whether what the tool shows behind its prompt was not typed, but given as arguments by a line that is left.
        self.shows = False
        self.signatures: dict[str, Word] = {}
        # Whether what is printed is of the last commands, which were given as arguments.
        self.given = False
        # Handles of keys that a line which is left has made, with that line.
        self.unmade: dict[int, int] = {}

    def read(self) -> Script:
        for number, line in enumerate(self.builder.texts, 1):
            self._line(line, number)
        self.dropped.tell()
        builder = self.builder
        return Script(
            self.source.name,
            "transcript",
            self.source.text,
            builder.lines(script.IRRELEVANT, "output"),
            tuple(builder.steps),
            hand_work=tuple(builder.hand_work),
            users=self.users,
            unmade=self.unmade,
            files=self.files,
            signatures=self.signatures,
        )

    def _line(self, line: str, number: int) -> None:
        mark = self.builder.mark
        if self.begun:
            mark(number, script.CONTEXT, "goes on with the command")
            self._shell(f"{self.begun} {line.removeprefix('> ').strip()}", self.began)
        elif (line.startswith("#") and not line.startswith("# ")) or re.match(r"# [a-z-]+(?: \S+)?:|# [A-Z-]", line):
            self._header(line)
            mark(number, script.IRRELEVANT, "a comment")
        elif prompt := _PROMPT.fullmatch(line):
            self._typed(prompt, number)
        elif answer := _ASKED.fullmatch(line):
            mark(number, script.CONTEXT, "a question and its answer")
            if self.dialogue and answer["typed"]:
                self.dialogue.answer(placeholders(answer["typed"]), number, confirms="(y/n)" in line)
        elif shell := _SHELL.fullmatch(line):
            self._shell(shell["command"] or shell["other"], number)
        else:
            self._output(line, number)

    def _header(self, line: str) -> None:
        found = _FILE.match(line)
        if found:
            self.files[found[1]] = self.files.get(found[1], "") + found[2] + "\n"
            if signature := signature_of(found[2]):
                self.signatures[signature[0]] = signature[1]
        elif re.match(r"# setup: (?:cloudhsm-sim )?cluster create", line):
            made = {number: user for number, (_, user) in enumerate(_SETUP_USER.findall(line), len(_FIRST_USERS) + 1)}
            self.users = {**_FIRST_USERS, **made}

    def _typed(self, prompt: re.Match[str], number: int) -> None:
        tool = CMU if prompt["cmu"] else KMU
        typed = prompt["typed"].removesuffix("^D").removesuffix("^C")
        if self.dialogue is None or self.dialogue.session.tool != tool or self.dialogue.ended:
            shown = self.shows and prompt["kmu"] == "Command: " and not typed.startswith("loginHSM")
            echo = self.dialogue is None and typed and (shown or self._is_echo(typed))
            if echo:
                self.builder.mark(number, script.CONTEXT, "shows a command that was given as arguments")
                return
            self.dialogue = Dialogue(self.builder, tool, lenient=True)
        if not typed.strip():
            self.builder.mark(number, script.CONTEXT, "a prompt")
            return
        if prompt["server"] and self.dialogue.session.server is None:
            self.dialogue.session = self.dialogue.session._replace(server=words.text(prompt["server"]))
        self.dialogue.feed(placeholders(typed), number, at_prompt=True)

    def _is_echo(self, typed: str) -> bool:
        """Return whether the tool only shows the command that singlecmd gave it."""
        steps = self.builder.steps
        return (
            bool(steps) and steps[-1].session.words and [words.shown(word) for word in steps[-1].words] == typed.split()
        )

    def _shell(self, typed: str, number: int) -> None:
        self.begun, self.began = typed.removesuffix("\\") if typed.endswith("\\") else "", number
        if self.begun:
            self.builder.mark(number, script.CONTEXT, "a command that goes on")
            return
        if self.shell.takes(typed):
            self.builder.mark(number, script.CONTEXT, "sets a variable")
            return
        by_function = self.shell.calls_function(typed)
        command = self.shell.expanded(typed)
        signature = signature_of(command)
        if signature:
            self.signatures[signature[0]] = signature[1]
        call = _called(command)
        self.shows = _left(self.builder, command, call, number, known=not by_function)
        self.given = call is not None and call.commands is not None and not self.shows
        if self.shows:
            self.dialogue, self.began = None, number
        elif call is None:
            self.builder.mark(number, script.IRRELEVANT, "another command")
            self.dropped.take(typed, command, number, signs=signature is not None)
        else:
            self.dropped.take(typed, command, number, behind_call=True)
            self.dialogue = _call(self.builder, call, number)

    def _output(self, line: str, number: int) -> None:
        self.builder.mark(number, script.IRRELEVANT, "output" if line.strip() else "empty")
        self.dropped.behind(self.shell.expanded(line))
        if _LOGIN.search(line):
            # Behind a prompt that looks like none.
            self.shows, self.given = _left(self.builder, line, None, number, known=False), False
            self.began = number
        if self.given:
            self._of_arguments(line)
        elif line.strip() == _DIFFER and self.dialogue:
            self.dialogue.differ()
        elif _LOGIN_FAILED.match(line) and self.dialogue:
            self.dialogue.not_logged_in()
        elif (failed := _FAILED.match(line)) and self.dialogue:
            self.dialogue.failed(failed["name"] or "")
        elif (helped := _HELP.match(line)) and self.dialogue:
            self.dialogue.shows_help(helped[1])
        if user := _USER.match(line):
            self.users.setdefault(int(user[1]), user[3])
        elif pair := _PAIR.search(line):
            self._made(pair.groups(), ("public", "private"))
        elif handle := _HANDLE.search(line):
            self._made(handle.groups(), ("handle",))

    def _of_arguments(self, line: str) -> None:
        """Take what a run has printed that had its commands as arguments: whether they were refused."""
        steps = self.builder.steps
        if not steps or not steps[-1].session.words:
            return
        if _LOGIN_FAILED.match(line):
            run = steps[-1].session.run
            steps[:] = [replace(step, mistake=REFUSED) if step.session.run == run else step for step in steps]
        elif _FAILED.match(line):
            steps[-1] = replace(steps[-1], may_fail=True)
        elif (helped := _HELP.match(line)) and helped[1] == steps[-1].name:
            steps[-1] = replace(steps[-1], mistake=HELPED)

    def _made(self, values: tuple[str, ...], parts: tuple[str, ...]) -> None:
        """Bind what the last command printed as the handle of a new key."""
        if self.shows and self.dialogue is None:
            self.unmade |= {int(value): self.began for value in values if value.isdigit()}
            return
        if not self.builder.steps:
            return
        last = len(self.builder.steps) - 1
        for value, part in zip(values, parts, strict=True):
            if found := PLACEHOLDER.fullmatch(value):
                self.builder.capture(last, found.group(2), part)
        numbers = tuple(int(value) for value in values if value.isdigit())
        if len(numbers) == len(values) and not self.builder.steps[last].created:
            self.builder.steps[last] = replace(self.builder.steps[last], created=numbers)


def read_transcript(source: Source) -> Script:
    """Read a recorded session: what stands behind a prompt was typed, the rest is output, which tells facts."""
    return _Transcript(source).read()
