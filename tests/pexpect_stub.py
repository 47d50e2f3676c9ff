"""pexpect with tools that are made up: its own search in what was printed, without processes and without waiting."""

from __future__ import annotations

from typing import Any

import pexpect
from pexpect.spawnbase import SpawnBase

from migration import invocation, legacy, words
from migration.reading import samples
from migration.reading.samples import Ran, User, Values
from migration.script import CMU, KMU

_USERS = (User("CO", "admin"), User("CU", "alice"), User("CU", "carol"))
_PROMPTS = {KMU: "\nCommand:  ", CMU: "aws-cloudhsm>"}
_MOST = 200


class TooMuchError(BaseException):
    """The program does not come to an end."""


class World:
    """What all tools of a program share: what they received, which command is refused, and what they hold."""

    def __init__(self, first: int, found: int, nodes: int, refused: int = -1) -> None:
        self.first, self.found, self.nodes, self.refused = first, found, nodes, refused
        self.typed: list[tuple[str, str]] = []

    def values(self, number: int) -> Values:
        """Return what the command of a number shows."""
        first = self.first + 100 * number
        return Values(first, first, first + 1, tuple(range(first, first + self.found)), _USERS, self.nodes)

    def carried_out(self, tool: str, line: str) -> str:
        """Note a command, and return what it prints; empty for what is none."""
        name = legacy.full_name(tool, (line.split() or [""])[0])
        if name is None:
            return "" if tool == CMU else "\n\thelp\n"
        number = len(self.typed)
        self.typed.append((tool, " ".join(line.split())))
        if number > _MOST or len(line) > 500:
            raise TooMuchError
        return samples.command(Ran(tool, name, line), self.values(number), 0 if number == self.refused else -1)


class Spawn(SpawnBase):  # type: ignore[misc] # pexpect has no types
    """A tool on a terminal."""

    world: World

    def __init__(self, command: str, args: Any = (), *, timeout: float = 30, **options: Any) -> None:
        super().__init__(timeout=timeout, encoding=options.get("encoding"))
        self.delaybeforesend = None
        self.exitstatus: int | None = None
        self._waiting, self._partial, self._asked, self._ended = "", "", "", False
        found = [words.text(word) for word in (*command.split(), *args)]
        call = invocation.of(found)
        assert call is not None, command
        self._tool = call.tool
        banner = samples.opening(call.tool, self.world.nodes, words=True)
        self._waiting = banner if call.commands is not None else banner + _PROMPTS[call.tool]
        for item in call.commands or ():
            line = " ".join(map(words.shown, item))
            more = self.world.carried_out(call.tool, line)
            self._waiting += (f"Command: {line} \n" if item is call.commands[-1] else "") + more
        self._ended = call.commands is not None

    def _print(self, text: str) -> None:
        self._waiting += text

    def send(self, typed: str | bytes) -> int:
        """Type something."""
        text = typed.decode() if isinstance(typed, bytes) else typed
        self._partial += text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._partial = self._partial.split("\n")
        for line in lines:
            if not self._ended:
                self._line(line)
        return len(text)

    write = send

    def sendline(self, typed: str | bytes = "") -> int:
        """Type a line."""
        return self.send((typed.decode() if isinstance(typed, bytes) else typed) + "\n")

    def sendeof(self) -> None:
        """End the input."""
        self._ended = True

    def _line(self, line: str) -> None:
        self._print(f"{line}\n")
        if self._asked:
            answered, self._asked = line.strip() in ("y", "Y"), ""
            if answered:
                self._done(self._question)
            self._print(_PROMPTS[self._tool])
            return
        name = legacy.full_name(self._tool, (line.split() or [""])[0])
        if name in ("quit", "exit"):
            self.world.carried_out(self._tool, line)
            self._ended = True
            return
        parsed = legacy.parse(self._tool, name, [words.text(word) for word in line.split()[1:]]) if name else None
        if self._tool == CMU and parsed is not None and legacy.CONFIRM in legacy.questions(CMU, parsed):
            self.world.carried_out(CMU, line)
            self._question, self._asked = line, "y"
            self._print("\nDo you want to continue(y/n)?")
            return
        self._print(self.world.carried_out(self._tool, line) if line.split() else "")
        self._print(_PROMPTS[self._tool])

    def _done(self, line: str) -> None:
        name = line.split(maxsplit=1)[0]
        self._print(f"\n{name} success on server 0(10.0.0.4)\n")

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> Any:
        """Return what was printed; nobody waits, as nothing more comes."""
        del timeout
        if not self._waiting:
            if self._ended:
                self.flag_eof = True
                raise pexpect.EOF("ended")
            raise pexpect.TIMEOUT("nothing comes")
        found, self._waiting = self._waiting[:size], self._waiting[size:]
        shown = found.replace("\n", "\r\n")
        return shown if self.encoding else shown.encode()

    def isalive(self) -> bool:
        """Return whether it has not ended."""
        return not self._ended

    def wait(self) -> int:
        """Wait for its end."""
        self.exitstatus = 0
        return 0

    def close(self, force: bool = True) -> None:
        """End it."""
        del force
        self._ended, self.exitstatus, self.closed = True, 0, True


def run(command: str, **options: Any) -> Any:
    """Return what a tool prints whose commands are its arguments."""
    return Spawn(command, **options).read()
