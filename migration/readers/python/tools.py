"""The tools as a Python program sees them: starting one, and typing at it."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from migration import invocation, legacy, script, words
from migration.dialogue import Dialogue
from migration.readers.python import samples as python_samples
from migration.readers.python import shells
from migration.readers.python.names import sampled
from migration.readers.python.values import (
    Bound,
    Const,
    Done,
    Opaque,
    Path,
    Sampled,
    Seq,
    Tool,
)
from migration.readers.python.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.invocation import Invocation
    from migration.readers.python.values import Value
    from migration.words import Word


SENDS = {"sendline": True, "send": False, "write": False, "writelines": False, "communicate": False}
SPAWNS = (
    "spawn",
    "spawnu",
    "run",
    "Popen",
    "call",
    "check_call",
    "check_output",
    "runu",
    "PopenSpawn",
    "system",
    "getoutput",
    "getstatusoutput",
    "popen",
)
WAITS = ("expect", "expect_exact", "expect_list", "waitnoecho", "readline", "read", "readlines")
_OPEN = ("spawn", "spawnu", "Popen", "PopenSpawn", "popen")
_AS_TEXT = ("check_output", "getoutput", "runu")
_STATUS = ("call", "check_call", "system")
_SHELLS = ("system", "getoutput", "getstatusoutput", "popen")
_TO_NOTHING = re.compile(r"\s*(?:[12&]?>{1,2}\s*/dev/null|2>&1)")
_TO_FILE = re.compile(r"\s*(?:1?>{1,2}|&>{1,2})\s*([\w./~+-]+)\s*$")
_SHELL_SIGNS = re.compile(r"[|;&<>`]|\$\(")
NAMED = re.compile("|".join(map(re.escape, (*invocation.TOOLS, "cloudhsm_mgmt_util", "key_mgmt_util"))))


class Tools(Waits):
    """Follows what is done to the tools."""

    def known_word(self, name: str) -> Word | None:
        """Return what a variable of the translation holds, if the program says it."""
        return self.names.parameters.get(name)

    def attribute(self, node: ast.Attribute, value: Value) -> Value | None:
        """Return an attribute of a run of a tool, or of what it gave."""
        name = node.attr
        if isinstance(value, Tool):
            if name in SENDS or name in WAITS:
                return Bound(value, name)
            if name in ("before", "after", "match"):
                found: Value = getattr(value, name)
                return found
            if name in ("stdin", "stdout", "stderr", "buffer"):
                return value
            return sampled(0) if name in ("returncode", "exitstatus", "status") else Opaque()
        if isinstance(value, Done):
            return {"stdout": value.output, "returncode": sampled(0), "stderr": sampled("")}.get(name, Opaque())
        return Opaque() if isinstance(value, Opaque) else None

    def start(self, node: ast.Call, name: str, arguments: list[Value], named: dict[str, Value]) -> Value | None:
        """Start a tool; None if it is none."""
        first = arguments[0] if arguments else named.get("args") or named.get("command")
        if first is None:
            return None
        through_shell = name in _SHELLS or self._is_true(named.get("shell"))
        found = self.command_line(first, through_shell=through_shell, line=node.lineno)
        if found is None:
            return Opaque()
        if len(arguments) > 1 and isinstance(arguments[1], Seq) and name not in _STATUS:
            found += [self._plain(item) for item in arguments[1].items]
        elif arguments and isinstance(more := named.get("args"), Seq):
            found += [self._plain(item) for item in more.items]
        call = invocation.of(found)
        if call is None:
            self._other_program(node, found)
            return None
        return self._started(node, name, call, named)

    @staticmethod
    def _is_true(value: Value | None) -> bool:
        return isinstance(value, Const) and bool(value.value)

    def command_line(self, first: Value, *, through_shell: bool, line: int) -> list[Word] | None:
        """Return the words of a command line; None if a shell does more with it than split it, which is said."""
        if isinstance(first, Seq):
            if first.unsure and any(NAMED.search(words.shown(self._plain(item))) for item in first.items):
                self.left(line, "puts together a tool's arguments in a way that depends on a condition")
                return None
            found = [self._plain(item) for item in first.items]
            return [self._usual(word, line) if not number else word for number, word in enumerate(found)]
        typed = self._usual(self.names.word(first), line)
        plain = words.literal(typed)
        if (
            isinstance(first, Const)
            and isinstance(first.value, str)
            and words.literal((words.split(typed) or [()])[0]) is None
        ):
            # Which program it is must be plain, whatever variable holds it.
            plain = first.value
        if through_shell and plain is not None:
            plain = _TO_NOTHING.sub("", plain)
            written = _TO_FILE.search(plain) if NAMED.search(plain) else None
            if written and not _SHELL_SIGNS.search(plain[: written.start()]):
                plain = plain[: written.start()]
                self.output_left_out(line, written[1])
        shown = plain if plain is not None else words.shown(typed)
        if through_shell and NAMED.search(shown) and _SHELL_SIGNS.search(shown):
            self.left(line, f"runs a tool through a shell: {shown}")
            return None
        typed = typed if plain is None else words.text(plain)
        cut = shells.split(typed)
        if cut is None:
            return words.split(typed)
        if through_shell and NAMED.search(shown) and cut.expands:
            self.left(line, f"runs a tool through a shell: {shown}")
            return None
        self.names.reread |= cut.read
        return cut.words

    def _usual(self, typed: Word, line: int) -> Word:
        """Return a line with the tool that a variable of the environment names if nobody sets it, which is said."""
        name = typed[0].text if typed and typed[0].kind != words.TEXT else ""
        default = self.names.defaults.get(name)
        constant = None if default is not None else self.names.parameters.get(name)
        if constant is not None and NAMED.search(words.literal(constant) or ""):
            # Which tool it is must be plain, whatever variable holds it.
            return words.join([constant, typed[1:]])
        if default is None or not NAMED.search(words.literal(default) or ""):
            return typed
        self.builder.by_hand(line, f"${typed[0].text} is taken for {words.shown(default)}", stops=False)
        return words.join([default, typed[1:]])

    def _plain(self, value: Value) -> Word:
        """Return an argument, with what it holds written out where it says which tool or command is meant."""
        word = self.names.word(value)
        if isinstance(value, Const) and isinstance(value.value, str | bytes):
            plain = words.literal(self.names.word(Const(value.value))) or ""
            named = "/" in plain or plain in invocation.TOOLS or plain == invocation.SINGLE
            if named or any(legacy.full_name(tool, plain) == plain for tool in (script.CMU, script.KMU) if plain):
                return words.text(plain)
        return word

    def _other_program(self, node: ast.Call, found: list[Word]) -> None:
        texts = [words.shown(word) for word in found]
        program = next((text.rpartition("/")[2] for text in texts if text not in ("sudo", "env")), "")
        scripts = [text for text in texts if text.endswith((".exp", ".tcl"))]
        if program == "expect" or scripts:
            name = scripts[0] if scripts else " ".join(texts[1:])
            self.left(node.lineno, f"runs the expect script {name}: plan and translate that file")
        elif any(NAMED.search(text) for text in texts) or invocation.SINGLE in texts:
            self.left(node.lineno, f"runs a tool by way of {program}: {' '.join(texts)}")
        elif found and not any(part.kind == words.TEXT for part in found[0]):
            self.left(node.lineno, f"runs what only the run tells: {ast.unparse(node)}")
        else:
            self.program_left_out(node, found)

    @abstractmethod
    def output_left_out(self, line: int, file: str) -> None:
        """Note that what a tool prints is written into a file."""

    @abstractmethod
    def program_left_out(self, node: ast.Call, found: Sequence[Word]) -> None:
        """Note that another program is run."""

    def _started(self, node: ast.Call, name: str, call: Invocation, named: dict[str, Value]) -> Value:
        line = self.line or node.lineno
        self.builder.mark(node.lineno, script.CONTEXT, f"starts {call.tool}")
        if call.tool == script.HOST:
            session = script.Session(script.HOST, self.builder.runs)
            step = script.Step(
                line, call.name, (words.text(call.name), *call.arguments), session, condition=self.condition
            )
            self.builder.steps.append(step)
            self.builder.mark(line, script.COMMAND, call.name)
            return self._result(name, Opaque(""), None)
        self._elsewhere(node, named)
        if call.commands is not None:
            found = invocation.run_words(self.builder, call, line, self.known_word, condition=self.condition)
            if found:
                self.builder.mark(line, script.COMMAND, f"{call.tool} singlecmd")
            return self._result(name, self._printed(call.tool, found), None)
        if words.text("scriptfile") in call.arguments:
            self.left(
                node.lineno, f"its commands are in {words.shown(call.arguments[-1])}: plan and translate that file"
            )
            return self._result(name, Opaque(), None)
        tool = Tool(
            Dialogue(self.builder, call.tool, self.known_word, cfg=call.cfg),
            echoes=name in ("spawn", "spawnu"),
        )
        if call.tool == script.KMU:
            tool.buffer = (python_samples.BANNER + python_samples.PROMPT,) * python_samples.WORLDS
        self.runs.append(tool)
        return self._fed(node, name, tool, named)

    def _elsewhere(self, node: ast.Call, named: dict[str, Value]) -> None:
        """Say that a tool is run in another folder, where files with relative paths are."""
        folder = named.get("cwd")
        if folder is not None and "cloudhsm" not in (shown := words.shown(self.names.word(folder))) and shown != "None":
            self.builder.by_hand(node.lineno, f"is run in the folder {shown}, which is not carried over", stops=False)

    def _fed(self, node: ast.Call, name: str, tool: Tool, named: dict[str, Value]) -> Value:
        """Type what a call gives a tool as its whole input."""
        source = named.get("stdin")
        piped = source is None or (isinstance(source, Path) and source.dotted.rpartition(".")[2] in ("PIPE", "DEVNULL"))
        if name == "Popen" and not piped:
            self.left(node.lineno, "its commands come from a file: plan and translate that file")
        if "events" in named:
            self.left(node.lineno, "answers a tool by events, which are not followed")
        if "input" in named:
            self.type_text(node, tool, self.names.word(named["input"]), whole=False, entire=True)
        elif (
            name in ("run", "call", "check_call", "check_output", "system", "getoutput", "runu")
            and "events" not in named
        ):
            source = named.get("stdin")
            if source is not None:
                self.left(node.lineno, "its commands come from a file: plan and translate that file")
            else:
                self.left(node.lineno, "a person types here: use cloudhsm-cli interactive")
        return self._result(name, Opaque() if name in _OPEN else self.all_read(tool), tool)

    @staticmethod
    def _result(name: str, output: Value, tool: Tool | None) -> Value:
        if name in _OPEN:
            return tool if tool is not None else Tool(None, echoes=False, before=output)
        if name in _STATUS:
            return sampled(0)
        if name == "getstatusoutput":
            return Seq([sampled(0), output], tuple)
        return output if name in _AS_TEXT else Done(output)

    def _printed(self, tool: str, steps: list[int]) -> Value:
        """Return what a run with its commands as arguments prints."""
        names = [self.builder.steps[index].name for index in steps]
        if tool != script.KMU or not all(map(python_samples.known, names)):
            return Opaque("")
        found = [python_samples.BANNER] * python_samples.WORLDS
        for position, (index, name) in enumerate(zip(steps, names, strict=True)):
            shown = "  ".join(words.shown(word) for word in self.builder.steps[index].words)
            # The login that stands before a command is not repeated.
            head = f"Command: {shown} \n" if position == len(steps) - 1 else ""
            found = [text + head + more for text, more in zip(found, python_samples.output(name, index), strict=True)]
        searches = [index for index, name in zip(steps, names, strict=True) if name == "findKey"]
        return Sampled(tuple(found), search=searches[0] if len(searches) == 1 else -1)

    def send(self, node: ast.Call, name: str, tool: Tool, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Type at a tool."""
        given = arguments[0] if arguments else named.get("input") or named.get("s") or Const("")
        if name == "writelines" and isinstance(given, Seq):
            typed = words.join(map(self.names.word, given.items))
        elif isinstance(given, Const) and given.value is None:
            typed = words.EMPTY
        else:
            typed = self.names.word(given)
        self.type_text(node, tool, typed, whole=SENDS.get(name, False), entire=name == "communicate")
        if name == "communicate":
            return Seq([self.all_read(tool), sampled("")], tuple)
        return Const(None)

    def otherwise(self, node: ast.Call, name: str, tool: Tool) -> Value:
        """Follow what is done with a tool beside typing and reading."""
        if name == "interact":
            self.left(node.lineno, "a person types here: use cloudhsm-cli interactive")
        elif name in ("sendcontrol", "sendintr", "send_signal") and ast.unparse(node).split("(")[1] != "'d')":
            self.left(node.lineno, f"breaks off what the tool does, which is not followed: {ast.unparse(node)}")
        elif name in ("close", "terminate", "kill") and tool.echoes:
            tool.closed = True
        elif name in ("close", "wait") and not tool.echoes:
            self.type_text(node, tool, words.EMPTY, whole=False, entire=True)
        return sampled(0) if name == "wait" else Opaque()

    def type_text(self, node: ast.Call, tool: Tool, typed: Word, *, whole: bool, entire: bool = False) -> None:
        """Feed a tool, line by line; ``entire`` says that nothing follows."""
        if tool.dialogue is None:
            return
        typed = words.join([tool.dialogue.begun, typed, words.text("\n" if whole else "")])
        lines, tool.dialogue.begun = words.lines(typed), words.EMPTY
        tool.closed = tool.closed or entire
        if lines and not entire and typed[-1].kind == words.TEXT and not typed[-1].text.endswith(("\r", "\n")):
            # A line that has no end yet: what is typed next goes on with it.
            tool.dialogue.begun = lines.pop()
        for line in lines:
            self._feed(tool, line, self.line or node.lineno)
        self.builder.mark(node.lineno, script.CONTEXT, "types")

    def _feed(self, tool: Tool, typed: Word, line: int) -> None:
        assert tool.dialogue is not None
        asked = tool.dialogue.asks
        index = tool.dialogue.feed(typed, line, condition=self.condition)
        if index >= 0 and self.condition:
            tool.dialogue.await_answers()
        name = self.builder.steps[index].name if index >= 0 else ""
        if index >= 0 or not asked:
            tool.ahead += 1
        if index >= 0 and tool.dialogue.session.tool == script.CMU:
            tool.fixed += python_samples.fixed(name)
        if tool.dialogue.session.tool != script.KMU or tool.lost or (index >= 0 and not python_samples.known(name)):
            tool.buffer = None
            return
        if index < 0:
            if tool.buffer is not None and typed == words.EMPTY:
                end = "\n" if tool.echoes else ""
                tool.buffer = tuple(text + end + python_samples.PROMPT for text in tool.buffer)
            elif tool.dialogue.asks or typed != words.EMPTY:
                tool.buffer = None
            return
        # Whoever was not followed up to here reads on with the command that he types.
        before = tool.buffer or ("",) * python_samples.WORLDS
        echo = f"{words.shown(typed)}\n" if tool.echoes else ""
        printed = python_samples.output(name, index)
        prompt = "" if name in ("exit", "quit") else python_samples.PROMPT
        tool.buffer = tuple(text + echo + more + prompt for text, more in zip(before, printed, strict=True))
