"""Where a transcript runs: a temporary installation, a working directory, and how commands start there."""

import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.transcript.child import Child
from shared.transcript.golden import Section
from shared.transcript.header import HOME, Header
from shared.transcript.patterns import Bindings, substitute

OPERATOR = "cloudhsm-sim"
_TERMINAL = {"TERM": "dumb", "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "200", "LINES": "24"}

SetUp = Callable[[Sequence[str], Mapping[str, str], Path], tuple[int, str]]


class SetUpError(Exception):
    """The transcript cannot run at all: a set-up line failed, or it asks for what the host cannot give."""


@dataclass(frozen=True)
class Host:
    """What runs the tools.

    `set_up` runs one operator's command in a given environment and directory and returns its exit status and
    output. So does `operate`, for commands of the operator's tool among the others that ask for nothing; without it,
    or if something is typed to them, `operator` is the command line that starts them as a process, and `env` what
    its processes need besides the usual environment. `tool_cmd` makes it a real tool's host: each command is
    started behind these words (`ssh -tt host`), nothing is set up, nothing is translated.
    `timeout` is how many seconds to wait for a prompt, and `child` what starts a process on a terminal.
    """

    set_up: SetUp
    operator: tuple[str, ...] = (sys.executable, "-m", "cloudhsm_sim.main")
    env: Mapping[str, str] = field(default_factory=dict)
    tool_cmd: tuple[str, ...] = ()
    timeout: float = 5.0
    operate: SetUp | None = None
    child: type[Child] = Child


class Workspace:
    """The temporary place of one transcript; a context manager, ready for its sections once entered.

    Entering raises SetUpError if a set-up line fails.
    """

    def __init__(self, header: Header, host: Host) -> None:
        self._header = header
        self._host = host
        self._folder = tempfile.TemporaryDirectory(prefix="golden-", ignore_cleanup_errors=True)
        root = Path(self._folder.name).resolve()
        self.directory = root / "work"
        self.child = host.child
        self._prefix = root / "cloudhsm"
        self.timeout = header.timeout or host.timeout

    def __enter__(self) -> Self:
        try:
            self.directory.mkdir()
            self.env = self._environment()
            if not self._host.tool_cmd:
                profile = ["--profile", self._header.profile] if self._header.profile else []
                self._set_up("install", "--prefix", str(self._prefix), *profile)
            for name, content in self._header.files:
                target = self.directory / self.real(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            if not self._host.tool_cmd:
                for words in self._header.setup:
                    self._set_up(*(self.real(word) for word in words))
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def real(self, text: str) -> str:
        """Return `text` as this installation wants it, with its own path for /opt/cloudhsm."""
        return text if self._host.tool_cmd else text.replace(HOME, str(self._prefix))

    def shown(self, text: str) -> str:
        """Return `text` as the file shows it, the inverse of `real`."""
        return text.replace(str(self._prefix), HOME)

    def argv(self, section: Section, bindings: Bindings) -> list[str]:
        """Return the words that start the section's process.

        Raises SetUpError if a real tool's host would have to run the operator's tool.
        """
        words = [self.real(word) for word in shlex.split(substitute(section.command, bindings))]
        if self._host.tool_cmd:
            if words[0] == OPERATOR:
                raise SetUpError(f"'{section.command}' needs the simulator")
            # ssh joins its arguments to one line for the shell at the other end.
            remote = Path(self._host.tool_cmd[0]).name == "ssh"
            return [*self._host.tool_cmd, *(map(shlex.quote, words) if remote else words)]
        if words[0] == OPERATOR:
            return [*self._host.operator, *words[1:]]
        tool = self._prefix / "bin" / words[0]
        return [str(tool) if tool.is_file() else words[0], *words[1:]]

    def operate(self, section: Section, bindings: Bindings) -> tuple[str, int] | None:
        """Run the section's command without a process of its own; return its output and status.

        None if it is not the operator's, or this host starts processes for those.
        """
        words = [self.real(word) for word in shlex.split(substitute(section.command, bindings))]
        if words[0] != OPERATOR or self._host.operate is None:
            return None
        status, output = self._host.operate(words[1:], self.env, self.directory)
        return output, status

    def _environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDHSM_SIM_")}
        # Without its bytecode cache every start of a tool would compile the whole product anew.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env |= _TERMINAL | dict(self._host.env)
        if not self._host.tool_cmd:
            env["CLOUDHSM_SIM_HOME"] = str(self._prefix)
            env["PATH"] = f"{self._prefix / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
        return env | {name: self.real(value) for name, value in self._header.env}

    def _set_up(self, *words: str) -> None:
        status, output = self._host.set_up(words, self.env, self.directory)
        if status:
            command = self.shown(shlex.join([OPERATOR, *words]))
            raise SetUpError(f"set-up failed with status {status}: {command}\n{self.shown(output)}".rstrip())
